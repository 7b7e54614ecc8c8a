import type { RecordingKind } from '../model/recording.js'
import type { NotedAnswer } from './answer.js'
import type { NotedRows } from './sources/knex-rows.js'
import type { CalledFrom, CapturedStack } from './stack.js'
import { uuidV7 } from './uuid-v7.js'

/** Detail of queries is kept up to this many per recording; the rest is counted. */
export const MAX_QUERIES = 10_000

/** A connection in somebody's hands, from acquire to release. Small: a pool keeps the last one of each connection. */
export interface Holding {
  /** `null`: not a request. */
  readonly recorder: Recorder | null
  readonly sinceMs: number
  releasedMs: number | null
  /** Of the first query that was sent on it. */
  sql: string | null
  stack: CapturedStack | null
}

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
  /** The call of an ORM that it belongs to. */
  readonly calledFrom: CalledFrom | null
  /** `null`: not seen, as of a stream. */
  rows: NotedRows | null
  /** Who had the connection that it waited for. */
  readonly heldBy: Holding | null
  readonly poolSize: number | null
  /** It got no connection. */
  readonly isUnsent: boolean
  /** Sent inside `silk.ignore`. */
  readonly isIgnored: boolean
}

/** Rows kept of all queries of a recording together, for the values in them. */
const MAX_KEPT_ROWS = 2_000

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
  /** As sent, so that others can say for whom they waited; with the pattern, as soon as it is known. `null`: no request. */
  request: { readonly method: string; readonly path: string } | null = null
  /** Where the last transaction was begun: one that gets no connection can be told by nothing else. */
  lastTransactionStack: CapturedStack | null = null
  /** What is known of the response's body. */
  answer: NotedAnswer | null = null
  #id: string | null = null
  #keptRows = 0

  constructor(kind: RecordingKind) {
    this.kind = kind
    this.startedAt = Date.now()
    this.startMs = performance.now()
    this.lastActivityMs = this.startMs
  }

  /** Of the recording that is made of it. */
  get id(): string {
    this.#id ??= uuidV7(this.startedAt)
    return this.#id
  }

  begin(query: OpenQuery): void {
    this.runningCount++
    this.add(query)
  }

  /** Takes a query that has begun, or one that got no connection and was never sent. */
  add(query: OpenQuery): void {
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

  /** How many more rows may be kept. */
  get rowRoom(): number {
    return this.endMs === null ? MAX_KEPT_ROWS - this.#keptRows : 0
  }

  keepRows(query: OpenQuery, rows: NotedRows): void {
    query.rows = rows
    this.#keptRows += rows.kept.length
  }
}
