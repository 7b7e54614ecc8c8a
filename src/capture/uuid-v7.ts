import { randomUUID } from 'node:crypto'

/**
 * A UUID of version 7 (RFC 9562, section 5.7) for the given time: ids sort by time, and by order of creation within
 * one process and millisecond (the counter in `rand_a`, method 1 of section 6.2).
 *
 * @param timeMs milliseconds since the epoch
 */
export function uuidV7(timeMs: number): string {
  const time = timeMs.toString(16).padStart(12, '0')
  const sequence = nextCounter(timeMs).toString(16).padStart(3, '0')
  // The second half of a version 4 UUID is the variant and random bits, here as there; Node draws them in batches.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${sequence}-${randomUUID().slice(19)}`
}

let lastTimeMs = 0
let counter = 0

function nextCounter(timeMs: number): number {
  // By twos: the store's numbers have room for eleven of its twelve bits, and two that meet there cost a search.
  counter = timeMs === lastTimeMs ? (counter + 2) & 0xfff : 0
  lastTimeMs = timeMs
  return counter
}
