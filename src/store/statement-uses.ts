import type { RecordedQuery } from '../model/query.js'
import { NONE } from './contents.js'
import { addToBin, durationBin, type Histogram, mergeInto } from './histogram.js'
import type { ShapeOf } from './query-shapes.js'

/** Sums of the queries of a recording that look alike. */
export interface UseSums {
  calls: number
  totalUs: number
  maxUs: number
  rowCount: number | null
  durations: Histogram
}

/** One statement at one call site within one recording, as it is stored. */
export interface UseRow extends UseSums {
  readonly statementId: number
  readonly callSiteId: number
  inferred: boolean
}

/** Sums of the queries that look like one. */
export interface LookUse extends UseSums {
  readonly first: RecordedQuery
}

export function emptyUse(first: RecordedQuery): LookUse {
  return { first, calls: 0, totalUs: 0, maxUs: 0, rowCount: null, durations: new Map() }
}

export function addUse(sums: UseSums, { rowCount, durationMs }: RecordedQuery): void {
  sums.calls += 1
  if (rowCount !== null) sums.rowCount = (sums.rowCount ?? 0) + rowCount
  if (durationMs === null) return
  const durationUs = Math.round(durationMs * 1000)
  sums.totalUs += durationUs
  if (durationUs > sums.maxUs) sums.maxUs = durationUs
  addToBin(sums.durations, durationBin(durationUs))
}

/** What is stored of them, by statement and call site. */
export function statementUses(looks: readonly LookUse[], shapeOf: ShapeOf): Iterable<UseRow> {
  const byKey = new Map<string, UseRow>()
  for (const { first, ...sums } of looks) {
    const { statementId, callSiteId: siteId, inferred } = shapeOf(first)
    const callSiteId = siteId ?? NONE
    const key = `${statementId}/${callSiteId}`
    const known = byKey.get(key)
    // Looks differ by connection and spelling too: several may add to one row.
    if (known === undefined) byKey.set(key, { ...sums, statementId, callSiteId, inferred })
    else merge(known, sums, inferred)
  }
  return byKey.values()
}

function merge(row: UseRow, sums: UseSums, inferred: boolean): void {
  row.inferred &&= inferred
  row.calls += sums.calls
  row.totalUs += sums.totalUs
  row.maxUs = Math.max(row.maxUs, sums.maxUs)
  if (sums.rowCount !== null) row.rowCount = (row.rowCount ?? 0) + sums.rowCount
  // A copy: a batch that could not be written is written again, from the same sums.
  row.durations = new Map(row.durations)
  mergeInto(row.durations, sums.durations)
}
