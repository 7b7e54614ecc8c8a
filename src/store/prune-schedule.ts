import type { Retention } from '../model/retention.js'
import { fileIdentity, type StoreFile } from './store-file.js'
import type { WorkerClient } from './worker-client.js'

/** Recordings between two rounds of pruning, as a share of those kept. */
const PRUNE_SHARE = 0.01
const LARGEST_INTERVAL = 5_000
/** Where the size is bounded too: recordings may be large. */
const LARGEST_INTERVAL_BY_SIZE = 100
const AGE_CHECKS = 60
const LONGEST_WAIT_MS = 600_000
const HOUR_MS = 3_600_000

interface Pruning {
  onWritten(count: number): void
  stop(): void
}

/** Asks the worker to prune: after enough new recordings, and by the clock where age counts. */
export function createPruning(worker: WorkerClient, file: StoreFile, retention: Retention): Pruning {
  const { count, ageHours, bytes } = retention
  const largest = bytes === null ? LARGEST_INTERVAL : LARGEST_INTERVAL_BY_SIZE
  const interval = Math.min(Math.max(1, Math.ceil(count * PRUNE_SHARE)), largest)
  // Begins somewhere in the interval: many short processes on one file would otherwise never come to the end of it.
  let since = Math.floor(Math.random() * interval)
  let running = false
  function prune(): void {
    since = 0
    running = true
    // What was written meanwhile may make the next round due. A worker that fails is heard of by whoever needs it.
    const ended = (): void => {
      running = false
      pruneIfDue()
    }
    worker.call('maintain', [retention]).then(ended, ended)
  }
  function pruneIfDue(): void {
    if (since >= interval && !running) prune()
  }
  function onTime(): void {
    // A store that nobody has written yet is not made for this.
    if (!running && fileIdentity(file.path) !== null) prune()
  }
  const waitMs = ageHours === null ? null : Math.min((ageHours * HOUR_MS) / AGE_CHECKS, LONGEST_WAIT_MS)
  const timer = waitMs === null ? null : setInterval(onTime, Math.max(waitMs, 1_000)).unref()
  return {
    onWritten(written) {
      since += written
      pruneIfDue()
    },
    stop: () => clearInterval(timer ?? undefined),
  }
}
