import type { FindingBadge } from '../../model/finding-summary.js'
import { JOB_METHOD, type RecordedResponse } from '../../model/recording.js'
import type { RecordingSummary } from '../../model/request-list.js'
import { svgPercent } from '../charts/ticks.js'
import {
  bytes,
  count,
  duration,
  durationText,
  type Moment,
  moment,
  percent,
  type Quantity,
  share,
  type ValuePart,
  valueParts,
} from '../display.js'
import { requestLink } from '../links.js'
import type { Badge } from '../severity.js'

/** Numbers above these are set in bold orange. */
const SLOW_MS = 100
const MANY_QUERIES = 10

export interface RequestRow {
  readonly id: string
  readonly href: string
  readonly at: Moment
  readonly status: StatusView
  readonly method: string
  readonly url: readonly ValuePart[]
  readonly title: string
  readonly badges: readonly (Badge & { readonly count: string })[]
  /** Of the exception that was seen. */
  readonly errorClass: string | null
  readonly pinned: boolean
  readonly tags: readonly string[]
  readonly rail: string
  readonly total: Quantity
  readonly isSlow: boolean
  readonly sqlShare: { readonly width: string; readonly rest: string; readonly label: string }
  readonly sql: Quantity
  readonly queries: string
  readonly hasManyQueries: boolean
  readonly size: Quantity
}

export interface StatusView {
  readonly text: string
  readonly className: string
  readonly note: string | null
}

/** Open loops stand out at any severity: they grow with the data. */
function isLoop({ kind, state }: FindingBadge): boolean {
  return state === 'open' && kind !== 'duplicate-query'
}

function isFailed({ kind, status, errorClass }: RecordingSummary): boolean {
  return kind === 'request' ? (status ?? 0) >= 500 : errorClass !== null
}

type BadgeOf = (found: RecordingSummary['findings'][number]) => Badge & { count: string }

export function requestRow(base: string, now: number, badgeOf: BadgeOf, summary: RecordingSummary): RequestRow {
  const { durationMs, sqlWallMs, queryCount } = summary
  const sqlShare = share(sqlWallMs, durationMs)
  const url = summary.url ?? summary.name ?? summary.kind
  const method = summary.method ?? (summary.kind === 'job' ? JOB_METHOD : '')
  return {
    id: summary.id,
    href: requestLink(base, summary.id),
    at: moment(summary.startedAt, now),
    status: summary.kind === 'request' ? statusView(summary) : { text: '–', className: 'dim', note: null },
    method,
    url: valueParts(url),
    title: `${method} ${url}`.trim(),
    badges: summary.findings.map(badgeOf),
    errorClass: summary.errorClass,
    pinned: summary.pinned,
    tags: summary.tags,
    rail: isFailed(summary) ? 'is-err' : summary.findings.some(isLoop) ? 'is-finding' : '',
    total: duration(durationMs),
    isSlow: durationMs >= SLOW_MS,
    sqlShare: {
      width: svgPercent(sqlShare),
      rest: svgPercent(1 - sqlShare),
      label: `${durationText(sqlWallMs)} of ${durationText(durationMs)} in SQL, ${percent(sqlShare)} %`,
    },
    sql: duration(sqlWallMs),
    queries: count(queryCount),
    hasManyQueries: queryCount >= MANY_QUERIES,
    size: bytes(summary.contentLength),
  }
}

/**
 * Healthy is grey, client errors are black, failures red; a response that never came is a dash with a word.
 *
 * @param response `null`: it was not complete when silk was closed
 */
export function statusView(response: Pick<RecordedResponse, 'status' | 'aborted'> | null): StatusView {
  const { status, aborted } = response ?? { status: null, aborted: false }
  const note = aborted ? 'Client aborted' : null
  if (status === null) return { text: '–', className: 'dim', note: note ?? 'Unfinished' }
  if (status >= 500) return { text: String(status), className: 'c-err strong', note }
  return { text: String(status), className: status >= 400 ? 'strong' : 'sec', note }
}

export function isOverQueries(queryCount: number): boolean {
  return queryCount >= MANY_QUERIES
}
