import type { FindingKind, FindingState, Occurrence } from './finding.js'

export interface FindingBadge {
  readonly key: string
  readonly kind: FindingKind
  /** Repeated queries in this recording. */
  readonly count: number
  /** As it is now, not as it was when the recording was made. */
  readonly state: FindingState
}

export interface FindingSummary {
  readonly key: string
  readonly kind: FindingKind
  readonly state: FindingState
  /** When it was last marked fixed; `null`: it never was, or was opened again by hand. */
  readonly fixedAt: number | null
  /** Start of the first recording that had it again after it was marked fixed; `null`: it has not come back. */
  readonly regressedAt: number | null
  readonly firstSeen: number
  readonly lastSeen: number
  /** Recordings in the window that have it. */
  readonly recordingCount: number
  readonly routeRecordingCount: number
  readonly method: string | null
  readonly route: string | null
  /** From the newest occurrence. */
  readonly latest: Occurrence
  readonly latestRecordingId: string | null
  readonly latestDurationMs: number | null
  readonly latestQueryCount: number | null
  /** Sums over the window. */
  readonly totalMs: number
  readonly savingMs: number
  /**
   * What it costs as a share of all response time in the window, 0 to 1: the saving, or all time of the queries concerned
   * where no saving is known.
   */
  readonly share: number
}
