import type { WorkerClient } from './worker-client.js'

export interface HistorySchedule {
  /** To be called when something new was stored. */
  readonly onWritten: () => void
  readonly stop: () => void
}

/** Has the worker look through history a little after something new was stored, and never more often than that. */
export function scheduleHistory(worker: WorkerClient, intervalMs: number): HistorySchedule {
  let timer: NodeJS.Timeout | null = null
  let isRunning = false
  let isNew = false
  let isStopped = false

  function wake(afterMs: number): void {
    if (timer !== null || isStopped) return
    timer = setTimeout(run, Math.max(afterMs, intervalMs)).unref()
  }

  function run(): void {
    timer = null
    isRunning = true
    isNew = false
    // A worker that fails is heard of by whoever needs it.
    worker.call('history', [intervalMs]).then(ended, () => ended(null))
  }

  function ended(againMs: number | null): void {
    isRunning = false
    if (againMs !== null) wake(againMs)
    else if (isNew) wake(intervalMs)
  }

  return {
    onWritten: () => {
      isNew = true
      if (!isRunning) wake(intervalMs)
    },
    stop: () => {
      isStopped = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}
