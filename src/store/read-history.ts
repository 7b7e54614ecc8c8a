import type {
  HistoryDetectors,
  HistoryRecording,
  HistoryWrite,
  KnownDurations,
  RouteName,
  StatementHistory,
} from '../model/history.js'
import type { QueryOperation, RecordedQuery } from '../model/query.js'
import type { RecordedRequest } from '../model/recording.js'
import { hashOfId } from './content-id.js'
import { durationOfBin, quantileBin } from './histogram.js'
import type { Lookup } from './lookup.js'
import { unpackQueries } from './packed-queries.js'
import { queryOf, rowAt } from './read-request.js'
import { mergeRollups } from './read-rollups.js'
import { unpackId } from './recording-number.js'
import { STATEMENT_ROLLUPS } from './rollups.js'
import { kindNumber, SUMMARY_FROM, type SummaryRow, summaryOf } from './rows.js'
import type { StoreHandle } from './worker-connection.js'

const WEEK_MS = 7 * 86_400_000
/** Statements that are judged in one round. */
const MOST_CANDIDATES = 2_000
/** Beyond it the exact number of writes says no more. */
const MOST_WRITES = 100

export interface NewRecordings {
  /** Of the last of them; that which was asked from when there are none. */
  readonly newest: number
  /** Whether there may be more. */
  readonly hasMore: boolean
  readonly routeIds: readonly number[]
}

/** What was stored after a recording, up to a bound. */
export function readNewRecordings(handle: StoreHandle, after: number, limit: number): NewRecordings {
  const rows = handle.all<{ number: number; route_id: number | null }>(
    'SELECT number, route_id FROM recordings WHERE number > ? ORDER BY number LIMIT ?',
    after,
    limit,
  )
  const routeIds = new Set(rows.flatMap(({ route_id }) => route_id ?? []))
  return { newest: rows.at(-1)?.number ?? after, hasMore: rows.length === limit, routeIds: [...routeIds] }
}

/** `null`: no pattern, so its requests have nothing in common. */
export function readRouteName(handle: StoreHandle, routeId: number): RouteName | null {
  const row = handle.get<RouteName>('SELECT method, route FROM routes WHERE id = ?', routeId)
  return row === undefined || row.route === null ? null : row
}

/** The newest recordings of a route with their queries, oldest first; `null`: there are fewer than `least`. */
export function readRouteRecordings(
  handle: StoreHandle,
  routeId: number,
  { least, most }: { readonly least: number; readonly most: number },
  lookup: Lookup,
): { readonly recordings: readonly HistoryRecording[]; readonly from: number; readonly to: number } | null {
  const sql = `${SUMMARY_FROM} WHERE recordings.route_id = ? ORDER BY recordings.number DESC LIMIT ?`
  const rows = handle.all<SummaryRow>(sql, routeId, most).reverse()
  const [first] = rows
  const last = rows.at(-1)
  if (rows.length < least || first === undefined || last === undefined) return null
  const recordings = rows.flatMap((row) => {
    const request = requestOf(row)
    return request === null ? [] : [{ id: unpackId(row.id), request, queries: queriesOf(handle, row.number, lookup) }]
  })
  return { recordings, from: first.number, to: last.number }
}

/** Everything that was written from one recording to another, by statement. */
export function readWrites(handle: StoreHandle, from: number, to: number, lookup: Lookup): HistoryWrite[] {
  const statements = handle.all<{ id: number; text: string; operation: QueryOperation }>(
    "SELECT id, text, operation FROM statements WHERE operation NOT IN ('select', 'transaction')",
  )
  // Beside max(number), SQLite gives the call site of that row.
  const count = `SELECT count(*) AS recordingCount, max(number), call_site_id AS siteId FROM (
    SELECT number, call_site_id FROM recording_statements WHERE statement_id = ? AND number BETWEEN ? AND ?
    GROUP BY number ORDER BY number DESC LIMIT ${MOST_WRITES})`
  return statements.flatMap(({ id, text, operation }) => {
    const found = handle.get<{ recordingCount: number; siteId: number | null }>(count, id, from, to)
    if (found === undefined || found.recordingCount === 0) return []
    const callSite = lookup.callSite(found.siteId, false)
    return [{ fingerprintText: text, operation, recordingCount: found.recordingCount, callSite }]
  })
}

/**
 * Statements with an execution of over `aboveMs` in recordings after one number and up to another, each beside what is
 * known of the statement from a week.
 */
export function readSlowStatements(handle: StoreHandle, search: SlowSearch, lookup: Lookup): StatementHistory[] {
  const slow = handle.all<{ number: number; statementId: number; maxUs: number }>(
    `SELECT number, statement_id AS statementId, max(max_us) AS maxUs FROM recording_statements
      WHERE number > ? AND number <= ? AND max_us > ? GROUP BY number, statement_id
      ORDER BY number DESC LIMIT ${MOST_CANDIDATES}`,
    search.after,
    search.upTo,
    Math.round(search.aboveMs * 1000),
  )
  if (slow.length === 0) return []
  const known = knownDurations(handle, [...new Set(slow.map(({ statementId }) => statementId))], search.nowMs)
  return slow.flatMap(({ number, statementId, maxUs }) => {
    const statement = known.get(statementId)
    // Only now: most are usual, and to unpack a recording costs far more than this.
    if (statement === undefined || !search.mayBeSlow(maxUs / 1000, statement)) return []
    const row = rowAt(handle, number)
    if (row === undefined || row.kind === kindNumber('background')) return []
    const fingerprint = hashOfId(statementId)
    const executions = queriesOf(handle, number, lookup).filter((query) => query.fingerprint === fingerprint)
    return [{ recordingId: unpackId(row.id), request: requestOf(row), executions, ...statement }]
  })
}

/** After one recording's number and up to another's. */
interface SlowSearch {
  readonly after: number
  readonly upTo: number
  readonly aboveMs: number
  readonly mayBeSlow: HistoryDetectors['mayBeSlow']
  readonly nowMs: number
}

function knownDurations(
  handle: StoreHandle,
  statementIds: readonly number[],
  nowMs: number,
): Map<number, KnownDurations> {
  const values = [JSON.stringify(statementIds)]
  const where = { sql: 'statement_id IN (SELECT value FROM json_each(?))', values, once: true }
  const window = { since: nowMs - WEEK_MS, until: null }
  const merged = mergeRollups(handle, STATEMENT_ROLLUPS, window, ['statement_id'], where)
  return new Map(
    merged.map(({ keys, ...known }) => {
      const histogram = known.histogram('durations')
      const knownCount = [...histogram.values()].reduce((sum, count) => sum + count, 0)
      return [keys[0] ?? 0, { knownCount, medianMs: durationOfBin(quantileBin(histogram, 0.5) ?? 0) / 1000 }]
    }),
  )
}

function queriesOf(handle: StoreHandle, number: number, lookup: Lookup): RecordedQuery[] {
  const sql = 'SELECT queries FROM recording_details WHERE number = ?'
  const packed = handle.get<{ queries: Uint8Array | null }>(sql, number)?.queries
  return packed ? unpackQueries(packed).map((query) => queryOf(query, lookup)) : []
}

/** Headers are of no use here. */
function requestOf(row: SummaryRow): RecordedRequest | null {
  const { method, url, path, route } = summaryOf(row, new Map())
  return url === null ? null : { method: method ?? '', url, path: path ?? '', route, headers: {} }
}
