import type { RecordedBinding } from '../model/query.js'
import type { SentValue } from '../sql/sent-values.js'
import type { Repeats } from './repeats.js'
import { areInSeries, elementsOf, type Turn, textsOf } from './turns.js'

/**
 * Repeats whose values vary and that are no loop over rows all the same: what each of them asks depends on the answer
 * before, or they go through a table in parts.
 */
export function isNoLoop(repeats: Repeats, turns: readonly Turn[]): boolean {
  return areRanges(turns) || areLevels(turns) || isSearch(repeats, turns) || isRetriedWrite(repeats)
}

/**
 * Parts of a table by ranges (`between`, or `>=` and `<` of one column) which follow each other without overlap, up or
 * down, while nothing else varies. Ranges that overlap, or are in no order, are those of rows.
 */
function areRanges(turns: readonly Turn[]): boolean {
  const [first] = turns
  const column = first && rangeColumn(first)
  if (!column) return false
  const isBound = (value: SentValue): boolean => value.bound !== null && value.column === column
  if (new Set(textsOf(turns, (value) => !isBound(value))).size > 1) return false
  const ranges = turns.map(({ values }) => ({
    from: values.find((value) => isBound(value) && value.bound === '>')?.value,
    to: values.find((value) => isBound(value) && value.bound === '<')?.value,
  }))
  const isUp = ranges.every(({ from }, at) => at === 0 || isAtMost(ranges[at - 1]?.to, from))
  return isUp || ranges.every(({ to }, at) => at === 0 || isAtMost(to, ranges[at - 1]?.from))
}

/** The column that both a lower and an upper bound are of. */
function rangeColumn({ values }: Turn): string | null {
  const lower = values.filter(({ bound }) => bound === '>').map(({ column }) => column)
  return values.find(({ bound, column }) => bound === '<' && column !== null && lower.includes(column))?.column ?? null
}

type MaybeValue = RecordedBinding | undefined

function isAtMost(a: MaybeValue, b: MaybeValue): boolean {
  if (a === undefined || b === undefined || a === null || b === null) return false
  const [numberA, numberB] = [Number(a), Number(b)]
  return Number.isNaN(numberA) || Number.isNaN(numberB) ? String(a) <= String(b) : numberA <= numberB
}

/** A tree level by level: each list is of as many as the query before had rows, were it only one. */
function areLevels(turns: readonly Turn[]): boolean {
  const lists = turns.map(elementsOf)
  if (lists.every((list) => list.length < 2)) return false
  const asMany = lists.filter((list, at) => at > 0 && list.length > 0 && turns[at - 1]?.query.rowCount === list.length)
  return asMany.length >= MOST * (lists.length - 1)
}

const MOST = 0.8

/**
 * A search for a free name: one try after the other, each a variation of the first (`pen`, `pen-2`, `pen-3`), until the
 * first other answer ends it.
 */
function isSearch(repeats: Repeats, turns: readonly Turn[]): boolean {
  const counts = repeats.map(({ rowCount }) => rowCount)
  const last = counts.at(-1)
  if (repeats[0]?.operation !== 'select' || last === null || last === counts[0]) return false
  if (counts.slice(0, -1).some((count) => count !== counts[0]) || (last !== 0 && counts[0] !== 0)) return false
  const tried = turns.map(({ values }) => values.find(({ role }) => role === 'value')?.value)
  const [base] = tried
  return typeof base === 'string' && tried.every((name) => String(name).startsWith(base)) && areInSeries(repeats)
}

/** A write that is tried with other values until it changes something: an optimistic lock. */
function isRetriedWrite(repeats: Repeats): boolean {
  const [first] = repeats
  if (first?.operation !== 'update' && first?.operation !== 'delete') return false
  const last = repeats.at(-1)?.rowCount ?? 0
  return last > 0 && repeats.slice(0, -1).every(({ rowCount }) => rowCount === 0) && areInSeries(repeats)
}
