import type { SentQuery } from '../query-time-sites.js'

/** A value as it stands in SQL: a placeholder, a text or a number. */
const VALUE = String.raw`(\?|\$\d+|'(?:[^']|'')*'|-?\d+(?:\.\d+)?)`

/**
 * What a query compares a column with, or a list of one value.
 *
 * @returns `undefined`: it is not seen
 */
export function comparedValue({ sql, bindings }: SentQuery, column: string): unknown {
  const found = new RegExp(`\\b${column}["\`]?\\s*(?:=\\s*|in\\s*\\(\\s*)${VALUE}`, 'i').exec(sql)
  return found?.[1] === undefined
    ? undefined
    : valueAt({ sql, bindings }, found.index + found[0].length - found[1].length, found[1])
}

/**
 * The row that an INSERT has, by column.
 *
 * @returns `null`: it has several, or something else than values
 */
export function insertedRow({ sql, bindings }: SentQuery): Readonly<Record<string, unknown>> | null {
  const parts = /^insert into \S+ \(([^)]+)\) values \(([^()]*)\)/i.exec(sql)
  if (parts?.[1] === undefined || parts[2] === undefined || sql.slice(parts[0].length).startsWith(',')) return null
  const columns = parts[1].split(',').map((name) => name.trim().replaceAll(/["`]/g, ''))
  let at = parts[0].length - parts[2].length - 1
  const values = parts[2].split(/,\s*/).map((text) => {
    const offset = sql.indexOf(text, at)
    at = offset + text.length
    return new RegExp(`^${VALUE}$`).test(text) ? valueAt({ sql, bindings }, offset, text) : undefined
  })
  if (values.length !== columns.length || values.includes(undefined)) return null
  return Object.fromEntries(columns.map((column, index) => [column, values[index]]))
}

function valueAt({ sql, bindings }: Pick<SentQuery, 'sql' | 'bindings'>, offset: number, text: string): unknown {
  if (text.startsWith('$')) return bindings[Number(text.slice(1)) - 1]
  if (text === '?') return bindings[sql.slice(0, offset).split('?').length - 1]
  return text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : Number(text)
}
