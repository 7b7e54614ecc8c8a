import type { Knex } from 'knex'
import type { SentQuery } from '../query-time-sites.js'

export type Row = Readonly<Record<string, unknown>>

/** Sends a query again, as it was sent, over the transaction's connection. */
export async function sendAgain(trx: Knex.Transaction, { sql, bindings }: SentQuery): Promise<readonly Row[]> {
  const { client } = trx
  const { response } = await client.query(await client.acquireConnection(), { sql, bindings, method: 'raw' })
  const rows = Array.isArray(response) ? response : response?.rows
  return Array.isArray(rows) ? rows : []
}

/** Whether the rows are the same, in whatever order. Columns that only the second ones have don't count. */
export function haveSameRows(rows: readonly Row[], others: readonly Row[]): boolean {
  const [first] = rows
  if (first === undefined || rows.length !== others.length) return rows.length === others.length
  const columns = Object.keys(first)
  return JSON.stringify(textsOf(rows, columns).toSorted()) === JSON.stringify(textsOf(others, columns).toSorted())
}

/** Whether the others are the first of the rows, in their order. */
export function beginsWith(rows: readonly Row[], others: readonly Row[]): boolean {
  const columns = Object.keys(rows[0] ?? {})
  const firsts = rows.slice(0, others.length)
  return JSON.stringify(textsOf(firsts, columns)) === JSON.stringify(textsOf(others, columns))
}

function textsOf(rows: readonly Row[], columns: readonly string[]): string[] {
  return rows.map((row) => JSON.stringify(columns.map((column) => row[column] ?? null)))
}

/** All rows of the tables, in an order that does not depend on how they came there. */
export async function contentsOf(trx: Knex.Transaction, tables: readonly string[]): Promise<string> {
  const contents: unknown[] = []
  for (const table of tables) {
    const rows: Row[] = await trx(table).select('*')
    contents.push(rows.map((row) => JSON.stringify(row)).toSorted())
  }
  return JSON.stringify(contents)
}
