import type { RecordingWriter, Store } from '../model/store.js'
import { type HistorySchedule, scheduleHistory } from './history-schedule.js'
import { createReader } from './reader.js'
import { removeAtExit, removeTemporary, storeFile } from './store-file.js'
import { WorkerClient, type WorkerEntry } from './worker-client.js'
import { WriteBehind } from './write-behind.js'

export interface SqliteStoreOptions {
  /** Path of the database, relative to the working directory; `':memory:'`: a temporary file that goes with the process. */
  readonly file: string
  /** The newest so many recordings are kept. */
  readonly retentionCount: number
  /** Told once per cause why nothing, or not everything, is stored. */
  readonly onWarning: (error: Error) => void
  /** Told each further time, for counting. Default: nobody is. */
  readonly onRepeat?: (error: Error) => void
  /** How long a recording waits at most for its batch, in milliseconds. Default 200. */
  readonly flushIntervalMs?: number
  /** What runs in the store's thread to look through history, and its settings. Default: nothing. */
  readonly history?: WorkerEntry
  /** Between two looks through history, by all processes on the file together, in milliseconds. Default 5,000. */
  readonly historyIntervalMs?: number
}

/** Recordings between two rounds of pruning, as a share of those kept. */
const PRUNE_SHARE = 0.01
const LARGEST_PRUNE_INTERVAL = 5_000

/**
 * A store in a local SQLite file. Nothing is opened before the first recording or the first look at a page.
 *
 * It never throws and never makes the host wait: a file that cannot be used is told by `onWarning` and in `status()`,
 * and the recordings that are lost are counted.
 *
 * @example
 * const store = openSqliteStore({ file: '.silk/silk.db', retentionCount: 10_000, onWarning: console.warn })
 */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  const file = storeFile(options.file)
  const { retentionCount, onWarning, onRepeat = () => {}, flushIntervalMs = 200, historyIntervalMs = 5_000 } = options
  const worker = new WorkerClient(file, options.history)
  const history: HistorySchedule | null = options.history ? scheduleHistory(worker, historyIntervalMs) : null
  const prune = createPruning(worker, retentionCount)
  const onWritten = (count: number): void => {
    prune(count)
    if (count > 0) history?.onWritten()
  }
  const behind = new WriteBehind({ file, worker, flushIntervalMs, onWarning, onRepeat, onWritten })
  removeAtExit(file)

  let closing: Promise<void> | null = null
  async function close(): Promise<void> {
    await behind.flush()
    behind.close()
    history?.stop()
    await worker.close()
    removeTemporary(file)
  }
  const writer: RecordingWriter = {
    push: (recording) => behind.push(recording),
    controls: (mayOpen) => behind.controls(mayOpen),
    setPaused: async (paused) => behind.setControls(await worker.holding(worker.call('setPaused', [paused]))),
    startSession: async (label) => behind.setControls(await worker.holding(worker.call('startSession', [label]))),
    flush: () => behind.flush(),
    flushNow: () => behind.flushNow(),
    remove: async (ids) => {
      // What waits for its batch would be written afterwards.
      await behind.flush()
      return worker.holding(worker.call('remove', [ids]))
    },
    clear: () => {
      behind.discard()
      return worker.holding(worker.call('clear', []))
    },
    addFinding: async (recordingId, occurrence) => {
      // The recording may still wait for its batch.
      await behind.flush()
      await worker.holding(worker.call('addFinding', [recordingId, occurrence]))
    },
    setFindingState: (key, state) => worker.holding(worker.call('setFindingState', [key, state])),
    close: () => {
      closing ??= close()
      return closing
    },
  }
  const reader = createReader(worker, () => ({
    file: file.temporary ? null : file.path,
    retentionCount,
    droppedCount: behind.droppedCount,
    queuedCount: behind.queuedCount,
    problem: behind.problem,
    writes: behind.health,
  }))
  return { reader, writer }
}

/** Asks the worker to prune after enough new recordings. */
function createPruning(worker: WorkerClient, retentionCount: number): (written: number) => void {
  const interval = Math.min(Math.max(1, Math.ceil(retentionCount * PRUNE_SHARE)), LARGEST_PRUNE_INTERVAL)
  // Begins somewhere in the interval: many short processes on one file would otherwise never come to the end of it.
  let since = Math.floor(Math.random() * interval)
  let running = false
  function pruneIfDue(): void {
    if (since < interval || running) return
    since = 0
    running = true
    // What was written meanwhile may make the next round due. A worker that fails is heard of by whoever needs it.
    const ended = (): void => {
      running = false
      pruneIfDue()
    }
    worker.call('maintain', [retentionCount]).then(ended, ended)
  }
  return (written) => {
    since += written
    pruneIfDue()
  }
}
