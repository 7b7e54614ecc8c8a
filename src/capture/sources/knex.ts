import { bindToCurrentScope, recorderForQuery } from '../current.js'
import type { OpenQuery, Recorder } from '../recorder.js'
import { captureStack } from '../stack.js'
import { type Origin, originOf, originOfTransactionId, patchBuilders } from './knex-builders.js'
import { connectionName, nameConnection } from './knex-connection.js'
import { loadedClientPrototypes, onClientLoaded } from './knex-discovery.js'
import { rowCountOf } from './knex-response.js'
import type { Patchable } from './knex-types.js'
import { isClientPrototype, type KnexClient, type KnexConnection, type KnexQuery, type Method } from './knex-types.js'
import { createPatches, type Patches } from './patches.js'

interface Installation {
  readonly patches: Patches
  readonly stopDiscovery: () => void
  users: number
}

// Prototypes are shared by the whole process, so the patches are too, however many profilers there are.
let installation: Installation | null = null

/**
 * Hears every knex of the process, loaded before or after, of any version from 0.95 and in any number of copies.
 *
 * It works on the client *prototypes*: a transaction has a client of its own that no patch or listener on an instance
 * reaches, and knex's events have no end for BEGIN, COMMIT and streams.
 *
 * @returns ends it; the last user puts knex back as it was
 */
export function listenToKnex(): () => void {
  installation ??= install()
  const current = installation
  current.users++
  let listening = true
  return () => {
    if (!listening) return
    listening = false
    if (--current.users > 0) return
    current.stopDiscovery()
    current.patches.undo()
    installation = null
  }
}

function install(): Installation {
  const patches = createPatches()
  const adopt = (prototype: Patchable): void => adoptPrototype(prototype, patches)
  const stopDiscovery = onClientLoaded(adopt)
  for (const prototype of loadedClientPrototypes()) adopt(prototype)
  return { patches, stopDiscovery, users: 0 }
}

/**
 * Hears one instance that discovery cannot reach: knex bundled into the app, or loaded by another module registry.
 *
 * @param name shown as the connection's name
 * @throws TypeError when it is not a knex instance
 */
export function watchKnex(knex: unknown, name: string | undefined): void {
  const client: unknown = (knex as { readonly client?: unknown } | null | undefined)?.client
  const prototype: unknown = client && Object.getPrototypeOf(client)
  if (!isClientPrototype(prototype)) {
    throw new TypeError(`Expected \`knex\` to be a knex instance, got ${typeof knex}: watch(knexInstance, { name? })`)
  }
  if (installation) adoptPrototype(prototype, installation.patches)
  if (name !== undefined) nameConnection(client as KnexClient, name)
}

/** Patches the class and each class it extends: dialects override some methods and inherit others. */
function adoptPrototype(prototype: Patchable, patches: Patches): void {
  let target: Patchable | null = prototype
  while (target && isClientPrototype(target)) {
    patchBuilders(target, patches)
    patches.wrap(target, 'query', (original) => patchQuery(original, patches))
    patches.wrap(target, 'stream', (original) => patchStream(original, patches))
    patches.wrap(target, 'acquireConnection', patchAcquire)
    const base: Patchable = target
    // A dialect loaded before silk but never scanned (bundled beside an unbundled base) makes itself known here:
    // knex calls it on each new instance.
    patches.wrap(target, 'initializePool', (original) => adoptingInitialize(original, base, patches))
    target = Object.getPrototypeOf(target) as Patchable | null
  }
}

function adoptingInitialize(original: Method, base: Patchable, patches: Patches): Method {
  return function (...args) {
    const prototype: unknown = Object.getPrototypeOf(this)
    if (prototype !== base && isClientPrototype(prototype)) adoptPrototype(prototype, patches)
    return original.apply(this, args)
  }
}

// The wait for a connection, until the first query on it asks.
const waitOfConnection = new WeakMap<object, number>()

function patchAcquire(original: Method): Method {
  return function (...args) {
    const startMs = performance.now()
    const acquired = original.apply(this, args)
    if (acquired instanceof Promise) {
      acquired.then(
        (connection: unknown) => {
          if (typeof connection !== 'object' || connection === null) return
          waitOfConnection.set(connection, performance.now() - startMs)
        },
        () => {},
      )
    }
    return acquired
  }
}

function takeWait(connection: object): number | null {
  const waitMs = waitOfConnection.get(connection)
  if (waitMs === undefined) return null
  waitOfConnection.delete(connection)
  return waitMs
}

function patchQuery(original: Method, patches: Patches): Method {
  const query: Method = function (connection, queryParam, ...rest) {
    const begun = patches.undone ? null : begin(this, connection, queryParam, query)
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
    poolWaitMs: typeof connection === 'object' && connection !== null ? takeWait(connection) : null,
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
  if (answer instanceof Promise) {
    answer.then(
      (value: unknown) => recorder.end(query, rowCount(value), null),
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

function patchStream(original: Method, patches: Patches): Method {
  const stream: Method = function (connection, queryParam, target, ...rest) {
    const begun = patches.undone ? null : begin(this, connection, queryParam, stream)
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
