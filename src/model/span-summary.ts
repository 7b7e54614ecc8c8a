import type { CappedTotal } from './page.js'
import type { Percentiles } from './percentiles.js'
import type { RecordingSummary } from './request-list.js'
import type { SpanKind } from './span.js'
import type { TimeWindow } from './time-window.js'

/** All spans of one kind and name. */
export interface SpanSummary extends Percentiles {
  readonly id: string
  readonly kind: SpanKind
  readonly name: string
  readonly recordingCount: number
  readonly calls: number
  readonly errorCount: number
  readonly totalMs: number
  readonly ownMs: number
  readonly queryCount: number
  readonly sqlMs: number
}

/** What a list of spans is sorted by. */
export type SpanMeasure = 'name' | 'total' | 'own' | 'calls' | 'p50' | 'p95' | 'max' | 'queries' | 'errors'

export interface SpanFilter {
  readonly window: TimeWindow
  /** Text contained in the name. */
  readonly search?: string
  readonly kind?: SpanKind
  /** A route's pattern, or a job's name. */
  readonly route?: string
  readonly sort: SpanMeasure
  readonly ascending: boolean
  readonly limit: number
}

export interface SpanList {
  readonly items: readonly SpanSummary[]
  readonly total: CappedTotal
}

export interface SpanRoute {
  readonly method: string
  readonly route: string | null
  readonly recordingCount: number
  readonly calls: number
  readonly totalMs: number
  readonly ownMs: number
  readonly maxMs: number
}

export interface SpanExample {
  readonly recording: RecordingSummary
  /** The longest span of this name in it. */
  readonly maxMs: number
}

export interface SpanDetail {
  /** Of the window. */
  readonly summary: SpanSummary
  readonly routes: readonly SpanRoute[]
  /** Of the window, slowest first: a few of each hour, of recordings that are still kept. */
  readonly slowest: readonly SpanExample[]
}
