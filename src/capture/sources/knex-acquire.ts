import { isThenable, type Method } from './knex-types.js'

// The wait for a connection, until the first query on it asks.
const waitOfConnection = new WeakMap<object, number>()

/** Times the wait for a connection. */
export function patchAcquire(original: Method): Method {
  return function (...args) {
    const startMs = performance.now()
    const acquired = original.apply(this, args)
    if (isThenable(acquired)) {
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

/** The wait that ended in this connection, for the first query on it; `null`: another query has had it. */
export function takeWait(connection: unknown): number | null {
  if (typeof connection !== 'object' || connection === null) return null
  const waitMs = waitOfConnection.get(connection)
  if (waitMs === undefined) return null
  waitOfConnection.delete(connection)
  return waitMs
}
