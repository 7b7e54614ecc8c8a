import { type Bytes, measureBytes } from './bytes.js'
import { checkLane, type LaneCheck } from './check.js'
import { BARE } from './configurations.js'
import { type DatabaseAddress, prepareDatabase } from './database.js'
import { type Endpoint, endpointOf, requestsPerTurn } from './endpoints.js'
import { type Lane, startLane } from './fleet.js'
import type { Memory, TurnCost } from './lane.js'
import { type LoadOrder, sendLoad } from './load.js'
import type { Plan, Surroundings } from './plan.js'
import { openSink, type Sink } from './sink.js'

/** What one configuration took for one turn, each per request. */
export interface Turn {
  readonly cpuUs: number
  readonly idleCpuUs: number
  readonly requestsPerSecond: number
}

/** All that was measured of one configuration at one endpoint of one app. */
export interface Cell {
  readonly app: DatabaseAddress['app']
  readonly queries: number
  readonly configuration: string
  /** By start. */
  readonly turns: Turn[][]
  readonly latenciesMs: number[]
  readonly checks: LaneCheck[]
  readonly memory: Memory[]
  bytes: Bytes | null
}

/**
 * Before the rounds that count, each so many times as long: the compiler needs thousands of requests until all is compiled,
 * and silk some for what it learns of each route.
 */
const WARM_UP_TURNS = 3
const WARM_UP_LENGTH = 10

interface Run {
  readonly plan: Plan
  readonly around: Surroundings
  readonly sink: Sink
  readonly cells: Cell[]
}

export async function measure(plan: Plan, around: Surroundings): Promise<readonly Cell[]> {
  const run: Run = { plan, around, sink: await openSink(), cells: [] }
  try {
    for (const app of plan.apps) {
      const database = await prepareDatabase(app, around.folder, plan.postgresUrl)
      try {
        for (let start = 0; start < plan.starts; start++) await measureStart(run, database, start)
        if (plan.bytes) await measureBytes(run, database)
      } finally {
        await database.remove()
      }
    }
  } finally {
    run.sink.close()
  }
  return run.cells
}

/** All servers up at once, each endpoint in turn, and each round over all of them. */
async function measureStart(run: Run, database: DatabaseAddress, start: number): Promise<void> {
  const { plan, around, sink } = run
  const lanes: Lane[] = []
  try {
    for (const configuration of plan.configurations) {
      lanes.push(await startLane({ configuration, database, sinkUrl: sink.url, ...around, ...plan }))
    }
    for (const queries of plan.queries) {
      around.say(`${database.app}, ${queries} queries, start ${start + 1} of ${plan.starts}`)
      await measureEndpoint(run, database.app, endpointOf(queries), lanes)
    }
  } finally {
    for (const lane of lanes) await lane.stop()
  }
}

async function measureEndpoint(run: Run, app: Cell['app'], endpoint: Endpoint, lanes: readonly Lane[]): Promise<void> {
  const { plan, sink } = run
  const requests = requestsPerTurn(endpoint.queries, plan.turnMs)
  const order = { path: endpoint.path, requests, concurrency: plan.concurrency }
  const warmUp = { ...order, requests: requestsPerTurn(endpoint.queries, plan.turnMs * WARM_UP_LENGTH) }
  await compareAnswers(lanes, endpoint.path)
  for (const lane of lanes) cellOf(run, app, endpoint.queries, lane).turns.push([])
  for (let round = -WARM_UP_TURNS; round < plan.rounds; round++) {
    for (const lane of turnOrder(lanes, round)) {
      run.around.stop.throwIfAborted()
      const cell = cellOf(run, app, endpoint.queries, lane)
      const load = round < 0 ? warmUp : order
      await takeTurn(lane, { ...load, port: lane.port }, round < 0 ? undefined : cell)
    }
  }
  for (const lane of lanes) {
    const cell = cellOf(run, app, endpoint.queries, lane)
    cell.checks.push(await checkLane(lane, { ...order, port: lane.port }, endpoint.queries, sink))
    cell.memory.push(await lane.ask<Memory>('memory'))
  }
}

/** Forwards and backwards, each time from another one, so that a busy machine burdens all alike. */
function turnOrder(lanes: readonly Lane[], round: number): readonly Lane[] {
  const from = (Math.abs(round) * 5) % lanes.length
  const rotated = [...lanes.slice(from), ...lanes.slice(0, from)]
  return round % 2 === 0 ? rotated : rotated.reverse()
}

async function takeTurn(lane: Lane, order: LoadOrder, cell: Cell | undefined): Promise<void> {
  await lane.ask('begin')
  const load = await sendLoad(order)
  const { cpuUs, idleCpuUs } = await lane.ask<TurnCost>('end')
  if (!cell) return
  const { requests, wallMs, latenciesMs } = load
  const turn = {
    cpuUs: cpuUs / requests,
    idleCpuUs: idleCpuUs / requests,
    requestsPerSecond: requests / (wallMs / 1_000),
  }
  cell.turns.at(-1)?.push(turn)
  for (const latency of latenciesMs) cell.latenciesMs.push(latency)
}

/** What is compared must do the same work: every configuration gives the bare app's answer, byte for byte. */
async function compareAnswers(lanes: readonly Lane[], path: string): Promise<void> {
  const bodies = await Promise.all(
    lanes.map(async ({ port, configuration }) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`)
      if (!answer.ok) throw new Error(`'${configuration}' answers ${answer.status} for ${path}.`)
      return answer.text()
    }),
  )
  const expected = bodies[lanes.findIndex(({ configuration }) => configuration === BARE)] ?? bodies[0]
  const other = lanes[bodies.findIndex((body) => body !== expected)]
  if (other) throw new Error(`'${other.configuration}' gives another answer for ${path} than the bare app.`)
}

function cellOf({ cells }: Run, app: Cell['app'], queries: number, { configuration }: Lane): Cell {
  const isIt = (cell: Cell): boolean =>
    cell.app === app && cell.queries === queries && cell.configuration === configuration
  const found = cells.find(isIt)
  if (found) return found
  const made = { app, queries, configuration, turns: [], latenciesMs: [], checks: [], memory: [], bytes: null }
  cells.push(made)
  return made
}
