import type { OwnCost } from '../model/health.js'
import { addToBin, durationBin, type Histogram } from './histogram.js'
import { percentilesOf } from './read-percentiles.js'
import { kindNumber } from './rows.js'
import type { StoreHandle } from './worker-connection.js'

const NEWEST = 1_000

/** Of all processes on the store: what silk took of the newest requests. */
export function readOwnCost(handle: StoreHandle): OwnCost {
  const rows = handle.all<{ overheadUs: number; durationUs: number }>(
    `SELECT overhead_us AS overheadUs, duration_us AS durationUs FROM recordings
      WHERE number IN (SELECT number FROM recordings ORDER BY number DESC LIMIT ${NEWEST}) AND kind = ?`,
    kindNumber('request'),
  )
  const overheads: Histogram = new Map()
  for (const { overheadUs } of rows) addToBin(overheads, durationBin(overheadUs))
  const most = rows.reduce((max, { overheadUs }) => Math.max(max, overheadUs), 0)
  const { p50Ms, p95Ms } = percentilesOf(overheads, most)
  const sum = (of: 'overheadUs' | 'durationUs'): number => rows.reduce((total, row) => total + row[of], 0)
  return {
    requestCount: rows.length,
    p50Ms,
    p95Ms,
    share: Math.min(1, sum('overheadUs') / Math.max(1, sum('durationUs'))),
  }
}
