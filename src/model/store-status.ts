import type { Controls } from './controls.js'
import type { OwnCost, WriteHealth } from './health.js'
import type { Retention } from './retention.js'

export interface StoreStatus {
  /** `null` for a temporary store. */
  readonly file: string | null
  /** On disk, the write-ahead log included. */
  readonly fileBytes: number
  /** Of the database file, without free space in it. */
  readonly usedBytes: number
  readonly recordingCount: number
  readonly retention: Retention
  /** Of them, those that are older than the others, being slow, failed or with a finding. */
  readonly keptLongerCount: number
  readonly pinnedCount: number
  /** What began before, and is not kept longer, is pruned; `null`: nothing is stored. */
  readonly prunedBefore: number | null
  /** Recordings not stored since the process started: queue overflow or a store that failed. */
  readonly droppedCount: number
  readonly queuedCount: number
  readonly controls: Controls
  /** Why nothing is being stored at the moment; `null`: all is well. */
  readonly problem: string | null
}

export interface StoreHealth extends StoreStatus {
  readonly writes: WriteHealth
  /** `null`: the store cannot be read. */
  readonly ownCost: OwnCost | null
}
