import type { TimelineBucket } from '../../model/overview.js'
import { clock, count, dayText, plural } from '../display.js'
import { roundTicks, svgPercent } from './ticks.js'

export interface ChartRect {
  readonly className: string
  readonly x: string
  readonly width: string
  readonly y: string
  readonly height: string
}

export interface TimelineChart {
  readonly caption: string
  readonly label: string
  readonly rects: readonly ChartRect[]
  readonly lines: readonly { readonly y: number; readonly text: string; readonly textY: number }[]
  readonly times: readonly {
    readonly x: string
    readonly text: string
    readonly anchor: string
    readonly minor: boolean
  }[]
}

/** Where charts over time begin, right of their numbers. */
export const LEFT = 0.03
const TOP = 14.5
const FLOOR = 90
// One bar must not stand as a block over the whole width, so a young store gets an axis of at least so many bars.
export const MIN_BARS = 30
const STEPS_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 43_200]

/** Requests over time as stacked bars: with a finding, without, with an error. */
export function timelineChart(buckets: readonly TimelineBucket[], since: number | null, now: number): TimelineChart {
  const widthMs = Math.max(1, ...buckets.map((bucket) => bucket.widthMs))
  const filled = buckets.filter((bucket) => bucket.count > 0)
  const last = Math.max(now, ...buckets.map((bucket) => bucket.startedAt + bucket.widthMs))
  const earliest = Math.min(last - MIN_BARS * widthMs, filled[0]?.startedAt ?? last)
  const first = since === null ? earliest : Math.max(earliest, Math.floor(since / widthMs) * widthMs)
  const most = Math.max(1, ...filled.map((bucket) => bucket.count))
  const ticks = roundTicks(most, 2).filter((tick) => Number.isInteger(tick))
  const top = Math.max(most, ticks.at(-1) ?? 1)
  const y = (amount: number): number => FLOOR - (amount / top) * (FLOOR - TOP)
  const x = (at: number): number => LEFT + ((at - first) / (last - first)) * (1 - LEFT)
  return {
    caption: `Requests per ${spanText(widthMs)}`,
    label: sentence(filled, widthMs),
    rects: filled.flatMap((bucket) => bars(bucket, x, y)),
    lines: ticks.map((tick) => ({ y: round(y(tick)) + 0.5, text: count(tick), textY: y(tick) + 3.5 })),
    times: timeTicks(first, last, x),
  }
}

function bars(bucket: TimelineBucket, x: (at: number) => number, y: (amount: number) => number): readonly ChartRect[] {
  const start = x(bucket.startedAt)
  const width = (x(bucket.startedAt + bucket.widthMs) - start) * 0.72
  const errors = Math.min(bucket.errorCount, bucket.count)
  const found = Math.min(bucket.withFindingCount, bucket.count - errors)
  const parts = [
    ['f-waste', found],
    ['f-app', bucket.count - errors - found],
    ['f-err', errors],
  ] as const
  let below = 0
  return parts.flatMap(([className, amount]) => {
    if (amount === 0) return []
    const height = Math.max(2, y(below) - y(below + amount))
    below += amount
    const bar = { className, x: svgPercent(start), width: svgPercent(width), y: y(below).toFixed(1) }
    return [{ ...bar, height: height.toFixed(1) }]
  })
}

/** At round times of the clock. */
export function timeTicks(first: number, last: number, x: (at: number) => number): TimelineChart['times'] {
  const minutes = (last - first) / 60_000
  const step = (STEPS_MINUTES.find((candidate) => minutes / candidate <= 6) ?? 43_200) * 60_000
  const offset = new Date(first).getTimezoneOffset() * 60_000
  const ticks: number[] = []
  for (let at = Math.ceil((first - offset) / step) * step + offset; at <= last; at += step) ticks.push(at)
  return ticks.map((at, index) => {
    const place = x(at)
    const date = new Date(at)
    const text = step >= 86_400_000 ? dayText(date).slice(5) : clock(date)
    return {
      x: svgPercent(place),
      text,
      anchor: place > 0.96 ? 'end' : place < 0.05 ? 'start' : 'middle',
      minor: index % 2 === 1,
    }
  })
}

function sentence(filled: readonly TimelineBucket[], widthMs: number): string {
  const sum = (of: (bucket: TimelineBucket) => number): number => filled.reduce((all, bucket) => all + of(bucket), 0)
  const all = sum((bucket) => bucket.count)
  const found = sum((bucket) => bucket.withFindingCount)
  const errors = sum((bucket) => bucket.errorCount)
  const most = Math.max(0, ...filled.map((bucket) => bucket.count))
  return `${plural(all, 'request', 'requests')}, at most ${count(most)} per ${spanText(widthMs)}; ${count(found)} with a finding, ${plural(errors, 'error', 'errors')}`
}

/** `minute`, `5 min`, `hour`: what one bar stands for. */
export function spanText(widthMs: number): string {
  const minutes = widthMs / 60_000
  if (minutes < 1) return `${Math.round(widthMs / 1000)} s`
  if (minutes === 1) return 'minute'
  if (minutes < 60) return `${Math.round(minutes)} min`
  if (minutes === 60) return 'hour'
  return minutes < 1440 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} d`
}

function round(value: number): number {
  return Math.round(value)
}
