import { createReader, type OrderBy } from './select-reader.js'
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

/**
 * Reads `select … from table where column = ?`, with `order by` or `limit ?` or neither, from a fingerprint's text;
 * `null`: anything more, less or else, for which advice would be a guess.
 */
export function lookupOf(text: string): Lookup | null {
  const reader = createReader(tokenize(text))
  if (!reader.word('select')) return null
  const columns = reader.columns()
  if (columns === null || !reader.word('from')) return null
  const table = reader.table()
  if (table === null || !reader.word('where')) return null
  const column = reader.column()
  if (column === null || !reader.text('=') || !reader.text('?')) return null
  const orderBy = reader.word('order') ? reader.orderBy() : []
  const isLimited = reader.word('limit')
  if (orderBy === null || (isLimited && !reader.text('?')) || !reader.atEnd()) return null
  return { table, column, columns, orderBy, isLimited }
}

/** The table that a select reads first, with its schema if it was written; `null`: none, or a subquery. */
export function mainTable(text: string): string | null {
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
