import { remembered } from './remembered.js'
import { createReader, type SelectReader } from './select-reader.js'
import { tokenize } from './tokenize.js'

/** A write to the rows of one table by one column: what a loop sends that `whereIn` could send once. */
export interface KeyedWrite {
  /** With its schema, if it was written: `shop.products`. */
  readonly table: string
  /** Compared with the value that changes. */
  readonly column: string
  /** Columns that an UPDATE sets to a value each; of a DELETE none. */
  readonly set: readonly string[]
}

/**
 * Reads `delete from table where column = ?` and `update table set a = ?, b = ? where column = ?` from a fingerprint's
 * text; `null`: anything more, less or else, such as RETURNING.
 */
export const keyedWriteOf: (text: string) => KeyedWrite | null = remembered(readKeyedWrite)

function readKeyedWrite(text: string): KeyedWrite | null {
  const reader = createReader(tokenize(text))
  const isUpdate = reader.word('update')
  if (!isUpdate && !(reader.word('delete') && reader.word('from'))) return null
  const table = reader.name()
  const set = isUpdate ? readSet(reader) : []
  if (table === null || set === null || !reader.word('where')) return null
  const column = readAssigned(reader)
  return column === null || !reader.atEnd() ? null : { table, column, set }
}

function readSet(reader: SelectReader): readonly string[] | null {
  if (!reader.word('set')) return null
  const columns: string[] = []
  do {
    const column = readAssigned(reader)
    if (column === null) return null
    columns.push(column)
  } while (reader.text(','))
  return columns
}

/** `column = ?` */
function readAssigned(reader: SelectReader): string | null {
  const column = reader.name()
  return column !== null && reader.text('=') && reader.text('?') ? column : null
}
