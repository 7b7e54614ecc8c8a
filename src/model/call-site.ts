/**
 * The place in the app's own code that built a query.
 *
 * `file` is relative to the project root with forward slashes; `line` and `column` are 1-based, as editors show them.
 */
export interface CallSite {
  readonly file: string
  readonly line: number
  readonly column: number
  /** Name of the enclosing function; `null`: anonymous. */
  readonly function: string | null
  /** `captured`: read from this query's own stack. `inferred`: known from earlier runs of the same statement. */
  readonly source: 'captured' | 'inferred'
}
