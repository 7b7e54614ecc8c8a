import type { CallSite } from './call-site.js'
import type { FindingKind } from './finding-kind.js'

/** A line of a package on the way to a query. */
export interface PackageFrame {
  /** From the name of the package on: `objection/lib/queryBuilder/QueryBuilder.js`. */
  readonly file: string
  readonly line: number
  /** `null`: anonymous. */
  readonly function: string | null
}

/** A line of the app's own code on the way to a query. */
export interface CallerFrame {
  readonly file: string
  readonly line: number
  /** `null`: anonymous. */
  readonly function: string | null
  /** The lines of packages between this line and the one that it led to, the nearest to the query first. */
  readonly through: readonly PackageFrame[]
}

/** Who had the connection that a query waited for. */
export interface ConnectionHolder {
  /** `null`: work outside any request. */
  readonly recordingId: string | null
  /** The request waited for itself. */
  readonly isSameRecording: boolean
  /** `GET /orders/:id`; `null`: work outside any request. */
  readonly request: string | null
  /** Fingerprint's text of the first statement that it sent on the connection; `null`: none. */
  readonly statement: string | null
  readonly callSite: CallSite | null
  /** From its acquiring the connection to the end of the wait, milliseconds. */
  readonly heldMs: number
}

/**
 * What capture knows of a query beyond what is stored: for the detectors, which run before storing. A query that was read
 * back from a store has `NO_EVIDENCE` but for its `ignoredKinds` and `callers`.
 */
export interface QueryEvidence {
  /**
   * Indexes of earlier queries in whose rows one of this query's values was seen first. Of large results only some rows
   * are looked at, so that a source may be missing.
   */
  readonly sourceIndexes: readonly number[]
  /** Whether all of this query's rows were looked at for that. */
  readonly areRowsKnown: boolean
  /** Whether each of its values was known before: bound by an earlier query, or seen in the rows of one. */
  readonly areValuesExplained: boolean
  /** Innermost first; a recursion's lines once. */
  readonly callers: readonly CallerFrame[]
  /** `null`: nobody is known to have had the connection, or there was no wait. */
  readonly heldBy: ConnectionHolder | null
  /** Most connections that its pool may have; `null`: not known. */
  readonly poolSize: number | null
  /** What the app has said that this query is none of; `'all'`: of nothing. */
  readonly ignoredKinds: readonly (FindingKind | 'all')[]
}

export const NO_EVIDENCE: QueryEvidence = {
  sourceIndexes: [],
  areRowsKnown: false,
  areValuesExplained: false,
  callers: [],
  heldBy: null,
  poolSize: null,
  ignoredKinds: [],
}
