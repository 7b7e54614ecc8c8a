import { clock } from '../clock.js'
import { reportTrouble } from '../current.js'
import { Holding } from '../holding.js'
import { createStamps, Given } from '../stamps.js'
import type { Method } from './knex-types.js'
import { isThenable } from './knex-types.js'

/** What is known of a connection. The wait that ended in it is told to the first query on it. */
export interface ConnectionState {
  /** `null`: told already. */
  waitMs: number | null
  readonly poolSize: number | null
  /** Who had it during that wait. */
  waitedFor: Holding | null
  holding: Holding
}

/** Told of an acquire that failed: no event of knex tells of it. */
export interface FailedAcquire {
  readonly client: object
  /** The builder that asked for a connection; `null`: a transaction. */
  readonly builder: object | null
  readonly error: unknown
  readonly startMs: number
  readonly heldBy: Holding | null
  readonly poolSize: number | null
}

class StampedConnection extends Given {
  #state: ConnectionState
  constructor(connection: object, state: ConnectionState) {
    super(connection)
    this.#state = state
  }
  static stateOf(connection: object): ConnectionState | undefined {
    return #state in connection ? connection.#state : undefined
  }
}

/** Of each pool, what is known of its connections; those that are gone go with them. */
const statesOfPool = createStamps<WeakRef<ConnectionState>[]>()

// A builder's runner asks for a connection in the same turn in which it is made: so this is whose wait it is.
let askingClient: object | null = null
let askingBuilder: object | null = null

/** Notes which builder is about to ask for a connection. */
export function patchRunner(original: Method): Method {
  return function (...args) {
    const [builder] = args
    askingClient = this
    askingBuilder = typeof builder === 'object' ? builder : null
    return original.apply(this, args)
  }
}

interface Pool {
  readonly max?: unknown
  numPendingAcquires?(): number
  on?(event: string, listener: (id: number, connection?: unknown) => void): unknown
}

/** A client that asks its pool for a connection. */
interface Asking {
  readonly client: object
  readonly builder: object | null
  readonly pool: Pool | undefined
  readonly startMs: number
  /** What the app waits for; `null`: not known yet. */
  promise: PromiseLike<unknown> | null
  /** The pool tells of it by its events. */
  isHeard: boolean
  failed(acquire: FailedAcquire): void
}

/** For as long as a client calls its pool. */
let asking: Asking | null = null

/** Times the wait for a connection, and knows who had it. */
export function patchAcquire(original: Method, failed: (acquire: FailedAcquire) => void): Method {
  return function (...args) {
    const builder = askingClient === this ? askingBuilder : null
    askingClient = null
    askingBuilder = null
    const { pool } = this as { readonly pool?: Pool }
    if (pool) listenToPool(pool)
    const before = asking
    const asked = { client: this, builder, pool, startMs: clock.now(), promise: null, isHeard: false, failed }
    asking = asked
    try {
      const acquired = original.apply(this, args)
      if (isThenable(acquired)) follow(asked, acquired)
      return acquired
    } finally {
      asking = before
    }
  }
}

/** Of a pool that does not tell, the promise does. */
function follow(asked: Asking, acquired: PromiseLike<unknown>): void {
  asked.promise = acquired
  if (asked.isHeard) return
  acquired.then(
    (connection) => take(connection, asked.pool, asked.startMs),
    (error: unknown) => fail(asked, error),
  )
}

const heardPools = new WeakSet<object>()

/** Pools of tarn have events, which cost a fraction of one more promise for each query. */
function listenToPool(pool: Pool): void {
  if (heardPools.has(pool) || typeof pool.on !== 'function') return
  heardPools.add(pool)
  // Mostly one is asked for, and answered, at a time.
  let newest: { readonly id: number; readonly asked: Asking } | null = null
  const older = new Map<number, Asking>()
  const answered = (id: number): Asking | undefined => {
    if (newest?.id === id) {
      const { asked } = newest
      newest = null
      return asked
    }
    const asked = older.get(id)
    older.delete(id)
    return asked
  }
  pool.on('acquireRequest', (id) => {
    if (asking === null || asking.pool !== pool || asking.isHeard) return
    asking.isHeard = true
    if (newest !== null) older.set(newest.id, newest.asked)
    newest = { id, asked: asking }
  })
  pool.on('acquireSuccess', (id, connection) => {
    const known = answered(id)
    if (known !== undefined) take(connection, pool, known.startMs)
  })
  pool.on('acquireFail', (id) => {
    const known = answered(id)
    // What the app gets to see is knex's own error, a little later.
    known?.promise?.then(undefined, (error: unknown) => fail(known, error))
  })
}

function fail({ client, builder, pool, startMs, failed }: Asking, error: unknown): void {
  try {
    failed({ client, builder, error, startMs, heldBy: longestHeld(pool), poolSize: sizeOf(pool) })
  } catch (trouble) {
    reportTrouble(trouble)
  }
}

function take(connection: unknown, pool: Pool | undefined, startMs: number): void {
  if (typeof connection !== 'object' || connection === null) return
  try {
    const nowMs = clock.now()
    const holding = new Holding(nowMs)
    const state = StampedConnection.stateOf(connection)
    if (state === undefined) {
      const first = { waitMs: nowMs - startMs, poolSize: sizeOf(pool), waitedFor: null, holding }
      new StampedConnection(connection, first)
      if (pool) remember(pool, first)
      return
    }
    const { releasedMs } = state.holding
    state.waitMs = nowMs - startMs
    state.waitedFor = releasedMs >= startMs ? state.holding : null
    state.holding = holding
  } catch (error) {
    reportTrouble(error)
  }
}

/** Notes that a connection is free again. */
export function patchRelease(original: Method): Method {
  return function (...args) {
    const [connection] = args
    const holding =
      typeof connection === 'object' && connection !== null ? StampedConnection.stateOf(connection)?.holding : undefined
    if (holding !== undefined && Number.isNaN(holding.releasedMs)) {
      // Who asks later does not wait for it: then any time before will do.
      holding.releasedMs = isWaitedFor(this) ? clock.now() : 0
    }
    return original.apply(this, args)
  }
}

function isWaitedFor(client: object): boolean {
  const { pool } = client as { readonly pool?: Pool }
  return typeof pool?.numPendingAcquires !== 'function' || pool.numPendingAcquires() > 0
}

/** What is known of a connection; `undefined`: it was not seen when it was acquired. */
export function connectionState(connection: unknown): ConnectionState | undefined {
  return typeof connection === 'object' && connection !== null ? StampedConnection.stateOf(connection) : undefined
}

function remember(pool: object, state: ConnectionState): void {
  const known = statesOfPool.get(pool)?.filter((ref) => ref.deref() !== undefined) ?? []
  statesOfPool.set(pool, [...known, new WeakRef(state)])
}

function longestHeld(pool: object | undefined): Holding | null {
  let longest: Holding | null = null
  for (const ref of (pool && statesOfPool.get(pool)) ?? []) {
    const holding = ref.deref()?.holding
    if (holding === undefined || !Number.isNaN(holding.releasedMs)) continue
    if (longest === null || holding.sinceMs < longest.sinceMs) longest = holding
  }
  return longest
}

function sizeOf(pool: Pool | undefined): number | null {
  return typeof pool?.max === 'number' ? pool.max : null
}
