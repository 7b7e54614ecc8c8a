import type { FindingKind } from './finding.js'
import type { FindingBadge } from './finding-summary.js'
import type { RecordedUser } from './marks.js'
import type { RecordingKind } from './recording.js'

/** A recording as lists show it. */
export interface RecordingSummary {
  readonly id: string
  readonly kind: RecordingKind
  /** Of a job. */
  readonly name: string | null
  readonly session: string | null
  readonly tags: readonly string[]
  readonly pinned: boolean
  readonly user: RecordedUser | null
  readonly startedAt: number
  readonly method: string | null
  readonly url: string | null
  readonly path: string | null
  readonly route: string | null
  readonly status: number | null
  readonly aborted: boolean
  /** Class of the exception that was seen; `null`: none was. */
  readonly errorClass: string | null
  readonly durationMs: number
  readonly overheadMs: number
  readonly queryCount: number
  readonly sqlMs: number
  readonly sqlWallMs: number
  readonly poolWaitMs: number
  readonly contentLength: number | null
  readonly findings: readonly FindingBadge[]
}

export interface RequestFilter {
  readonly kind?: RecordingKind
  readonly method?: string
  /** `200`; a class: `2xx`; `aborted`: the client went away before the answer was sent. */
  readonly status?: string
  /** The pattern; `null`: requests that no route matched. */
  readonly route?: string | null
  /** Text contained in the URL. */
  readonly search?: string
  readonly findingKey?: string
  readonly findingKind?: FindingKind | 'any'
  /** Fingerprint hash: recordings that ran this statement. */
  readonly fingerprint?: string
  /** The label; `null`: recordings without one. */
  readonly session?: string | null
  readonly tag?: string
  readonly pinnedOnly?: boolean
  /** Id of a user. */
  readonly user?: string
  /** Text contained in a statement that the recording ran. */
  readonly sql?: string
  /** Name of a table that a statement of the recording reads or writes. */
  readonly table?: string
  /** At least so long. */
  readonly minMs?: number
  readonly minQueries?: number
  /** At least so long in SQL, by the clock: queries at the same time count once. */
  readonly minSqlMs?: number
  /** Answered with a status of 500 and above, or a job that failed. */
  readonly errorsOnly?: boolean
  /** With an exception, whatever the answer was. */
  readonly exceptionsOnly?: boolean
  /** Milliseconds since the epoch, inclusive. */
  readonly since?: number
  /** Milliseconds since the epoch, inclusive. */
  readonly until?: number
  /** Default: the newest first. */
  readonly order?: RequestOrder
  /** A place in the order: what is older, shorter or less than that. */
  readonly before?: string
  /** A place in the order: what is newer, longer or more than that. */
  readonly after?: string
  /** 1 to 200. */
  readonly limit: number
}

/** By route: in the order of the alphabet, the newest of each route first. */
export type RequestMeasure = 'time' | 'duration' | 'queries' | 'sql' | 'route'

export interface RequestOrder {
  readonly by: RequestMeasure
  readonly ascending: boolean
}
