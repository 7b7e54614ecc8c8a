import { median } from '../http/statistics.js'
import { table } from '../http/tables.js'
import { type Outcome, ratios, type Study, takeTurns, withLanes } from './study.js'

const LANES = ['bare', 'als', 'silk'] as const

interface Point {
  readonly queries: number
  readonly cpuUs: readonly number[]
  readonly toBare: number
  readonly toEmptyContext: number
}

/** How the cost of a request grows with its queries: one route that sends as many as its address says. */
export const costByQueries: Study = async (ground) => {
  const most = ground.most(10_000)
  const counts = [0, 1, 10, 100, 1_000, 10_000, 100_000].filter((count) => count <= most)
  const wishes = LANES.map((configuration) => ({ configuration, loop: true }))
  const points = await withLanes(ground, wishes, async (lanes) => {
    const measured: Point[] = []
    for (const queries of counts) {
      ground.say(`${queries} queries`)
      const requests = Math.max(2, Math.round(200 / (0.15 + 0.045 * queries)))
      const order = { path: `/queries/${queries}`, requests, concurrency: 4 }
      const [bare, empty, silk] = (await takeTurns(lanes, order, ground.rounds)).map(({ cpuUs }) => cpuUs)
      if (!bare || !empty || !silk) break
      measured.push({
        queries,
        cpuUs: [bare, empty, silk].map(median),
        toBare: median(ratios(silk, bare)),
        toEmptyContext: median(ratios(silk, empty)),
      })
    }
    return measured
  })
  return outcome(points)
}

function outcome(points: readonly Point[]): Outcome {
  const rows = points.map(({ queries, cpuUs, toBare, toEmptyContext }) => [
    queries.toLocaleString('en'),
    ...cpuUs.map((value) => Math.round(value).toLocaleString('en')),
    toBare.toFixed(2),
    toEmptyContext.toFixed(2),
  ])
  const names = ['bare', 'empty AsyncLocalStorage', 'silk']
  const head = ['queries', ...names.map((name) => `${name}, µs`), 'silk to bare', 'silk to empty context']
  return {
    markdown: table(head, rows),
    data: points,
    chart: {
      title: 'CPU time per request by its queries',
      x: 'queries per request (0 is drawn at 0.1)',
      y: 'µs',
      curves: names.map((name, at) => ({
        name,
        points: points.map(({ queries, cpuUs }) => [Math.max(0.1, queries), cpuUs[at] ?? Number.NaN] as const),
      })),
    },
  }
}
