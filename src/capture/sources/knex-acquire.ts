import { guarded, requestRecorder } from '../current.js'
import type { Holding } from '../recorder.js'
import type { CapturedStack } from '../stack.js'
import type { Method } from './knex-types.js'
import { isThenable } from './knex-types.js'

interface ConnectionState {
  /** The wait that ended in this connection, until the first query on it asks. */
  waitMs: number | null
  poolSize: number | null
  /** Who had it during that wait. */
  waitedFor: Holding | null
  holding: Holding
}

/** What the first query on a connection learns of it. */
export interface Acquired {
  readonly waitMs: number | null
  readonly heldBy: Holding | null
  readonly poolSize: number | null
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

const states = new WeakMap<object, ConnectionState>()
const holdingsOfPool = new WeakMap<object, Set<Holding>>()

// A builder's runner asks for a connection in the same turn in which it is made: so this is whose wait it is.
let asking: { readonly client: object; readonly builder: object } | null = null

/** Notes which builder is about to ask for a connection. */
export function patchRunner(original: Method): Method {
  return function (...args) {
    const [builder] = args
    asking = typeof builder === 'object' && builder !== null ? { client: this, builder } : null
    return original.apply(this, args)
  }
}

interface Pool {
  readonly max?: unknown
}

/** Times the wait for a connection, and knows who had it. */
export function patchAcquire(original: Method, failed: (acquire: FailedAcquire) => void): Method {
  return function (...args) {
    const startMs = performance.now()
    const builder = asking?.client === this ? asking.builder : null
    asking = null
    const acquired = original.apply(this, args)
    if (isThenable(acquired)) {
      const pool = (this as { readonly pool?: Pool }).pool
      acquired.then(
        (connection: unknown) => {
          if (typeof connection === 'object' && connection !== null)
            guarded(undefined, () => take(connection, pool, startMs))
        },
        (error: unknown) =>
          guarded(undefined, () =>
            failed({ client: this, builder, error, startMs, heldBy: longestHeld(pool), poolSize: sizeOf(pool) }),
          ),
      )
    }
    return acquired
  }
}

function take(connection: object, pool: Pool | undefined, startMs: number): void {
  const nowMs = performance.now()
  const holding: Holding = { recorder: requestRecorder(), sinceMs: nowMs, releasedMs: null, sql: null, stack: null }
  if (pool) holdingsOf(pool).add(holding)
  const state = states.get(connection)
  if (state === undefined) {
    states.set(connection, { waitMs: nowMs - startMs, poolSize: sizeOf(pool), waitedFor: null, holding })
    return
  }
  const { releasedMs } = state.holding
  state.waitMs = nowMs - startMs
  state.waitedFor = releasedMs !== null && releasedMs >= startMs ? state.holding : null
  state.holding = holding
}

/** Notes that a connection is free again. */
export function patchRelease(original: Method): Method {
  return function (...args) {
    const [connection] = args
    const holding = typeof connection === 'object' && connection !== null ? states.get(connection)?.holding : undefined
    if (holding !== undefined && holding.releasedMs === null) {
      holding.releasedMs = performance.now()
      const { pool } = this as { readonly pool?: Pool }
      if (pool) holdingsOf(pool).delete(holding)
    }
    return original.apply(this, args)
  }
}

const NOTHING_ACQUIRED: Acquired = { waitMs: null, heldBy: null, poolSize: null }

/**
 * What is known of a connection when a query is sent on it. The wait is told to the first query only.
 *
 * @param stack where the query was built
 */
export function useConnection(connection: unknown, stack: CapturedStack | null): Acquired {
  const state = typeof connection === 'object' && connection !== null ? states.get(connection) : undefined
  if (state === undefined) return NOTHING_ACQUIRED
  const { waitMs, waitedFor: heldBy, poolSize } = state
  state.waitMs = null
  state.waitedFor = null
  state.holding.stack ??= stack
  return { waitMs, heldBy, poolSize }
}

/** Notes the first statement that is sent on a connection: it says what it is held for. */
export function noteFirstStatement(connection: unknown, sql: string): void {
  const state = typeof connection === 'object' && connection !== null ? states.get(connection) : undefined
  if (state !== undefined) state.holding.sql ??= sql
}

function holdingsOf(pool: object): Set<Holding> {
  let holdings = holdingsOfPool.get(pool)
  if (holdings === undefined) {
    holdings = new Set()
    holdingsOfPool.set(pool, holdings)
  }
  return holdings
}

function longestHeld(pool: object | undefined): Holding | null {
  const [first = null] = pool ? holdingsOf(pool) : []
  return first
}

function sizeOf(pool: Pool | undefined): number | null {
  return typeof pool?.max === 'number' ? pool.max : null
}
