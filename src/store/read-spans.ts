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
import type { TimeWindow } from '../model/time-window.js'
import { hashOfId, idOfHash, idOfSession } from './content-id.js'
import { NONE } from './contents.js'
import { statesThatAreNotOpen } from './finding-state.js'
import { percentilesOf } from './read-percentiles.js'
import { rowAt } from './read-request.js'
import { type Merged, mergeRollups, type RollupCondition, together } from './read-rollups.js'
import { numberOfTime } from './recording-number.js'
import { containing } from './request-conditions.js'
import { SPAN_ROLLUPS } from './rollups.js'
import { summaryOf } from './rows.js'
import type { StoreHandle } from './worker-connection.js'

const COUNTED_ROWS = 10_000
const EXAMPLES = 20

const MEASURES: Readonly<Record<Exclude<SpanMeasure, 'name'>, (merged: Merged) => number>> = {
  total: ({ sum }) => sum('total_us'),
  own: ({ sum }) => sum('own_us'),
  calls: ({ sum }) => sum('calls'),
  queries: ({ sum }) => sum('query_count'),
  errors: ({ sum }) => sum('error_count'),
  max: ({ max }) => max('max_us'),
  p50: ({ histogram, max }) => percentilesOf(histogram('durations'), max('max_us')).p50Ms,
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
  const direction = ascending ? 1 : -1
  const found = mergeRollups(handle, SPAN_ROLLUPS, window, ['span_id'], ofRoute(filter))
    .flatMap((merged) => {
      const span = named.get(merged.keys[0] ?? NONE)
      return span === undefined ? [] : [{ span, merged, value: sort === 'name' ? 0 : MEASURES[sort](merged) }]
    })
    .sort((a, b) => direction * (a.value - b.value) || byName(a.span, b.span) * (sort === 'name' ? direction : 1))
  const items = found.slice(0, limit).map(({ span, merged }) => spanSummary(span, merged))
  return { items, total: found.length > COUNTED_ROWS ? '10000+' : found.length }
}

/** In the order of characters: a collation of the machine's language would cost the first page of a process. */
function byName(a: Named, b: Named): number {
  return a.name === b.name ? a.id - b.id : a.name < b.name ? -1 : 1
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

/** One name in a window; `null`: never seen in any. */
export function readSpan(handle: StoreHandle, hash: string, window: TimeWindow): SpanDetail | null {
  const id = idOfHash(hash)
  const named = handle.get<Named>('SELECT id, kind, name FROM span_names WHERE id = ?', id)
  if (named === undefined) return null
  const where = { sql: 'span_id = ?', values: [id] }
  const routes = mergeRollups(handle, SPAN_ROLLUPS, window, ['route_id'], where)
  return {
    summary: spanSummary(named, together(routes)),
    routes: routes.map((merged) => spanRoute(handle, merged)).sort((a, b) => b.totalMs - a.totalMs),
    slowest: examplesOf(handle, id, window),
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

function examplesOf(handle: StoreHandle, id: number, window: TimeWindow): readonly SpanExample[] {
  const { since, until, session } = window
  const asked = session == null ? [] : [idOfSession(session)]
  const ofSession = session === undefined ? '' : session === null ? 'AND session_id IS NULL' : 'AND session_id = ?'
  const sql = `SELECT span_examples.number, span_examples.max_us FROM span_examples
    JOIN recordings ON recordings.number = span_examples.number
    WHERE span_id = ? AND span_examples.number >= ? AND span_examples.number < ? ${ofSession}
    ORDER BY span_examples.max_us DESC LIMIT ?`
  const from = since === null ? 0 : numberOfTime(since)
  const to = until === null ? Number.MAX_SAFE_INTEGER : numberOfTime(until + 1)
  const states = statesThatAreNotOpen(handle)
  const found = handle.all<{ number: number; max_us: number }>(sql, id, from, to, ...asked, EXAMPLES)
  return found.flatMap(({ number, max_us }) => {
    const row = rowAt(handle, number)
    return row === undefined ? [] : [{ recording: summaryOf(row, states), maxMs: max_us / 1000 }]
  })
}
