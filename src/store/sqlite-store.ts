import type { CpuProfileBounds } from '../model/cpu-profile.js'
import type { RecordingWriter, Store } from '../model/store.js'
import { type HistorySchedule, scheduleHistory } from './history-schedule.js'
import { prepareLong } from './prepared-queries.js'
import { createPruning } from './prune-schedule.js'
import { createReader } from './reader.js'
import { removeAtExit, removeTemporary, storeFile } from './store-file.js'
import { WorkerClient, type WorkerEntry } from './worker-client.js'
import { WriteBehind } from './write-behind.js'
import type { FoundFirst } from './writer.js'

export interface SqliteStoreOptions {
  /** Path of the database, relative to the working directory; `':memory:'`: a temporary file that goes with the process. */
  readonly file: string
  /** The newest so many recordings are kept. */
  readonly retentionCount: number
  /** What began so long ago is deleted. Default: age does not matter. */
  readonly retentionAgeHours?: number | null
  /** Above this size of the file recordings are deleted, in bytes. Default: there is none. */
  readonly retentionBytes?: number | null
  /** Of CPU profiles. Default: 100, and 50 MB. */
  readonly cpuProfiles?: CpuProfileBounds
  /** Told once per cause why nothing, or not everything, is stored. */
  readonly onWarning: (error: Error) => void
  /** Told each further time, for counting. Default: nobody is. */
  readonly onRepeat?: (error: Error) => void
  /** Told of each finding that the store has never had, once it is stored. Must not throw. Default: nobody is. */
  readonly onNewFinding?: (found: FoundFirst) => void
  /** How long a recording waits at most for its batch, in milliseconds. Default 200. */
  readonly flushIntervalMs?: number
  /** What runs in the store's thread to look through history, and its settings. Default: nothing. */
  readonly history?: WorkerEntry
  /** Between two looks through history, by all processes on the file together, in milliseconds. Default 5,000. */
  readonly historyIntervalMs?: number
}

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
  const { flushIntervalMs = 200, historyIntervalMs = 5_000, cpuProfiles } = options
  const { retentionCount: count, retentionAgeHours: ageHours = null, retentionBytes: bytes = null } = options
  const retention = { count, ageHours, bytes }
  const worker = new WorkerClient(file, options.history)
  const history: HistorySchedule | null = options.history ? scheduleHistory(worker, historyIntervalMs) : null
  const prune = createPruning(worker, file, retention)
  const onWritten = (written: number): void => {
    prune.onWritten(written)
    if (written > 0) history?.onWritten()
  }
  const { onWarning, onRepeat = () => {}, onNewFinding = () => {} } = options
  const listeners = { onWarning, onRepeat, onWritten, onNewFinding }
  const behind = new WriteBehind({ file, worker, flushIntervalMs, cpuProfiles, ...listeners })
  removeAtExit(file)

  let closing: Promise<void> | null = null
  async function close(): Promise<void> {
    await behind.flush()
    behind.close()
    history?.stop()
    prune.stop()
    await worker.close()
    removeTemporary(file)
  }
  /** What still waits for its batch is meant too, and would be written afterwards. */
  async function onceWritten<R>(call: () => Promise<R>): Promise<R> {
    await behind.flush()
    return worker.holding(call())
  }
  const writer: RecordingWriter = {
    prepare: ({ queries }) => prepareLong(queries),
    push: (recording) => behind.push(recording),
    controls: (mayOpen) => behind.controls(mayOpen),
    setPaused: async (paused) => behind.setControls(await worker.holding(worker.call('setPaused', [paused]))),
    awaitProfiles: async (change) => behind.setControls(await worker.holding(worker.call('awaitProfiles', [change]))),
    startSession: async (label) => behind.setControls(await worker.holding(worker.call('startSession', [label]))),
    flush: () => behind.flush(),
    flushNow: () => behind.flushNow(),
    fullness: () => behind.fullness,
    remove: (ids) => onceWritten(() => worker.call('remove', [ids])),
    setPinned: (ids, pinned) => onceWritten(() => worker.call('setPinned', [ids, pinned])),
    setTags: (id, change) => onceWritten(() => worker.call('setTags', [id, change])),
    prune: (bounds) => onceWritten(() => worker.call('prune', [bounds])),
    clear: () => {
      behind.discard()
      return worker.holding(worker.call('clear', []))
    },
    addFinding: (recordingId, occurrence) => onceWritten(() => worker.call('addFinding', [recordingId, occurrence])),
    setFindingState: (key, state) => worker.holding(worker.call('setFindingState', [key, state])),
    close: () => {
      closing ??= close()
      return closing
    },
  }
  const reader = createReader(worker, () => ({
    file: file.temporary ? null : file.path,
    retention,
    droppedCount: behind.droppedCount,
    queuedCount: behind.queuedCount,
    problem: behind.problem,
    writes: behind.health,
  }))
  return { reader, writer, highlight: (pieces) => worker.holding(worker.call('highlight', [pieces])) }
}
