import type { Page } from './page.js'
import type { RecordingSummary } from './request-list.js'
import type { RecordedSpan, SpanKind } from './span.js'
import type { TimeWindow } from './time-window.js'

/** A span that ran once, in the recording that it ran in. */
export interface SpanRun {
  readonly span: RecordedSpan
  readonly recording: RecordingSummary
}

export type SpanRunMeasure = 'time' | 'duration' | 'sql' | 'queries'

export interface SpanRunFilter {
  readonly window: TimeWindow
  /** Text contained in the name. */
  readonly search?: string
  readonly kind?: SpanKind
  /** A route's pattern, or a job's name. */
  readonly route?: string
  /** At least so long; one that was still running when its recording closed has no duration, and is left out. */
  readonly minMs?: number
  /** At least so many, with those of spans in it. */
  readonly minQueries?: number
  readonly minSqlMs?: number
  readonly order: { readonly by: SpanRunMeasure; readonly ascending: boolean }
  /** A place in the order: what is older or less than that. */
  readonly before?: string
  /** A place in the order: what is newer or more than that. */
  readonly after?: string
  /** 1 to 200. */
  readonly limit: number
}

/**
 * A page of runs. No index leads to them, so that recordings with spans are looked into one after the other, a bounded
 * number for a page: `searchedTo` tells how far back. By time a list goes on there; by any other measure the runs of
 * these recordings are put in order, and `further` is the place where those of older ones begin.
 */
export interface SpanRunPage extends Page<SpanRun> {
  readonly searchedTo: number | null
  readonly further: string | null
}
