import type { QueryOperation } from '../model/query.js'
import type { SessionStatement, SessionSummary, TimeWindow } from '../model/store.js'
import { hashOfId } from './content-id.js'
import { NONE } from './contents.js'
import { type Histogram, mergeInto } from './histogram.js'
import { percentilesOf } from './read-percentiles.js'
import { type Merged, mergeRollups } from './read-rollups.js'
import { ROUTE_ROLLUPS, STATEMENT_ROLLUPS } from './rollups.js'
import type { StoreHandle } from './worker-connection.js'

const MOST_SESSIONS = 100
const MOST_STATEMENTS = 2_000

interface SessionRow {
  readonly id: number
  readonly label: string | null
  readonly first_us: number | null
}

/** The newest first; what has no label comes last. */
export function readSessions(handle: StoreHandle): SessionSummary[] {
  const sums = handle.all<{ id: number; count: number; first: number; end: number }>(
    `SELECT session_id AS id, sum(count) AS count, min(bucket) AS first, max(bucket + width) AS end
      FROM ${ROUTE_ROLLUPS.name} GROUP BY session_id`,
  )
  const bySession = new Map(sums.map((sum) => [sum.id, sum]))
  const rows = handle.all<SessionRow>(
    `SELECT id, label, first_us FROM sessions ORDER BY first_us DESC, id LIMIT ${MOST_SESSIONS}`,
  )
  return [...rows, { id: NONE, label: null, first_us: null }].flatMap(({ id, label, first_us }) => {
    const sum = bySession.get(id)
    if (sum === undefined) return []
    const firstAt = first_us === null ? sum.first * 60_000 : first_us / 1000
    return [{ label, requestCount: sum.count, firstAt, lastAt: newestIn(handle, id) ?? sum.end * 60_000 }]
  })
}

/** `null`: none of its recordings is kept any more; its sums are. */
function newestIn(handle: StoreHandle, id: number): number | null {
  const which = id === NONE ? 'session_id IS NULL' : 'session_id = ?'
  const sql = `SELECT started_us FROM recordings WHERE ${which} ORDER BY number DESC LIMIT 1`
  const found = handle.get<{ started_us: number }>(sql, ...(id === NONE ? [] : [id]))
  return found === undefined ? null : found.started_us / 1000
}

/** The statements of a window with the routes that sent them, costliest first. */
export function readSessionStatements(handle: StoreHandle, window: TimeWindow): SessionStatement[] {
  const byStatement = new Map<number, Merged[]>()
  for (const merged of mergeRollups(handle, STATEMENT_ROLLUPS, window, ['statement_id', 'route_id'])) {
    const [id = NONE] = merged.row.keys
    byStatement.set(id, [...(byStatement.get(id) ?? []), merged])
  }
  const sumOf = (parts: readonly Merged[], column: string): number =>
    parts.reduce((sum, part) => sum + part.sum(column), 0)
  return [...byStatement]
    .map(([id, parts]) => ({ id, parts, totalUs: sumOf(parts, 'total_us') }))
    .sort((a, b) => b.totalUs - a.totalUs)
    .slice(0, MOST_STATEMENTS)
    .flatMap(({ id, parts, totalUs }) => {
      const named = handle.get<{ text: string; operation: QueryOperation }>(
        'SELECT text, operation FROM statements WHERE id = ?',
        id,
      )
      if (named === undefined) return []
      const durations: Histogram = new Map()
      for (const { row } of parts) mergeInto(durations, row.histograms[0] ?? new Map())
      const { p50Ms, p95Ms } = percentilesOf(
        durations,
        parts.reduce((most, part) => Math.max(most, part.max('max_us')), 0),
      )
      return [
        {
          id: hashOfId(id),
          ...named,
          calls: sumOf(parts, 'calls'),
          recordingCount: sumOf(parts, 'recording_count'),
          totalMs: totalUs / 1000,
          p50Ms,
          p95Ms,
          routes: parts.map(({ row }) => routeName(handle, row.keys[1] ?? NONE)),
        },
      ]
    })
}

function routeName(handle: StoreHandle, id: number): string {
  const sql = 'SELECT method, route FROM routes WHERE id = ?'
  const found = handle.get<{ method: string; route: string | null }>(sql, id)
  return found === undefined ? 'background' : `${found.method} ${found.route ?? ''}`.trim()
}
