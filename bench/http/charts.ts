import { pathToFileURL } from 'node:url'
import { BARE, BARE_AGAIN, CONFIGURATIONS, labelOf } from './configurations.js'
import type { ResultRow } from './result.js'

/** What is used of ECharts, which is installed with the peers alone. */
interface Charts {
  init(
    dom: null,
    theme: null,
    options: object,
  ): { setOption(option: object): void; renderToSVGString(): string; dispose(): void }
}

// One for each configuration that is drawn.
const COLORS = [
  ...['#9aa5b1', '#c9d1d9', '#1b7f5c', '#57b894', '#a6d9c3', '#3b6fb6'],
  ...['#2a9db5', '#b6463b', '#c08a1e', '#e3bd6b', '#8a5bb0', '#4f5d73'],
]
/** At the side, since the width of a text is only known where it is shown. */
const LEGEND = { orient: 'vertical', right: 10, top: 'middle', textStyle: { color: '#333' } }

/** A line of a chart whose axes are both logarithmic. */
export interface Curve {
  readonly name: string
  readonly points: readonly (readonly [number, number])[]
}

/** A group of bars for each endpoint, one bar for each configuration; shorter is better. */
export async function drawRatios(rows: readonly ResultRow[], app: string, root: string): Promise<string> {
  const counts = [...new Set(rows.map(({ queries }) => queries))]
  const shown = CONFIGURATIONS.filter(
    ({ id }) => id !== BARE && id !== BARE_AGAIN && rows.some(({ configuration }) => configuration === id),
  )
  return draw(root, {
    title: title(`CPU time per request, bare app = 1 (${app === 'sqlite' ? 'SQLite' : 'PostgreSQL'})`),
    legend: LEGEND,
    grid: { left: 50, right: 210, top: 50, bottom: 40 },
    xAxis: { type: 'category', data: counts.map((queries) => `${queries} queries`), axisLabel: { color: '#333' } },
    yAxis: { type: 'log', logBase: 2, min: 0.5, axisLabel: { color: '#333' } },
    series: shown.map(({ id }) => ({
      type: 'bar',
      name: labelOf(id),
      data: counts.map((count) => ratioAt(rows, id, count)),
      itemStyle: id === 'silk' ? { borderColor: '#0c3d2c', borderWidth: 1.5 } : {},
    })),
  })
}

function ratioAt(rows: readonly ResultRow[], id: string, queries: number): number | null {
  const row = rows.find((one) => one.configuration === id && one.queries === queries)
  return row ? Number(row.toBare.median.toFixed(3)) : null
}

/** Curves over orders of magnitude. */
export function drawCurves(
  root: string,
  name: string,
  x: string,
  y: string,
  curves: readonly Curve[],
): Promise<string> {
  return draw(root, {
    title: title(name),
    legend: LEGEND,
    grid: { left: 70, right: 210, top: 50, bottom: 60 },
    xAxis: { type: 'log', name: x, nameLocation: 'middle', nameGap: 28, axisLabel: { color: '#333' } },
    yAxis: { type: 'log', name: y, axisLabel: { color: '#333' } },
    series: curves.map(({ name: series, points }) => ({
      type: 'line',
      name: series,
      data: points.map(([at, value]) => [at, value]),
    })),
  })
}

function title(text: string): object {
  return { text, left: 'center', top: 10, textStyle: { fontSize: 15, color: '#222' } }
}

async function draw(root: string, option: object): Promise<string> {
  const url = pathToFileURL(`${root}bench/peers/node_modules/echarts/dist/echarts.esm.mjs`).href
  const { init } = (await import(url)) as Charts
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 900, height: 460 })
  chart.setOption({ animation: false, backgroundColor: '#fff', color: COLORS, ...option })
  const svg = chart.renderToSVGString()
  // Its timers would keep the process.
  chart.dispose()
  return svg
}
