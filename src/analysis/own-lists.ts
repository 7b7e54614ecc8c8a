import type { RecordedQuery } from '../model/query.js'
import { elementsOf, type Turn } from './turns.js'

/**
 * Whether each turn has a list of its own (`whereIn(ids of this row)`), rather than a part of one list for all. Parts are
 * of one size, the last one apart, and none has what another one has. Lists of rows meet: elements are in several.
 * Those of pages meet too, and are fed by a query that comes before each.
 *
 * @param queries of the recording
 * @param rowCount of the read that the turns may go back to; `null`: there is none
 */
export function haveOwnLists(
  turns: readonly Turn[],
  queries: readonly RecordedQuery[],
  rowCount: number | null,
  threshold: number,
): boolean {
  const lists = turns.map((turn) => elementsOf(turn).map(String))
  const elements = new Set(lists.flat())
  if (elements.size < threshold || areParts(lists, elements.size) || areFedByPages(turns, queries)) return false
  return doMeet(lists, elements.size) || rowCount === turns.length
}

/** How many of the elements are in several lists, at least, that differ. */
const SHARED = 0.25

function doMeet(lists: readonly (readonly string[])[], elementCount: number): boolean {
  const different = new Map(lists.map((list) => [list.toSorted().join('\n'), list]))
  const seen = new Set<string>()
  const shared = new Set<string>()
  for (const element of [...different.values()].flat()) {
    if (seen.has(element)) shared.add(element)
    else seen.add(element)
  }
  return shared.size >= SHARED * elementCount
}

function areParts(lists: readonly (readonly string[])[], elementCount: number): boolean {
  const size = lists[0]?.length ?? 0
  const areOfOneSize = lists.every(
    ({ length }, at) => length === size || (at === lists.length - 1 && length > 0 && length < size),
  )
  return areOfOneSize && elementCount === lists.reduce((sum, { length }) => sum + length, 0)
}

/** Most turns come after a read of several rows of its own: a page, whose rows they ask about. */
function areFedByPages(turns: readonly Turn[], queries: readonly RecordedQuery[]): boolean {
  const fed = turns.filter(({ query }, at) => {
    const before = turns[at - 1]?.query.index ?? -1
    return at > 0 && queries.slice(before + 1, query.index).some(isPage)
  })
  return fed.length * 2 > turns.length
}

/** Of two lists per turn, neither is the other one's page. */
function isPage({ operation, rowCount, fingerprintText }: RecordedQuery): boolean {
  return operation === 'select' && (rowCount ?? 0) > 1 && !fingerprintText.includes('(?+)')
}
