import { setTimeout as sleep } from 'node:timers/promises'
import { compactStep, dropOldRollups } from './compaction.js'
import { pruneStep } from './retention.js'
import { isBusy } from './store-error.js'
import type { StoreHandle } from './worker-connection.js'

const PAUSE_MS = 5
const MOST_TRIES = 20
const HOUR_MS = 3_600_000
/** Pages add up what is not compacted yet. */
const COMPACTION_MS = 600_000
/** Free pages beyond which space is given back, and how many at a time. */
const FREE_PAGES = 2_000
const VACUUM_PAGES = 500
/** What was not used for so long before the oldest recording is an orphan; clocks of several processes may differ. */
const ORPHAN_HOURS = 24

let compactedAt = 0
let sweptAt = 0

/**
 * Keeps the store within its bounds, in small steps with pauses, so that pages are answered and the host can write in
 * between. A step that meets a lock again and again is left for the next time.
 */
export async function maintain(handle: StoreHandle, keepCount: number): Promise<void> {
  try {
    await repeat(() => pruneStep(handle, keepCount))
    // The host's own checkpoints would sync on its thread.
    handle.db.pragma('wal_checkpoint(PASSIVE)')
    if (Date.now() - compactedAt < COMPACTION_MS) return
    compactedAt = Date.now()
    await repeat(() => compactStep(handle, Date.now()))
    if (Date.now() - sweptAt < HOUR_MS) return
    sweptAt = Date.now()
    dropOldRollups(handle, Date.now())
    sweepOrphans(handle)
    await repeat(() => giveSpaceBack(handle))
  } catch (error) {
    if (!isBusy(error)) throw error
  }
}

/** Steps as long as there is more to do. While the host writes, a step finds the file locked: it is tried again. */
async function repeat(step: () => boolean): Promise<void> {
  for (let locked = 0; ; ) {
    try {
      if (!step()) return
      locked = 0
    } catch (error) {
      locked += 1
      if (!isBusy(error) || locked > MOST_TRIES) throw error
    }
    await sleep(PAUSE_MS)
  }
}

/** Deletes what no recording and no roll-up can still refer to, by the last hour in which it was used. */
export function sweepOrphans(handle: StoreHandle): void {
  const oldestUs = handle.get<{ oldest: number | null }>(
    'SELECT started_us AS oldest FROM recordings ORDER BY number LIMIT 1',
  )?.oldest
  if (oldestUs == null) return
  const recordedHour = Math.floor(oldestUs / 3_600_000_000) - ORPHAN_HOURS
  const oldestMinute = handle.get<{ oldest: number | null }>(
    'SELECT min(bucket) AS oldest FROM statement_rollups',
  )?.oldest
  const rolledUpHour = Math.min(recordedHour, Math.floor((oldestMinute ?? Number.MAX_SAFE_INTEGER) / 60))
  handle.db
    .transaction(() => {
      handle.prepare('DELETE FROM texts WHERE seen_hour < ?').run(recordedHour)
      // Roll-ups, which outlive the recordings, name these.
      for (const table of ['statements', 'call_sites', 'routes', 'sessions']) {
        handle.prepare(`DELETE FROM ${table} WHERE seen_hour < ?`).run(rolledUpHour)
      }
    })
    .immediate()
}

function giveSpaceBack(handle: StoreHandle): boolean {
  const freePages = (): number => handle.db.pragma('freelist_count', { simple: true }) as number
  const before = freePages()
  if (before < FREE_PAGES) return false
  handle.db.pragma(`incremental_vacuum(${VACUUM_PAGES})`)
  return freePages() < before
}
