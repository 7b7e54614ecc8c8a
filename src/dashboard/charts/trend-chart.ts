import type { StatementTrend } from '../../model/statement.js'
import { clock, count, dayText, durationText, plural } from '../display.js'
import { roundTicks, svgPercent } from './ticks.js'
import { type ChartRect, LEFT, MIN_BARS, spanText, type TimelineChart, timeTicks } from './timeline-chart.js'

const TOP = 14.5
const FLOOR = 90

/** Mean time of a statement over time, as bars. `null`: it never ran. */
export function trendChart(trend: readonly StatementTrend[], now: number): TimelineChart | null {
  const filled = trend.filter(({ calls }) => calls > 0)
  const [oldest] = filled
  if (oldest === undefined) return null
  const { widthMs } = oldest
  const last = Math.max(now, ...trend.map(({ startedAt }) => startedAt + widthMs))
  const first = Math.min(last - MIN_BARS * widthMs, oldest.startedAt)
  const most = Math.max(0.001, ...filled.map(meanOf))
  const ticks = roundTicks(most, 2)
  const top = Math.max(most, ticks.at(-1) ?? 0)
  const y = (ms: number): number => FLOOR - (ms / top) * (FLOOR - TOP)
  const x = (at: number): number => LEFT + ((at - first) / (last - first)) * (1 - LEFT)
  return {
    caption: `Mean ms per ${spanText(widthMs)}`,
    label: sentence(filled),
    rects: filled.map((slot): ChartRect => {
      const height = Math.max(1.5, FLOOR - y(meanOf(slot)))
      return {
        className: 'f-sql',
        x: svgPercent(x(slot.startedAt)),
        width: svgPercent((x(slot.startedAt + widthMs) - x(slot.startedAt)) * 0.72),
        y: (FLOOR - height).toFixed(1),
        height: height.toFixed(1),
      }
    }),
    lines: ticks.map((tick) => ({ y: Math.round(y(tick)) + 0.5, text: String(tick), textY: y(tick) + 3.5 })),
    times: timeTicks(first, last, x),
  }
}

function meanOf({ calls, totalMs }: StatementTrend): number {
  return calls === 0 ? 0 : totalMs / calls
}

function sentence(filled: readonly StatementTrend[]): string {
  const calls = filled.reduce((sum, slot) => sum + slot.calls, 0)
  const slowest = filled.reduce((found, slot) => (meanOf(slot) > meanOf(found) ? slot : found))
  const date = new Date(slowest.startedAt)
  const [first, last] = [filled[0], filled.at(-1)].map((slot) => durationText(slot ? meanOf(slot) : 0, 2))
  return `Mean time of ${plural(calls, 'call', 'calls')} over time: first ${first}, last ${last}, highest ${durationText(meanOf(slowest), 2)} over ${count(slowest.calls)} at ${dayText(date)} ${clock(date)}`
}
