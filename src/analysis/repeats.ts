import type { RecordedQuery } from '../model/query.js'
import type { Recording } from '../model/recording.js'

/** Queries that belong together, in the order they were sent. */
export type Repeats = readonly RecordedQuery[]

/** Queries of one statement from one call site on one connection, where there are `size` of them and more. */
export function groupBySite(queries: Repeats, size: number): readonly Repeats[] {
  return groupByEach(queries, size, [...BY_PLACE, ({ connection }) => connection])
}

/** Queries of one statement from one call site, on whatever connection. */
export function groupByPlace(queries: Repeats): readonly Repeats[] {
  return groupByEach(queries, 1, BY_PLACE)
}

type KeyOf = (query: RecordedQuery) => string | number | undefined

// By fingerprint first, since most statements end here.
const BY_PLACE: readonly KeyOf[] = [
  ({ fingerprint }) => fingerprint,
  ({ callSite }) => callSite?.line,
  ({ callSite }) => callSite?.column,
  ({ callSite }) => callSite?.file,
]

/**
 * Groups of at least `size` that are equal in each of the keys, in the order of their first queries. One key after the
 * other: to make one text of all of them takes far longer where there are thousands of queries.
 */
export function groupByEach(queries: Repeats, size: number, keys: readonly KeyOf[]): readonly Repeats[] {
  let groups: readonly Repeats[] = [queries]
  for (const keyOf of keys) groups = groups.flatMap((group) => groupBy(group, size, keyOf))
  // Each key leaves groups of one group side by side.
  return groups.length > 1 ? groups.toSorted((a, b) => (a[0]?.index ?? 0) - (b[0]?.index ?? 0)) : groups
}

function groupBy(queries: Repeats, size: number, keyOf: KeyOf): readonly Repeats[] {
  if (queries.length < Math.max(1, size)) return []
  const [first] = queries
  const firstKey = first && keyOf(first)
  if (queries.every((query) => keyOf(query) === firstKey)) return [queries]
  const groups = new Map<string | number | undefined, RecordedQuery[]>()
  for (const query of queries) append(groups, keyOf(query), query)
  return [...groups.values()].filter((group) => group.length >= size)
}

/** Adds to the group of this key, which begins with the first that has it. */
export function append<K, T>(groups: Map<K, T[]>, key: K, member: T): void {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, [member])
  else group.push(member)
}

/** Equal for queries from the same place in the code; those without a call site are one place. */
export function siteKey(callSite: RecordedQuery['callSite']): string {
  return callSite === null ? '' : `${callSite.line}:${callSite.column}:${callSite.file}`
}

/**
 * Whether a loop may have sent these, and not a helper that as many lines call once each: one path of calls must have
 * led to `size` of them. One less will do, since the first turn of a loop may be seen with other frames below it than
 * those that come after a wait.
 */
export function isFromOnePath(repeats: Repeats, size: number): boolean {
  const counts = new Map<number, number>()
  for (const { callPath } of repeats) counts.set(callPath, (counts.get(callPath) ?? 0) + 1)
  return Math.max(...counts.values()) >= size - 1
}

/** Whether one function has led to both: by its name in a file, where it has one. */
export function isSameFunction([a]: Repeats, [b]: Repeats): boolean {
  if (a === undefined || b === undefined) return false
  const functions = functionsOf(a)
  for (const name of functionsOf(b)) if (functions.has(name)) return true
  return false
}

/** Each loop is compared with all others. */
const functionsOfQuery = new WeakMap<RecordedQuery, ReadonlySet<string>>()

function functionsOf(query: RecordedQuery): ReadonlySet<string> {
  const known = functionsOfQuery.get(query)
  if (known !== undefined) return known
  const frames = query.callSite === null ? query.evidence.callers : [query.callSite, ...query.evidence.callers]
  const functions = new Set(frames.map((frame) => `${frame.function} ${frame.file}`))
  functionsOfQuery.set(query, functions)
  return functions
}

/** Whether each of the others comes after another one of the loop's. */
export function alternate(repeats: Repeats, others: Repeats): boolean {
  let at = 0
  return others.every(({ index }) => {
    const from = at
    while (at < repeats.length && (repeats[at]?.index ?? 0) < index) at++
    return at > from
  })
}

/** What a request comes to without this many of its queries: `2 queries instead of 51`. */
export function effectOf({ queryCount }: Recording, savedCount: number): string {
  const leftCount = queryCount - savedCount
  return `${leftCount === 1 ? '1 query' : `${leftCount} queries`} instead of ${queryCount}`
}
