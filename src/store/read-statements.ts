import type { CappedTotal } from '../model/page.js'
import type { Percentiles } from '../model/percentiles.js'
import type { QueryOperation } from '../model/query.js'
import type {
  HistogramBin,
  StatementCallSite,
  StatementDetail,
  StatementFilter,
  StatementRoute,
  StatementSummary,
  StatementTrend,
} from '../model/statement.js'
import { joinsOf } from '../sql/joins.js'
import { hashOfId, idOfHash } from './content-id.js'
import { NONE } from './contents.js'
import { durationBounds, type Histogram } from './histogram.js'
import { createLookup } from './lookup.js'
import { findingsOfStatement } from './read-findings.js'
import { percentilesOf } from './read-percentiles.js'
import { readRequests } from './read-requests.js'
import { byKey, type Merged, mergeRollups, sumRollups, together } from './read-rollups.js'
import { containing } from './request-conditions.js'
import { STATEMENT_ROLLUPS } from './rollups.js'
import { timeSlots } from './time-slots.js'
import { ALL_TIME } from './time-window.js'
import type { StoreHandle } from './worker-connection.js'

const COUNTED_ROWS = 10_000
const RECENT_RECORDINGS = 20
const MOST_BINS = 24

const MEASURES: Readonly<Record<StatementFilter['sort'], (merged: Merged) => number>> = {
  total: ({ sum }) => sum('total_us'),
  calls: ({ sum }) => sum('calls'),
  max: ({ max }) => max('max_us'),
  p95: (merged) => percentilesIn(merged).p95Ms,
}

/** The statements of a window, by what they cost. */
export function readStatements(
  handle: StoreHandle,
  { window, search, sort, limit }: StatementFilter,
): { readonly items: readonly StatementSummary[]; readonly total: CappedTotal } {
  const isFound = search === undefined ? () => true : statementsWith(handle, search)
  const measure = MEASURES[sort]
  const found = mergeRollups(handle, STATEMENT_ROLLUPS, window, ['statement_id'])
    .filter(({ keys }) => isFound(keys[0] ?? NONE))
    .map((merged) => ({ merged, value: measure(merged) }))
    .sort((a, b) => b.value - a.value || (a.merged.keys[0] ?? NONE) - (b.merged.keys[0] ?? NONE))
  const shown = found.slice(0, limit).map(({ merged }) => merged)
  const values = [JSON.stringify(shown.map(({ keys }) => keys[0]))]
  const where = { sql: 'statement_id IN (SELECT value FROM json_each(?))', values }
  const places = byKey(
    sumRollups(handle, STATEMENT_ROLLUPS, window, ['statement_id', 'route_id', 'call_site_id'], where),
    0,
  )
  const items = shown.flatMap((merged) => summaryOf(handle, merged, places.get(merged.keys[0] ?? NONE) ?? []))
  return { items, total: found.length > COUNTED_ROWS ? '10000+' : found.length }
}

/** Whether a statement's text contains what is searched for. */
function statementsWith(handle: StoreHandle, search: string): (id: number) => boolean {
  const sql = `SELECT id FROM statements WHERE text LIKE ? ESCAPE '\\'`
  const ids = new Set(handle.prepare(sql).pluck().all(containing(search)) as number[])
  return (id) => ids.has(id)
}

/** None of a statement whose text is gone. */
function summaryOf(handle: StoreHandle, merged: Merged, places: readonly Merged[]): StatementSummary[] {
  const id = merged.keys[0] ?? NONE
  const named = handle.get<{ text: string; operation: QueryOperation }>(
    'SELECT text, operation FROM statements WHERE id = ?',
    id,
  )
  if (named === undefined) return []
  const { sum, sumOrNull } = merged
  return [
    {
      ...named,
      id: hashOfId(id),
      calls: sum('calls'),
      joinCount: joinsOf(named.text),
      rowCount: sumOrNull('row_count'),
      totalMs: sum('total_us') / 1000,
      routeCount: distinctOf(places, 1),
      callSiteCount: distinctOf(places, 2),
      ...percentilesIn(merged),
    },
  ]
}

function percentilesIn({ histogram, max }: Merged): Percentiles {
  return percentilesOf(histogram('durations'), max('max_us'))
}

/** How many values a key has; none is no value. */
function distinctOf(places: readonly Merged[], at: number): number {
  return new Set(places.map(({ keys }) => keys[at] ?? NONE).filter((value) => value !== NONE)).size
}

/** One statement over all of the time that is kept; `null`: never seen. */
export function readStatement(handle: StoreHandle, hash: string): StatementDetail | null {
  const id = idOfHash(hash)
  const by = ['statement_id', 'route_id', 'call_site_id', 'bucket', 'width']
  // One statement's rows lie among those of all others: they are looked for once.
  const parts = mergeRollups(handle, STATEMENT_ROLLUPS, ALL_TIME, by, { sql: 'statement_id = ?', values: [id] })
  const all = together(parts)
  const [summary] = parts.length === 0 ? [] : summaryOf(handle, all, parts)
  if (summary === undefined) return null
  const example = handle.get<{ text: string }>(
    'SELECT texts.text FROM statements JOIN texts ON texts.id = example_id WHERE statements.id = ?',
    id,
  )
  return {
    summary,
    example: example?.text ?? summary.text,
    routes: [...byKey(parts, 1)].map(([routeId, ofRoute]) => routeOf(handle, routeId, together(ofRoute))).sort(byTotal),
    callSites: callSitesOf(handle, parts),
    histogram: binsOf(all.histogram('durations')),
    trend: trendOf(parts),
    findings: findingsOfStatement(handle, hash),
    recentRecordings: readRequests(handle, { fingerprint: hash, limit: RECENT_RECORDINGS }).items,
  }
}

function trendOf(parts: readonly Merged[]): StatementTrend[] {
  const rows = parts.map(({ keys, sum, max }) => ({ bucket: keys[3] ?? 0, width: keys[4] ?? 1, sum, max }))
  const { startedAt, widthMs, indexOf } = timeSlots(rows, ALL_TIME)
  const trend = startedAt.map((at) => ({ startedAt: at, widthMs, calls: 0, totalMs: 0, maxMs: 0 }))
  for (const row of rows) {
    const slot = trend[indexOf(row)]
    if (slot === undefined) continue
    slot.calls += row.sum('calls')
    slot.totalMs += row.sum('total_us') / 1000
    slot.maxMs = Math.max(slot.maxMs, row.max('max_us') / 1000)
  }
  return trend
}

/** Queries outside any request have no route; they are listed as those of `background`. */
function routeOf(handle: StoreHandle, routeId: number, { sum }: Merged): StatementRoute {
  const sql = 'SELECT method, route FROM routes WHERE id = ?'
  const named = handle.get<{ method: string; route: string | null }>(sql, routeId)
  return {
    method: named?.method ?? 'background',
    route: named?.route ?? null,
    recordingCount: sum('recording_count'),
    calls: sum('calls'),
    totalMs: sum('total_us') / 1000,
  }
}

function callSitesOf(handle: StoreHandle, parts: readonly Merged[]): StatementCallSite[] {
  const lookup = createLookup(handle)
  return [...byKey(parts, 2)]
    .map(([callSiteId, atSite]) => {
      const { sum, max } = together(atSite)
      return {
        callSite: lookup.callSite(callSiteId, false),
        calls: sum('calls'),
        totalMs: sum('total_us') / 1000,
        maxMs: max('max_us') / 1000,
      }
    })
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
