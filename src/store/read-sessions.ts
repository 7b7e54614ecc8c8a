import type { QueryOperation } from '../model/query.js'
import type { SessionStatement, SessionSummary } from '../model/session-summary.js'
import type { TimeWindow } from '../model/time-window.js'
import { readClosed } from './closed-buckets.js'
import { hashOfId } from './content-id.js'
import { NONE } from './contents.js'
import { percentilesOf } from './read-percentiles.js'
import { byKey, mergeRollups, together } from './read-rollups.js'
import { ROUTE_ROLLUPS, STATEMENT_ROLLUPS } from './rollups.js'
import { ALL_TIME, type BucketCondition, closedBucketsIn, openBucketsIn } from './time-window.js'
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
  const bySession = sumsBySession(handle)
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

interface SessionSum {
  readonly id: number
  readonly count: number
  readonly first: number
  readonly end: number
}

function sumsBySession(handle: StoreHandle): ReadonlyMap<number, SessionSum> {
  const read = ({ sql, values }: BucketCondition): SessionSum[] =>
    handle.all<SessionSum>(
      `SELECT session_id AS id, sum(count) AS count, min(bucket) AS first, max(bucket + width) AS end
        FROM ${ROUTE_ROLLUPS.name} WHERE ${sql} GROUP BY session_id`,
      ...values,
    )
  const closed = readClosed(handle, 'sessions', () => read(closedBucketsIn(ALL_TIME)))
  const sums = new Map(closed.map((sum) => [sum.id, sum]))
  for (const sum of read(openBucketsIn(ROUTE_ROLLUPS.name, ALL_TIME))) {
    const { count, first, end } = sums.get(sum.id) ?? { ...sum, count: 0 }
    const spans = { first: Math.min(first, sum.first), end: Math.max(end, sum.end) }
    sums.set(sum.id, { id: sum.id, count: count + sum.count, ...spans })
  }
  return sums
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
  const merged = mergeRollups(handle, STATEMENT_ROLLUPS, window, ['statement_id', 'route_id'])
  return [...byKey(merged, 0)]
    .map(([id, parts]) => ({ id, parts, all: together(parts) }))
    .sort((a, b) => b.all.sum('total_us') - a.all.sum('total_us'))
    .slice(0, MOST_STATEMENTS)
    .flatMap(({ id, parts, all }) => {
      const named = handle.get<{ text: string; operation: QueryOperation }>(
        'SELECT text, operation FROM statements WHERE id = ?',
        id,
      )
      if (named === undefined) return []
      const { p50Ms, p95Ms } = percentilesOf(all.histogram('durations'), all.max('max_us'))
      return [
        {
          id: hashOfId(id),
          ...named,
          calls: all.sum('calls'),
          recordingCount: all.sum('recording_count'),
          totalMs: all.sum('total_us') / 1000,
          p50Ms,
          p95Ms,
          routes: parts.map(({ keys }) => routeName(handle, keys[1] ?? NONE)),
        },
      ]
    })
}

function routeName(handle: StoreHandle, id: number): string {
  const sql = 'SELECT method, route FROM routes WHERE id = ?'
  const found = handle.get<{ method: string; route: string | null }>(sql, id)
  return found === undefined ? 'background' : `${found.method} ${found.route ?? ''}`.trim()
}
