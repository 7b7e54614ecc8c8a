import { addToBin, countBin, durationBin, type Histogram, mergePacked, packHistogram } from './histogram.js'
import type { SqlitePreparer, SqliteStatement } from './sqlite-driver.js'

/**
 * How one roll-up table is kept: key columns, columns that add up, columns that keep the greatest value, packed
 * histograms. Rows of two buckets merge by the same rules, so that compaction needs nothing of its own.
 */
export interface RollupTable {
  readonly name: string
  /** After `bucket` and `width`. */
  readonly keys: readonly string[]
  readonly sums: readonly string[]
  readonly maxima: readonly string[]
  readonly histograms: readonly string[]
}

export const ROUTE_ROLLUPS: RollupTable = {
  name: 'route_rollups',
  keys: ['route_id', 'session_id'],
  sums: [
    'count',
    'error_count',
    'finding_count',
    'duration_us',
    'sql_us',
    'sql_wall_us',
    'query_count',
    'pool_wait_us',
  ],
  maxima: ['max_us', 'query_max'],
  histograms: ['durations', 'query_counts'],
}

export const STATEMENT_ROLLUPS: RollupTable = {
  name: 'statement_rollups',
  keys: ['statement_id', 'route_id', 'call_site_id', 'session_id'],
  sums: ['recording_count', 'calls', 'total_us', 'row_count'],
  maxima: ['max_us'],
  histograms: ['durations'],
}

export const FINDING_ROLLUPS: RollupTable = {
  name: 'finding_rollups',
  keys: ['finding_id', 'route_id', 'session_id'],
  sums: ['recording_count', 'repeat_count', 'total_us', 'saving_us'],
  maxima: ['max_us'],
  histograms: ['totals'],
}

export const SPAN_ROLLUPS: RollupTable = {
  name: 'span_rollups',
  keys: ['span_id', 'route_id', 'session_id'],
  sums: ['recording_count', 'calls', 'error_count', 'total_us', 'own_us', 'query_count', 'sql_us'],
  maxima: ['max_us'],
  histograms: ['durations'],
}

export const ROLLUP_TABLES: readonly RollupTable[] = [ROUTE_ROLLUPS, STATEMENT_ROLLUPS, FINDING_ROLLUPS, SPAN_ROLLUPS]

/** One row in the making, its values in the order of the table's columns. */
export interface Rollup {
  readonly bucket: number
  readonly width: number
  readonly keys: readonly number[]
  /** `null`: not known for any. */
  readonly sums: (number | null)[]
  readonly maxima: number[]
  readonly histograms: readonly Histogram[]
}

export type StoredRollup = Readonly<Record<string, number | null | Uint8Array>>

/** Collects rows in memory, then merges each with the stored one: one read and one write per row and batch. */
export class RollupBatch {
  readonly #table: RollupTable
  readonly #rows = new Map<string, Rollup>()

  constructor(table: RollupTable) {
    this.#table = table
  }

  /** The row of a bucket and key, made when it is the first to be asked for. */
  row(bucket: number, width: number, keys: readonly number[]): Rollup {
    const name = `${bucket}/${width}/${keys.join('/')}`
    const known = this.#rows.get(name)
    if (known) return known
    const { sums, maxima, histograms } = this.#table
    const row: Rollup = {
      bucket,
      width,
      keys,
      sums: sums.map(() => null),
      maxima: maxima.map(() => 0),
      histograms: histograms.map((): Histogram => new Map()),
    }
    this.#rows.set(name, row)
    return row
  }

  /** Adds a stored row to the one in the making. */
  merge(row: Rollup, stored: StoredRollup): void {
    const { sums, maxima, histograms } = this.#table
    sums.forEach((column, at) => {
      const value = stored[column] as number | null
      if (value !== null) row.sums[at] = (row.sums[at] ?? 0) + value
    })
    maxima.forEach((column, at) => {
      row.maxima[at] = Math.max(row.maxima[at] ?? 0, stored[column] as number)
    })
    histograms.forEach((column, at) => {
      const histogram = row.histograms[at]
      if (histogram) mergePacked(histogram, stored[column] as Uint8Array)
    })
  }

  get rows(): Iterable<Rollup> {
    return this.#rows.values()
  }

  write({ select, replace }: RollupStatements): void {
    for (const row of this.#rows.values()) {
      const stored = select.get(row.bucket, row.width, ...row.keys) as StoredRollup | undefined
      if (stored) this.merge(row, stored)
      const packed = row.histograms.map(packHistogram)
      replace.run(row.bucket, row.width, ...row.keys, ...row.sums, ...row.maxima, ...packed)
    }
    this.#rows.clear()
  }
}

export interface RollupStatements {
  readonly select: SqliteStatement
  readonly replace: SqliteStatement
}

export function prepareRollups(db: SqlitePreparer, table: RollupTable): RollupStatements {
  const { name, keys, sums, maxima, histograms } = table
  const values = [...sums, ...maxima, ...histograms]
  const key = ['bucket', 'width', ...keys]
  const marks = [...key, ...values].map(() => '?').join(', ')
  return {
    select: db.prepare(`SELECT ${values} FROM ${name} WHERE ${key.map((column) => `${column} = ?`).join(' AND ')}`),
    replace: db.prepare(`INSERT OR REPLACE INTO ${name} (${[...key, ...values]}) VALUES (${marks})`),
  }
}

/** Adds to the sums and maxima of a row, in the order of its table's columns. */
export function addValues(row: Rollup, sums: readonly (number | null)[], maxima: readonly number[]): void {
  sums.forEach((value, at) => {
    if (value !== null) row.sums[at] = (row.sums[at] ?? 0) + value
  })
  maxima.forEach((value, at) => {
    row.maxima[at] = Math.max(row.maxima[at] ?? 0, value)
  })
}

export function addDuration(row: Rollup, at: number, durationUs: number): void {
  const histogram = row.histograms[at]
  if (histogram) addToBin(histogram, durationBin(durationUs))
}

export function addCount(row: Rollup, at: number, count: number): void {
  const histogram = row.histograms[at]
  if (histogram) addToBin(histogram, countBin(count))
}

/** The minute of a time, as buckets are numbered. */
export function minuteOf(timeUs: number): number {
  return Math.floor(timeUs / 60_000_000)
}
