import { closedBucketsChanged } from './closed-buckets.js'
import {
  prepareRollups,
  ROLLUP_TABLES,
  ROUTE_ROLLUPS,
  RollupBatch,
  type RollupTable,
  type StoredRollup,
} from './rollups.js'
import type { StoreHandle } from './worker-connection.js'

const MINUTES_PER_DAY = 1440

interface Level {
  readonly from: number
  readonly to: number
  readonly afterMinutes: number
}

const TO_HOURS: Level = { from: 1, to: 60, afterMinutes: 60 }
const TO_WEEKS: Level = { from: MINUTES_PER_DAY, to: 7 * MINUTES_PER_DAY, afterMinutes: 60 * MINUTES_PER_DAY }

/**
 * As coarse as the pages allow, since each page adds up all rows of its window: the last hour is looked at by minutes,
 * the last day by hours.
 */
const LEVELS: readonly Level[] = [TO_HOURS, { from: 60, to: MINUTES_PER_DAY, afterMinutes: MINUTES_PER_DAY }, TO_WEEKS]
/** Those of routes make the chart of requests over time, which has sixty bars at most: of a week, three hours each. */
const ROUTE_LEVELS: readonly Level[] = [
  TO_HOURS,
  { from: 60, to: 180, afterMinutes: 2 * MINUTES_PER_DAY },
  { from: 180, to: MINUTES_PER_DAY, afterMinutes: 14 * MINUTES_PER_DAY },
  TO_WEEKS,
]

const ROLLUPS_KEPT_MINUTES = 183 * MINUTES_PER_DAY

/**
 * Merges the fine buckets of one old hour (or day) into one, in one transaction.
 *
 * @returns whether there may be more
 */
export function compactStep(handle: StoreHandle, nowMs: number): boolean {
  const minute = Math.floor(nowMs / 60_000)
  for (const table of ROLLUP_TABLES) {
    for (const { from, to, afterMinutes } of table === ROUTE_ROLLUPS ? ROUTE_LEVELS : LEVELS) {
      // Only whole coarse buckets, all of them old enough.
      const before = Math.floor((minute - afterMinutes) / to) * to
      const oldest = handle.get<{ bucket: number }>(
        `SELECT bucket FROM ${table.name} WHERE bucket < ? AND width = ? ORDER BY bucket LIMIT 1`,
        before,
        from,
      )
      if (oldest === undefined) continue
      merge(handle, table, { from, to, start: Math.floor(oldest.bucket / to) * to })
      return true
    }
  }
  return false
}

/** Deletes roll-ups of more than half a year ago. */
export function dropOldRollups(handle: StoreHandle, nowMs: number): void {
  const before = Math.floor(nowMs / 60_000) - ROLLUPS_KEPT_MINUTES
  const drop = handle.db.transaction(() => {
    for (const { name } of ROLLUP_TABLES) handle.prepare(`DELETE FROM ${name} WHERE bucket < ?`).run(before)
    closedBucketsChanged(handle)
  })
  drop.immediate()
}

function merge(
  handle: StoreHandle,
  table: RollupTable,
  { from, to, start }: { readonly from: number; readonly to: number; readonly start: number },
): void {
  const inside = `FROM ${table.name} WHERE bucket >= ? AND bucket < ? AND width = ?`
  handle.db
    .transaction(() => {
      const batch = new RollupBatch(table)
      for (const fine of handle.all<StoredRollup>(`SELECT * ${inside}`, start, start + to, from)) {
        batch.merge(
          batch.row(
            start,
            to,
            table.keys.map((key) => fine[key] as number),
          ),
          fine,
        )
      }
      handle.prepare(`DELETE ${inside}`).run(start, start + to, from)
      batch.write(prepareRollups(handle, table))
      closedBucketsChanged(handle)
    })
    .immediate()
}
