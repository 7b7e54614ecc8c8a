import { closedBucketsChanged } from './closed-buckets.js'
import { idOfHash } from './content-id.js'
import { vacuumWhole } from './free-space.js'
import { dropOldPins, pinCount } from './pins.js'
import { numberOfTime } from './recording-number.js'
import { ROLLUP_TABLES } from './rollups.js'
import { badgesOf } from './rows.js'
import { isBusy } from './store-error.js'
import { untilFree } from './until-free.js'
import type { StoreHandle } from './worker-connection.js'

/** So few at a time that the host, whose writes wait meanwhile, hardly notices. */
const PRUNE_STEP = 100
const CLEAR_TRIES = 100

/** Keyed by a recording's number. */
export const RECORDED_TABLES = [
  'recordings',
  'recording_details',
  'recording_statements',
  'recording_bodies',
  'span_examples',
  'cpu_profiles',
  'kept_longer',
  'pins',
  'recording_tags',
] as const

/** Of the recordings kept, those that may be older than the others: a fifth, in bounds that a step can look through. */
const LONGER_SHARE = 0.2
const MOST_LONGER = 10_000
/** So much older than the newest one at most: the texts that recordings share are kept as long as the oldest of them. */
const LONGER_MS = 7 * 24 * 3_600_000
const SLOW_US = 1_000_000

/** What is kept longer. Of a job, its error is what a status is of a request. */
const IS_WORTH_MORE = `(findings IS NOT NULL OR status >= 500 OR error_class IS NOT NULL OR duration_us >= ${SLOW_US})`

/** What `clear` empties: all but the schema's own tables. */
const EMPTIED_TABLES = [
  ...RECORDED_TABLES,
  'occurrences',
  'findings',
  ...ROLLUP_TABLES.map(({ name }) => name),
  'texts',
  'statements',
  'call_sites',
  'routes',
  'sessions',
  'span_names',
  'users',
] as const

/**
 * Brings the number of recordings that are not pinned nearer to `keepCount`, one small step. The oldest go, but those that are slow, failed
 * or have a finding only when there are too many of them, or when they are a week older than the newest one.
 *
 * @returns whether there may be more to do
 */
export function countStep(handle: StoreHandle, keepCount: number): boolean {
  dropOldPins(handle)
  if (ageOfLongerStep(handle)) return true
  const excess = unpinnedCount(handle) - keepCount
  if (excess <= 0) return false
  const longer = countOf(handle, 'kept_longer') - Math.min(Math.floor(keepCount * LONGER_SHARE), MOST_LONGER)
  if (longer > 0) return remove(handle, oldestOfLonger(handle, Math.min(excess, longer, PRUNE_STEP)))
  const oldest = handle.all<Pruned & { readonly stays: number }>(
    `SELECT number, findings, ${IS_WORTH_MORE} AS stays FROM recordings
      WHERE number NOT IN (SELECT number FROM kept_longer) AND number NOT IN (SELECT number FROM pins)
      ORDER BY number LIMIT ?`,
    Math.min(excess, PRUNE_STEP),
  )
  const stay = handle.prepare('INSERT OR IGNORE INTO kept_longer (number) VALUES (?)')
  return remove(
    handle,
    oldest.filter(({ stays }) => stays === 0),
    () => {
      for (const { number, stays } of oldest) if (stays === 1) stay.run(number)
    },
  )
}

/**
 * Deletes recordings that began before a time, whatever they are, but for pinned ones: one small step.
 *
 * @returns whether there may be more to do
 */
export function ageStep(handle: StoreHandle, beforeMs: number): boolean {
  dropOldPins(handle)
  const sql = `SELECT number, findings FROM recordings WHERE number < ? AND number NOT IN (SELECT number FROM pins)
    ORDER BY number LIMIT ?`
  const old = handle.all<Pruned>(sql, numberOfTime(beforeMs), PRUNE_STEP)
  return old.length > 0 && remove(handle, old)
}

function ageOfLongerStep(handle: StoreHandle): boolean {
  const newestUs = handle.get<{ us: number }>(
    'SELECT started_us AS us FROM recordings ORDER BY number DESC LIMIT 1',
  )?.us
  if (newestUs === undefined) return false
  const before = numberOfTime(newestUs / 1000 - LONGER_MS)
  const old = oldestOfLonger(handle, PRUNE_STEP).filter(({ number }) => number < before)
  return old.length > 0 && remove(handle, old)
}

interface Pruned {
  readonly number: number
  readonly findings: string | null
}

function oldestOfLonger(handle: StoreHandle, count: number): readonly Pruned[] {
  const sql = `SELECT number, findings FROM recordings
    WHERE number IN (SELECT number FROM kept_longer ORDER BY number LIMIT ?) ORDER BY number`
  return handle.all<Pruned>(sql, count)
}

/** Deletes recordings in one transaction, with what else is to be written then. */
function remove(handle: StoreHandle, recordings: readonly Pruned[], also: () => void = () => {}): true {
  const numbers = JSON.stringify(recordings.map(({ number }) => number))
  const forget = handle.prepare('DELETE FROM occurrences WHERE finding_id = ? AND number = ?')
  handle.db
    .transaction(() => {
      also()
      for (const { number, findings } of recordings) {
        for (const { key } of badgesOf(findings)) forget.run(idOfHash(key), number)
      }
      for (const table of RECORDED_TABLES) {
        handle.prepare(`DELETE FROM ${table} WHERE number IN (SELECT value FROM json_each(?))`).run(numbers)
      }
    })
    .immediate()
  return true
}

export function countOf(handle: StoreHandle, table: 'recordings' | 'kept_longer'): number {
  return handle.get<{ count: number }>(`SELECT count(*) AS count FROM ${table}`)?.count ?? 0
}

/** Of which pruning may take. */
export function unpinnedCount(handle: StoreHandle): number {
  return countOf(handle, 'recordings') - pinCount(handle)
}

/** Deletes everything recorded, roll-ups and findings included, and gives the space back. */
export async function clearStore(handle: StoreHandle): Promise<void> {
  const empty = handle.db.transaction(() => {
    for (const table of EMPTIED_TABLES) handle.prepare(`DELETE FROM ${table}`).run()
    closedBucketsChanged(handle)
  })
  await untilFree(() => empty.immediate(), CLEAR_TRIES)
  try {
    await vacuumWhole(handle, CLEAR_TRIES)
  } catch (error) {
    // Emptied it is; the space is used again in any case.
    if (!isBusy(error)) throw error
  }
}
