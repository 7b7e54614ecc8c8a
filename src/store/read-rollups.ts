import type { TimeWindow } from '../model/time-window.js'
import { readClosed } from './closed-buckets.js'
import { NONE } from './contents.js'
import { BETWEEN_PACKED, type Histogram, mergeInto, unpackJoined } from './histogram.js'
import type { Rollup, RollupTable } from './rollups.js'
import { type BucketCondition, closedBucketsIn, openBucketsIn } from './time-window.js'
import type { StoreHandle } from './worker-connection.js'

/** Roll-ups that were added up, with the values by the names of the columns. */
export interface Merged {
  readonly keys: readonly number[]
  /** 0 where it is not known of any. */
  sum(column: string): number
  /** `null`: not known of any. */
  sumOrNull(column: string): number | null
  max(column: string): number
  /** Unpacked when it is asked for: lists show a few of many. */
  histogram(column: string): Histogram
}

/** A further condition on a roll-up table, with its values. */
export interface RollupCondition {
  readonly sql: string
  readonly values: readonly unknown[]
  /** Hardly anyone will ask for the same again: nothing of it is kept. */
  readonly once?: boolean
}

const ANY: RollupCondition = { sql: '1', values: [] }
const NOTHING = Buffer.alloc(0)

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

/** What was added up of a key; histograms as `unpackJoined` takes them. */
interface Sums extends Pick<Rollup, 'keys' | 'sums' | 'maxima'> {
  readonly joined: readonly Buffer[]
}

function grouped(handle: StoreHandle, table: RollupTable, grouping: Grouping): Merged[] {
  const { window, by, where, joined } = grouping
  const closedBuckets = closedBucketsIn(window)
  const read = (): ReadonlyMap<string, Sums> => readSums(handle, table, grouping, closedBuckets)
  const key = JSON.stringify([table.name, by, joined, where.sql, where.values, closedBuckets.values])
  const closed = where.once === true ? read() : readClosed(handle, key, read)
  const open = readSums(handle, table, grouping, openBucketsIn(table.name, window))
  const sums = new Map(closed)
  for (const [name, part] of open) {
    const before = closed.get(name)
    sums.set(name, before === undefined ? part : added(before, part))
  }
  return [...sums.values()].map((one) => merged(table, one))
}

function readSums(
  handle: StoreHandle,
  { name, sums, maxima }: RollupTable,
  { by, where, joined }: Grouping,
  buckets: BucketCondition,
): ReadonlyMap<string, Sums> {
  const columns = [...by, ...sums.map((sum) => `sum(${sum})`), ...maxima.map((most) => `max(${most})`), ...joined]
  const sql = `SELECT ${columns} FROM ${name} WHERE ${buckets.sql} AND ${where.sql} GROUP BY ${by}`
  const rows = handle
    .prepare(sql)
    .raw()
    .all(...buckets.values, ...where.values) as (number | string | null)[][]
  const maximaFrom = by.length + sums.length
  const joinedFrom = maximaFrom + maxima.length
  return new Map(
    rows.map((cells) => {
      const keys = cells.slice(0, by.length) as number[]
      return [
        keys.join(),
        {
          keys,
          sums: cells.slice(by.length, maximaFrom) as (number | null)[],
          maxima: cells.slice(maximaFrom, joinedFrom) as number[],
          joined: cells.slice(joinedFrom).map((text) => Buffer.from(String(text), 'hex')),
        },
      ]
    }),
  )
}

function added(closed: Sums, open: Sums): Sums {
  return {
    keys: open.keys,
    sums: open.sums.map((value, at) => {
      const before = closed.sums[at] ?? null
      return value === null || before === null ? (value ?? before) : value + before
    }),
    maxima: open.maxima.map((value, at) => Math.max(value, closed.maxima[at] ?? 0)),
    joined: open.joined.map((bytes, at) => Buffer.concat([closed.joined[at] ?? NOTHING, BETWEEN_PACKED, bytes])),
  }
}

function merged(table: RollupTable, { keys, sums, maxima, joined }: Sums): Merged {
  const unpacked = new Map<string, Histogram>()
  const unpack = (column: string): Histogram => {
    const histogram = unpackJoined(joined[table.histograms.indexOf(column)] ?? NOTHING)
    unpacked.set(column, histogram)
    return histogram
  }
  return {
    keys,
    sum: (column) => sums[table.sums.indexOf(column)] ?? 0,
    sumOrNull: (column) => sums[table.sums.indexOf(column)] ?? null,
    max: (column) => maxima[table.maxima.indexOf(column)] ?? 0,
    histogram: (column) => unpacked.get(column) ?? unpack(column),
  }
}

/** Those with the same value of one of their keys, together. */
export function byKey(all: readonly Merged[], at: number): Map<number, Merged[]> {
  const groups = new Map<number, Merged[]>()
  for (const one of all) {
    const key = one.keys[at] ?? NONE
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return groups
}

/** Several as one, which has the keys of the first. */
export function together(parts: readonly Merged[]): Merged {
  const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null)
  const add = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)
  return {
    keys: parts[0]?.keys ?? [],
    sum: (column) => add(parts.map((part) => part.sum(column))),
    sumOrNull: (column) => {
      const values = known(parts.map((part) => part.sumOrNull(column)))
      return values.length === 0 ? null : add(values)
    },
    max: (column) => parts.reduce((most, part) => Math.max(most, part.max(column)), 0),
    histogram: (column) => {
      const all: Histogram = new Map()
      for (const part of parts) mergeInto(all, part.histogram(column))
      return all
    },
  }
}
