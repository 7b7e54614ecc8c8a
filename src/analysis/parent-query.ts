import type { ParentQuery } from '../model/finding.js'
import type { RecordedQuery } from '../model/query.js'

/** Times are whole microseconds: a repeat may seem to start by one of them too early. */
const CLOCK_STEP_MS = 0.001

/**
 * The read whose rows explain the repeats: it was complete before the first of them began, and had as many rows as
 * there are repeats or different values. Failing that, one that had more; the latest, where several did. Which query
 * stood next to the loop is no evidence: the one before it may have been the user's session.
 *
 * @returns `null`: no row count explains them
 */
export function findParent(
  queries: readonly RecordedQuery[],
  repeats: readonly RecordedQuery[],
  differentCount: number,
): ParentQuery | null {
  const first = repeats[0]
  if (first === undefined) return null
  const repeated = new Set(repeats)
  let larger: ParentQuery | null = null
  let equal: ParentQuery | null = null
  for (const query of queries) {
    if (query.index >= first.index) break
    const { rowCount } = query
    if (rowCount === null || rowCount < differentCount || repeated.has(query) || !isReadBefore(query, first)) continue
    const parent = { queryIndex: query.index, statement: query.fingerprintText, callSite: query.callSite, rowCount }
    if (rowCount === differentCount || rowCount === repeats.length) equal = parent
    else larger = parent
  }
  return equal ?? larger
}

function isReadBefore(query: RecordedQuery, first: RecordedQuery): boolean {
  if (query.operation !== 'select' || query.error !== null || query.durationMs === null) return false
  return query.startMs + query.durationMs <= first.startMs + CLOCK_STEP_MS
}
