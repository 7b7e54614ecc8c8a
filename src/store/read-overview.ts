import type { FindingBadge } from '../model/finding-summary.js'
import type { Overview, RouteSummary, TimelineBucket } from '../model/overview.js'
import { JOB_METHOD } from '../model/recording.js'
import type { TimeWindow } from '../model/time-window.js'
import { readClosed } from './closed-buckets.js'
import { NONE } from './contents.js'
import { countOfBin, quantileBin } from './histogram.js'
import { readFindings } from './read-findings.js'
import { percentilesOf } from './read-percentiles.js'
import { type Merged, mergeRollups, sumRollups, together } from './read-rollups.js'
import { sessionCriterion } from './request-conditions.js'
import { FINDING_ROLLUPS, ROUTE_ROLLUPS } from './rollups.js'
import { type InTime, timeSlots } from './time-slots.js'
import { type BucketCondition, closedBucketsIn, openBucketsIn } from './time-window.js'
import type { StoreHandle } from './worker-connection.js'

/** Everything of the overview, from roll-ups alone. */
export function readOverview(handle: StoreHandle, window: TimeWindow): Overview {
  const routes = mergeRollups(handle, ROUTE_ROLLUPS, window, ['route_id'])
  const byFinding = sumRollups(handle, FINDING_ROLLUPS, window, ['finding_id', 'route_id'])
  const jobIds = new Set(handle.prepare('SELECT id FROM routes WHERE method = ?').pluck().all(JOB_METHOD))
  const { sum, max, histogram } = together(routes.filter(({ keys }) => !jobIds.has(keys[0] ?? NONE)))
  const { timeline, trends } = readTimeline(handle, window, jobIds)
  return {
    window,
    requestCount: sum('count'),
    errorCount: sum('error_count'),
    queryMedian: countOfBin(quantileBin(histogram('query_counts'), 0.5) ?? 0),
    totalMs: sum('duration_us') / 1000,
    sqlWallMs: sum('sql_wall_us') / 1000,
    poolWaitMs: sum('pool_wait_us') / 1000,
    ...percentilesOf(histogram('durations'), max('max_us')),
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

interface RouteName {
  readonly id: number
  readonly method: string
  readonly route: string | null
}

/** Costliest first. */
function routeSummaries(
  handle: StoreHandle,
  { routes, byFinding, trends }: Merges & Pick<InTimeOfRoutes, 'trends'>,
): RouteSummary[] {
  const badges = routeBadges(handle, byFinding)
  const named = handle.all<RouteName>('SELECT id, method, route FROM routes')
  const names = new Map(named.map((name) => [name.id, name]))
  return routes
    .map((merged) => {
      const routeId = merged.keys[0] ?? NONE
      return {
        ...routeSummary(names.get(routeId), merged, badges.get(routeId) ?? []),
        trend: trends.get(routeId) ?? [],
      }
    })
    .sort((a, b) => b.totalMs - a.totalMs)
}

function routeSummary(
  named: RouteName | undefined,
  merged: Merged,
  findings: readonly FindingBadge[],
): Omit<RouteSummary, 'trend'> {
  const { sum, max, histogram } = merged
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
    queryMedian: countOfBin(quantileBin(histogram('query_counts'), 0.5) ?? 0),
    queryMax: max('query_max'),
    ...percentilesOf(histogram('durations'), max('max_us')),
    findings,
  }
}

interface FindingName extends Omit<FindingBadge, 'count'> {
  readonly id: number
}

/** The findings of each route; `count`: repeats in a typical recording that has it. */
function routeBadges(handle: StoreHandle, byFinding: readonly Merged[]): Map<number, FindingBadge[]> {
  const rows = handle.all<FindingName>('SELECT id, key, kind, state FROM findings')
  const findings = new Map(rows.map(({ id, ...finding }) => [id, finding]))
  const badges = new Map<number, FindingBadge[]>()
  for (const { keys, sum } of byFinding) {
    const [findingId, routeId = NONE] = keys
    const found = findings.get(findingId ?? NONE)
    if (found === undefined) continue
    const count = Math.round(sum('repeat_count') / Math.max(1, sum('recording_count')))
    badges.set(routeId, [...(badges.get(routeId) ?? []), { ...found, count }])
  }
  return badges
}

interface InTimeOfRoutes {
  readonly timeline: readonly TimelineBucket[]
  /** By route: mean response time of each of the timeline's buckets. */
  readonly trends: ReadonlyMap<number, readonly (number | null)[]>
}

interface TimelineRow extends InTime {
  readonly routeId: number
  readonly count: number
  readonly withFindingCount: number
  readonly errorCount: number
  readonly durationUs: number
}

function timelineRows(handle: StoreHandle, window: TimeWindow): TimelineRow[] {
  const read = ({ sql, values }: BucketCondition): TimelineRow[] => {
    // Tens of thousands in a window of weeks: as arrays they cost half as much.
    const cells = handle
      .prepare(
        `SELECT bucket, width, route_id, sum(count), sum(finding_count), sum(error_count), sum(duration_us)
          FROM ${ROUTE_ROLLUPS.name} WHERE ${sql} GROUP BY bucket, width, route_id`,
      )
      .raw()
      .all(...values) as [number, number, number, number, number, number, number][]
    return cells.map(([bucket, width, routeId, count, withFindingCount, errorCount, durationUs]) => {
      return { bucket, width, routeId, count, withFindingCount, errorCount, durationUs }
    })
  }
  const closed = closedBucketsIn(window)
  const key = JSON.stringify(['timeline', closed.values])
  return [...readClosed(handle, key, () => read(closed)), ...read(openBucketsIn(ROUTE_ROLLUPS.name, window))]
}

/** Requests over time: all of them, and how long those of each route, and each job, have taken. */
function readTimeline(handle: StoreHandle, window: TimeWindow, jobIds: ReadonlySet<unknown>): InTimeOfRoutes {
  const rows = timelineRows(handle, window)
  const { startedAt, widthMs, indexOf } = timeSlots(rows, window)
  const timeline = startedAt.map((at) => ({
    ...{ startedAt: at, widthMs },
    ...{ count: 0, withFindingCount: 0, errorCount: 0 },
  }))
  const sums = new Map<number, { count: number; durationUs: number }[]>()
  for (const row of rows) {
    const bucket = timeline[indexOf(row)]
    if (bucket === undefined) continue
    if (!jobIds.has(row.routeId)) {
      bucket.count += row.count
      bucket.withFindingCount += row.withFindingCount
      bucket.errorCount += row.errorCount
    }
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
