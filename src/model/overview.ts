import type { FindingBadge, FindingSummary } from './finding-summary.js'
import type { Percentiles } from './percentiles.js'
import type { TimeWindow } from './time-window.js'

export interface RouteSummary extends Percentiles {
  /** `JOB` of a job, whose name is its route. */
  readonly method: string
  readonly route: string | null
  readonly count: number
  readonly errorCount: number
  readonly totalMs: number
  readonly sqlMs: number
  readonly sqlWallMs: number
  readonly queryCount: number
  readonly queryMedian: number
  readonly queryMax: number
  /** Added up over its queries, as is the overview's. */
  readonly poolWaitMs: number
  /** Mean response time in each of the overview's `timeline`; `null`: no request. */
  readonly trend: readonly (number | null)[]
  readonly findings: readonly FindingBadge[]
}

export interface TimelineBucket {
  readonly startedAt: number
  readonly widthMs: number
  readonly count: number
  readonly withFindingCount: number
  readonly errorCount: number
}

export interface Overview extends Percentiles {
  readonly window: TimeWindow
  readonly requestCount: number
  readonly errorCount: number
  readonly queryMedian: number
  readonly totalMs: number
  readonly sqlWallMs: number
  readonly poolWaitMs: number
  readonly firstRecordingAt: number | null
  readonly lastRecordingAt: number | null
  readonly timeline: readonly TimelineBucket[]
  /** Ranked by time lost in the window, costliest first. */
  readonly findings: readonly FindingSummary[]
  readonly routes: readonly RouteSummary[]
}
