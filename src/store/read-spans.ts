import type { SpanKind } from '../model/span.js'
import type {
  SpanDetail,
  SpanExample,
  SpanFilter,
  SpanList,
  SpanMeasure,
  SpanRoute,
  SpanSummary,
} from '../model/span-summary.js'
import { hashOfId, idOfHash } from './content-id.js'
import { NONE } from './contents.js'
import { statesThatAreNotOpen } from './finding-state.js'
import { percentilesOf } from './read-percentiles.js'
import { rowAt } from './read-request.js'
import { type Merged, mergeRollups, type RollupCondition, together } from './read-rollups.js'
import { containing } from './request-conditions.js'
import { SPAN_ROLLUPS } from './rollups.js'
import { summaryOf } from './rows.js'
import { ALL_TIME } from './time-window.js'
import type { StoreHandle } from './worker-connection.js'

const COUNTED_ROWS = 10_000
const EXAMPLES = 20

const MEASURES: Readonly<Record<SpanMeasure, (merged: Merged) => number>> = {
  total: ({ sum }) => sum('total_us'),
  own: ({ sum }) => sum('own_us'),
  calls: ({ sum }) => sum('calls'),
  queries: ({ sum }) => sum('query_count'),
  errors: ({ sum }) => sum('error_count'),
  max: ({ max }) => max('max_us'),
  p95: ({ histogram, max }) => percentilesOf(histogram('durations'), max('max_us')).p95Ms,
}

interface Named {
  readonly id: number
  readonly kind: SpanKind
  readonly name: string
}

/** The spans of a window by name. */
export function readSpans(handle: StoreHandle, filter: SpanFilter): SpanList {
  const { window, sort, ascending, limit } = filter
  const named = new Map(namesOf(handle, filter).map((one) => [one.id, one]))
  const measure = MEASURES[sort]
  const direction = ascending ? 1 : -1
  const found = mergeRollups(handle, SPAN_ROLLUPS, window, ['span_id'], ofRoute(filter))
    .filter(({ keys }) => named.has(keys[0] ?? NONE))
    .map((merged) => ({ merged, value: measure(merged) }))
    .sort((a, b) => direction * (a.value - b.value) || (a.merged.keys[0] ?? NONE) - (b.merged.keys[0] ?? NONE))
  const items = found
    .slice(0, limit)
    .map(({ merged }) => spanSummary(named.get(merged.keys[0] ?? NONE) as Named, merged))
  return { items, total: found.length > COUNTED_ROWS ? '10000+' : found.length }
}

function namesOf(handle: StoreHandle, { search, kind }: SpanFilter): readonly Named[] {
  const pattern = search === undefined ? '%' : containing(search)
  return handle.all<Named>(
    `SELECT id, kind, name FROM span_names WHERE name LIKE ? ESCAPE '\\' AND kind LIKE ?`,
    pattern,
    kind ?? '%',
  )
}

function ofRoute({ route }: SpanFilter): RollupCondition {
  if (route === undefined) return { sql: '1', values: [] }
  return { sql: 'route_id IN (SELECT id FROM routes WHERE route = ?)', values: [route], once: true }
}

function spanSummary({ id, kind, name }: Named, { sum, max, histogram }: Merged): SpanSummary {
  return {
    id: hashOfId(id),
    kind,
    name,
    recordingCount: sum('recording_count'),
    calls: sum('calls'),
    errorCount: sum('error_count'),
    totalMs: sum('total_us') / 1000,
    ownMs: sum('own_us') / 1000,
    queryCount: sum('query_count'),
    sqlMs: sum('sql_us') / 1000,
    ...percentilesOf(histogram('durations'), max('max_us')),
  }
}

/** One name over all of the time that is kept; `null`: never seen. */
export function readSpan(handle: StoreHandle, hash: string): SpanDetail | null {
  const id = idOfHash(hash)
  const named = handle.get<Named>('SELECT id, kind, name FROM span_names WHERE id = ?', id)
  if (named === undefined) return null
  const where = { sql: 'span_id = ?', values: [id] }
  const routes = mergeRollups(handle, SPAN_ROLLUPS, ALL_TIME, ['route_id'], where)
  return {
    summary: spanSummary(named, together(routes)),
    routes: routes.map((merged) => spanRoute(handle, merged)).sort((a, b) => b.totalMs - a.totalMs),
    slowest: examplesOf(handle, id),
  }
}

function spanRoute(handle: StoreHandle, { keys, sum, max }: Merged): SpanRoute {
  const sql = 'SELECT method, route FROM routes WHERE id = ?'
  const named = handle.get<{ method: string; route: string | null }>(sql, keys[0])
  return {
    method: named?.method ?? '',
    route: named?.route ?? null,
    recordingCount: sum('recording_count'),
    calls: sum('calls'),
    totalMs: sum('total_us') / 1000,
    ownMs: sum('own_us') / 1000,
    maxMs: max('max_us') / 1000,
  }
}

function examplesOf(handle: StoreHandle, id: number): readonly SpanExample[] {
  const sql = 'SELECT number, max_us FROM span_examples WHERE span_id = ? ORDER BY max_us DESC LIMIT ?'
  const states = statesThatAreNotOpen(handle)
  return handle.all<{ number: number; max_us: number }>(sql, id, EXAMPLES).flatMap(({ number, max_us }) => {
    const row = rowAt(handle, number)
    return row === undefined ? [] : [{ recording: summaryOf(row, states), maxMs: max_us / 1000 }]
  })
}
