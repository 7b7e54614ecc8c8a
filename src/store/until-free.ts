import { setTimeout as sleep } from 'node:timers/promises'
import { isBusy } from './store-error.js'

const RETRY_MS = 50

/** Does a piece of the worker's writing as soon as the file is free. @throws SqliteError when it stays locked */
export async function untilFree<T>(work: () => T, mostTries: number): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || tries === mostTries) throw error
      await sleep(RETRY_MS)
    }
  }
}
