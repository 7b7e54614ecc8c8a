import { clock } from '../clock.js'
import { type Attribution, attribute, bindToCurrentScope, reportTrouble } from '../current.js'
import type { Origin } from '../origin.js'
import { overload } from '../overload.js'
import type { QueryLog } from '../query-log.js'
import { BINDINGS_LEFT_OUT, DROPPED, type Recorder } from '../recorder.js'
import { statementOf } from '../sites/statements.js'
import { captureStack } from '../stack.js'
import { type ConnectionState, connectionState, type FailedAcquire } from './knex-acquire.js'
import { originOf, originOfTransactionId } from './knex-builders.js'
import { connectionName } from './knex-connection.js'
import { rowCountOf } from './knex-response.js'
import { noteRows, rowsOf } from './knex-rows.js'
import { isThenable, type KnexClient, type KnexConnection, type KnexQuery, type Method } from './knex-types.js'
import type { Patches } from './patches.js'

/** Records each query that a client sends, BEGIN and COMMIT included. */
export function patchQuery(original: Method, patches: Patches): Method {
  const query: Method = function (...args) {
    const begun = patches.undone ? null : begin(this, args[0], args[1], query)
    return begun === null ? original.apply(this, args) : send(begun, original, this, args, query)
  }
  return query
}

/** Records each query whose rows are streamed. */
export function patchStream(original: Method, patches: Patches): Method {
  const stream: Method = function (...args) {
    const [connection, queryParam, target] = args
    const begun = patches.undone || !isRowStream(target) ? null : begin(this, connection, queryParam, stream)
    if (begun === null) return original.apply(this, args)
    followStream(begun, target as RowStream)
    return send(begun, original, this, args, stream)
  }
  return stream
}

/** A query between its start and its end. */
interface Begun {
  readonly recorder: Recorder
  /** `null`: it is only counted. */
  readonly log: QueryLog | null
  readonly at: number
  startMs: number
  readonly connection: ConnectionState | undefined
  /** Rows that were streamed so far; `null`: it answers with all of them. */
  streamed: number | null
}

/** Lets knex send it. The promise handed back is knex's own; a side branch of it does the noting. */
function send(begun: Begun, original: Method, client: KnexClient, args: unknown[], below: Method): unknown {
  let answer: unknown
  try {
    answer = original.apply(client, args)
  } catch (error) {
    noteSent(begun, args[1], below)
    noteFailure(begun, error)
    throw error
  }
  noteSent(begun, args[1], below)
  if (isThenable(answer)) {
    answer.then(
      (value: unknown) => noteAnswer(begun, value),
      (error: unknown) => noteFailure(begun, error),
    )
  }
  return answer
}

/** `null`: nobody records it. */
function begin(client: KnexClient, connection: unknown, queryParam: unknown, below: Method): Begun | null {
  try {
    return beginQuery(client, connection, queryParam, below)
  } catch (error) {
    reportTrouble(error)
    return null
  }
}

function beginQuery(client: KnexClient, connection: unknown, queryParam: unknown, below: Method): Begun | null {
  const beganMs = clock.now()
  const transactionId = client.transacting ? transactionOf(client, connection) : null
  const found = findOrigin(queryParam, transactionId)
  const attribution = attribute(found)
  if (attribution === null) return null
  const { recorder } = attribution
  const origin = originWith(found, attribution, below)
  const at = recorder.add(connectionName(client), origin)
  const log = at === DROPPED ? null : recorder.log
  const state = connectionState(connection)
  if (log !== null) {
    const { timeout } = (queryParam ?? {}) as KnexQuery
    if (transactionId !== null) log.rareOf(at).transactionId = transactionId
    if (typeof timeout === 'number') log.rareOf(at).timeoutMs = timeout
    if (state !== undefined) useConnection(state, log, at)
  }
  if (state !== undefined) {
    if (recorder.kind !== 'background') state.holding.recorder ??= recorder
    state.holding.stack ??= origin.stack
  }
  const startMs = clock.now()
  recorder.start(log, at, startMs)
  recorder.overheadMs += startMs - beganMs
  return { recorder, log, at, startMs, connection: state, streamed: null }
}

/** A query that was built unseen has the stack of its sending. */
function originWith(found: Origin | undefined, { isIgnored, span }: Attribution, below: Method): Origin {
  if (found === undefined) {
    return { recorder: null, isIgnored, calledFrom: null, sites: null, stack: captureStack(below), span }
  }
  return found.isIgnored === isIgnored && found.span === span ? found : { ...found, isIgnored, span }
}

/** The wait for a connection is told to the first query on it. */
function useConnection(state: ConnectionState, log: QueryLog, at: number): void {
  log.setPool(at, state.waitMs, state.poolSize)
  if (state.waitedFor !== null) log.rareOf(at).heldBy = state.waitedFor
  state.waitMs = null
  state.waitedFor = null
}

