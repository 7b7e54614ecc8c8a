import { remembered } from './remembered.js'
import { createReader, type OrderBy } from './select-reader.js'
import { tokenize } from './tokenize.js'

/** An ordered read of one table, all of it or what has one value in one column: what a page could be cut from. */
export interface Listing {
  /** With its schema, if it was written. */
  readonly table: string
  /** What is selected; `'*'`: every column. */
  readonly columns: readonly string[] | '*'
  /** Compared with a value; `null`: no condition. */
  readonly column: string | null
  readonly orderBy: readonly OrderBy[]
}

/**
 * Reads `select … from table order by …`, with or without `where column = ?`, from a fingerprint's text; `null`:
 * anything more, less or else.
 */
export const listingOf: (text: string) => Listing | null = remembered(readListing)

function readListing(text: string): Listing | null {
  const reader = createReader(tokenize(text))
  if (!reader.word('select')) return null
  const columns = reader.columns()
  if (columns === null || !reader.word('from')) return null
  const table = reader.table()
  if (table === null) return null
  const isFiltered = reader.word('where')
  const column = isFiltered ? reader.column() : null
  if (isFiltered && (column === null || !reader.text('=') || !reader.text('?'))) return null
  const orderBy = reader.word('order') ? reader.orderBy() : null
  return orderBy === null || !reader.atEnd() ? null : { table, columns, column, orderBy }
}
