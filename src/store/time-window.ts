import type { TimeWindow } from '../model/store.js'
import { idOfSession } from './content-id.js'
import { NONE } from './contents.js'

const WIDEST_MINUTES = 7 * 1440

/** A condition on `bucket`, `width` and `session_id` of a roll-up table: the rows that a window touches. */
export interface BucketCondition {
  readonly sql: string
  readonly values: readonly number[]
}

/** Old buckets are hours or days: those on the window's edge count as a whole. */
export function bucketsIn({ since, until, session }: TimeWindow): BucketCondition {
  const first = since === null ? 0 : Math.floor(since / 60_000)
  const last = until === null ? Number.MAX_SAFE_INTEGER : Math.floor(until / 60_000)
  // The first bound is for the index, the second is the exact one.
  const sql = 'bucket > ? AND bucket + width > ? AND bucket <= ?'
  const values = [first - WIDEST_MINUTES, first, last]
  if (session === undefined) return { sql, values }
  return { sql: `${sql} AND session_id = ?`, values: [...values, session === null ? NONE : idOfSession(session)] }
}
