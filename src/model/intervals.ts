export interface Interval {
  readonly startMs: number
  readonly endMs: number
}

/**
 * Wall time covered by the intervals, in milliseconds: what overlaps counts once. O(n log n).
 *
 * @example unionMs([{ startMs: 0, endMs: 10 }, { startMs: 5, endMs: 12 }]) // 12
 */
export function unionMs(intervals: readonly Interval[]): number {
  const sorted = intervals.filter(({ startMs, endMs }) => endMs > startMs).sort((a, b) => a.startMs - b.startMs)
  let coveredMs = 0
  let reachedMs = Number.NEGATIVE_INFINITY
  for (const { startMs, endMs } of sorted) {
    if (endMs <= reachedMs) continue
    coveredMs += endMs - Math.max(startMs, reachedMs)
    reachedMs = endMs
  }
  return coveredMs
}

/** Whole microseconds: the clock gives no more, stored values compare equal, and sums have no dust of binary fractions. */
export function roundToMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
