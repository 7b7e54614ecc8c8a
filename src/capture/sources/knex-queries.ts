import { bindToCurrentScope, guarded, recorderForQuery } from '../current.js'
import type { OpenQuery, Recorder } from '../recorder.js'
import { captureStack } from '../stack.js'
import { takeWait } from './knex-acquire.js'
import { type Origin, originOf, originOfTransactionId } from './knex-builders.js'
import { connectionName } from './knex-connection.js'
import { rowCountOf } from './knex-response.js'
import { isThenable, type KnexClient, type KnexConnection, type KnexQuery, type Method } from './knex-types.js'
import type { Patches } from './patches.js'

/** Records each query that a client sends, BEGIN and COMMIT included. */
export function patchQuery(original: Method, patches: Patches): Method {
  const query: Method = function (connection, queryParam, ...rest) {
    const begun = patches.undone ? null : guarded(null, () => begin(this, connection, queryParam, query))
    if (!begun) return original.call(this, connection, queryParam, ...rest)
    return follow(begun, queryParam, rowCountOf, () => original.call(this, connection, queryParam, ...rest))
  }
  return query
}

interface Begun {
  readonly recorder: Recorder
  readonly query: OpenQuery
}

function begin(client: KnexClient, connection: unknown, queryParam: unknown, below: Method): Begun | null {
  const startMs = performance.now()
  const transactionId = transactionOf(client, connection)
  const origin = findOrigin(queryParam, transactionId)
  const recorder = recorderForQuery(origin?.recorder ?? null)
  if (!recorder) return null
  const { timeout } = (queryParam ?? {}) as KnexQuery
  const query: OpenQuery = {
    sql: '',
    bindings: undefined,
    connection: connectionName(client),
    transactionId,
    startMs: 0,
    endMs: null,
    poolWaitMs: takeWait(connection),
    rowCount: null,
    error: null,
    timeoutMs: typeof timeout === 'number' ? timeout : null,
    stack: origin?.stack ?? captureStack(below),
  }
  query.startMs = performance.now()
  recorder.begin(query)
  recorder.overheadMs += query.startMs - startMs
  return { recorder, query }
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

/**
 * Runs the query and notes its end. The promise handed back is knex's own; a side branch of it does the noting.
 *
 * @param rowCount reads the number of rows from what the promise resolved to
 */
function follow(
  begun: Begun,
  queryParam: unknown,
  rowCount: (answer: unknown) => number | null,
  run: () => unknown,
): unknown {
  const { recorder, query } = begun
  let answer: unknown
  try {
    answer = run()
  } catch (error) {
    noteStatement(query, queryParam)
    recorder.end(query, null, error)
    throw error
  }
  noteStatement(query, queryParam)
  if (isThenable(answer)) {
    answer.then(
      (value: unknown) =>
        recorder.end(
          query,
          guarded(null, () => rowCount(value)),
          null,
        ),
      (error: unknown) => recorder.end(query, null, error ?? new Error('unknown error')),
    )
  }
  return answer
}

/** After the call: knex has then put the placeholders of the dialect into the SQL (`$1`), as it is sent. */
function noteStatement(query: OpenQuery, queryParam: unknown): void {
  if (typeof queryParam === 'string') {
    query.sql = queryParam
    return
  }
  const { sql, bindings } = (queryParam ?? {}) as KnexQuery
  query.sql = typeof sql === 'string' ? sql : ''
  query.bindings = bindings
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
  return follow(begun, queryParam, () => rowCount, run)
}
