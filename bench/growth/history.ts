import { endpointOf, requestsPerTurn } from '../http/endpoints.js'
import { median, spreadOf } from '../http/statistics.js'
import { table } from '../http/tables.js'
import { filledStore } from './fill.js'
import { type Outcome, ratios, type Study, takeTurns, withLanes } from './study.js'

const ENDPOINTS = [2, 101]

interface Point {
  readonly stored: number
  readonly queries: number
  readonly cpuUs: number
  readonly toEmpty: ReturnType<typeof spreadOf>
}

/** How the cost of a request grows with what is stored already: silk on stores of several sizes, in turn. */
export const costByHistory: Study = async (ground) => {
  const most = ground.most(100_000)
  const sizes = [0, 1_000, 10_000, 100_000, 1_000_000].filter((size) => size <= most)
  const options = { retention: { count: 10_000_000 } }
  const wishes = sizes.map((size) => ({
    configuration: 'silk',
    options,
    storeFile: filledStore(ground, size, 'history'),
  }))
  const points = await withLanes(ground, wishes, async (lanes) => {
    const measured: Point[] = []
    for (const queries of ENDPOINTS) {
      ground.say(`${queries} queries on ${sizes.length} stores`)
      const order = { path: endpointOf(queries).path, requests: requestsPerTurn(queries, 300), concurrency: 4 }
      const turns = (await takeTurns(lanes, order, ground.rounds)).map(({ allCpuUs }) => allCpuUs)
      const empty = turns[0] ?? []
      for (const [at, cpuUs] of turns.entries()) {
        measured.push({
          stored: sizes[at] ?? 0,
          queries,
          cpuUs: median(cpuUs),
          toEmpty: spreadOf([ratios(cpuUs, empty)]),
        })
      }
    }
    return measured
  })
  return outcome(points, sizes)
}

function outcome(points: readonly Point[], sizes: readonly number[]): Outcome {
  const at = (stored: number, queries: number): Point | undefined =>
    points.find((one) => one.stored === stored && one.queries === queries)
  const rows = sizes.map((stored) => [
    stored.toLocaleString('en'),
    ...ENDPOINTS.flatMap((queries) => {
      const point = at(stored, queries)
      const { median: middle, low, high } = point?.toEmpty ?? { median: Number.NaN, low: Number.NaN, high: Number.NaN }
      return [
        Math.round(point?.cpuUs ?? Number.NaN).toLocaleString('en'),
        `${middle.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`,
      ]
    }),
  ])
  const head = ['requests stored', ...ENDPOINTS.flatMap((queries) => [`${queries} queries, µs`, 'to an empty store'])]
  return {
    markdown: table(head, rows),
    data: points,
    chart: {
      title: 'CPU time per request by what is stored',
      x: 'requests stored (0 is drawn at 100)',
      y: 'µs',
      curves: ENDPOINTS.map((queries) => ({
        name: `${queries} queries`,
        points: sizes.map((stored) => [Math.max(100, stored), at(stored, queries)?.cpuUs ?? Number.NaN] as const),
      })),
    },
  }
}
