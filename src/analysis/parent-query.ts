import type { ParentQuery } from '../model/finding.js'
import type { RecordedQuery } from '../model/query.js'
import type { Repeats } from './repeats.js'
import { CLOCK_STEP_MS } from './turns.js'

/** @returns `null`: neither values nor a row count explain them */
export type ParentFinder = (repeats: Repeats, differentCount: number) => ParentQuery | null

/**
 * Finds the read whose rows explain repeats: it was complete before the first of them began, and had at least as many rows
 * as there are different values. Which query stood next to the loop is no evidence: the one before it may have been the
 * user's session.
 *
 * Where values of half of the repeats were seen in rows of such reads, it is one of these; then one with exactly as many
 * rows as there are repeats or different values is before one that has more; then the latest.
 *
 * @param queries of the recording
 */
export function createParentFinder(queries: readonly RecordedQuery[]): ParentFinder {
  let reads: readonly RecordedQuery[] | null = null
  // Most reads have one row: fifty loops need not look at all of them again.
  let listings: readonly RecordedQuery[] | null = null
  return (repeats, differentCount) => {
    reads ??= queries.filter(isAnsweredRead)
    listings ??= reads.filter(({ rowCount }) => (rowCount ?? 0) > 1)
    return findParent(differentCount > 1 ? listings : reads, repeats, differentCount)
  }
}

function findParent(reads: readonly RecordedQuery[], repeats: Repeats, differentCount: number): ParentQuery | null {
  const first = repeats[0]
  if (first === undefined) return null
  let turnsBySource: ReadonlyMap<number, number> | null = null
  let best: Ranked | null = null
  for (const query of reads) {
    if (query.index >= first.index) break
    const { rowCount } = query
    if (rowCount === null || rowCount < differentCount || !isBefore(query, first)) continue
    turnsBySource ??= countSources(repeats)
    const hasValues = (turnsBySource.get(query.index) ?? 0) * 2 >= repeats.length
    const rank = rankOf(hasValues, rowCount === differentCount || rowCount === repeats.length)
    if (best === null || rank >= best.rank) best = { query, rowCount, rank }
  }
  return best && parentOf(best)
}

/** Values say more than numbers do. */
function rankOf(hasValues: boolean, hasAsManyRows: boolean): number {
  return (hasValues ? 2 : 0) + (hasAsManyRows ? 1 : 0)
}

function parentOf({ query, rowCount }: Ranked): ParentQuery {
  return { queryIndex: query.index, statement: query.fingerprintText, callSite: query.callSite, rowCount }
}

interface Ranked {
  readonly query: RecordedQuery
  readonly rowCount: number
  readonly rank: number
}

/** In the rows of how many repeats’ sources a query is, by its index. */
function countSources(repeats: Repeats): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const { evidence } of repeats) {
    for (const index of evidence.sourceIndexes) counts.set(index, (counts.get(index) ?? 0) + 1)
  }
  return counts
}

function isAnsweredRead({ operation, error, durationMs }: RecordedQuery): boolean {
  return operation === 'select' && error === null && durationMs !== null
}

function isBefore(query: RecordedQuery, first: RecordedQuery): boolean {
  return query.startMs + (query.durationMs ?? 0) <= first.startMs + CLOCK_STEP_MS
}
