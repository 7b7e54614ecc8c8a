/**
 * Those that took the most time, `most` of them at most, the costliest first.
 *
 * @param msOf asked once for each
 */
export function costliest<T>(items: readonly T[], most: number, msOf: (item: T) => number): readonly T[] {
  if (items.length < 2) return items
  return items
    .map((item) => ({ item, ms: msOf(item) }))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, most)
    .map(({ item }) => item)
}
