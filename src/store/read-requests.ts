import type { CappedTotal, Page, RecordingSummary, RequestFilter } from '../model/store.js'
import { statesThatAreNotOpen } from './finding-state.js'
import { findRow } from './read-request.js'
import { numberOfId, unpackId } from './recording-number.js'
import { type Condition, conditionsOf, needsScan } from './request-conditions.js'
import { kindNumber, SUMMARY_FROM, type SummaryRow, summaryOf } from './rows.js'
import type { StoreHandle } from './worker-connection.js'

/** How many rows one page of a list without an index looks at; the next page goes on from there. */
const SCANNED_ROWS = 50_000
const COUNTED_ROWS = 10_000
const LARGEST_PAGE = 200

/**
 * One page of a list, newest first: a walk along the table from the id of a neighbour, so that a page far back costs
 * what the first one does. A search for text looks at 50,000 recordings at a time, and may so give short pages that
 * have a next one; its total counts the newest 50,000.
 */
export function readRequests(handle: StoreHandle, filter: RequestFilter): Page<RecordingSummary> {
  const scan: Scan = { handle, conditions: conditionsOf(filter), bounded: needsScan(filter) }
  const limit = Math.min(Math.max(1, Math.trunc(filter.limit)), LARGEST_PAGE)
  const total = countUpToCap(scan)
  const states = statesThatAreNotOpen(handle)
  const summarize = (row: SummaryRow): RecordingSummary => summaryOf(row, states)
  if (filter.before === undefined && filter.after !== undefined) {
    const { rows, next } = walk(scan, 'newer', placeOf(handle, filter.after), limit)
    return {
      items: rows.reverse().map(summarize),
      nextBefore: beyond(scan, 'older', rows.at(-1)),
      previousAfter: next,
      total,
    }
  }
  const from = filter.before === undefined ? Number.MAX_SAFE_INTEGER : placeOf(handle, filter.before)
  const { rows, next } = walk(scan, 'older', from, limit)
  const previousAfter = filter.before === undefined ? null : beyond(scan, 'newer', rows[0])
  return { items: rows.map(summarize), nextBefore: next, previousAfter, total }
}

/** What the filter bar can offer, of the newest 50,000 recordings. */
export function readRequestFacets(handle: StoreHandle): {
  readonly methods: readonly string[]
  readonly statuses: readonly string[]
  readonly routes: readonly string[]
} {
  const newest = `(SELECT route_id, status FROM recordings WHERE kind <> ${kindNumber('background')}
    ORDER BY number DESC LIMIT ${SCANNED_ROWS})`
  const values = (sql: string): string[] => handle.prepare(sql).pluck().all().map(String)
  const used = `FROM routes WHERE id IN (SELECT route_id FROM ${newest})`
  return {
    methods: values(`SELECT DISTINCT method ${used} ORDER BY method`),
    statuses: values(`SELECT DISTINCT status FROM ${newest} WHERE status IS NOT NULL ORDER BY status`),
    routes: values(`SELECT DISTINCT route ${used} AND route IS NOT NULL ORDER BY route`),
  }
}

interface Scan {
  readonly handle: StoreHandle
  readonly conditions: readonly Condition[]
  readonly bounded: boolean
}

type Direction = 'older' | 'newer'

/** Up to `limit` matching rows from a place on, and the id to go on from; `null`: there are no more. */
function walk(
  scan: Scan,
  direction: Direction,
  from: number,
  limit: number,
): { readonly rows: SummaryRow[]; readonly next: string | null } {
  const bound = scan.bounded ? scanBound(scan.handle, direction, from) : undefined
  const older = direction === 'older'
  const where = [`recordings.number ${older ? '<' : '>'} ?`, ...scan.conditions.map(({ sql }) => sql)]
  const values = [from, ...scan.conditions.flatMap((condition) => condition.values)]
  if (bound) {
    where.push(`recordings.number ${older ? '>=' : '<='} ?`)
    values.push(bound.number)
  }
  const order = `ORDER BY recordings.number ${older ? 'DESC' : 'ASC'} LIMIT ?`
  const sql = `${SUMMARY_FROM} WHERE ${where.map((condition) => `(${condition})`).join(' AND ')} ${order}`
  const rows = scan.handle.all<SummaryRow>(sql, ...values, limit + 1)
  const stoppedAt = rows.length > limit ? rows[limit - 1] : bound
  return { rows: rows.slice(0, limit), next: stoppedAt === undefined ? null : unpackId(stoppedAt.id) }
}

/** The last row that a bounded walk may look at; `undefined`: it comes to the end of the table before. */
function scanBound(
  handle: StoreHandle,
  direction: Direction,
  from: number,
): { readonly number: number; readonly id: Uint8Array | string } | undefined {
  const [side, order] = direction === 'older' ? ['<', 'DESC'] : ['>', 'ASC']
  const sql = `SELECT number, id FROM recordings WHERE number ${side} ? ORDER BY number ${order} LIMIT 1 OFFSET ?`
  return handle.get(sql, from, SCANNED_ROWS - 1)
}

/** The id of the row at the edge of a page, when there is more on its other side. */
function beyond(scan: Scan, direction: Direction, edge: SummaryRow | undefined): string | null {
  if (edge === undefined) return null
  const { rows, next } = walk(scan, direction, edge.number, 1)
  return rows.length > 0 || next !== null ? unpackId(edge.id) : null
}

function countUpToCap({ handle, conditions, bounded }: Scan): CappedTotal {
  const bound = bounded ? scanBound(handle, 'older', Number.MAX_SAFE_INTEGER) : undefined
  const where = ['recordings.number >= ?', ...conditions.map(({ sql }) => sql)]
  const values = [bound?.number ?? 0, ...conditions.flatMap((condition) => condition.values)]
  const sql = `SELECT count(*) FROM (SELECT 1 FROM recordings LEFT JOIN routes ON routes.id = recordings.route_id
    WHERE ${where.map((condition) => `(${condition})`).join(' AND ')} LIMIT ${COUNTED_ROWS + 1})`
  const count = handle
    .prepare(sql)
    .pluck()
    .get(...values) as number
  return count > COUNTED_ROWS ? '10000+' : count
}

/** Where a recording stands, or would stand if it had not been deleted meanwhile. */
function placeOf(handle: StoreHandle, id: string): number {
  return findRow(handle, id)?.number ?? numberOfId(id)
}
