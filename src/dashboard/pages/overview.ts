import * as v from 'valibot'
import type { FindingBadge, FindingSummary } from '../../model/finding-summary.js'
import type { Overview, RouteSummary } from '../../model/overview.js'
import { JOB_METHOD } from '../../model/recording.js'
import { isoTime, isoTimeOrNull } from '../../model/recording-json.js'
import { sparkline } from '../charts/sparkline.js'
import { svgPercent } from '../charts/ticks.js'
import { timelineChart } from '../charts/timeline-chart.js'
import { count, duration, durationText, moment, percent, plural, share } from '../display.js'
import { findingJson } from '../json/finding-json.js'
import { link } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { oneOf, parseQuery } from '../page-query.js'
import { renderEach } from '../render.js'
import { badgeMaker } from '../severity.js'
import { NO_SESSION, type View, viewChoices, viewEntries, viewOf } from '../view.js'
import { findingRows } from './finding-row.js'
import { NO_ROUTE } from './request-query.js'
import { isOverQueries } from './request-row.js'
import { sortHeaders } from './sort-headers.js'

const SORTS = [
  '-p95',
  'p95',
  '-count',
  'count',
  '-p50',
  'p50',
  '-p99',
  'p99',
  '-queries',
  'queries',
  '-sql',
  'sql',
  '-errors',
  'errors',
  'route',
  '-route',
] as const
type Sort = (typeof SORTS)[number]

const querySchema = v.object({
  ...viewEntries,
  sort: v.optional(oneOf(SORTS), '-p95'),
})

const SHOWN_FINDINGS = 10
const SHOWN_ROUTES = 100

const MEASURES: Readonly<Record<string, (route: RouteSummary) => number>> = {
  count: (route) => route.count,
  p50: (route) => route.p50Ms,
  p95: (route) => route.p95Ms,
  p99: (route) => route.p99Ms,
  queries: (route) => route.queryMedian,
  sql: (route) => share(route.sqlWallMs, route.totalMs),
  errors: (route) => route.errorCount,
}

/** What is slow, and why: the findings of a window by what they cost, then its routes. */
export async function overviewPage(context: PageContext): Promise<Page> {
  const { sort, ...given } = parseQuery(querySchema, context.query)
  const view = viewOf(given, context.now)
  const overview = await context.reader.overview(view.window)
  return {
    title: 'Overview',
    section: 'overview',
    view: 'overview',
    json: () => overviewJson(overview, view, sort),
    model: () => overviewModel(context, overview, view, sort),
  }
}

function overviewJson(overview: Overview, view: View, sort: Sort): object {
  const { window: _, firstRecordingAt, lastRecordingAt, timeline, findings, routes, ...numbers } = overview
  return {
    window: view.json,
    ...numbers,
    firstRecordingAt: isoTimeOrNull(firstRecordingAt),
    lastRecordingAt: isoTimeOrNull(lastRecordingAt),
    findings: findings.filter(isOpen).map(findingJson),
    routes: sortedRoutes(routes, sort),
    timeline: timeline.map((bucket) => ({ ...bucket, startedAt: isoTime(bucket.startedAt) })),
  }
}

async function overviewModel(context: PageContext, overview: Overview, view: View, sort: Sort): Promise<object> {
  const { base, now, status, appUrl } = context
  const { firstRecordingAt: first, lastRecordingAt: last, findings } = overview
  const open = findings.filter(isOpen)
  const routes = sortedRoutes(overview.routes, sort)
  const sorted = { sort: sort === '-p95' ? null : sort }
  const choice = { ...view.query, ...sorted }
  return {
    heading: view.title,
    span: first === null || last === null ? null : { from: moment(first, now), to: moment(last, now) },
    windows: viewChoices(context, '/', view, sorted),
    sessionHref: view.query.session === null ? null : link(base, '/compare'),
    isFirstRun: overview.requestCount === 0 && status.recordingCount === 0,
    isEmpty: overview.routes.length === 0,
    curl: `curl -i ${appUrl || 'http://localhost:3000'}/`,
    file: status.file,
    allHref: link(base, '/', { window: 'all' }),
    stats: headline(overview, open),
    timeline: timelineChart(overview.timeline, overview.window.since, now),
    findings: await findingRows(context, open.slice(0, SHOWN_FINDINGS), link('', '/', choice)),
    moreFindings: Math.max(0, open.length - SHOWN_FINDINGS),
    findingsHref: link(base, '/findings', view.query),
    sortText: sort === '-p95' ? 'slowest first, by p95' : '',
    headers: sortHeaders(base, '/', view.query, sort, HEADERS),
    routes: await renderEach('route-row', routes.slice(0, SHOWN_ROUTES), (route) => ({
      route: routeRow(base, route, overview),
    })),
    moreRoutes: Math.max(0, routes.length - SHOWN_ROUTES),
  }
}

