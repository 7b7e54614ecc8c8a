import type { QueryOperation } from '../model/query.js'
import type {
  CappedTotal,
  HistogramBin,
  StatementCallSite,
  StatementDetail,
  StatementFilter,
  StatementRoute,
  StatementSummary,
  StatementTrend,
  TimeWindow,
} from '../model/store.js'
import { hashOfId, idOfHash } from './content-id.js'
import { NONE } from './contents.js'
import { durationBounds, type Histogram } from './histogram.js'
import { createLookup } from './lookup.js'
import { findingsOfStatement } from './read-findings.js'
import { percentilesOf } from './read-percentiles.js'
import { readRequests } from './read-requests.js'
import { type Merged, mergeRollups, sumRollups } from './read-rollups.js'
import { containing } from './request-conditions.js'
import { STATEMENT_ROLLUPS } from './rollups.js'
import { type InTime, timeSlots } from './time-slots.js'
import { bucketsIn } from './time-window.js'
import type { StoreHandle } from './worker-connection.js'

const ALL_TIME: TimeWindow = { since: null, until: null }
const COUNTED_ROWS = 10_000
const RECENT_RECORDINGS = 20
const MOST_BINS = 24

interface SummedRow {
  readonly id: number
  readonly text: string
  readonly operation: QueryOperation
  readonly calls: number
  readonly totalUs: number
  readonly maxUs: number
  readonly rowCount: number | null
}

/** First summed, then named: the roll-ups of a window are many, the statements of a page few. */
const SUMMED = `SELECT statement_id AS id, sum(calls) AS calls, sum(total_us) AS totalUs, max(max_us) AS maxUs,
  sum(row_count) AS rowCount FROM ${STATEMENT_ROLLUPS.name}`

/** The statements of a window, by what they cost. Sorting by p95 alone needs the histograms of all of them. */
export function readStatements(
  handle: StoreHandle,
  { window, search, sort, limit }: StatementFilter,
): { readonly items: readonly StatementSummary[]; readonly total: CappedTotal } {
  const buckets = bucketsIn(window)
  const found = search === undefined ? '1' : `statement_id IN (SELECT id FROM statements WHERE text LIKE ? ESCAPE '\\')`
  const values = [...buckets.values, ...(search === undefined ? [] : [containing(search)])]
  const grouped = `WHERE ${buckets.sql} AND ${found} GROUP BY statement_id`
  const order = { total: 'totalUs', calls: 'calls', max: 'maxUs', p95: 'maxUs' }[sort]
  const most = sort === 'p95' ? COUNTED_ROWS : limit
  // All are added up anyhow, so their number costs nothing more.
  const rows = handle.all<SummedRow & { readonly total: number }>(
    `SELECT summed.*, text, operation FROM (SELECT *, count(*) OVER () AS total FROM (${SUMMED} ${grouped})) AS summed
      JOIN statements USING (id) ORDER BY ${order} DESC, id LIMIT ?`,
    ...values,
    most,
  )
  const count = rows[0]?.total ?? 0
  const items = withPercentiles(handle, window, rows)
  if (sort === 'p95') items.sort((a, b) => b.p95Ms - a.p95Ms)
  return { items: items.slice(0, limit), total: count > COUNTED_ROWS ? '10000+' : count }
}

/** One statement over all of the time that is kept; `null`: never seen. */
export function readStatement(handle: StoreHandle, hash: string): StatementDetail | null {
  const id = idOfHash(hash)
  const row = handle.get<SummedRow>(
    `SELECT summed.*, text, operation FROM (${SUMMED} WHERE statement_id = ? GROUP BY statement_id) AS summed
      JOIN statements USING (id)`,
    id,
  )
  const [summary] = row === undefined ? [] : withPercentiles(handle, ALL_TIME, [row])
  if (summary === undefined) return null
  const ofStatement = { sql: 'statement_id = ?', values: [id] }
  const sumBy = (by: string): Merged[] => sumRollups(handle, STATEMENT_ROLLUPS, ALL_TIME, [by], ofStatement)
  const [all] = mergeRollups(handle, STATEMENT_ROLLUPS, ALL_TIME, ['statement_id'], ofStatement)
  const example = handle.get<{ text: string }>(
    'SELECT texts.text FROM statements JOIN texts ON texts.id = example_id WHERE statements.id = ?',
    id,
  )
  return {
    summary,
    example: example?.text ?? summary.text,
    routes: sumBy('route_id')
      .map((merged) => routeOf(handle, merged))
      .sort(byTotal),
    callSites: callSitesOf(handle, sumBy('call_site_id')),
    histogram: binsOf(all?.row.histograms[0] ?? new Map()),
    trend: trendOf(handle, id),
    findings: findingsOfStatement(handle, hash),
    recentRecordings: readRequests(handle, { fingerprint: hash, limit: RECENT_RECORDINGS }).items,
  }
}

