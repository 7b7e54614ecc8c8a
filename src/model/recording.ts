import type { RecordedQuery } from './query.js'

export type RecordingKind = 'request' | 'job' | 'background'

/** Header names in lower case; repeated headers keep their values in order. */
export type RecordedHeaders = Readonly<Record<string, string | readonly string[]>>

export interface RecordedRequest {
  readonly method: string
  /** The original URL as sent, masked. */
  readonly url: string
  /** The URL's path without the query string. */
  readonly path: string
  /** The pattern the app declared (`/collections/:id`); `null`: no route matched. */
  readonly route: string | null
  readonly headers: RecordedHeaders
}

export interface RecordedResponse {
  /** `null`: the connection ended before a status was sent. */
  readonly status: number | null
  readonly headers: RecordedHeaders
  /** From the content-length header; `null`: not announced (chunked). */
  readonly contentLength: number | null
  /** Size of the body before any compression, bytes; `null`: not known, as of a streamed one. Not stored. */
  readonly bodyBytes: number | null
  /** The number that the body consists of, as `{ "total": 120 }` does; `null`: there are other values in it. Not stored. */
  readonly onlyNumber: number | null
  /** The client went away, or the response was destroyed, before it was complete. */
  readonly aborted: boolean
}

/** All that was noted of one request, of one job, or of queries outside both. Frozen once made. */
export interface Recording {
  /** UUIDv7, so ids sort by time. */
  readonly id: string
  readonly kind: RecordingKind
  /** The label that was in force when it began; `null`: none. */
  readonly session: string | null
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** From arrival to 'finish', else 'close'. */
  readonly durationMs: number
  /** Silk's own measured time inside it, milliseconds. */
  readonly overheadMs: number
  /** `null` for background recordings. */
  readonly request: RecordedRequest | null
  readonly response: RecordedResponse | null
  readonly queries: readonly RecordedQuery[]
  /** Queries beyond the limit per recording, counted but not kept. */
  readonly droppedQueryCount: number
  /** Without BEGIN / COMMIT / ROLLBACK / SAVEPOINT, with late and dropped ones. */
  readonly queryCount: number
  /** Sum of query durations. */
  readonly sqlMs: number
  /** Union of the queries' intervals. */
  readonly sqlWallMs: number
  readonly poolWaitMs: number
}
