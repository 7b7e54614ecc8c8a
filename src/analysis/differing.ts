import type { RecordedQuery } from '../model/query.js'
import { type LoopPart, spanOf } from './one-loop.js'
import { haveOwnLists } from './own-lists.js'
import type { ParentFinder } from './parent-query.js'
import { countDifferent, type Repeats } from './repeats.js'
import { type Turn, textsOf } from './turns.js'

/**
 * How many different values the repeats were sent with, lists and paging apart, where that is enough for a loop.
 *
 * Of updates only the values that say which rows count: one row that is written again and again, with its progress or
 * its state, is no loop over rows.
 */
export function differentValues(repeats: Repeats, turns: readonly Turn[] | null): number {
  const count = countDifferent(repeats, ({ keyBindingSet }) => keyBindingSet)
  if (turns === null || repeats[0]?.operation !== 'update') return count
  const rows = new Set(textsOf(turns, ({ isCondition, role }) => isCondition && role === 'value'))
  return rows.size === turns.length ? count : Math.min(count, rows.size)
}

/** Where the repeats were sent. */
export interface InRecording {
  readonly queries: readonly RecordedQuery[]
  readonly parentOf: ParentFinder
}

/**
 * Reads whose differences are all in lists or in where a page begins, and which are a loop nevertheless: a list of its
 * own for each row, or the first row behind a value, as the price on a day (`where day <= ? order by day desc limit 1`).
 *
 * @returns `null`: chunks or pages
 */
export function loopByLists(
  { queries, parentOf }: InRecording,
  repeats: Repeats,
  turns: readonly Turn[],
  threshold: number,
): LoopPart | null {
  const differentCount = countDifferent(repeats, ({ bindingSet }) => bindingSet)
  const parent = parentOf(repeats, differentCount)
  const isLoop = areFirstRows(turns)
    ? differentCount >= threshold
    : haveOwnLists(turns, queries, parent?.rowCount ?? null, threshold)
  return isLoop ? { repeats, span: spanOf(repeats), differentCount, parent } : null
}

/** One row behind a value each, and not the row behind the one before. */
function areFirstRows(turns: readonly Turn[]): boolean {
  const isCursor = turns.every(({ values }) => values.some(({ role, bound }) => role === 'paging' && bound !== null))
  const isOne = turns.every(({ values }) =>
    values.every(
      ({ role, bound, column, value }) => role !== 'paging' || bound !== null || column !== null || Number(value) === 1,
    ),
  )
  const goesOn = turns.filter(({ query }, at) =>
    query.evidence.sourceIndexes.includes(turns[at - 1]?.query.index ?? -1),
  )
  return isCursor && isOne && goesOn.length * 2 < turns.length
}
