import type { TimeWindow } from '../model/store.js'
import { BETWEEN_PACKED, type Histogram, unpackJoined } from './histogram.js'
import type { Rollup, RollupTable } from './rollups.js'
import { bucketsIn } from './time-window.js'
import type { StoreHandle } from './worker-connection.js'

/** A merged roll-up with its values by the names of the columns. */
export interface Merged {
  readonly row: Rollup
  sum(column: string): number
  max(column: string): number
}

/** A further condition on a roll-up table, with its values. */
export interface RollupCondition {
  readonly sql: string
  readonly values: readonly unknown[]
}

const ANY: RollupCondition = { sql: '1', values: [] }

/**
 * Merges the roll-ups of a window by some of their key columns.
 *
 * A window of weeks has tens of thousands of rows, of which the database makes one for each key: handing over a blob
 * costs more than all the rest, so their histograms come as one text.
 */
export function mergeRollups(
  handle: StoreHandle,
  table: RollupTable,
  window: TimeWindow,
  by: readonly string[],
  where: RollupCondition = ANY,
): Merged[] {
  const joined = table.histograms.map((name) => `group_concat(hex(${name}), '${BETWEEN_PACKED.toString('hex')}')`)
  return grouped(handle, table, { window, by, where, joined })
}

/** The same without the histograms. */
export function sumRollups(
  handle: StoreHandle,
  table: RollupTable,
  window: TimeWindow,
  by: readonly string[],
  where: RollupCondition = ANY,
): Merged[] {
  return grouped(handle, table, { window, by, where, joined: [] })
}

interface Grouping {
  readonly window: TimeWindow
  readonly by: readonly string[]
  readonly where: RollupCondition
  readonly joined: readonly string[]
}

function grouped(handle: StoreHandle, table: RollupTable, { window, by, where, joined }: Grouping): Merged[] {
  const { sums, maxima } = table
  const buckets = bucketsIn(window)
  const columns = [...by, ...sums.map((name) => `sum(${name})`), ...maxima.map((name) => `max(${name})`), ...joined]
  const sql = `SELECT ${columns} FROM ${table.name} WHERE ${buckets.sql} AND ${where.sql} GROUP BY ${by}`
  const rows = handle
    .prepare(sql)
    .raw()
    .all(...buckets.values, ...where.values) as (number | string | null)[][]
  const maximaFrom = by.length + sums.length
  const joinedFrom = maximaFrom + maxima.length
  return rows.map((cells) =>
    merged(table, {
      keys: cells.slice(0, by.length) as number[],
      sums: cells.slice(by.length, maximaFrom) as (number | null)[],
      maxima: cells.slice(maximaFrom, joinedFrom) as number[],
      histograms: cells.slice(joinedFrom).map((text) => unpackJoined(Buffer.from(String(text), 'hex'))),
    }),
  )
}

function merged(
  table: RollupTable,
  values: Pick<Rollup, 'keys' | 'sums' | 'maxima'> & { readonly histograms: readonly Histogram[] },
): Merged {
  const row: Rollup = { bucket: 0, width: 0, ...values }
  return {
    row,
    sum: (column) => row.sums[table.sums.indexOf(column)] ?? 0,
    max: (column) => row.maxima[table.maxima.indexOf(column)] ?? 0,
  }
}