interface TrendRow extends InTime {
  readonly calls: number
  readonly totalUs: number
  readonly maxUs: number
}

function trendOf(handle: StoreHandle, id: number): StatementTrend[] {
  const rows = handle.all<TrendRow>(
    `SELECT bucket, width, sum(calls) AS calls, sum(total_us) AS totalUs, max(max_us) AS maxUs
      FROM ${STATEMENT_ROLLUPS.name} WHERE statement_id = ? GROUP BY bucket, width ORDER BY bucket`,
    id,
  )
  const { startedAt, widthMs, indexOf } = timeSlots(rows, ALL_TIME)
  const trend = startedAt.map((at) => ({ startedAt: at, widthMs, calls: 0, totalMs: 0, maxMs: 0 }))
  for (const row of rows) {
    const slot = trend[indexOf(row)]
    if (slot === undefined) continue
    slot.calls += row.calls
    slot.totalMs += row.totalUs / 1000
    slot.maxMs = Math.max(slot.maxMs, row.maxUs / 1000)
  }
  return trend
}

/** Sums with what only the rows of these statements tell. */
function withPercentiles(handle: StoreHandle, window: TimeWindow, rows: readonly SummedRow[]): StatementSummary[] {
  const ids = JSON.stringify(rows.map(({ id }) => id))
  const where = { sql: 'statement_id IN (SELECT value FROM json_each(?))', values: [ids] }
  const merged = mergeRollups(handle, STATEMENT_ROLLUPS, window, ['statement_id'], where)
  const durations = new Map(merged.map(({ row }) => [row.keys[0], row.histograms[0]]))
  const places = sumRollups(handle, STATEMENT_ROLLUPS, window, ['statement_id', 'route_id', 'call_site_id'], where)
  const routes = distinctOf(places, 1)
  const callSites = distinctOf(places, 2)
  return rows.map(({ id, text, operation, calls, rowCount, totalUs, maxUs }) => ({
    ...{ text, operation, calls, rowCount },
    id: hashOfId(id),
    totalMs: totalUs / 1000,
    routeCount: routes.get(id)?.size ?? 0,
    callSiteCount: callSites.get(id)?.size ?? 0,
    ...percentilesOf(durations.get(id) ?? new Map(), maxUs),
  }))
}

/** The values of one key for each value of the first one; none is no value. */
function distinctOf(merged: readonly Merged[], at: number): ReadonlyMap<number, ReadonlySet<number>> {
  const found = new Map<number, Set<number>>()
  for (const { row } of merged) {
    const [id = NONE] = row.keys
    const value = row.keys[at] ?? NONE
    const values = found.get(id) ?? new Set()
    if (value !== NONE) values.add(value)
    found.set(id, values)
  }
  return found
}

/** Queries outside any request have no route; they are listed as those of `background`. */
function routeOf(handle: StoreHandle, { row, sum }: Merged): StatementRoute {
  const sql = 'SELECT method, route FROM routes WHERE id = ?'
  const named = handle.get<{ method: string; route: string | null }>(sql, row.keys[0])
  return {
    method: named?.method ?? 'background',
    route: named?.route ?? null,
    recordingCount: sum('recording_count'),
    calls: sum('calls'),
    totalMs: sum('total_us') / 1000,
  }
}

function callSitesOf(handle: StoreHandle, merged: readonly Merged[]): StatementCallSite[] {
  const lookup = createLookup(handle)
  return merged
    .map(({ row, sum, max }) => ({
      callSite: lookup.callSite(row.keys[0] ?? NONE, false),
      calls: sum('calls'),
      totalMs: sum('total_us') / 1000,
      maxMs: max('max_us') / 1000,
    }))
    .sort(byTotal)
}

function byTotal(a: { readonly totalMs: number }, b: { readonly totalMs: number }): number {
  return b.totalMs - a.totalMs
}

/** At most 24 bins without gaps, each a whole number of the histogram's own. */
function binsOf(durations: Histogram): HistogramBin[] {
  if (durations.size === 0) return []
  const first = Math.min(...durations.keys())
  const last = Math.max(...durations.keys())
  const step = Math.ceil((last - first + 1) / MOST_BINS)
  const bins: HistogramBin[] = []
  for (let from = first; from <= last; from += step) {
    let count = 0
    for (let bin = from; bin < from + step; bin++) count += durations.get(bin) ?? 0
    const fromMs = durationBounds(from).fromUs / 1000
    bins.push({ fromMs, toMs: durationBounds(from + step - 1).toUs / 1000, count })
  }
  return bins
}
