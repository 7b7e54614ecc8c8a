import { bytesOf } from '../http/bytes.js'
import { table } from '../http/tables.js'
import { type Study, withLanes } from './study.js'

const ENDPOINTS = [0, 1, 2, 51, 101, 1_000]
/** In bytes, of a request with so many queries. */
const TARGETS = new Map([
  [0, 500],
  [1, 500],
  [101, 2_000],
])

/** What a request takes on disk, with a browser's headers and all bindings, once what is stored once is there. */
export const bytesPerRequest: Study = async (ground) => {
  const data = []
  for (const queries of ENDPOINTS) {
    ground.say(`bytes of ${queries} queries`)
    const wish = { configuration: 'silk', options: { retention: { count: 1_000_000 }, bodies: { maxBytes: 0 } } }
    const bytes = await withLanes(ground, [wish], async ([lane]) => (lane ? bytesOf(lane, queries) : null))
    data.push({ queries, bytes: bytes?.perRequest ?? Number.NaN })
  }
  const rows = data.map(({ queries, bytes }) => [
    queries.toLocaleString('en'),
    Math.round(bytes).toLocaleString('en'),
    TARGETS.get(queries)?.toLocaleString('en') ?? '',
  ])
  return { markdown: table(['queries', 'bytes per request', 'at most'], rows), data }
}
