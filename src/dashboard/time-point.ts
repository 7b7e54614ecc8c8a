import * as v from 'valibot'

const LENGTH = /^(\d{1,4})([smhd])$/
const DATE = /^\d{4}-\d\d-\d\d$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?$/
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const DAY_MS = 86_400_000

/** A time in an address: so long ago (`30m`, `24h`, `7d`), a day, or a moment as ISO 8601 writes it. */
export const timePoint: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.check(
    (text) => LENGTH.test(text) || ((DATE.test(text) || TIME.test(text)) && !Number.isNaN(parsed(text))),
    'so long ago, such as 30m, 24h or 7d, or a time such as 2026-11-22 or 2026-11-22T08:40',
  ),
)

/**
 * Milliseconds since the epoch of what `timePoint` accepts; without an offset it is in the time zone of the process, as
 * the times on the pages are.
 *
 * @param edge of a day or a minute that is meant as a whole
 */
export function pointInTime(text: string, now: number, edge: 'start' | 'end'): number {
  const [, amount, unit = 's'] = LENGTH.exec(text) ?? []
  if (amount !== undefined) return now - Number(amount) * (UNIT_MS[unit] ?? 0)
  const start = parsed(text)
  if (edge === 'start') return start
  if (DATE.test(text)) return start + DAY_MS - 1
  return /T\d\d:\d\d(Z|[+-]|$)/.test(text) ? start + 60_000 - 1 : start
}

function parsed(text: string): number {
  // A bare date would be read as one of Greenwich.
  return Date.parse(DATE.test(text) ? `${text}T00:00` : text)
}
