import type { Lane } from './fleet.js'
import type { LoopDelay } from './lane.js'
import { type LoadOrder, sendLoad } from './load.js'
import type { Sink } from './sink.js'

/** What is looked at in a turn of its own, since looking has a price. */
export interface LaneCheck {
  readonly loop: LoopDelay
  /** Of the SQL that the app sent, the share that was recorded; null where nobody says. */
  readonly recordedShare: number | null
}

/** More would be beyond one page of silk's list. */
const MOST_REQUESTS = 100

export async function checkLane(lane: Lane, order: LoadOrder, queries: number, sink: Sink): Promise<LaneCheck> {
  await lane.ask('watch-loop')
  await sendLoad(order)
  const loop = await lane.ask<LoopDelay>('watch-loop')
  const requests = Math.min(order.requests, MOST_REQUESTS)
  const recorded = await recordedStatements(lane, { ...order, requests }, sink)
  return { loop, recordedShare: recorded === null || queries === 0 ? null : recorded / (requests * queries) }
}

async function recordedStatements(lane: Lane, order: LoadOrder, sink: Sink): Promise<number | null> {
  if (lane.configuration === 'elastic') {
    await lane.ask('statements')
    sink.startCounting()
    await sendLoad(order)
    await lane.ask('statements')
    return sink.stopCounting()
  }
  const before = await lane.ask<number | null>('statements')
  await sendLoad(order)
  const after = await lane.ask<number | null>('statements')
  if (lane.configuration.startsWith('silk')) return recordedBySilk(lane.port, order.requests)
  return before === null || after === null ? null : after - before
}

async function recordedBySilk(port: number, requests: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/silk/requests.json?limit=${requests}`)
  const { items } = (await answer.json()) as { items: readonly { queryCount: number }[] }
  return items.reduce((sum, { queryCount }) => sum + queryCount, 0)
}
