import type { Curve } from '../http/charts.js'
import type { DatabaseAddress } from '../http/database.js'
import { type Lane, type LaneOrder, startLane } from '../http/fleet.js'
import type { TurnCost } from '../http/lane.js'
import { type LoadOrder, sendLoad } from '../http/load.js'
import type { Surroundings } from '../http/plan.js'

/** What a study is given. */
export interface Ground extends Surroundings {
  readonly database: DatabaseAddress
  readonly node: string
  readonly rounds: number
  /** How far the study goes, in requests or queries: its own default, unless `--most` says otherwise. */
  most(byDefault: number): number
}

export interface Outcome {
  readonly markdown: string
  readonly data: unknown
  readonly chart?: { readonly title: string; readonly x: string; readonly y: string; readonly curves: readonly Curve[] }
}

export type Study = (ground: Ground) => Promise<Outcome>

type LaneWish = Pick<LaneOrder, 'configuration' | 'loop' | 'timed' | 'options' | 'storeFile'>

/** Servers that are up while `fn` runs. */
export async function withLanes<T>(
  ground: Ground,
  wishes: readonly LaneWish[],
  fn: (lanes: readonly Lane[]) => Promise<T>,
): Promise<T> {
  const lanes: Lane[] = []
  try {
    ground.stop.throwIfAborted()
    for (const wish of wishes) lanes.push(await startLane({ ...ground, ...wish, sinkUrl: '' }))
    return await fn(lanes)
  } finally {
    for (const lane of lanes) await lane.stop()
  }
}

/** Per request and in microseconds, by lane and round; `all` has what was done between the turns with it. */
export interface LaneTurns {
  readonly cpuUs: number[]
  readonly allCpuUs: number[]
}

const WARM_UP_TURNS = 3

/** All lanes in turn, round by round, forwards and backwards. */
export async function takeTurns(
  lanes: readonly Lane[],
  order: Omit<LoadOrder, 'port'>,
  rounds: number,
): Promise<readonly LaneTurns[]> {
  const turns = lanes.map((): LaneTurns => ({ cpuUs: [], allCpuUs: [] }))
  for (let round = -WARM_UP_TURNS; round < rounds; round++) {
    const at = lanes.map((_, index) => index)
    for (const index of round % 2 === 0 ? at : at.reverse()) {
      const lane = lanes[index] as Lane
      await lane.ask('begin')
      await sendLoad({ ...order, port: lane.port })
      const { cpuUs, idleCpuUs } = await lane.ask<TurnCost>('end')
      if (round < 0) continue
      turns[index]?.cpuUs.push(cpuUs / order.requests)
      turns[index]?.allCpuUs.push((cpuUs + idleCpuUs) / order.requests)
    }
  }
  return turns
}

/** Round by round against the first lane. */
export function ratios(values: readonly number[], base: readonly number[]): readonly number[] {
  return values.map((value, round) => value / (base[round] ?? Number.NaN))
}
