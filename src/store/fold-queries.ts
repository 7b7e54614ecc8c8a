import type { RecordedQuery } from '../model/query.js'
import type { QueryFold } from '../model/request-view.js'

/** From so many repeats on, equal queries are one row that unfolds. */
const FOLD_FROM = 5
/** Repeats that are shown one by one: of one row, and of all rows together. */
const MAX_CALLS = 50
const MAX_CALLS_IN_ALL = 300
/** Less than this share of the axis cannot be told apart on a screen. */
const FINEST = 0.0012

interface Group {
  readonly queries: RecordedQuery[]
  readonly isFinding: boolean
}

/**
 * The rows of a waterfall in the order of their first queries: what repeats from one call site is one row.
 *
 * @param found indexes of the queries that findings are about
 */
export function foldQueries(
  queries: readonly RecordedQuery[],
  found: ReadonlySet<number>,
  axisMs: number,
  limit: number,
): { readonly folds: readonly QueryFold[]; readonly foldCount: number } {
  const groups = groupQueries(queries, found)
  let callsLeft = MAX_CALLS_IN_ALL
  const folds = groups.slice(0, limit).map((group): QueryFold => {
    const calls = group.queries.length === 1 ? [] : group.queries.slice(0, Math.min(MAX_CALLS, callsLeft))
    callsLeft -= calls.length
    return foldOf(group, calls, axisMs)
  })
  return { folds, foldCount: groups.length }
}

/** When a query ended, as far as it is known. */
export function endOf({ startMs, durationMs }: RecordedQuery): number {
  return startMs + (durationMs ?? 0)
}

function groupQueries(queries: readonly RecordedQuery[], found: ReadonlySet<number>): readonly Group[] {
  const bySite = new Map<string, Group>()
  for (const query of queries) {
    const { callSite, fingerprint, index } = query
    const isFinding = found.has(index)
    const site = callSite === null ? '' : `${callSite.line}:${callSite.column} ${callSite.file}`
    const key = `${fingerprint} ${isFinding} ${site}`
    const group = bySite.get(key)
    if (group === undefined) bySite.set(key, { queries: [query], isFinding })
    else group.queries.push(query)
  }
  return [...bySite.values()]
    .flatMap((group): readonly Group[] => {
      if (group.queries.length >= FOLD_FROM) return [group]
      return group.queries.map((query) => ({ queries: [query], isFinding: group.isFinding }))
    })
    .sort((left, right) => (left.queries[0]?.startMs ?? 0) - (right.queries[0]?.startMs ?? 0))
}

function foldOf({ queries, isFinding }: Group, calls: readonly RecordedQuery[], axisMs: number): QueryFold {
  const waits = queries.flatMap(({ startMs, poolWaitMs }) =>
    poolWaitMs === null || poolWaitMs / axisMs < 2 * FINEST ? [] : [{ from: startMs - poolWaitMs, to: startMs }],
  )
  return {
    first: queries[0] as RecordedQuery,
    count: queries.length,
    isFinding,
    totalMs: queries.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0),
    endMs: queries.reduce((end, query) => Math.max(end, endOf(query)), 0),
    waitMs: queries.reduce((sum, { poolWaitMs }) => sum + (poolWaitMs ?? 0), 0),
    error: queries.find(({ error }) => error !== null)?.error ?? null,
    late: queries.some(({ late }) => late),
    ranMs: merged(
      queries.map((query) => ({ from: query.startMs, to: endOf(query) })),
      axisMs,
    ),
    waitedMs: merged(waits, axisMs),
    calls,
  }
}

interface Range {
  readonly from: number
  to: number
}

/** One range for each query where they can be told apart; so 10,000 of them stay drawable. */
function merged(ranges: Range[], axisMs: number): Float64Array {
  ranges.sort((left, right) => left.from - right.from)
  const kept: Range[] = []
  for (const { from, to } of ranges) {
    const last = kept.at(-1)
    const isTooFine = last !== undefined && (to - last.from) / axisMs < 3 * FINEST
    if (last !== undefined && (from < last.to || isTooFine)) last.to = Math.max(last.to, to)
    else kept.push({ from, to })
  }
  // A hair of space keeps queries apart that follow each other at once.
  const hair = FINEST * axisMs
  return Float64Array.from(kept.flatMap(({ from, to }) => [from, to - from > 3 * hair ? to - hair : to]))
}
