import type { CallSite } from '../model/call-site.js'
import type { FindingKind, FindingState } from '../model/finding.js'
import type { FindingBadge } from '../model/finding-summary.js'
import type { Recording, RecordingKind } from '../model/recording.js'
import type { RecordingSummary } from '../model/request-list.js'
import { pathOf } from '../model/url.js'
import { NONE } from './contents.js'
import { packId, unpackId } from './recording-number.js'

const KINDS: readonly RecordingKind[] = ['request', 'job', 'background']

export function kindNumber(kind: RecordingKind): number {
  return KINDS.indexOf(kind)
}

/** Columns of `recordings`, in the order in which `recordingRow` gives their values. */
export const RECORDING_COLUMNS = [
  'number',
  'id',
  'kind',
  'started_us',
  'duration_us',
  'overhead_us',
  'route_id',
  'url',
  'path',
  'status',
  'aborted',
  'content_length',
  'query_count',
  'dropped_query_count',
  'sql_us',
  'sql_wall_us',
  'pool_wait_us',
  'findings',
  'session_id',
  'error_class',
  'user_id',
] as const

/** A recording with its route, as `SUMMARY_FROM` selects it. */
export interface SummaryRow {
  readonly number: number
  readonly id: Uint8Array | string
  readonly kind: number
  readonly started_us: number
  readonly duration_us: number
  readonly overhead_us: number
  readonly route_id: number | null
  readonly url: string | null
  readonly path: string | null
  readonly status: number | null
  readonly aborted: number | null
  readonly content_length: number | null
  readonly query_count: number
  readonly dropped_query_count: number
  readonly sql_us: number
  readonly sql_wall_us: number
  readonly pool_wait_us: number
  readonly findings: string | null
  readonly session_id: number | null
  readonly error_class: string | null
  readonly user_id: number | null
  /** A JSON array. */
  readonly tags: string
  readonly pinned: number
  readonly session: string | null
  readonly user: string | null
  readonly user_name: string | null
  readonly method: string | null
  readonly route: string | null
}

const summaryColumns = RECORDING_COLUMNS.map((column) => `recordings.${column}`).join(', ')

/** Selects `SummaryRow`s; a WHERE may follow. */
export const SUMMARY_FROM: string = `SELECT ${summaryColumns}, routes.method, routes.route,
    (SELECT label FROM sessions WHERE sessions.id = recordings.session_id) AS session,
    (SELECT json_group_array(tag) FROM recording_tags AS t WHERE t.number = recordings.number) AS tags,
    EXISTS (SELECT 1 FROM pins WHERE pins.number = recordings.number) AS pinned, users.user, users.name AS user_name
  FROM recordings LEFT JOIN routes ON routes.id = recordings.route_id LEFT JOIN users ON users.id = recordings.user_id`

export function recordingRow(
  recording: Recording,
  number: number,
  { routeId, sessionId, userId }: RowIds,
  badges: readonly StoredBadge[],
): unknown[] {
  const { request, response } = recording
  return [
    number,
    packId(recording.id),
    kindNumber(recording.kind),
    toUs(recording.startedAt),
    toUs(recording.durationMs),
    toUs(recording.overheadMs),
    routeId === NONE ? null : routeId,
    request?.url ?? null,
    request === null || request.path === pathOf(request.url) ? null : request.path,
    response?.status ?? null,
    response === null ? null : Number(response.aborted),
    response?.contentLength ?? null,
    recording.queryCount,
    recording.droppedQueryCount,
    toUs(recording.sqlMs),
    toUs(recording.sqlWallMs),
    toUs(recording.poolWaitMs),
    packBadges(badges),
    sessionId === NONE ? null : sessionId,
    recording.error?.class ?? null,
    userId === NONE ? null : userId,
  ]
}

/** What a row of `recordings` refers to; `NONE`: to nothing. */
export interface RowIds {
  readonly routeId: number
  readonly sessionId: number
  readonly userId: number
}

/** States of findings by key; those that are not there are open. */
export type FindingStates = ReadonlyMap<string, FindingState>

export function summaryOf(row: SummaryRow, states: FindingStates): RecordingSummary {
  const kind = KINDS[row.kind] ?? 'background'
  const isJob = kind === 'job'
  return {
    id: unpackId(row.id),
    kind,
    name: isJob ? row.route : null,
    session: row.session,
    tags: row.tags === '[]' ? [] : (JSON.parse(row.tags) as string[]),
    pinned: row.pinned === 1,
    user: row.user === null ? null : { id: row.user, name: row.user_name },
    startedAt: row.started_us / 1000,
    method: isJob ? null : row.method,
    url: row.url,
    path: row.path ?? (row.url === null ? null : pathOf(row.url)),
    route: isJob ? null : row.route,
    status: row.status,
    aborted: row.aborted === 1,
    errorClass: row.error_class,
    durationMs: row.duration_us / 1000,
    overheadMs: row.overhead_us / 1000,
    queryCount: row.query_count,
    sqlMs: row.sql_us / 1000,
    sqlWallMs: row.sql_wall_us / 1000,
    poolWaitMs: row.pool_wait_us / 1000,
    contentLength: row.content_length,
    findings: withStates(badgesOf(row.findings), states),
  }
}

/** A badge as it stands in a recording's row; the state is that of the finding. */
export type StoredBadge = Omit<FindingBadge, 'state'>

export function packBadges(badges: readonly StoredBadge[]): string | null {
  return badges.length === 0 ? null : JSON.stringify(badges.map(({ key, kind, count }) => [key, kind, count]))
}

export function badgesOf(packed: string | null): StoredBadge[] {
  if (packed === null) return []
  const badges = JSON.parse(packed) as [string, FindingKind, number][]
  return badges.map(([key, kind, count]) => ({ key, kind, count }))
}

export function withStates(badges: readonly StoredBadge[], states: FindingStates): FindingBadge[] {
  return badges.map((badge) => ({ ...badge, state: states.get(badge.key) ?? 'open' }))
}

export interface CallSiteRow {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly function: string | null
}

export function callSiteOf(row: CallSiteRow, inferred: boolean): CallSite {
  const { file, line, column, function: name } = row
  return { file, line, column, function: name, source: inferred ? 'inferred' : 'captured' }
}

/** Whole microseconds; a number that is none would be refused by SQLite, or stored as something else. */
export function toUs(ms: number): number {
  return Number.isFinite(ms) ? Math.round(ms * 1000) : 0
}
