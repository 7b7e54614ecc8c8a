/** Milliseconds since the epoch, both inclusive of the minute they fall in; `null`: unbounded. */
export interface TimeWindow {
  readonly since: number | null
  readonly until: number | null
  /** Only what was recorded with this label; `null`: only what has none. Not given: all. */
  readonly session?: string | null
}
