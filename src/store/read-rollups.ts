import type { TimeWindow } from '../model/store.js'
import { type Rollup, RollupBatch, type RollupTable, type StoredRollup } from './rollups.js'
import { bucketsIn } from './time-window.js'
import type { StoreHandle } from './worker-connection.js'

/** A merged roll-up with its values by the names of the columns. */
export interface Merged {
  readonly row: Rollup
  sum(column: string): number
  max(column: string): number
}

/**
 * Merges the roll-ups of a window by some of their key columns; with none, all become one.
 *
 * @param where a further condition on the table, with its values
 */
export function mergeRollups(
  handle: StoreHandle,
  table: RollupTable,
  window: TimeWindow,
  by: readonly string[],
  where: { readonly sql: string; readonly values: readonly unknown[] } = { sql: '1', values: [] },
): Merged[] {
  const buckets = bucketsIn(window)
  const batch = new RollupBatch(table)
  const sql = `SELECT * FROM ${table.name} WHERE ${buckets.sql} AND ${where.sql}`
  for (const stored of handle.prepare(sql).iterate(...buckets.values, ...where.values) as Iterable<StoredRollup>) {
    const keys = by.map((key) => stored[key] as number)
    batch.merge(batch.row(0, 0, keys), stored)
  }
  return [...batch.rows].map((row) => ({
    row,
    sum: (column) => row.sums[table.sums.indexOf(column)] ?? 0,
    max: (column) => row.maxima[table.maxima.indexOf(column)] ?? 0,
  }))
}
