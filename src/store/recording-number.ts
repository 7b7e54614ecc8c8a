import { contentHash } from '../sql/hash.js'

/**
 * The integer key of a recording in the store.
 *
 * A UUIDv7 begins with 48 bits of milliseconds and goes on with 12 bits of chance or counter. The low 42 bits of the
 * time (until the year 2109) and the first 11 of the others make 53 bits, all that a JavaScript number holds. So the
 * rowid itself sorts by time, a page of a list is a walk along the table, an id is found without an index of its own,
 * and rows of other tables refer to a recording with 8 bytes. Two recordings of one millisecond may meet on a number:
 * the writer then takes the next free one, less than `NUMBERS_BEYOND` further on, which is two milliseconds.
 */
export const NUMBERS_BEYOND = 4096

const NUMBERS_OF_ONE_MS = 2 ** 11

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The least number of a time, in milliseconds since the epoch. */
export function numberOfTime(timeMs: number): number {
  return (Math.floor(timeMs) % 2 ** 42) * NUMBERS_OF_ONE_MS
}

/** When the recording of a number began, in milliseconds since the epoch; two later where many began at once. */
export function timeOfNumber(number: number): number {
  return Math.floor(number / NUMBERS_OF_ONE_MS)
}

/** The number where the search for a recording's row begins. Ids that are no UUIDv7 get one by hash. */
export function numberOfId(id: string): number {
  if (!UUID.test(id)) return Number.parseInt(contentHash(id), 16)
  const time = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
  return numberOfTime(time) + (Number.parseInt(id.slice(15, 18), 16) >>> 1)
}

/** 16 bytes in place of 36; what is no UUID stays text. */
export function packId(id: string): Buffer | string {
  return UUID.test(id) ? Buffer.from(id.replaceAll('-', ''), 'hex') : id
}

export function unpackId(packed: Uint8Array | string): string {
  if (typeof packed === 'string') return packed
  const hex = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
