import type { CallSite } from './call-site.js'

export const SPAN_KINDS = ['code', 'middleware', 'handler', 'http'] as const

/** `code`: marked by the app; `middleware`, `handler`: Express's own; `http`: a request that the app sent. */
export type SpanKind = (typeof SPAN_KINDS)[number]

export type SpanTags = Readonly<Record<string, string | number | boolean>>

/** A stretch of a recording that has a name. Times are milliseconds; offsets count from the start of the recording. */
export interface RecordedSpan {
  readonly index: number
  /** The span that it began in; `null`: in none. */
  readonly parentIndex: number | null
  readonly kind: SpanKind
  readonly name: string
  readonly startMs: number
  /** `null`: it was still running when the recording closed. */
  readonly durationMs: number | null
  /** Without the spans in it, and without the time that a generator waited for whoever reads it. */
  readonly ownMs: number | null
  /** Without BEGIN, COMMIT and their like; those of spans in it included, as in `sqlMs`. */
  readonly queryCount: number
  readonly sqlMs: number
  /** What it ended with, masked; `null`: no error. */
  readonly error: string | null
  /** Masked. */
  readonly tags: SpanTags
  readonly callSite: CallSite | null
}

/** Spans of one name beyond the limit per recording: added up, without detail. */
export interface SpanSum {
  readonly kind: SpanKind
  readonly name: string
  readonly count: number
  readonly totalMs: number
}
