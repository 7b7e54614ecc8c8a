import type { RecordedQuery } from '../model/query.js'
import type { Recording } from '../model/recording.js'

/** Queries that belong together, in the order they were sent. */
export type Repeats = readonly RecordedQuery[]

/** Queries of one statement from one call site on one connection, where there are `size` of them and more. */
export function groupBySite(queries: Repeats, size: number): readonly Repeats[] {
  // By fingerprint first, since most statements end here.
  return groupBy(queries, size, ({ fingerprint }) => fingerprint).flatMap((same) =>
    groupBy(same, size, ({ callSite, connection }) => `${siteKey(callSite)} ${connection}`),
  )
}

/** Queries of one statement from one call site, on whatever connection. */
export function groupByPlace(queries: Repeats): readonly Repeats[] {
  return groupBy(queries, 1, ({ fingerprint, callSite }) => `${fingerprint} ${siteKey(callSite)}`)
}

/** Groups of at least `size`, in the order of their first queries. */
function groupBy(queries: Repeats, size: number, keyOf: (query: RecordedQuery) => string): readonly Repeats[] {
  const groups = new Map<string, RecordedQuery[]>()
  for (const query of queries) {
    append(groups, keyOf(query), query)
  }
  return [...groups.values()].filter((group) => group.length >= size)
}

/** Adds to the group of this key, which begins with the first that has it. */
export function append<T>(groups: Map<string, T[]>, key: string, member: T): void {
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
  const functions = new Set(functionsOf(a))
  return functionsOf(b).some((name) => functions.has(name))
}

function functionsOf(query: RecordedQuery | undefined): readonly string[] {
  if (query === undefined) return []
  const frames = query.callSite === null ? query.evidence.callers : [query.callSite, ...query.evidence.callers]
  return frames.map((frame) => `${frame.function} ${frame.file}`)
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
