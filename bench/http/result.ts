import { cpus } from 'node:os'
import { BARE, EMPTY_CONTEXT } from './configurations.js'
import type { Cell, Turn } from './measure.js'
import type { Plan } from './plan.js'
import { median, quantile, type Spread, spreadOf } from './statistics.js'

/** One line of the result: a configuration at an endpoint. All that is per request is a median over rounds. */
export interface ResultRow {
  readonly app: 'sqlite' | 'postgres'
  readonly queries: number
  readonly configuration: string
  /** CPU time per request, of the whole process with its workers. */
  readonly cpuUs: number
  /** CPU time against the bare app's in the same round. */
  readonly toBare: Spread
  /** Against an app with an empty AsyncLocalStorage middleware, where that was measured. */
  readonly toEmptyContext: Spread | null
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly rssMb: number
  readonly heapMb: number
  readonly bytesPerRequest: number | null
  readonly loopP99Ms: number
  readonly loopMaxMs: number
  /** CPU between the turns, spread over the requests: what is done later, and timers. */
  readonly idleCpuUs: number
  /** The share of the app's SQL that was recorded under load; null where nobody says. */
  readonly recordedShare: number | null
}

export interface Result {
  readonly node: string
  readonly cpu: string
  readonly cores: number
  readonly platform: string
  readonly date: string
  readonly plan: Pick<Plan, 'starts' | 'rounds' | 'turnMs' | 'concurrency'>
  readonly seconds: number
  readonly rows: readonly ResultRow[]
}

export function resultOf(cells: readonly Cell[], plan: Plan, node: string, seconds: number): Result {
  const { starts, rounds, turnMs, concurrency } = plan
  return {
    node,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    platform: `${process.platform} ${process.arch}`,
    date: new Date().toISOString(),
    plan: { starts, rounds, turnMs, concurrency },
    seconds: Math.round(seconds),
    rows: cells.map((cell) => rowOf(cell, cells)),
  }
}

function rowOf(cell: Cell, cells: readonly Cell[]): ResultRow {
  const beside = (configuration: string): Cell | undefined =>
    cells.find((one) => one.app === cell.app && one.queries === cell.queries && one.configuration === configuration)
  const turns = cell.turns.flat()
  const sorted = cell.latenciesMs.toSorted((a, b) => a - b)
  const shares = cell.checks.flatMap(({ recordedShare }) => (recordedShare === null ? [] : [recordedShare]))
  const empty = beside(EMPTY_CONTEXT)
  return {
    app: cell.app,
    queries: cell.queries,
    configuration: cell.configuration,
    cpuUs: median(turns.map(({ cpuUs }) => cpuUs)),
    toBare: ratioOf(cell, beside(BARE) ?? cell),
    toEmptyContext: empty ? ratioOf(cell, empty) : null,
    requestsPerSecond: median(turns.map(({ requestsPerSecond }) => requestsPerSecond)),
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    rssMb: median(cell.memory.map(({ rssBytes }) => rssBytes)) / 2 ** 20,
    heapMb: median(cell.memory.map(({ heapBytes }) => heapBytes)) / 2 ** 20,
    bytesPerRequest: cell.bytes?.perRequest ?? null,
    loopP99Ms: median(cell.checks.map(({ loop }) => loop.p99Ms)),
    loopMaxMs: Math.max(...cell.checks.map(({ loop }) => loop.maxMs)),
    idleCpuUs: median(turns.map(({ idleCpuUs }) => idleCpuUs)),
    recordedShare: shares.length === 0 ? null : median(shares),
  }
}

/** Round by round, so that what the machine did besides burdens both. */
function ratioOf(cell: Cell, base: Cell): Spread {
  const ratio = (turn: Turn, start: number, round: number): number =>
    turn.cpuUs / (base.turns[start]?.[round]?.cpuUs ?? Number.NaN)
  return spreadOf(cell.turns.map((turns, start) => turns.map((turn, round) => ratio(turn, start, round))))
}
