import type { KnexQuery } from './knex-types.js'

/**
 * Rows that a statement returned or changed, read from what the driver answered: knex leaves it on the query object
 * before it shapes the result. `null` where the driver does not say.
 */
export function rowCountOf(answer: unknown): number | null {
  const response = (answer as KnexQuery | null | undefined)?.response
  if (Array.isArray(response)) return arrayCount(response)
  if (typeof response !== 'object' || response === null) return null
  const { rowCount, rows, changes, affectedRows } = response as Record<string, unknown>
  if (Array.isArray(rows) && rows.length > 0) return rows.length
  return firstNumber(rowCount, changes, affectedRows)
}

/** mysql answers `[rows, fields]` or `[{ affectedRows }, undefined]`; all others an array of rows. */
function arrayCount(response: readonly unknown[]): number | null {
  const [first, second] = response
  if (response.length === 2 && (Array.isArray(second) || second === undefined)) {
    if (Array.isArray(first)) return first.length
    const changed = firstNumber((first as Record<string, unknown> | null)?.affectedRows)
    if (changed !== null) return changed
  }
  return response.length
}

function firstNumber(...values: readonly unknown[]): number | null {
  for (const value of values) {
    if (typeof value === 'number') return value
    if (typeof value === 'bigint') return Number(value)
  }
  return null
}
