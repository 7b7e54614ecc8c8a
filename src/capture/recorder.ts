import type { RecordingKind } from '../model/recording.js'
import type { CapturedStack } from './stack.js'

/** Detail of queries is kept up to this many per recording; the rest is counted. */
export const MAX_QUERIES = 10_000

/** A query while it runs and until its recording is made: raw values, times by `performance.now()`. */
export interface OpenQuery {
  sql: string
  /** The driver's own array or object, never copied on the hot path; `undefined`: none. */
  bindings: unknown
  readonly connection: string
  readonly transactionId: string | null
  startMs: number
  endMs: number | null
  readonly poolWaitMs: number | null
  rowCount: number | null
  error: unknown
  /** The app's own `.timeout(ms)`; `null`: none. */
  readonly timeoutMs: number | null
  readonly stack: CapturedStack | null
}

/**
 * What is noted while a request (or a stretch of background work) runs. Only the cheapest steps happen here: all that
 * can be done after the response is done when the recording is built.
 */
export class Recorder {
  readonly kind: RecordingKind
  readonly startedAt: number
  readonly startMs: number
  queries: OpenQuery[] = []
  /** Queries that have begun and not yet ended. */
  runningCount = 0
  droppedQueryCount = 0
  overheadMs = 0
  lastActivityMs: number
  /** `performance.now()` of the response's end; `null` while it is being answered. */
  endMs: number | null = null
  /** No more queries are taken: what comes later goes to the background. */
  sealed = false

  constructor(kind: RecordingKind) {
    this.kind = kind
    this.startedAt = Date.now()
    this.startMs = performance.now()
    this.lastActivityMs = this.startMs
  }

  begin(query: OpenQuery): void {
    this.runningCount++
    this.lastActivityMs = query.startMs
    if (this.queries.length < MAX_QUERIES) this.queries.push(query)
    else this.droppedQueryCount++
  }

  end(query: OpenQuery, rowCount: number | null, error: unknown): void {
    if (query.endMs !== null) return
    const nowMs = performance.now()
    query.endMs = nowMs
    query.rowCount = rowCount
    query.error = error
    this.runningCount--
    this.lastActivityMs = nowMs
  }
}
