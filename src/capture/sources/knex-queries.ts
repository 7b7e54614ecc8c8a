import { attribute, bindToCurrentScope, guarded } from '../current.js'
import type { OpenQuery, Recorder } from '../recorder.js'
import { captureStack } from '../stack.js'
import { type FailedAcquire, noteFirstStatement, useConnection } from './knex-acquire.js'
import { type Origin, originOf, originOfTransactionId } from './knex-builders.js'
import { connectionName } from './knex-connection.js'
import { rowCountOf } from './knex-response.js'
import { noteRows, rowsOf } from './knex-rows.js'
import { isThenable, type KnexClient, type KnexConnection, type KnexQuery, type Method } from './knex-types.js'
import type { Patches } from './patches.js'

/** Records each query that a client sends, BEGIN and COMMIT included. */
export function patchQuery(original: Method, patches: Patches): Method {
  const query: Method = function (connection, queryParam, ...rest) {
    const begun = patches.undone ? null : guarded(null, () => begin(this, connection, queryParam, query))
    if (!begun) return original.call(this, connection, queryParam, ...rest)
    return follow(begun, queryParam, noteAnswer, () => original.call(this, connection, queryParam, ...rest))
  }
  return query
}

interface Begun {
  readonly recorder: Recorder
  readonly query: OpenQuery
  readonly connection: unknown
}

function begin(client: KnexClient, connection: unknown, queryParam: unknown, below: Method): Begun | null {
  const startMs = performance.now()
  const transactionId = transactionOf(client, connection)
  const origin = findOrigin(queryParam, transactionId)
  const attribution = attribute(origin)
  if (!attribution) return null
  const { recorder, isIgnored } = attribution
  const { timeout } = (queryParam ?? {}) as KnexQuery
  const stack = origin?.stack ?? captureStack(below)
  const { waitMs: poolWaitMs, heldBy, poolSize } = useConnection(connection, stack)
  const query: OpenQuery = {
    sql: '',
    bindings: undefined,
    connection: connectionName(client),
    transactionId,
    startMs: 0,
    endMs: null,
    poolWaitMs,
    rowCount: null,
    error: null,
    timeoutMs: typeof timeout === 'number' ? timeout : null,
    stack,
    calledFrom: origin?.calledFrom ?? null,
    rows: null,
    heldBy,
    poolSize,
    isUnsent: false,
    isIgnored,
  }
  query.startMs = performance.now()
  recorder.begin(query)
  recorder.overheadMs += query.startMs - startMs
  return { recorder, query, connection }
}

// A transaction has a client of its own. Its id stands on the connection when it begins, but the end of a nested
// transaction takes it off there: so it is remembered by client.
const transactionOfClient = new WeakMap<object, string>()

function transactionOf(client: KnexClient, connection: unknown): string | null {
  if (!client.transacting) return null
  const known = transactionOfClient.get(client)
  if (known !== undefined) return known
  const id = (connection as KnexConnection | null | undefined)?.__knexTxId ?? null
  if (id !== null) transactionOfClient.set(client, id)
  return id
}

function findOrigin(queryParam: unknown, transactionId: string | null): Origin | undefined {
  if (typeof queryParam === 'object' && queryParam !== null) return originOf(queryParam)
  return transactionId === null ? undefined : originOfTransactionId(transactionId)
}

/** Notes the end of a query by what its promise resolved to. */
type NoteEnd = (begun: Begun, answer: unknown) => void

const noteAnswer: NoteEnd = ({ recorder, query }, answer) => {
  recorder.end(
    query,
    guarded(null, () => rowCountOf(answer)),
    null,
  )
  guarded(undefined, () => {
    const rows = rowsOf((answer as KnexQuery | null | undefined)?.response)
    if (rows === null || rows.length === 0 || query.endMs === null) return
    recorder.keepRows(query, noteRows(rows, query.endMs - query.startMs, recorder.rowRoom))
  })
}

/**
 * Runs the query and notes its end. The promise handed back is knex's own; a side branch of it does the noting.
 */
