import type { TimeWindow } from '../model/time-window.js'

const MOST_SLOTS = 60
/** Minutes. */
const WIDTHS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7 * 1440, 14 * 1440, 28 * 1440] as const

/** A row of a roll-up in time: minutes since the epoch, and its length in minutes. */
export interface InTime {
  readonly bucket: number
  readonly width: number
}

export interface TimeSlots {
  /** Milliseconds since the epoch, of each slot. */
  readonly startedAt: readonly number[]
  readonly widthMs: number
  indexOf(row: InTime): number
}

/**
 * At most 60 slots of one width without gaps, from the window's start, or from the first row where that came later: of a
 * day's window over a store of ten minutes, all but one slot would be empty. No rows, no slots.
 */
export function timeSlots(rows: readonly InTime[], { since, until }: TimeWindow): TimeSlots {
  if (rows.length === 0) return { startedAt: [], widthMs: 60_000, indexOf: () => -1 }
  const first = rows.reduce((least, { bucket }) => Math.min(least, bucket), Number.POSITIVE_INFINITY)
  const from = since === null ? first : Math.max(first, Math.floor(since / 60_000))
  const lastRow = rows.reduce((last, row) => Math.max(last, row.bucket + row.width - 1), 0)
  const to = until === null ? lastRow : Math.floor(until / 60_000)
  const widest = rows.reduce((most, row) => Math.max(most, row.width), 1)
  const width = widthFor(to - from + 1, widest)
  const start = Math.floor(from / width)
  const end = Math.max(start, Math.floor(to / width))
  return {
    startedAt: Array.from({ length: end - start + 1 }, (_, at) => (start + at) * width * 60_000),
    widthMs: width * 60_000,
    // A bucket of an old hour may begin before the window that it touches.
    indexOf: ({ bucket }) => Math.min(Math.max(0, Math.floor(bucket / width) - start), end - start),
  }
}

function widthFor(minutes: number, widestRow: number): number {
  const fits = WIDTHS.find((width) => width >= widestRow && minutes / width <= MOST_SLOTS - 1)
  return fits ?? Math.ceil(minutes / (MOST_SLOTS - 1) / 1440) * 1440
}
