import { randomBytes } from 'node:crypto'

/**
 * A UUID of version 7 (RFC 9562, section 5.7) for the given time: ids sort by time, and by order of creation within
 * one process and millisecond (the counter in `rand_a`, method 1 of section 6.2).
 *
 * @param timeMs milliseconds since the epoch
 */
export function uuidV7(timeMs: number): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(timeMs, 0, 6)
  bytes.writeUInt16BE(0x7000 | nextCounter(timeMs), 6)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

let lastTimeMs = 0
let counter = 0

function nextCounter(timeMs: number): number {
  counter = timeMs === lastTimeMs ? (counter + 1) & 0xfff : 0
  lastTimeMs = timeMs
  return counter
}
