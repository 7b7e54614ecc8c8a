import { loadSqliteDriver } from './sqlite-driver.js'

/**
 * Loads what the first recording needs, while its request is still being answered and each part in a turn of the event
 * loop of its own: at one go it would hold up the app's loop for longer than anything that comes after.
 *
 * What fails is told by whoever needs it first. Keeps no process alive.
 *
 * @param open opens the store's file
 */
export function warmUp(open: () => void): void {
  const steps = [loadSqliteDriver, loadNative, open]
  const next = (): void => {
    try {
      steps.shift()?.()
    } catch {
      return
    }
    if (steps.length > 0) setImmediate(next).unref()
  }
  setImmediate(next).unref()
}

/** The driver's native part comes with its first connection. */
function loadNative(): void {
  ;new (loadSqliteDriver())(':memory:').close()
}
