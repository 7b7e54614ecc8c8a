import { remembered } from './remembered.js'
import { createReader, type OrderBy, type SelectReader } from './select-reader.js'
import { tokenize } from './tokenize.js'

/** A read of one table by one column: what a loop sends that `whereIn` could send once. */
export interface Lookup {
  /** With its schema, if it was written: `shop.products`. */
  readonly table: string
  /** Compared with the value that changes. */
  readonly column: string
  /** What is selected; `'*'`: every column. */
  readonly columns: readonly string[] | '*'
  readonly orderBy: readonly OrderBy[]
  /** Has a LIMIT, by its text of any number. */
  readonly isLimited: boolean
}

/** A read of one table by conditions that must all hold, in the order of the statement. */
export interface FilteredLookup extends Omit<Lookup, 'column'> {
  readonly conditions: readonly Condition[]
}

export interface Condition {
  readonly column: string
  readonly test: 'equal' | 'null' | 'not null'
}

/**
 * Reads `select … from table where column = ?`, with `order by` or `limit ?` or neither, from a fingerprint's text;
 * `null`: anything more, less or else, for which advice would be a guess.
 */
export function lookupOf(text: string): Lookup | null {
  const found = filteredLookupOf(text)
  const [condition, ...others] = found?.conditions ?? []
  if (found === null || condition?.test !== 'equal' || others.length > 0) return null
  const { table, columns, orderBy, isLimited } = found
  return { table, column: condition.column, columns, orderBy, isLimited }
}

/** Like `lookupOf`, with further conditions joined by `and`: `column = ?`, `column is null`, `column is not null`. */
export const filteredLookupOf: (text: string) => FilteredLookup | null = remembered(readFilteredLookup)

function readFilteredLookup(text: string): FilteredLookup | null {
  const reader = createReader(tokenize(text))
  if (!reader.word('select')) return null
  const columns = reader.columns()
  if (columns === null || !reader.word('from')) return null
  const table = reader.table()
  if (table === null || !reader.word('where')) return null
  const conditions = readConditions(reader)
  if (conditions === null) return null
  const orderBy = reader.word('order') ? reader.orderBy() : []
  const isLimited = reader.word('limit')
  if (orderBy === null || (isLimited && !reader.text('?')) || !reader.atEnd()) return null
  return { table, conditions, columns, orderBy, isLimited }
}

function readConditions(reader: SelectReader): readonly Condition[] | null {
  const conditions: Condition[] = []
  do {
    const column = reader.column()
    const test = column === null ? null : readTest(reader)
    if (column === null || test === null) return null
    conditions.push({ column, test })
  } while (reader.word('and'))
  return conditions
}

function readTest(reader: SelectReader): Condition['test'] | null {
  if (reader.text('=')) return reader.text('?') ? 'equal' : null
  if (!reader.word('is')) return null
  const isNot = reader.word('not')
  if (!reader.word('null')) return null
  return isNot ? 'not null' : 'null'
}

/** The table that a select reads first, with its schema if it was written; `null`: none, or a subquery. */
export const mainTable: (text: string) => string | null = remembered(readMainTable)

function readMainTable(text: string): string | null {
  const tokens = tokenize(text)
  let depth = 0
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]
    if (token?.kind === 'open') depth++
    else if (token?.kind === 'close') depth--
    else if (depth === 0 && token?.kind === 'word' && token.value === 'from') return createReader(tokens, at + 1).name()
  }
  return null
}
