import type { FindingKind, FindingState } from '../model/finding.js'
import type { FindingBadge, Overview, RouteSummary, TimelineBucket, TimeWindow } from '../model/store.js'
import { NONE } from './contents.js'
import { countOfBin, type Histogram, mergeInto, quantileBin } from './histogram.js'
import { readFindings } from './read-findings.js'
import { percentilesOf } from './read-percentiles.js'
import { type Merged, mergeRollups, sumRollups } from './read-rollups.js'
import { sessionCriterion } from './request-conditions.js'
import { FINDING_ROLLUPS, ROUTE_ROLLUPS } from './rollups.js'
import { type InTime, timeSlots } from './time-slots.js'
import { bucketsIn } from './time-window.js'
import type { StoreHandle } from './worker-connection.js'

/** Everything of the overview, from roll-ups alone. */
export function readOverview(handle: StoreHandle, window: TimeWindow): Overview {
  const routes = mergeRollups(handle, ROUTE_ROLLUPS, window, ['route_id'])
  const byFinding = sumRollups(handle, FINDING_ROLLUPS, window, ['finding_id', 'route_id'])
  const sum = (column: string): number => routes.reduce((total, route) => total + route.sum(column), 0)
  const durations: Histogram = new Map()
  const queryCounts: Histogram = new Map()
  for (const { row } of routes) {
    mergeInto(durations, row.histograms[0] ?? new Map())
    mergeInto(queryCounts, row.histograms[1] ?? new Map())
  }
  const { timeline, trends } = readTimeline(handle, window)
  return {
    window,
    requestCount: sum('count'),
    errorCount: sum('error_count'),
    queryMedian: countOfBin(quantileBin(queryCounts, 0.5) ?? 0),
    totalMs: sum('duration_us') / 1000,
    sqlWallMs: sum('sql_wall_us') / 1000,
    poolWaitMs: sum('pool_wait_us') / 1000,
    ...percentilesOf(
      durations,
      routes.reduce((most, route) => Math.max(most, route.max('max_us')), 0),
    ),
    firstRecordingAt: startedAt(handle, window, 'ASC'),
    lastRecordingAt: startedAt(handle, window, 'DESC'),
    timeline,
    findings: readFindings(handle, window, { byRoute: routes, byFinding }),
    routes: routeSummaries(handle, { routes, byFinding, trends }),
  }
}

/** Of everything, or of everything with the window's label. */
function startedAt(handle: StoreHandle, { session }: TimeWindow, order: 'ASC' | 'DESC'): number | null {
  const { sql, values } = session === undefined ? { sql: '1', values: [] } : sessionCriterion(session)
  const first = `SELECT started_us FROM recordings WHERE ${sql} ORDER BY number ${order} LIMIT 1`
  const found = handle.get<{ started_us: number }>(first, ...values)
  return found === undefined ? null : found.started_us / 1000
}

/** The roll-ups of a window, added up once for all that is told of it. */
interface Merges {
  readonly routes: readonly Merged[]
  readonly byFinding: readonly Merged[]
}

/** Costliest first. */
function routeSummaries(
  handle: StoreHandle,
  { routes, byFinding, trends }: Merges & Pick<InTimeOfRoutes, 'trends'>,
): RouteSummary[] {
  const badges = routeBadges(handle, byFinding)
  return routes
    .map((merged) => {
      const routeId = merged.row.keys[0] ?? NONE
      return { ...routeSummary(handle, merged, badges.get(routeId) ?? []), trend: trends.get(routeId) ?? [] }
    })
    .sort((a, b) => b.totalMs - a.totalMs)
}

function routeSummary(
  handle: StoreHandle,
  merged: Merged,
  findings: readonly FindingBadge[],
): Omit<RouteSummary, 'trend'> {
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
    poolWaitMs: sum('pool_wait_us') / 1000,
    queryCount: sum('query_count'),
    queryMedian: countOfBin(quantileBin(row.histograms[1] ?? new Map(), 0.5) ?? 0),
    queryMax: max('query_max'),
    ...percentilesOf(row.histograms[0] ?? new Map(), max('max_us')),
    findings,
  }
}

/** The findings of each route; `count`: repeats in a typical recording that has it. */
function routeBadges(handle: StoreHandle, byFinding: readonly Merged[]): Map<number, FindingBadge[]> {
  const badges = new Map<number, FindingBadge[]>()
  for (const { row, sum } of byFinding) {
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

interface TimelineRow extends InTime {
  readonly routeId: number
  readonly count: number
  readonly withFindingCount: number
  readonly errorCount: number
  readonly durationUs: number
}

interface InTimeOfRoutes {
  readonly timeline: readonly TimelineBucket[]
  /** By route: mean response time of each of the timeline's buckets. */
  readonly trends: ReadonlyMap<number, readonly (number | null)[]>
}

/** Requests over time: all of them, and how long those of each route have taken. */
function readTimeline(handle: StoreHandle, window: TimeWindow): InTimeOfRoutes {
  const buckets = bucketsIn(window)
  // Tens of thousands in a window of weeks: as arrays they cost half as much.
  const cells = handle
    .prepare(
      `SELECT bucket, width, route_id, sum(count), sum(finding_count), sum(error_count), sum(duration_us)
        FROM ${ROUTE_ROLLUPS.name} WHERE ${buckets.sql} GROUP BY bucket, width, route_id ORDER BY bucket`,
    )
    .raw()
    .all(...buckets.values) as [number, number, number, number, number, number, number][]
  const rows = cells.map(
    ([bucket, width, routeId, count, withFindingCount, errorCount, durationUs]): TimelineRow => ({
      bucket,
      width,
      routeId,
      count,
      withFindingCount,
      errorCount,
      durationUs,
    }),
  )
  const { startedAt, widthMs, indexOf } = timeSlots(rows, window)
  const timeline = startedAt.map((at) => ({
    ...{ startedAt: at, widthMs },
    ...{ count: 0, withFindingCount: 0, errorCount: 0 },
  }))
  const sums = new Map<number, { count: number; durationUs: number }[]>()
  for (const row of rows) {
    const bucket = timeline[indexOf(row)]
    if (bucket === undefined) continue
    bucket.count += row.count
    bucket.withFindingCount += row.withFindingCount
    bucket.errorCount += row.errorCount
    const ofRoute = sums.get(row.routeId) ?? startedAt.map(() => ({ count: 0, durationUs: 0 }))
    sums.set(row.routeId, ofRoute)
    const slot = ofRoute[indexOf(row)]
    if (slot === undefined) continue
    slot.count += row.count
    slot.durationUs += row.durationUs
  }
  const mean = ({ count, durationUs }: { count: number; durationUs: number }): number | null =>
    count === 0 ? null : durationUs / count / 1000
  return { timeline, trends: new Map([...sums].map(([routeId, slots]) => [routeId, slots.map(mean)])) }
}
