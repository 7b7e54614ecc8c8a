/** What is kept of all that was recorded, by all bounds together. */
export interface Retention {
  /** The newest so many recordings. */
  readonly count: number
  /** What began so long ago goes; `null`: age does not matter. */
  readonly ageHours: number | null
  /** What the database file may have; `null`: as much as it needs. */
  readonly bytes: number | null
}