function isOpen({ state }: FindingSummary): boolean {
  return state === 'open'
}

const HEADERS = [
  { key: 'route', label: 'Route', className: '', firstDescending: false },
  { key: 'count', label: 'Requests', className: 'r', firstDescending: true },
  { key: 'p50', label: 'p50 ms', className: 'r p1', firstDescending: true },
  { key: 'p95', label: 'p95 ms', className: 'r', firstDescending: true },
  { key: 'p99', label: 'p99 ms', className: 'r p2', firstDescending: true },
  { key: 'queries', label: 'Queries', className: 'r', firstDescending: true, sub: ' med / max' },
  { key: 'sql', label: 'Time in SQL', className: 'p1', firstDescending: true },
  { key: 'errors', label: 'Errors', className: 'r p1', firstDescending: true },
] as const

function avoidableText(avoidableMs: number): string {
  return avoidableMs > 0 ? `~${durationText(avoidableMs)} avoidable` : 'saving not known'
}

/** Waits at the same time are added up, and may so come to more than all requests took. */
function poolWaitText(poolWaitMs: number, totalMs: number): string {
  if (poolWaitMs > totalMs) return `pool wait ${durationText(poolWaitMs)}, added up`
  return `pool wait ${percent(share(poolWaitMs, totalMs))} % of ${durationText(totalMs)}`
}

function headline(overview: Overview, open: readonly FindingSummary[]): readonly object[] {
  const { requestCount, errorCount, totalMs, sqlWallMs, poolWaitMs } = overview
  const avoidableMs = open.reduce((sum, { savingMs }) => sum + savingMs, 0)
  const errorShare = share(errorCount, requestCount)
  const routeCount = overview.routes.filter(({ method }) => method !== JOB_METHOD).length
  return [
    {
      label: 'Open findings',
      value: count(open.length),
      className: open.length > 0 ? 'c-waste' : '',
      sub: open.length > 0 ? avoidableText(avoidableMs) : 'nothing to mend',
    },
    {
      label: 'Time in SQL',
      value: percent(share(sqlWallMs, totalMs)),
      unit: '%',
      className: 'c-sql',
      sub: poolWaitText(poolWaitMs, totalMs),
    },
    {
      label: 'Errors',
      value: count(errorCount),
      className: errorCount > 0 ? 'c-err' : '',
      sub: errorCount > 0 ? `${percent(errorShare)} % of requests` : 'status 5xx',
    },
    { label: 'Requests', value: count(requestCount), sub: plural(routeCount, 'route', 'routes') },
    { label: 'Response p50', ...duration(overview.p50Ms), sub: plural(overview.queryMedian, 'query', 'queries') },
    { label: 'Response p95', ...duration(overview.p95Ms), sub: `p99 ${durationText(overview.p99Ms)}` },
  ]
}

function sortedRoutes(routes: readonly RouteSummary[], sort: Sort): readonly RouteSummary[] {
  const key = sort.replace('-', '')
  const direction = sort.startsWith('-') ? -1 : 1
  const name = (route: RouteSummary): string => `${route.route ?? ''} ${route.method}`
  const measure = MEASURES[key]
  return routes.toSorted((left, right) => {
    const byValue = measure === undefined ? name(left).localeCompare(name(right)) : measure(left) - measure(right)
    return direction * byValue || right.count - left.count
  })
}

function routeRow(base: string, route: RouteSummary, { findings, timeline, window }: Overview): object {
  const session = window.session === null ? NO_SESSION : window.session
  const starts = timeline.map(({ startedAt }) => startedAt)
  const sqlShare = share(route.sqlWallMs, route.totalMs)
  return {
    href: link(base, '/requests', { method: route.method, route: route.route ?? NO_ROUTE, session }),
    method: route.method,
    route: route.route ?? '(no route matched)',
    isUnmatched: route.route === null,
    count: count(route.count),
    p50: duration(route.p50Ms),
    p95: duration(route.p95Ms),
    p99: duration(route.p99Ms),
    queries: count(route.queryMedian),
    queryMax: count(route.queryMax),
    hasManyQueries: isOverQueries(route.queryMedian),
    sqlShare: { width: svgPercent(sqlShare), rest: svgPercent(1 - sqlShare), text: percent(sqlShare) },
    errors: count(route.errorCount),
    hasErrors: route.errorCount > 0,
    trend: sparkline(route.trend, starts),
    badges: firstOfEachKind(route.findings).map(badgeMaker(findings)),
  }
}

/** What kinds there are: which findings they are is said above. */
function firstOfEachKind(findings: readonly FindingBadge[]): readonly FindingBadge[] {
  return findings.filter(({ kind }, at) => findings.findIndex((other) => other.kind === kind) === at)
}
