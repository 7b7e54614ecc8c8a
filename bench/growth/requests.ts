import { usedBytes } from '../http/bytes.js'
import { endpointOf } from '../http/endpoints.js'
import type { Memory, TurnCost } from '../http/lane.js'
import { sendLoad } from '../http/load.js'
import { table } from '../http/tables.js'
import { type Study, withLanes } from './study.js'

const STEPS = 10

/** Memory, cost and file over very many requests, with default options: from 10,000 on at the cap. */
export const costOverRequests: Study = async (ground) => {
  const most = ground.most(100_000)
  const data = await withLanes(ground, [{ configuration: 'silk' }], async ([lane]) => {
    const measured = []
    for (let step = 1; lane && step <= STEPS; step++) {
      const requests = Math.ceil(most / STEPS)
      await lane.ask('begin')
      await sendLoad({ port: lane.port, path: endpointOf(1).path, requests, concurrency: 8 })
      const { cpuUs } = await lane.ask<TurnCost>('end')
      const { rssBytes, heapBytes } = await lane.ask<Memory>('memory')
      const point = {
        requests: step * requests,
        cpuUs: cpuUs / requests,
        heapMb: heapBytes / 2 ** 20,
        rssMb: rssBytes / 2 ** 20,
        storeMb: usedBytes(lane.storeFile) / 2 ** 20,
      }
      ground.say(`${point.requests} requests, heap ${point.heapMb.toFixed(1)} MB`)
      measured.push(point)
    }
    return measured
  })
  const rows = data.map(({ requests, cpuUs, heapMb, rssMb, storeMb }) => [
    requests.toLocaleString('en'),
    cpuUs.toFixed(0),
    heapMb.toFixed(1),
    rssMb.toFixed(0),
    storeMb.toFixed(1),
  ])
  const head = ['requests so far', 'CPU µs per request', 'heap MB', 'RSS MB', 'store MB']
  const curve = (name: string, of: (point: (typeof data)[number]) => number) => ({
    name,
    points: data.map((point) => [point.requests, of(point)] as const),
  })
  return {
    markdown: table(head, rows),
    data,
    chart: {
      title: 'Memory and file over requests, default options',
      x: 'requests',
      y: 'MB',
      curves: [
        curve('heap after a collection', ({ heapMb }) => heapMb),
        curve('RSS', ({ rssMb }) => rssMb),
        curve('store', ({ storeMb }) => storeMb),
      ],
    },
  }
}
