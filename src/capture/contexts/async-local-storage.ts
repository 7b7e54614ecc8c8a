import { AsyncLocalStorage } from 'node:async_hooks'
import type { ContextCarrier } from './carrier.js'

/** The context by Node's own AsyncLocalStorage: the default, since it costs least. */
export function asyncLocalStorageCarrier<T extends object>(): ContextCarrier<T> {
  const storage = new AsyncLocalStorage<T | undefined>()
  return {
    run: (value, fn) => storage.run(value, fn),
    current: () => storage.getStore(),
    // Not exit(): it is still marked experimental, and run() does the same.
    outside: (fn) => storage.run(undefined, fn),
  }
}
