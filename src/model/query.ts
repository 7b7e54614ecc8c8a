import type { CallSite } from './call-site.js'
import type { QueryEvidence } from './evidence.js'

export type QueryOperation = 'select' | 'insert' | 'update' | 'delete' | 'transaction' | 'schema' | 'other'

/** A value safe to store: what a binding became after masking and shortening. */
export type RecordedBinding = string | number | boolean | null

/** One execution of a statement. Times are milliseconds; offsets count from the start of the recording. */
export interface RecordedQuery {
  readonly index: number
  /** SQL as sent, with placeholders. */
  readonly statement: string
  /** Masked values in order of the placeholders; `null`: not kept. */
  readonly bindings: readonly RecordedBinding[] | null
  /** Hash of `fingerprintText`. */
  readonly fingerprint: string
  /** The statement with literals and list lengths removed. */
  readonly fingerprintText: string
  readonly operation: QueryOperation
  /** Name given to `watch()`, else derived from the connection settings (`sqlite3:app.db`). */
  readonly connection: string
  /** `null`: outside a transaction. */
  readonly transactionId: string | null
  readonly startMs: number
  /** `null`: no end was seen (BEGIN and COMMIT of some drivers, or still running when the recording closed). */
  readonly durationMs: number | null
  /** Time spent waiting for a connection of the pool; `null`: this query did not acquire one. */
  readonly poolWaitMs: number | null
  /** Rows returned, or changed by a write; `null`: the driver did not say. */
  readonly rowCount: number | null
  /**
   * Size of the values of the rows that it returned, bytes, reckoned from some of them; `null`: not known, as of rows
   * that were streamed.
   */
  readonly resultBytes: number | null
  /** The driver's message, without the SQL; `null`: no error. */
  readonly error: string | null
  /** The span that it was sent in, by its index in the recording; `null`: in none. */
  readonly spanIndex: number | null
  /** Ended after the response had been sent. */
  readonly late: boolean
  readonly callSite: CallSite | null
  /**
   * Number of this query's set of raw binding values within the recording: two queries have the same number exactly
   * when their raw bindings were equal, and with them the values written into the SQL itself. Detectors compare these, since masking makes distinct values look alike.
   */
  readonly bindingSet: number
  /** Like `bindingSet`, without the values inside IN lists of two and more, LIMIT and OFFSET. */
  readonly keyBindingSet: number
  /**
   * Number of the path of app lines that led to this query, within the recording: a helper that seven lines call once
   * each has one call site and seven paths, a loop has one.
   */
  readonly callPath: number
  readonly evidence: QueryEvidence
}
