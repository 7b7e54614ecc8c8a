import { idOfHash } from './content-id.js'
import { findRow } from './read-request.js'
import { RECORDED_TABLES } from './retention.js'
import { badgesOf } from './rows.js'
import { untilFree } from './until-free.js'
import type { StoreHandle } from './worker-connection.js'

const MOST_TRIES = 20
/** So few in one transaction: the host's own writing waits meanwhile. */
const REMOVED_AT_ONCE = 50

/**
 * Deletes recordings with their queries and occurrences. Roll-ups stay: they are sums over all that ever happened, as
 * pruning leaves them too.
 *
 * @returns how many were there
 */
export async function removeRecordings(handle: StoreHandle, ids: readonly string[]): Promise<number> {
  let removed = 0
  for (let at = 0; at < ids.length; at += REMOVED_AT_ONCE) {
    const some = ids.slice(at, at + REMOVED_AT_ONCE)
    const remove = handle.db.transaction(() => some.filter((id) => removeOne(handle, id)).length)
    removed += await untilFree(() => remove.immediate(), MOST_TRIES)
  }
  return removed
}

function removeOne(handle: StoreHandle, id: string): boolean {
  const row = findRow(handle, id)
  if (row === undefined) return false
  for (const { key } of badgesOf(row.findings)) {
    handle.prepare('DELETE FROM occurrences WHERE finding_id = ? AND number = ?').run(idOfHash(key), row.number)
  }
  for (const table of RECORDED_TABLES) handle.prepare(`DELETE FROM ${table} WHERE number = ?`).run(row.number)
  return true
}
