import { untilFree } from './until-free.js'
import type { StoreHandle } from './worker-connection.js'

/** Pages in one slice: the host's writing waits for each. */
const SLICE_PAGES = 500
/** Free pages below which it is not worth it: what is recorded next takes them again. */
const LEAST_PAGES = 2_000

/** Bytes of the database file that are in use. */
export function usedBytes(handle: StoreHandle): number {
  return (pragma(handle, 'page_count') - pragma(handle, 'freelist_count')) * pragma(handle, 'page_size')
}

/**
 * Gives a slice of the free space back to the file system. It is there when the log has been checkpointed.
 *
 * @param maxBytes what the file may have; `null`: no matter, only much free space is given back
 * @returns whether there is more to give back
 */
export function freeStep(handle: StoreHandle, maxBytes: number | null): boolean {
  const free = pragma(handle, 'freelist_count')
  const isTooLarge = maxBytes !== null && pragma(handle, 'page_count') * pragma(handle, 'page_size') > maxBytes
  if (free === 0 || (free < LEAST_PAGES && !isTooLarge)) return false
  handle.db.pragma(`incremental_vacuum(${SLICE_PAGES})`)
  return pragma(handle, 'freelist_count') < free
}

/**
 * Writes the file anew, without free space. Takes seconds on a large file, which is locked meanwhile.
 *
 * @throws SqliteError when it stays busy
 */
export async function vacuumWhole(handle: StoreHandle, mostTries: number): Promise<void> {
  // Takes effect by VACUUM alone: a file that was made by other means could not give space back in slices.
  handle.db.pragma('auto_vacuum = INCREMENTAL')
  await untilFree(() => handle.db.exec('VACUUM'), mostTries)
  handle.db.pragma('wal_checkpoint(TRUNCATE)')
}

function pragma(handle: StoreHandle, name: 'page_count' | 'page_size' | 'freelist_count'): number {
  return handle.db.pragma(name, { simple: true }) as number
}
