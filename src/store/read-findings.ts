import type { FindingKind, FindingState, Occurrence } from '../model/finding.js'
import type { FindingSummary } from '../model/finding-summary.js'
import type { TimeWindow } from '../model/time-window.js'
import { idOfHash } from './content-id.js'
import { NONE } from './contents.js'
import { byKey, type Merged, sumRollups, together } from './read-rollups.js'
import { unpackId } from './recording-number.js'
import { FINDING_ROLLUPS, ROUTE_ROLLUPS } from './rollups.js'
import { ALL_TIME } from './time-window.js'
import type { StoreHandle } from './worker-connection.js'

/** The findings that occurred in a window, costliest first. */
export function readFindings(
  handle: StoreHandle,
  window: TimeWindow,
  sums: Partial<FindingSums> = {},
): FindingSummary[] {
  const byRoute = sums.byRoute ?? sumRollups(handle, ROUTE_ROLLUPS, window, ['route_id'])
  const byFinding = sums.byFinding ?? sumRollups(handle, FINDING_ROLLUPS, window, ['finding_id', 'route_id'])
  return summarize(handle, byRoute, byFinding)
}

/** What the caller may have added up already. */
interface FindingSums {
  /** By route. */
  readonly byRoute: readonly Merged[]
  /** By finding and route: one finding may occur on several routes. */
  readonly byFinding: readonly Merged[]
}

/** One finding over all of the time that is kept. */
export function readFinding(handle: StoreHandle, key: string): FindingSummary | null {
  return findingsById(handle, [idOfHash(key)])[0] ?? null
}

/** The findings that name a statement. */
export function findingsOfStatement(handle: StoreHandle, fingerprint: string): FindingSummary[] {
  const named = `SELECT id FROM findings WHERE EXISTS (
    SELECT 1 FROM json_each(latest, '$.fingerprints') AS hash WHERE hash.value = ?)`
  const ids = handle.all<{ id: number }>(named, fingerprint).map(({ id }) => id)
  return findingsById(handle, ids)
}

function findingsById(handle: StoreHandle, ids: readonly number[]): FindingSummary[] {
  const where = { sql: 'finding_id IN (SELECT value FROM json_each(?))', values: [JSON.stringify(ids)] }
  const byFinding = sumRollups(handle, FINDING_ROLLUPS, ALL_TIME, ['finding_id', 'route_id'], where)
  return summarize(handle, sumRollups(handle, ROUTE_ROLLUPS, ALL_TIME, ['route_id']), byFinding)
}

interface FindingRow {
  readonly key: string
  readonly kind: FindingKind
  readonly state: FindingState
  readonly fixed_us: number | null
  readonly regressed_us: number | null
  readonly first_seen_us: number
  readonly last_seen_us: number
  readonly latest: string
  readonly method: string | null
  readonly route: string | null
  readonly latest_id: Uint8Array | string | null
  readonly latest_duration_us: number | null
  readonly latest_query_count: number | null
}

const FINDING_SQL = `SELECT findings.*, routes.method, routes.route, recordings.id AS latest_id,
    recordings.duration_us AS latest_duration_us, recordings.query_count AS latest_query_count
  FROM findings LEFT JOIN routes ON routes.id = findings.route_id
    LEFT JOIN recordings ON recordings.number = findings.latest_number WHERE findings.id = ?`

function summarize(handle: StoreHandle, byRoute: readonly Merged[], byFinding: readonly Merged[]): FindingSummary[] {
  const requests = new Map(byRoute.map((route) => [route.keys[0] ?? NONE, route.sum('count')]))
  const windowUs = byRoute.reduce((total, route) => total + route.sum('duration_us'), 0)
  const summaries: FindingSummary[] = []
  for (const [findingId, parts] of byKey(byFinding, 0)) {
    const row = handle.get<FindingRow>(FINDING_SQL, findingId)
    if (row) summaries.push(summaryOf(row, parts, requests, windowUs))
  }
  return summaries.sort((a, b) => lostOf(b) - lostOf(a) || b.totalMs - a.totalMs || (a.key < b.key ? -1 : 1))
}

function summaryOf(
  row: FindingRow,
  parts: readonly Merged[],
  requests: ReadonlyMap<number, number>,
  windowUs: number,
): FindingSummary {
  const { sum } = together(parts)
  const savingUs = sum('saving_us')
  return {
    key: row.key,
    kind: row.kind,
    state: row.state,
    fixedAt: row.fixed_us === null ? null : row.fixed_us / 1000,
    regressedAt: row.regressed_us === null ? null : row.regressed_us / 1000,
    firstSeen: row.first_seen_us / 1000,
    lastSeen: row.last_seen_us / 1000,
    recordingCount: sum('recording_count'),
    routeRecordingCount: parts.reduce((total, { keys }) => total + (requests.get(keys[1] ?? NONE) ?? 0), 0),
    method: row.method,
    route: row.route,
    latest: JSON.parse(row.latest) as Occurrence,
    latestRecordingId: row.latest_id === null ? null : unpackId(row.latest_id),
    latestDurationMs: row.latest_duration_us === null ? null : row.latest_duration_us / 1000,
    latestQueryCount: row.latest_query_count,
    totalMs: sum('total_us') / 1000,
    savingMs: savingUs / 1000,
    share: windowUs === 0 ? 0 : Math.min(1, lostOf({ savingMs: savingUs, totalMs: sum('total_us') }) / windowUs),
  }
}

/** What a finding costs: what its fix would save, or all time of its queries where no saving is known. */
function lostOf({ savingMs, totalMs }: Pick<FindingSummary, 'savingMs' | 'totalMs'>): number {
  return savingMs > 0 ? savingMs : totalMs
}
