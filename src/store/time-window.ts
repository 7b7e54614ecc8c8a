import type { TimeWindow } from '../model/store.js'

const WIDEST_MINUTES = 1440

/** A condition on `bucket` and `width` of a roll-up table: the buckets that a window touches. */
export interface BucketCondition {
  readonly sql: string
  readonly values: readonly number[]
}

/** Old buckets are hours or days: those on the window's edge count as a whole. */
export function bucketsIn({ since, until }: TimeWindow): BucketCondition {
  const first = since === null ? 0 : Math.floor(since / 60_000)
  const last = until === null ? Number.MAX_SAFE_INTEGER : Math.floor(until / 60_000)
  // The first bound is for the index, the second is the exact one.
  return {
    sql: 'bucket > ? AND bucket + width > ? AND bucket <= ?',
    values: [first - WIDEST_MINUTES, first, last],
  }
}
