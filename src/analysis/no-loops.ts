import type { RecordedBinding, RecordedQuery } from '../model/query.js'
import type { SentValue } from '../sql/sent-values.js'
import { tablesOf } from '../sql/tables.js'
import type { Repeats } from './repeats.js'
import { isSearch } from './search.js'
import { areInSeries, elementsOf, type Turn, textsOf } from './turns.js'

/**
 * Repeats whose values vary and that are no loop over rows all the same: what each of them asks depends on the answer
 * before, or they go through a table in parts.
 */
export function isNoLoop(repeats: Repeats, turns: readonly Turn[], queries: readonly RecordedQuery[]): boolean {
  if (areRanges(turns)) return true
  const operation = repeats[0]?.operation
  if (operation === 'select') return areLevels(turns) || isSearch(repeats, turns, queries)
  return isRetriedWrite(repeats) || (operation !== 'insert' && areClaimed(turns, queries))
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

/** A write that is tried with other values until it changes something: an optimistic lock, or a name that must be new. */
function isRetriedWrite(repeats: Repeats): boolean {
  const last = repeats.at(-1)?.rowCount ?? 0
  return last > 0 && repeats.slice(0, -1).every(({ rowCount }) => rowCount === 0) && areInSeries(repeats)
}

/**
 * A worker that takes what is next, again and again: before most turns the same question is put to the table that they
 * write, with the same values, and answered with one row.
 */
function areClaimed(turns: readonly Turn[], queries: readonly RecordedQuery[]): boolean {
  const [first] = turns
  const table = first && writtenTable(first.query)
  if (!table) return false
  const gaps = new Map<string, number>()
  for (const [at, { query }] of turns.slice(1).entries()) {
    const between = queries.slice((turns[at]?.query.index ?? 0) + 1, query.index)
    const questions = between.filter(({ rowCount, operation }) => rowCount === 1 && operation !== 'insert')
    for (const key of new Set(questions.map(({ fingerprint, bindingSet }) => `${fingerprint} ${bindingSet}`))) {
      gaps.set(key, (gaps.get(key) ?? 0) + 1)
    }
  }
  const asked = [...gaps].filter(([, count]) => count >= MOST * (turns.length - 1)).map(([key]) => key.split(' ')[0])
  return (
    asked.length > 0 &&
    queries.some((query) => asked.includes(query.fingerprint) && tablesOf(query.fingerprintText).includes(table))
  )
}

function writtenTable({ fingerprintText }: RecordedQuery): string | null {
  return tablesOf(fingerprintText)[0] ?? null
}
