import type { StoreHandle } from './worker-connection.js'

/** After so long without a word the owner counts as dead: a round takes a fraction of it. */
const EXPIRES_MS = 30_000

export interface Lease {
  /** Number of the newest recording that was looked at. */
  readonly cursor: number
}

interface LeaseRow {
  readonly owner: string | null
  readonly expires_us: number
  readonly ran_us: number
  readonly cursor: number
}

/**
 * Takes the lease, so that one process at a time looks through the history of a store, and no more often than asked.
 * A process that died with it loses it when it expires.
 *
 * Two clocks that disagree, or an owner that was stopped for longer than that, may let two work at once: what they
 * write is written once all the same.
 *
 * @returns the lease, or in how many milliseconds to ask again
 * @throws SqliteError, `SQLITE_BUSY` among them
 */
export function takeLease(
  handle: StoreHandle,
  { owner, nowMs, intervalMs }: { readonly owner: string; readonly nowMs: number; readonly intervalMs: number },
): Lease | { readonly askAgainMs: number } {
  const row = handle.get<LeaseRow>('SELECT owner, expires_us, ran_us, cursor FROM history_lease WHERE id = 1')
  if (row === undefined) return { askAgainMs: intervalMs }
  const askAgainMs = waitFor(row, owner, nowMs, intervalMs)
  if (askAgainMs > 0) return { askAgainMs }
  // Only if nobody was faster since it was read.
  const taken = handle
    .prepare('UPDATE history_lease SET owner = ?, expires_us = ? WHERE id = 1 AND owner IS ? AND ran_us = ?')
    .run(owner, (nowMs + EXPIRES_MS) * 1000, row.owner, row.ran_us)
  return taken.changes === 1 ? { cursor: row.cursor } : { askAgainMs: intervalMs }
}

/** Milliseconds; a time in the future is that of a clock that was put back. */
function waitFor(row: LeaseRow, owner: string, nowMs: number, intervalMs: number): number {
  const sinceRunMs = nowMs - row.ran_us / 1000
  if (sinceRunMs >= 0 && sinceRunMs < intervalMs) return Math.ceil(intervalMs - sinceRunMs)
  if (row.owner === null || row.owner === owner) return 0
  const leftMs = Math.ceil(row.expires_us / 1000 - nowMs)
  return leftMs > EXPIRES_MS ? 0 : Math.max(0, leftMs)
}

/** Gives it back, with how far it has come. Nothing happens when another process has taken it over. */
export function giveLeaseBack(handle: StoreHandle, owner: string, cursor: number, nowMs: number): void {
  handle
    .prepare('UPDATE history_lease SET owner = NULL, expires_us = 0, ran_us = ?, cursor = ? WHERE id = 1 AND owner = ?')
    .run(nowMs * 1000, cursor, owner)
}
