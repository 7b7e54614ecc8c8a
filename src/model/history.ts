import type { CallSite } from './call-site.js'
import type { Occurrence } from './finding.js'
import type { QueryOperation, RecordedQuery } from './query.js'
import type { RecordedRequest } from './recording.js'

/** The newest recordings of one route. */
export interface RouteHistory {
  readonly request: RouteName
  /** Oldest first. */
  readonly recordings: readonly HistoryRecording[]
  /** What was written, by anybody, from the first of these recordings to the last. */
  readonly writes: readonly HistoryWrite[]
}

export type RouteName = Pick<RecordedRequest, 'method' | 'route'>

export interface HistoryRecording {
  readonly id: string
  readonly request: RecordedRequest
  readonly queries: readonly RecordedQuery[]
}

/** A statement that is no read, with how many recordings sent it. */
export interface HistoryWrite {
  readonly fingerprintText: string
  readonly operation: QueryOperation
  readonly recordingCount: number
  /** Of its newest execution. */
  readonly callSite: CallSite | null
}

/** The executions of one statement in one recording, beside all that are known of it. */
export interface StatementHistory extends KnownDurations {
  readonly recordingId: string
  readonly request: RecordedRequest | null
  readonly executions: readonly RecordedQuery[]
}

/** Of a statement, by its roll-ups of a week. */
export interface KnownDurations {
  /** Executions with a duration, those that are judged included. */
  readonly knownCount: number
  /** Within 2.5 %. */
  readonly medianMs: number
}

/** An occurrence in a recording that is stored already. */
export interface FoundInHistory {
  readonly recordingId: string
  readonly occurrence: Occurrence
}

/** Pure: rows of the store in, occurrences out. */
export interface HistoryDetectors {
  /** How many of the newest recordings of a route are looked at together, and how few are too few; `null`: none. */
  recordingsOf(route: RouteName): { readonly least: number; readonly most: number } | null
  ofRoute(history: RouteHistory): readonly FoundInHistory[]
  /** Executions up to here are never slow by history; `null`: none is looked at. */
  readonly slowAboveMs: number | null
  /** Whether an execution of this length is worth the reading of its recording. */
  mayBeSlow(durationMs: number, known: KnownDurations): boolean
  ofStatement(history: StatementHistory): readonly FoundInHistory[]
}

/** @param settings as they were given to the store, and copied to its thread */
export type CreateHistoryDetectors = (settings: unknown) => HistoryDetectors
