import type { NewestRecording } from '../model/store.js'
import { unpackId } from './recording-number.js'
import type { StoreHandle } from './worker-connection.js'

/** Tells whether something was stored since the last time, by two look-ups: it is asked every second. */
export function readNewest(handle: StoreHandle): NewestRecording {
  // Changes with each write of another connection, and all recordings are written by others: those of the hosts.
  const version = handle.prepare('PRAGMA data_version').pluck().get()
  const newest = handle.get<{ id: Uint8Array | string }>('SELECT id FROM recordings ORDER BY number DESC LIMIT 1')
  const id = newest === undefined ? null : unpackId(newest.id)
  return { version: `${version} ${id}`, id }
}