function follow(begun: Begun, queryParam: unknown, noteEnd: NoteEnd, run: () => unknown): unknown {
  const { recorder, query } = begun
  let answer: unknown
  try {
    answer = run()
  } catch (error) {
    noteStatement(begun, queryParam)
    recorder.end(query, null, error)
    throw error
  }
  noteStatement(begun, queryParam)
  if (isThenable(answer)) {
    answer.then(
      (value: unknown) => noteEnd(begun, value),
      (error: unknown) => recorder.end(query, null, error ?? new Error('unknown error')),
    )
  }
  return answer
}

/** After the call: knex has then put the placeholders of the dialect into the SQL (`$1`), as it is sent. */
function noteStatement({ query, connection }: Begun, queryParam: unknown): void {
  const { sql, bindings } = (typeof queryParam === 'string' ? { sql: queryParam } : (queryParam ?? {})) as KnexQuery
  query.sql = typeof sql === 'string' ? sql : ''
  query.bindings = bindings
  noteFirstStatement(connection, query.sql)
}

interface RowStream {
  write: Method
  emit: Method
  once(event: 'close', listener: () => void): unknown
}

/** Records each query whose rows are streamed. */
export function patchStream(original: Method, patches: Patches): Method {
  const stream: Method = function (connection, queryParam, target, ...rest) {
    const begun = patches.undone ? null : guarded(null, () => begin(this, connection, queryParam, stream))
    const run = (): unknown => original.call(this, connection, queryParam, target, ...rest)
    if (!begun || !isRowStream(target)) return run()
    return followStream(begun, queryParam, target, run)
  }
  return stream
}

function isRowStream(target: unknown): target is RowStream {
  const methods = target as Partial<RowStream> | null | undefined
  return (
    typeof methods?.write === 'function' && typeof methods.emit === 'function' && typeof methods.once === 'function'
  )
}

/**
 * Counts the rows that knex writes into its own stream, and runs the app's listeners in the request's context: pg fires
 * them in the context of whoever opened the pooled connection, so their queries would go to another request.
 */
function followStream(begun: Begun, queryParam: unknown, target: RowStream, run: () => unknown): unknown {
  const { recorder, query } = begun
  let rowCount = 0
  const { write, emit } = target
  target.write = function (this: object, ...args) {
    rowCount++
    return write.apply(this, args)
  }
  const inScope = bindToCurrentScope()
  if (inScope) {
    target.emit = function (this: object, ...args) {
      return inScope(() => emit.apply(this, args))
    }
  }
  // An abandoned stream settles nothing; its close does.
  target.once('close', () => recorder.end(query, rowCount, null))
  return follow(begun, queryParam, () => recorder.end(query, rowCount, null), run)
}

/** Records the query of a builder that got no connection: knex tells of it by the rejection alone. */
export function noteFailedAcquire(failed: FailedAcquire): void {
  const { client, builder, error, startMs, heldBy, poolSize } = failed
  const compiled = builder === null ? null : compile(builder)
  const origin = compiled === null ? undefined : originOf(compiled)
  const attribution = attribute(origin)
  if (!attribution) return
  const { recorder, isIgnored } = attribution
  const nowMs = performance.now()
  const query: OpenQuery = {
    sql: compiled === null ? 'BEGIN;' : (compiled.sql ?? ''),
    bindings: compiled?.bindings,
    connection: connectionName(client),
    transactionId: null,
    startMs: nowMs,
    endMs: null,
    poolWaitMs: nowMs - startMs,
    rowCount: null,
    error,
    timeoutMs: null,
    stack: compiled === null ? recorder.lastTransactionStack : (origin?.stack ?? null),
    calledFrom: origin?.calledFrom ?? null,
    rows: null,
    heldBy,
    poolSize,
    isUnsent: true,
    isIgnored,
  }
  recorder.add(query)
}

interface Compilable {
  toSQL?(): unknown
}

function compile(builder: Compilable): KnexQuery {
  const compiled = builder.toSQL?.()
  const first: unknown = Array.isArray(compiled) ? compiled[0] : compiled
  return typeof first === 'object' && first !== null ? first : {}
}
