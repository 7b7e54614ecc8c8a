import type { CallSite } from './call-site.js'
import type { FindingSummary } from './finding-summary.js'
import type { Percentiles } from './percentiles.js'
import type { QueryOperation } from './query.js'
import type { RecordingSummary } from './request-list.js'
import type { TimeWindow } from './time-window.js'

export interface StatementSummary extends Percentiles {
  readonly id: string
  readonly text: string
  readonly operation: QueryOperation
  /** Tables that it joins by the word JOIN, in subqueries too. */
  readonly joinCount: number
  readonly calls: number
  readonly totalMs: number
  readonly rowCount: number | null
  readonly routeCount: number
  readonly callSiteCount: number
}

export interface StatementRoute {
  readonly method: string
  readonly route: string | null
  readonly recordingCount: number
  readonly calls: number
  readonly totalMs: number
}

export interface StatementCallSite {
  readonly callSite: CallSite | null
  readonly calls: number
  readonly totalMs: number
  readonly maxMs: number
}

export interface HistogramBin {
  readonly fromMs: number
  readonly toMs: number
  readonly count: number
}

/** Executions of a statement in one piece of time. */
export interface StatementTrend {
  readonly startedAt: number
  readonly widthMs: number
  readonly calls: number
  readonly totalMs: number
  readonly maxMs: number
}

export interface StatementDetail {
  readonly summary: StatementSummary
  /** The SQL of one execution, as sent. */
  readonly example: string
  readonly routes: readonly StatementRoute[]
  readonly callSites: readonly StatementCallSite[]
  readonly histogram: readonly HistogramBin[]
  /** Without gaps, at most 60; none where nothing is kept. */
  readonly trend: readonly StatementTrend[]
  readonly findings: readonly FindingSummary[]
  /** Newest first. */
  readonly recentRecordings: readonly RecordingSummary[]
}

export interface StatementFilter {
  readonly window: TimeWindow
  readonly search?: string
  readonly sort: 'total' | 'calls' | 'p95' | 'max'
  readonly limit: number
}
