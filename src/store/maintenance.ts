import { setTimeout as sleep } from 'node:timers/promises'
import type { Retention } from '../model/retention.js'
import { compactStep, dropOldRollups } from './compaction.js'
import { freeStep, usedBytes } from './free-space.js'
import { dropOldestPin, holdTexts } from './pins.js'
import { ageStep, countStep, unpinnedCount } from './retention.js'
import { isBusy } from './store-error.js'
import { mayHaveUnusedTexts, unusedTextsStep } from './unused-texts.js'
import type { StoreHandle } from './worker-connection.js'

const PAUSE_MS = 5
const MOST_TRIES = 20
const HOUR_MS = 3_600_000
/** Pages add up what is not compacted yet. */
const COMPACTION_MS = 600_000
const TENTH_LESS = 0.9
/** However large they are, the newest so many recordings stay. */
const LEAST_KEPT = 100
/** What was not used for so long before the oldest recording is an orphan; clocks of several processes may differ. */
const ORPHAN_HOURS = 24

let compactedAt = 0
let sweptAt = 0

/**
 * Keeps the store within its bounds, in small steps with pauses, so that pages are answered and the host can write in
 * between. A step that meets a lock again and again is left for the next time.
 */
export async function maintain(handle: StoreHandle, retention: Retention): Promise<void> {
  try {
    await prune(handle, retention)
    // The host's own checkpoints would sync on its thread.
    handle.db.pragma('wal_checkpoint(PASSIVE)')
    if (Date.now() - compactedAt < COMPACTION_MS) return
    compactedAt = Date.now()
    await repeat(() => compactStep(handle, Date.now()))
    if (Date.now() - sweptAt < HOUR_MS) return
    sweptAt = Date.now()
    dropOldRollups(handle, Date.now())
    sweepOrphans(handle)
    await giveSpaceBack(handle, null)
  } catch (error) {
    if (!isBusy(error)) throw error
  }
}

async function prune(handle: StoreHandle, { count, ageHours, bytes }: Retention): Promise<void> {
  if (ageHours !== null) await repeat(() => ageStep(handle, Date.now() - ageHours * HOUR_MS))
  await repeat(() => countStep(handle, count))
  const isSwept = mayHaveUnusedTexts(handle)
  if (isSwept) await repeat(unusedTextsStep(handle))
  if (bytes !== null && usedBytes(handle) > bytes) await shrink(handle, bytes)
  if (bytes !== null || isSwept) await giveSpaceBack(handle, bytes)
}

/** What recordings share goes only when all of them have been looked at: after each tenth of them that is deleted. */
async function shrink(handle: StoreHandle, maxBytes: number): Promise<void> {
  sweepOrphans(handle)
  if (unpinnedCount(handle) <= 2 * LEAST_KEPT) await repeat(unusedTextsStep(handle))
  while (usedBytes(handle) > maxBytes) {
    const before = unpinnedCount(handle)
    await repeat(() => bytesStep(handle, maxBytes, before * TENTH_LESS))
    if (usedBytes(handle) <= maxBytes || unpinnedCount(handle) >= before) return
    await repeat(unusedTextsStep(handle))
  }
}

function bytesStep(handle: StoreHandle, maxBytes: number, leastCount: number): boolean {
  if (usedBytes(handle) <= maxBytes) return false
  const count = unpinnedCount(handle)
  // The bound holds for pinned ones too, once there is little else.
  if (count <= LEAST_KEPT) return dropOldestPin(handle)
  return count > leastCount && countStep(handle, Math.max(LEAST_KEPT, count - LEAST_KEPT))
}

async function giveSpaceBack(handle: StoreHandle, maxBytes: number | null): Promise<void> {
  let given = false
  await repeat(() => {
    const more = freeStep(handle, maxBytes)
    given ||= more
    return more
  })
  // Only then the file is shorter, and so is the log that all of it went through.
  if (given) handle.db.pragma('wal_checkpoint(TRUNCATE)')
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
  while (holdTexts(handle));
  const oldestUs = handle.get<{ oldest: number | null }>(
    `SELECT started_us AS oldest FROM recordings WHERE number NOT IN (SELECT number FROM pins)
      ORDER BY number LIMIT 1`,
  )?.oldest
  if (oldestUs == null) return
  const recordedHour = Math.floor(oldestUs / 3_600_000_000) - ORPHAN_HOURS
  const rolledUpHour = rolledUpSince(handle, 'statement_rollups', recordedHour)
  handle.db
    .transaction(() => {
      handle.prepare('DELETE FROM texts WHERE seen_hour < ?').run(recordedHour)
      handle.prepare('DELETE FROM users WHERE seen_hour < ?').run(recordedHour)
      handle
        .prepare('DELETE FROM span_names WHERE seen_hour < ?')
        .run(rolledUpSince(handle, 'span_rollups', recordedHour))
      // Roll-ups, which outlive the recordings, name these.
      for (const table of ['statements', 'call_sites', 'routes', 'sessions']) {
        handle.prepare(`DELETE FROM ${table} WHERE seen_hour < ?`).run(rolledUpHour)
      }
    })
    .immediate()
}

/** The hour of a table's oldest roll-up, or that of the recordings where it is the older one. */
function rolledUpSince(handle: StoreHandle, table: string, recordedHour: number): number {
  const oldest = handle.get<{ oldest: number | null }>(`SELECT min(bucket) AS oldest FROM ${table}`)?.oldest
  return Math.min(recordedHour, Math.floor((oldest ?? Number.MAX_SAFE_INTEGER) / 60))
}
