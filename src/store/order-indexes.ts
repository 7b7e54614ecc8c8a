import type { RequestFilter } from '../model/request-list.js'
import { measureOf } from './request-order.js'
import { untilFree } from './until-free.js'
import type { StoreHandle } from './worker-connection.js'

const MOST_TRIES = 20

/**
 * Makes the indexes that a filter or an order of requests goes along, where they are missing.
 *
 * Each costs the app's thread a seventh of each batch at a million recordings, since durations fall all over an index.
 * So they are made when someone first asks for them, and who never does pays nothing. It takes a second at a million.
 */
export async function makeIndexesFor(handle: StoreHandle, filter: RequestFilter): Promise<void> {
  const { order, minMs, minQueries, minSqlMs } = filter
  const by = order?.by ?? 'time'
  const asked = [
    // Time is the key, and from a route an index leads on that is always there.
    ...(by === 'time' || by === 'route' ? [] : [by]),
    ...(minMs === undefined ? [] : (['duration'] as const)),
    ...(minQueries === undefined ? [] : (['queries'] as const)),
    ...(minSqlMs === undefined ? [] : (['sql'] as const)),
  ]
  for (const { column } of asked.map(measureOf)) {
    const name = `recordings_${column}`
    if (handle.get("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?", name) !== undefined) continue
    await untilFree(() => handle.db.exec(`CREATE INDEX IF NOT EXISTS ${name} ON recordings (${column})`), MOST_TRIES)
  }
}
