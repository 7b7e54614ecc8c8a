import type { CallSite } from './call-site.js'
import type { FindingKind } from './finding-kind.js'
import type { Recording } from './recording.js'

export { FINDING_KINDS, type FindingKind } from './finding-kind.js'

/** What the people of the app say of a finding. */
export const FINDING_STATES = ['open', 'ignored', 'fixed'] as const
export type FindingState = (typeof FINDING_STATES)[number]

export interface ParentQuery {
  readonly queryIndex: number
  readonly statement: string
  readonly callSite: CallSite | null
  readonly rowCount: number
}

export interface Fix {
  /** One sentence: what to write instead, with its effect. */
  readonly summary: string
  /** knex code with the real table and column names; `null`: no code that would surely be right. */
  readonly code: string | null
}

/** A finding in one recording, with its evidence. */
export interface Occurrence {
  readonly findingKey: string
  readonly kind: FindingKind
  /** One sentence with its numbers, without the route: "50 of 51 queries are the same statement, …". */
  readonly message: string
  /** Fingerprint texts concerned. */
  readonly statements: readonly string[]
  /** Fingerprint hashes, in the order of `statements`. */
  readonly fingerprints: readonly string[]
  /** How many queries repeat. */
  readonly count: number
  readonly queryIndexes: readonly number[]
  readonly callSite: CallSite | null
  readonly parent: ParentQuery | null
  /** Sum of the durations of the queries concerned. */
  readonly totalMs: number
  /** `null`: not known. */
  readonly savingMs: number | null
  /** How `savingMs` was estimated, for people. */
  readonly savingBasis: string
  readonly fix: Fix | null
}

/** Pure: one recording in, its occurrences out; a generator where thousands of queries take it milliseconds, to pause. */
export type Detector = (recording: Recording) => readonly Occurrence[] | Generator<void, readonly Occurrence[]>

/** A recording with what the detectors found in it: the unit that is handed to the store. */
export interface AnalyzedRecording {
  readonly recording: Recording
  readonly occurrences: readonly Occurrence[]
}
