import type { QueryOperation } from './query.js'

export interface SessionSummary {
  /** `null`: what has no label. */
  readonly label: string | null
  readonly requestCount: number
  /** Start of its first recording; to the minute for what has no label. */
  readonly firstAt: number
  /** Start of its newest recording. */
  readonly lastAt: number
}

/** What a statement cost in a session. */
export interface SessionStatement {
  readonly id: string
  readonly text: string
  readonly operation: QueryOperation
  readonly calls: number
  /** Recordings that ran it. */
  readonly recordingCount: number
  readonly totalMs: number
  readonly p50Ms: number
  readonly p95Ms: number
  /** Method and pattern: `GET /collections/:id`; `GET` where no route matched; `background`. */
  readonly routes: readonly string[]
}
