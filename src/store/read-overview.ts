import type { FindingKind, FindingState } from '../model/finding.js'
import type { FindingBadge, Overview, RouteSummary, TimelineBucket, TimeWindow } from '../model/store.js'
import { NONE } from './contents.js'
import { countOfBin, type Histogram, mergeInto, quantileBin } from './histogram.js'
import { readFindings } from './read-findings.js'
import { percentilesOf } from './read-percentiles.js'
import { type Merged, mergeRollups } from './read-rollups.js'
import { sessionCriterion } from './request-conditions.js'
import { FINDING_ROLLUPS, ROUTE_ROLLUPS } from './rollups.js'
import { bucketsIn } from './time-window.js'
import type { StoreHandle } from './worker-connection.js'

/** Everything of the overview, from roll-ups alone. */
export function readOverview(handle: StoreHandle, window: TimeWindow): Overview {
  const routes = mergeRollups(handle, ROUTE_ROLLUPS, window, ['route_id'])
  const sum = (column: string): number => routes.reduce((total, route) => total + route.sum(column), 0)
  const durations: Histogram = new Map()
  const queryCounts: Histogram = new Map()
  for (const { row } of routes) {
    mergeInto(durations, row.histograms[0] ?? new Map())
    mergeInto(queryCounts, row.histograms[1] ?? new Map())
  }
  return {
    window,
    requestCount: sum('count'),
    errorCount: sum('error_count'),
    queryMedian: countOfBin(quantileBin(queryCounts, 0.5) ?? 0),
    totalMs: sum('duration_us') / 1000,
    sqlWallMs: sum('sql_wall_us') / 1000,
    ...percentilesOf(
      durations,
      routes.reduce((most, route) => Math.max(most, route.max('max_us')), 0),
    ),
    firstRecordingAt: startedAt(handle, window, 'ASC'),
    lastRecordingAt: startedAt(handle, window, 'DESC'),
    timeline: readTimeline(handle, window),
    findings: readFindings(handle, window),
    routes: routeSummaries(handle, window, routes),
  }
}

/** Of everything, or of everything with the window's label. */
function startedAt(handle: StoreHandle, { session }: TimeWindow, order: 'ASC' | 'DESC'): number | null {
  const { sql, values } = session === undefined ? { sql: '1', values: [] } : sessionCriterion(session)
  const first = `SELECT started_us FROM recordings WHERE ${sql} ORDER BY number ${order} LIMIT 1`
  const found = handle.get<{ started_us: number }>(first, ...values)
  return found === undefined ? null : found.started_us / 1000
}

/** Costliest first. */
function routeSummaries(handle: StoreHandle, window: TimeWindow, routes: readonly Merged[]): RouteSummary[] {
  const badges = routeBadges(handle, window)
  return routes
    .map((merged) => routeSummary(handle, merged, badges.get(merged.row.keys[0] ?? NONE) ?? []))
    .sort((a, b) => b.totalMs - a.totalMs)
}

function routeSummary(handle: StoreHandle, merged: Merged, findings: readonly FindingBadge[]): RouteSummary {
  const { row, sum, max } = merged
  const sql = 'SELECT method, route FROM routes WHERE id = ?'
  const named = handle.get<{ method: string; route: string | null }>(sql, row.keys[0])
  return {
    method: named?.method ?? '',
    route: named?.route ?? null,
    count: sum('count'),
    errorCount: sum('error_count'),
    totalMs: sum('duration_us') / 1000,
    sqlMs: sum('sql_us') / 1000,
    sqlWallMs: sum('sql_wall_us') / 1000,
    queryCount: sum('query_count'),
    queryMedian: countOfBin(quantileBin(row.histograms[1] ?? new Map(), 0.5) ?? 0),
    queryMax: max('query_max'),
    ...percentilesOf(row.histograms[0] ?? new Map(), max('max_us')),
    findings,
  }
}

/** The findings of each route; `count`: repeats in a typical recording that has it. */
function routeBadges(handle: StoreHandle, window: TimeWindow): Map<number, FindingBadge[]> {
  const badges = new Map<number, FindingBadge[]>()
  for (const { row, sum } of mergeRollups(handle, FINDING_ROLLUPS, window, ['finding_id', 'route_id'])) {
    const [findingId, routeId = NONE] = row.keys
    const found = handle.get<{ key: string; kind: FindingKind; state: FindingState }>(
      'SELECT key, kind, state FROM findings WHERE id = ?',
      findingId,
    )
    if (found === undefined) continue
    const count = Math.round(sum('repeat_count') / Math.max(1, sum('recording_count')))
    badges.set(routeId, [...(badges.get(routeId) ?? []), { ...found, count }])
  }
  return badges
}

const MOST_BUCKETS = 60
/** Minutes. */
const BUCKET_WIDTHS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7 * 1440, 14 * 1440, 28 * 1440] as const

interface TimelineRow {
  readonly bucket: number
  readonly width: number
  readonly count: number
  readonly withFindingCount: number
  readonly errorCount: number
}

/**
 * At most 60 buckets of one width without gaps, from the window's start, or from the first recording where that came
 * later: of a day's window over a store of ten minutes, all but one bucket would be empty.
 */
function readTimeline(handle: StoreHandle, window: TimeWindow): TimelineBucket[] {
  const buckets = bucketsIn(window)
  const rows = handle.all<TimelineRow>(
    `SELECT bucket, width, sum(count) AS count, sum(finding_count) AS withFindingCount, sum(error_count) AS errorCount
      FROM ${ROUTE_ROLLUPS.name} WHERE ${buckets.sql} GROUP BY bucket, width ORDER BY bucket`,
    ...buckets.values,
  )
  const [first] = rows
  if (first === undefined) return []
  const from = window.since === null ? first.bucket : Math.max(first.bucket, Math.floor(window.since / 60_000))
  const lastRow = rows.reduce((last, row) => Math.max(last, row.bucket + row.width - 1), 0)
  const to = window.until === null ? lastRow : Math.floor(window.until / 60_000)
  const widest = rows.reduce((most, row) => Math.max(most, row.width), 1)
  return fill(rows, from, to, widthFor(to - from + 1, widest))
}

function widthFor(minutes: number, widestRow: number): number {
  const fits = BUCKET_WIDTHS.find((width) => width >= widestRow && minutes / width <= MOST_BUCKETS - 1)
  return fits ?? Math.ceil(minutes / (MOST_BUCKETS - 1) / 1440) * 1440
}

function fill(rows: readonly TimelineRow[], from: number, to: number, width: number): TimelineBucket[] {
  const start = Math.floor(from / width)
  const end = Math.max(start, Math.floor(to / width))
  const timeline = Array.from({ length: end - start + 1 }, (_, at) => ({
    startedAt: (start + at) * width * 60_000,
    widthMs: width * 60_000,
    count: 0,
    withFindingCount: 0,
    errorCount: 0,
  }))
  for (const row of rows) {
    // A bucket of an old hour may begin before the window that it touches.
    const bucket = timeline[Math.min(Math.max(0, Math.floor(row.bucket / width) - start), end - start)]
    if (bucket === undefined) continue
    bucket.count += row.count
    bucket.withFindingCount += row.withFindingCount
    bucket.errorCount += row.errorCount
  }
  return timeline
}
