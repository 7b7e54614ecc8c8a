/** `total` is exact up to 10,000; beyond, counting is not worth the time. */
export type CappedTotal = number | '10000+'

export interface Page<T> {
  readonly items: readonly T[]
  /** Place to pass as `before` for the page of older or lesser items; `null`: none. */
  readonly nextBefore: string | null
  /** Place to pass as `after` for the page of newer or greater items; `null`: none. */
  readonly previousAfter: string | null
  /** `null`: not known, since counting would have meant to look at everything. */
  readonly total: CappedTotal | null
  /**
   * How far a search came that no index serves, where it stopped before the page was full: in milliseconds since the
   * epoch, in milliseconds, a number of queries, or a route, by the order of the list. `null`: it came to its end.
   */
  readonly searchedTo: number | string | null
}
