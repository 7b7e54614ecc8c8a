import { loadSqliteDriver } from '../../src/store/sqlite-driver.js'
import type { DatabaseAddress } from './database.js'
import { endpointOf } from './endpoints.js'
import { type Lane, startLane } from './fleet.js'
import { sendLoad } from './load.js'
import type { Cell } from './measure.js'
import type { Plan, Surroundings } from './plan.js'
import type { Sink } from './sink.js'

/** What a request takes in the store, in bytes of the pages that are in use. */
export interface Bytes {
  readonly perRequest: number
  readonly requests: number
}

/** Those that keep what they record in a SQLite file on this machine. */
const KEEPERS = ['silk', 'silk-all', 'silk-cls', 'lens', 'lens-formatted']

interface Run {
  readonly plan: Plan
  readonly around: Surroundings
  readonly sink: Sink
  readonly cells: readonly Cell[]
}

/** Each in a fresh process with a fresh store, once what is stored only once is there. */
export async function measureBytes({ plan, around, sink, cells }: Run, database: DatabaseAddress): Promise<void> {
  for (const cell of cells.filter(
    ({ app, configuration }) => app === database.app && KEEPERS.includes(configuration),
  )) {
    around.say(`${cell.app}, ${cell.queries} queries, bytes of ${cell.configuration}`)
    const lane = await startLane({ ...plan, ...around, configuration: cell.configuration, database, sinkUrl: sink.url })
    try {
      cell.bytes = await bytesOf(lane, cell.queries)
    } finally {
      await lane.stop()
    }
  }
}

/** As a browser sends them; what never changes is stored once. */
const HEADERS = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'accept-language': 'en-GB,en;q=0.9,de;q=0.8',
  'accept-encoding': 'gzip, deflate, br',
  cookie: 'session=2f9c1c0e7d; theme=dark',
  referer: 'http://localhost:3000/products',
}

export async function bytesOf(lane: Lane, queries: number): Promise<Bytes> {
  const requests = queries > 200 ? 30 : queries > 10 ? 200 : 1_000
  const send = async (count: number): Promise<number> => {
    await sendLoad({
      port: lane.port,
      path: endpointOf(queries).path,
      requests: count,
      concurrency: 4,
      headers: HEADERS,
    })
    await lane.ask('end')
    return usedBytes(lane.storeFile)
  }
  const before = await send(20)
  return { perRequest: ((await send(requests)) - before) / requests, requests }
}

/** Pages that hold something, whether they are in the file already or still in its log. */
export function usedBytes(file: string): number {
  const db = new (loadSqliteDriver())(file, { readonly: true })
  const number = (pragma: string): number => db.pragma(pragma, { simple: true }) as number
  try {
    return (number('page_count') - number('freelist_count')) * number('page_size')
  } finally {
    db.close()
  }
}
