import type { RecordedBody } from './body.js'
import type { CpuProfile, CpuProfileFacts } from './cpu-profile.js'
import type { ProcessUsage, RecordedUser } from './marks.js'
import type { RecordedQuery } from './query.js'
import type { RecordedError } from './recorded-error.js'
import type { RecordedSpan, SpanSum } from './span.js'

export type RecordingKind = 'request' | 'job' | 'background'

/** Stands where a request has its method, so that a job's name is grouped like a route. No HTTP method has this name. */
export const JOB_METHOD = 'JOB'

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
  /** Absent: it was sent without one, or bodies are not recorded. */
  readonly body?: RecordedBody
}

export interface RecordedResponse {
  /** `null`: the connection ended before a status was sent. */
  readonly status: number | null
  readonly headers: RecordedHeaders
  /** Absent: it was sent without one, or bodies are not recorded. */
  readonly body?: RecordedBody
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
  /** What `silk.record` was given as the name of the job; `null`: no job. */
  readonly name: string | null
  /** The label that was in force when it began; `null`: none. */
  readonly session: string | null
  /** Each once, in the order of the alphabet. */
  readonly tags: readonly string[]
  /** Retention passes over it. */
  readonly pinned: boolean
  /** `null`: nobody is known. */
  readonly user: RecordedUser | null
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** From arrival to 'finish', else 'close'; of a job, from its call to its end; until silk was closed, where that came first. */
  readonly durationMs: number
  /** Silk's own measured time inside it, milliseconds. */
  readonly overheadMs: number
  /** `null`: nothing of it was measured. */
  readonly usage: ProcessUsage | null
  /** `null` for jobs and background recordings. */
  readonly request: RecordedRequest | null
  /** `null` for jobs and background recordings, and for a request that was still being answered when silk was closed. */
  readonly response: RecordedResponse | null
  /** The first exception that reached Express, or that the job ended with; `null`: none was seen. */
  readonly error: RecordedError | null
  readonly queries: readonly RecordedQuery[]
  /** Queries beyond the limit per recording, counted but not kept. */
  readonly droppedQueryCount: number
  readonly spans: readonly RecordedSpan[]
  /** Spans beyond the limit per recording, added up by name. */
  readonly spanSums: readonly SpanSum[]
  /** Without BEGIN / COMMIT / ROLLBACK / SAVEPOINT, with late and dropped ones. */
  readonly queryCount: number
  /** Sum of query durations. */
  readonly sqlMs: number
  /** Union of the queries' intervals. */
  readonly sqlWallMs: number
  readonly poolWaitMs: number
  /** Absent: it was not profiled. As it is read it has no file: that is asked for by itself. */
  readonly cpuProfile?: CpuProfile | CpuProfileFacts
}

/** What recordings are counted together by: a request's method and pattern, a job's name; `null`: nothing. */
export function groupOf({
  kind,
  name,
  request,
}: Pick<Recording, 'kind' | 'name' | 'request'>): Pick<RecordedRequest, 'method' | 'route'> | null {
  return kind === 'job' ? { method: JOB_METHOD, route: name } : request
}
