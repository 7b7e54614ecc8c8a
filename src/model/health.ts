import type { LoadHealth } from './load.js'

/** Why a recording was not stored. */
export type DropCause =
  /** They came faster than they could be written, and the queue was full. */
  | 'overflow'
  /** The file cannot be used at all. */
  | 'unusable'
  /** It could not be written, while others could. */
  | 'refused'
  /** It came after the store was closed. */
  | 'closed'

/** What the store has done in this process, since it started. */
export interface WriteHealth {
  readonly storedCount: number
  readonly dropped: Readonly<Record<DropCause, number>>
  /** Batches written on the host's thread, and how long each held it. */
  readonly batchCount: number
  readonly batchP50Ms: number
  readonly batchP95Ms: number
  readonly batchMaxMs: number
  readonly lastBatchAt: number | null
}

/** What silk itself costs, of the newest requests. */
export interface OwnCost {
  /** Requests looked at: 1,000 at most. */
  readonly requestCount: number
  /** Silk's own time inside a request. */
  readonly p50Ms: number
  readonly p95Ms: number
  /** Of all response time, 0 to 1. */
  readonly share: number
}

/** A failure of silk's own, counted. Times in milliseconds since the epoch. */
export interface Trouble {
  readonly message: string
  /** What silk was doing: `storing`. */
  readonly doing: string
  readonly count: number
  readonly firstAt: number
  readonly lastAt: number
}

/** By what the app's options left out: the path, nobody having asked, chance, or its own functions. */
export type ChoiceCause = 'ignored' | 'notAsked' | 'notSampled' | 'notWanted' | 'notKept'

/** What the process that answers knows of itself. */
export interface ProcessHealth {
  readonly pid: number
  readonly startedAt: number
  /** Recordings made, and the time on the host's thread that it took, after the responses. */
  readonly madeCount: number
  readonly madeMs: number
  /** What is left out of recordings while the app is under overload. */
  readonly load: LoadHealth
  /** Requests that were not recorded, and recordings that were not kept, as the options say. */
  readonly choices: Readonly<Record<ChoiceCause, number>>
  /** The newest first. */
  readonly troubles: readonly Trouble[]
}
