import type { CallerFrame } from '../model/evidence.js'
import { numberOf } from '../model/numbering.js'
import type { RecordedQuery } from '../model/query.js'
import type { Recording } from '../model/recording.js'
import { finish, MANY_QUERIES, type Steps } from '../model/steps.js'
import { grouped } from './wording.js'

/** Queries that belong together, in the order they were sent. */
export type Repeats = readonly RecordedQuery[]

/** Queries of one statement from one call site on one connection, where there are `size` of them and more. */
export function groupBySite(queries: Repeats, size: number): Steps<readonly Repeats[]> {
  return groupByEach(queries, size, BY_SITE)
}

/** Queries of one statement from one call site, on whatever connection. */
export function groupByPlace(queries: Repeats): Steps<readonly Repeats[]> {
  return groupByEach(queries, 1, BY_PLACE)
}

/** Queries from one call site; those without one are one group. */
export function groupByCallSite(queries: Repeats): readonly Repeats[] {
  return finish(groupByEach(queries, 1, BY_CALL_SITE))
}

type Key = string | number | undefined
type KeyOf = (query: RecordedQuery) => Key

const connectionOf: KeyOf = ({ connection }) => connection

const BY_CALL_SITE: readonly KeyOf[] = [
  ({ callSite }) => callSite?.line,
  ({ callSite }) => callSite?.column,
  ({ callSite }) => callSite?.file,
]
// By fingerprint first, since most statements end here.
const BY_PLACE: readonly KeyOf[] = [({ fingerprint }) => fingerprint, ...BY_CALL_SITE]
const BY_SITE: readonly KeyOf[] = [...BY_PLACE, connectionOf]

/**
 * Groups of at least `size` that are equal in each of the keys, in the order of their first queries. One key after the
 * other: to make one text of all of them takes far longer where there are thousands of queries.
 */
export function* groupByEach(queries: Repeats, size: number, keys: readonly KeyOf[]): Steps<readonly Repeats[]> {
  if (queries.length < Math.max(1, size)) return []
  const groups: Repeats[] = []
  // The last one is the next.
  const divisions: Division[] = [{ group: queries, keyAt: 0 }]
  for (let division = divisions.pop(); division !== undefined; division = divisions.pop()) {
    const { group, keyAt } = division
    const keyOf = keys[keyAt]
    if (keyOf === undefined) {
      groups.push(group)
    } else if (areAlike(group, keyOf)) {
      divisions.push({ group, keyAt: keyAt + 1 })
    } else {
      for (const part of (yield* groupBy(group, size, keyOf)).toReversed()) {
        divisions.push({ group: part, keyAt: keyAt + 1 })
      }
    }
    if (group.length >= MANY_QUERIES) yield
  }
  // Each key leaves groups of one group side by side.
  if (!groups.every((group, at) => at === 0 || firstIndex(groups[at - 1]) < firstIndex(group))) {
    groups.sort((a, b) => firstIndex(a) - firstIndex(b))
  }
  return groups
}

function firstIndex(group: Repeats | undefined): number {
  return group?.[0]?.index ?? 0
}

interface Division {
  readonly group: Repeats
  /** The key to divide it by: in those before, all of the group are equal. */
  readonly keyAt: number
}

function areAlike(queries: Repeats, keyOf: KeyOf): boolean {
  const key = keyOf(queries[0] as RecordedQuery)
  for (let at = 1; at < queries.length; at++) if (keyOf(queries[at] as RecordedQuery) !== key) return false
  return true
}

/** Counted first: of thousands of different ones, no group is made that would be too small. */
function* groupBy(queries: Repeats, size: number, keyOf: KeyOf): Steps<readonly Repeats[]> {
  const numbers = new Map<Key, number>()
  const counts: number[] = []
  const numberAt = new Int32Array(queries.length)
  for (let at = 0; at < queries.length; at++) {
    const number = numberOf(numbers, keyOf(queries[at] as RecordedQuery))
    counts[number] = (counts[number] ?? 0) + 1
    numberAt[at] = number
  }
  if (queries.length >= MANY_QUERIES) yield
  const groups = counts.map((count): RecordedQuery[] | null => (count < size ? null : []))
  for (let at = 0; at < queries.length; at++) groups[numberAt[at] as number]?.push(queries[at] as RecordedQuery)
  return groups.filter((group) => group !== null)
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
  for (const { callPath } of repeats) {
    const count = (counts.get(callPath) ?? 0) + 1
    if (count >= size - 1) return true
    counts.set(callPath, count)
  }
  return false
}

/** How many different numbers they have. Of most loops each is greater than the one before, and nothing is to be kept. */
export function countDifferent(queries: Repeats, numberOf: (query: RecordedQuery) => number): number {
  for (let at = 1; at < queries.length; at++) {
    if (numberOf(queries[at] as RecordedQuery) > numberOf(queries[at - 1] as RecordedQuery)) continue
    return new Set(queries.map(numberOf)).size
  }
  return queries.length
}

/** All of the groups, in the order they were sent. By their indexes: to sort thousands takes far longer. */
export function inOrder(groups: readonly Repeats[]): Repeats {
  const [first] = groups
  if (groups.length === 1 && first !== undefined) return first
  const length = groups.reduce((most, group) => Math.max(most, (group.at(-1)?.index ?? -1) + 1), 0)
  const byIndex = new Array<RecordedQuery | null>(length).fill(null)
  for (const group of groups) for (const query of group) byIndex[query.index] = query
  return byIndex.filter((query) => query !== null)
}

/** Whether one function has led to both: by its name in a file, where it has one. */
export function isSameFunction([a]: Repeats, [b]: Repeats): boolean {
  if (a === undefined || b === undefined) return false
  const others = framesOf(b)
  return framesOf(a).some((frame) =>
    others.some((other) => frame.function === other.function && frame.file === other.file),
  )
}

type Frame = Pick<CallerFrame, 'function' | 'file'>

function framesOf({ callSite, evidence }: RecordedQuery): readonly Frame[] {
  return callSite === null ? evidence.callers : [callSite, ...evidence.callers]
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
  return `${leftCount === 1 ? '1 query' : `${grouped(leftCount)} queries`} instead of ${grouped(queryCount)}`
}
