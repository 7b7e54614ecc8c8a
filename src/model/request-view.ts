import type { RecordedQuery } from './query.js'
import type { Recording } from './recording.js'
import type { StatementUse, StoredRecording } from './stored-recording.js'

/** Which of a recording's queries a page shows one by one, in the order in which they were sent. */
export interface QuerySlice {
  /** How many are passed over. */
  readonly from: number
  readonly limit: number
  /** Fingerprint hash: of this statement alone. */
  readonly fingerprint?: string
}

/** Queries that are one row of the waterfall: a single one, or as many as repeat each other. */
export interface QueryFold {
  readonly first: RecordedQuery
  readonly count: number
  readonly isFinding: boolean
  readonly totalMs: number
  /** When the last of them ended. */
  readonly endMs: number
  /** All their waits for a connection. */
  readonly waitMs: number
  /** The first error among them. */
  readonly error: string | null
  readonly late: boolean
  /** From, to, from, to …: when they ran, those that cannot be told apart at a screen's width as one. */
  readonly ranMs: Float64Array
  /** The same of their waits for a connection. */
  readonly waitedMs: Float64Array
  /** The first of the repeats; none of a single query. */
  readonly calls: readonly RecordedQuery[]
}

export interface TransactionSpan {
  /** `T1` for the first of the recording. */
  readonly label: string
  readonly id: string
  readonly fromMs: number
  readonly toMs: number
  readonly queryCount: number
  /** How its last statement ended it; `null`: not seen. */
  readonly end: 'commit' | 'rollback' | null
}

/** A statement at a call site, with the SQL of its first execution here. */
export interface ShownStatement extends StatementUse {
  readonly first: RecordedQuery | null
  /** Bytes of the rows of all calls; `null`: not known of any. */
  readonly resultBytes: number | null
}

/**
 * One recording as its page shows it: bounded, however many queries it has, since it is made in the worker and handed to
 * the host's thread.
 */
export interface RequestView extends Omit<StoredRecording, 'recording' | 'statements'> {
  readonly recording: Omit<Recording, 'queries'>
  /** Queries that are stored. */
  readonly keptCount: number
  /** The costliest first. */
  readonly statements: readonly ShownStatement[]
  readonly statementCount: number
  /** Without BEGIN, COMMIT and their like. */
  readonly distinctCount: number
  readonly rowCount: number
  /** `null`: not known of any query. */
  readonly resultBytes: number | null
  /** Length of the waterfall's axis: the request, or its latest query. */
  readonly axisMs: number
  readonly folds: readonly QueryFold[]
  readonly foldCount: number
  readonly transactions: readonly TransactionSpan[]
  readonly transactionCount: number
  readonly queries: readonly RecordedQuery[]
  /** Of those that the slice asks for. */
  readonly matchingCount: number
}
