import type { HistogramBin, StatementSummary } from '../../model/statement.js'
import { durationText, plural } from '../display.js'
import { svgPercent } from './ticks.js'
import type { ChartRect } from './timeline-chart.js'

interface ChartText {
  readonly x: string
  readonly text: string
  readonly anchor: 'start' | 'middle' | 'end'
}

export interface HistogramChart {
  readonly label: string
  readonly rects: readonly ChartRect[]
  readonly marks: readonly (ChartText & { readonly textY: number })[]
  readonly edges: readonly ChartText[]
}

const TOP = 32
const FLOOR = 112
// Durations that are all alike would else fill the whole width with one bar.
const MIN_RATIO = 8

/** Durations of a statement on a logarithmic axis. `null`: nothing was measured. */
export function histogramChart(bins: readonly HistogramBin[], summary: StatementSummary): HistogramChart | null {
  const filled = bins.filter((bin) => bin.count > 0 && bin.toMs > 0)
  if (filled.length === 0) return null
  const axis = logAxis(filled)
  const most = Math.max(...filled.map(({ count }) => count))
  return {
    label: `Distribution of ${plural(summary.calls, 'duration', 'durations')} on a logarithmic axis: p50 ${durationText(summary.p50Ms, 2)}, p95 ${durationText(summary.p95Ms, 2)}, longest ${durationText(summary.maxMs, 2)}`,
    rects: filled.map((bin) => {
      const from = axis.position(lowerEdge(bin))
      const height = Math.max(1.5, (bin.count / most) * (FLOOR - TOP))
      return {
        className: 'f-sql',
        x: svgPercent(from),
        width: svgPercent((axis.position(bin.toMs) - from) * 0.9),
        y: (FLOOR - height).toFixed(1),
        height: height.toFixed(1),
      }
    }),
    marks: marks(axis, summary),
    edges: edges(axis),
  }
}

/** Of a phone's width; on wider pages there is more room between them than is needed. */
const TEXT_WIDTH = 0.3
const TEXT_ROWS = [11, 25, 39]

/** Each in the first row in which it covers none of the others. */
function marks(axis: LogAxis, { p50Ms, p95Ms, maxMs }: StatementSummary): HistogramChart['marks'] {
  const named = [
    { name: 'p50', ms: p50Ms, anchor: 'end' },
    { name: 'p95', ms: p95Ms, anchor: 'start' },
    { name: 'max', ms: maxMs, anchor: 'end' },
  ] as const
  const ends = TEXT_ROWS.map(() => Number.NEGATIVE_INFINITY)
  return named
    .filter(({ name }) => name !== 'max' || axis.position(maxMs) - axis.position(p95Ms) > 0.04)
    .map(({ name, ms, anchor: wanted }) => {
      const at = axis.position(ms)
      const anchor = at < TEXT_WIDTH ? 'start' : at > 1 - TEXT_WIDTH ? 'end' : wanted
      const from = anchor === 'start' ? at : at - TEXT_WIDTH
      const row = Math.max(
        0,
        ends.findIndex((end) => end <= from),
      )
      ends[row] = from + TEXT_WIDTH
      return { x: svgPercent(at), text: `${name} ${durationText(ms, 2)}`, anchor, textY: TEXT_ROWS[row] ?? 11 }
    })
}

interface LogAxis {
  readonly lowMs: number
  readonly highMs: number
  readonly position: (ms: number) => number
}

function logAxis(filled: readonly HistogramBin[]): LogAxis {
  let lowMs = Math.min(...filled.map(lowerEdge))
  let highMs = Math.max(...filled.map((bin) => bin.toMs))
  const missing = Math.sqrt(Math.max(1, MIN_RATIO / (highMs / lowMs)))
  lowMs /= missing * 1.05
  highMs *= missing * 1.05
  const width = Math.log(highMs / lowMs)
  const position = (ms: number): number => Math.min(1, Math.max(0, Math.log(Math.max(ms, lowMs) / lowMs) / width))
  return { lowMs, highMs, position }
}

function lowerEdge(bin: HistogramBin): number {
  return bin.fromMs > 0 ? bin.fromMs : bin.toMs / 2
}

function edges({ lowMs, highMs, position }: LogAxis): readonly ChartText[] {
  const found: number[] = []
  for (let power = Math.floor(Math.log10(lowMs)); 10 ** power <= highMs; power += 1) {
    for (const factor of [1, 2, 5]) found.push(Number((factor * 10 ** power).toPrecision(3)))
  }
  const shown = found.filter((ms) => position(ms) > 0.04 && position(ms) < 0.97)
  const every = Math.ceil(shown.length / 7)
  return shown
    .filter((_, index) => index % every === 0)
    .map((ms, index) => ({
      x: svgPercent(position(ms)),
      text: index === 0 ? `${ms} ms` : String(ms),
      anchor: 'middle',
    }))
}
