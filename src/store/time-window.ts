import type { TimeWindow } from '../model/time-window.js'
import { idOfSession } from './content-id.js'
import { NONE } from './contents.js'

/** All that is kept. */
export const ALL_TIME: TimeWindow = { since: null, until: null }

const WIDEST_MINUTES = 7 * 1440

/** A condition on `bucket`, `width` and `session_id` of a roll-up table. */
export interface BucketCondition {
  readonly sql: string
  readonly values: readonly number[]
}

/** The rows that a window touches. Old buckets are hours or days: those on the window's edge count as a whole. */
function bucketsIn({ since, until, session }: TimeWindow): BucketCondition {
  const first = since === null ? 0 : Math.floor(since / 60_000)
  const last = until === null ? Number.MAX_SAFE_INTEGER : Math.floor(until / 60_000)
  // The first bound is for the index, the second is the exact one.
  const sql = 'bucket > ? AND bucket + width > ? AND bucket <= ?'
  const values = [first - WIDEST_MINUTES, first, last]
  if (session === undefined) return { sql, values }
  return { sql: `${sql} AND session_id = ?`, values: [...values, session === null ? NONE : idOfSession(session)] }
}

const HOUR_MS = 3_600_000

/**
 * The rows of more than a minute that a window touches. They begin and end on the hour, so that the values are the same
 * for all windows of one hour.
 */
export function closedBucketsIn(window: TimeWindow): BucketCondition {
  const hourOf = (ms: number | null): number | null => (ms === null ? null : Math.floor(ms / HOUR_MS) * HOUR_MS)
  const { sql, values } = bucketsIn({ ...window, since: hourOf(window.since), until: hourOf(window.until) })
  return { sql: `width > 1 AND ${sql}`, values }
}

/** The rows of a minute that a window touches: each bucket is gone to by the key, over all that is closed. */
export function openBucketsIn(table: string, window: TimeWindow): BucketCondition {
  const { sql, values } = bucketsIn(window)
  const [from = 0] = values
  const buckets = `WITH RECURSIVE starts (at) AS (SELECT min(bucket) FROM ${table} WHERE bucket > ?
    UNION ALL SELECT (SELECT min(bucket) FROM ${table} WHERE bucket > at) FROM starts WHERE at IS NOT NULL)
    SELECT at FROM starts`
  return { sql: `bucket IN (${buckets}) AND width = 1 AND ${sql}`, values: [from, ...values] }
}
