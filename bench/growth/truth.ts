import { endpointOf } from '../http/endpoints.js'
import type { Lane } from '../http/fleet.js'
import { sendLoad } from '../http/load.js'
import { median } from '../http/statistics.js'
import { table } from '../http/tables.js'
import { type Study, withLanes } from './study.js'

const ENDPOINTS = [2, 101]
const REQUESTS = 20

interface Reported {
  readonly durationMs: number
  readonly overheadMs: number
}

/** Whether what silk reports is what the app takes without it: one request at a time, to the one and to the other. */
export const truthOfDurations: Study = async (ground) => {
  const wishes = [
    { configuration: 'bare', timed: true },
    { configuration: 'silk', timed: true },
  ]
  const data = await withLanes(ground, wishes, async ([bare, silk]) => {
    const measured = []
    for (const queries of bare && silk ? ENDPOINTS : []) {
      ground.say(`durations of ${queries} queries`)
      measured.push({ queries, ...(await compare(bare as Lane, silk as Lane, queries, ground.rounds * 3)) })
    }
    return measured
  })
  const rows = data.map(({ queries, bareMs, silkMs, durationMs, overheadMs }) => [
    `${queries} queries`,
    ...[bareMs, silkMs, durationMs, overheadMs, durationMs - overheadMs].map((ms) => ms.toFixed(2)),
    ((durationMs - overheadMs) / bareMs).toFixed(2),
  ])
  const head = [
    '',
    'app without silk, ms',
    'app with silk',
    'silk reports',
    'of which its own',
    'so the app',
    'to without',
  ]
  return { markdown: table(head, rows), data }
}

async function compare(bare: Lane, silk: Lane, queries: number, rounds: number) {
  const path = endpointOf(queries).path
  const [bareMs, silkMs, durationMs, overheadMs] = [[], [], [], []] as [number[], number[], number[], number[]]
  for (let round = -10; round < rounds; round++) {
    for (const lane of [bare, silk]) {
      await sendLoad({ port: lane.port, path, requests: REQUESTS, concurrency: 1 })
      const seen = await lane.ask<number[]>('durations')
      await lane.ask('end')
      if (round >= 0) (lane === bare ? bareMs : silkMs).push(median(seen))
    }
    const reported = await reportedBy(silk)
    if (round < 0) continue
    durationMs.push(median(reported.map((one) => one.durationMs)))
    overheadMs.push(median(reported.map((one) => one.overheadMs)))
  }
  return {
    bareMs: median(bareMs),
    silkMs: median(silkMs),
    durationMs: median(durationMs),
    overheadMs: median(overheadMs),
  }
}

async function reportedBy({ port, ask }: Lane): Promise<readonly Reported[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/silk/requests.json?limit=${REQUESTS}`)
  const { items } = (await answer.json()) as { items: readonly Reported[] }
  await ask('durations')
  return items
}
