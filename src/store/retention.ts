import { ROLLUP_TABLES } from './rollups.js'
import { isBusy } from './store-error.js'
import { untilFree } from './until-free.js'
import type { StoreHandle } from './worker-connection.js'

/** So few at a time that the host, whose writes wait meanwhile, hardly notices. */
const PRUNE_STEP = 100
const CLEAR_TRIES = 100

/** Keyed by a recording's number. */
export const RECORDED_TABLES = ['recordings', 'recording_details', 'recording_statements'] as const

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
] as const

/**
 * Deletes the oldest recordings above `keepCount`, one small step.
 *
 * @returns whether there are more to delete
 */
export function pruneStep(handle: StoreHandle, keepCount: number): boolean {
  const count = handle.get<{ count: number }>('SELECT count(*) AS count FROM recordings')?.count ?? 0
  const excess = count - keepCount
  if (excess <= 0) return false
  const newest = handle.get<{ number: number }>(
    'SELECT number FROM recordings ORDER BY number LIMIT 1 OFFSET ?',
    Math.min(excess, PRUNE_STEP) - 1,
  )
  if (newest === undefined) return false
  handle.db
    .transaction(() => {
      for (const table of RECORDED_TABLES) handle.prepare(`DELETE FROM ${table} WHERE number <= ?`).run(newest.number)
      // Keyed by finding: a finding's oldest rows lie together, and there are few findings.
      const findings = handle.all<{ id: number }>('SELECT id FROM findings')
      const forget = handle.prepare('DELETE FROM occurrences WHERE finding_id = ? AND number <= ?')
      for (const { id } of findings) forget.run(id, newest.number)
    })
    .immediate()
  return excess > PRUNE_STEP
}

/** Deletes everything recorded, roll-ups and findings included, and gives the space back. */
export async function clearStore(handle: StoreHandle): Promise<void> {
  const empty = handle.db.transaction(() => {
    for (const table of EMPTIED_TABLES) handle.prepare(`DELETE FROM ${table}`).run()
  })
  await untilFree(() => empty.immediate(), CLEAR_TRIES)
  try {
    await untilFree(() => handle.db.exec('VACUUM'), CLEAR_TRIES)
    handle.db.pragma('wal_checkpoint(TRUNCATE)')
  } catch (error) {
    // Emptied it is; the space is used again in any case.
    if (!isBusy(error)) throw error
  }
}