// A transaction has a client of its own. Its id stands on the connection when it begins, but the end of a nested
// transaction takes it off there: so it is remembered by client.
const transactionOfClient = new WeakMap<object, string>()

function transactionOf(client: KnexClient, connection: unknown): string | null {
  const known = transactionOfClient.get(client)
  if (known !== undefined) return known
  const id = (connection as KnexConnection | null | undefined)?.__knexTxId ?? null
  if (id !== null) transactionOfClient.set(client, id)
  return id
}

function findOrigin(queryParam: unknown, transactionId: string | null): Origin<Recorder> | undefined {
  if (typeof queryParam === 'object' && queryParam !== null) return originOf(queryParam)
  return transactionId === null ? undefined : originOfTransactionId(transactionId)
}

/**
 * Notes what was sent: after the call, when knex has put the placeholders of the dialect into the SQL (`$1`). Where the
 * site of such a statement is not known, its stack is taken here after all.
 */
function noteSent({ recorder, log, at, connection }: Begun, queryParam: unknown, below: Method): void {
  if (log === null) return
  try {
    const { sql, bindings } = (typeof queryParam === 'string' ? { sql: queryParam } : (queryParam ?? {})) as KnexQuery
    const statement = recorder.statementOf(typeof sql === 'string' ? sql : '')
    log.statements[at] = statement
    log.bindings[at] = bindings === undefined || overload.takes('bindings') ? bindings : BINDINGS_LEFT_OUT
    if (connection !== undefined) connection.holding.sql ??= statement.sql
    const origin = log.origins[at]
    if (!origin || origin.sites === null || origin.stack !== null) return
    const place = origin.sites.siteOf(statement)
    log.places[at] = place
    if (place !== null) return
    log.origins[at] = { ...origin, stack: captureStack(below) }
    log.rareOf(at).isStackLate = true
    recorder.noteUnknownSite(origin.sites)
  } catch (error) {
    reportTrouble(error)
  }
}

function noteFailure({ recorder, log, at, startMs }: Begun, error: unknown): void {
  if (recorder.end(log, at, startMs) && log !== null) log.rareOf(at).error = error ?? new Error('unknown error')
}

function noteAnswer({ recorder, log, at, startMs, streamed }: Begun, answer: unknown): void {
  if (!recorder.end(log, at, startMs) || log === null) return
  if (streamed !== null) {
    log.setRowCount(at, streamed)
    return
  }
  try {
    log.setRowCount(at, rowCountOf(answer))
    const rows = rowsOf((answer as KnexQuery | null | undefined)?.response)
    if (rows !== null && rows.length > 0) noteRows(rows, recorder, log, at)
  } catch (error) {
    reportTrouble(error)
  }
}

interface RowStream {
  write: Method
  emit: Method
  once(event: 'close', listener: () => void): unknown
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
function followStream(begun: Begun, target: RowStream): void {
  const { write, emit } = target
  begun.streamed = 0
  target.write = function (this: object, ...args) {
    begun.streamed = (begun.streamed ?? 0) + 1
    return write.apply(this, args)
  }
  const inScope = bindToCurrentScope()
  if (inScope) {
    target.emit = function (this: object, ...args) {
      return inScope(() => emit.apply(this, args))
    }
  }
  // An abandoned stream settles nothing; its close does.
  target.once('close', () => noteAnswer(begun, null))
}

/** Records the query of a builder that got no connection: knex tells of it by the rejection alone. */
export function noteFailedAcquire(failed: FailedAcquire): void {
  const { client, builder, error, startMs, heldBy, poolSize } = failed
  const compiled = builder === null ? null : compile(builder)
  const origin = compiled === null ? undefined : originOf(compiled)
  const attribution = attribute(origin)
  if (!attribution) return
  const { recorder, isIgnored, span } = attribution
  const nowMs = clock.now()
  const at = recorder.add(connectionName(client), {
    recorder,
    isIgnored,
    calledFrom: origin?.calledFrom ?? null,
    sites: origin?.sites ?? null,
    stack: compiled === null ? recorder.lastTransactionStack : (origin?.stack ?? null),
    span,
  })
  const { log } = recorder
  recorder.lastActivityMs = nowMs
  if (at === DROPPED || log === null) return
  const statement = statementOf(compiled === null ? 'BEGIN;' : (compiled.sql ?? ''))
  log.statements[at] = statement
  log.bindings[at] = compiled?.bindings
  log.setStart(at, nowMs)
  log.setPool(at, nowMs - startMs, poolSize)
  const rare = log.rareOf(at)
  rare.error = error
  rare.heldBy = heldBy
  rare.isUnsent = true
  if (origin?.sites && origin.stack === null) log.places[at] = origin.sites.siteOf(statement)
}

interface Compilable {
  toSQL?(): unknown
}

function compile(builder: Compilable): KnexQuery {
  const compiled = builder.toSQL?.()
  const first: unknown = Array.isArray(compiled) ? compiled[0] : compiled
  return typeof first === 'object' && first !== null ? first : {}
}
