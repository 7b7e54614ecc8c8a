import type { Explanation } from '../../model/explain.js'
import { isoTime } from '../../model/recording-json.js'
import type { StatementCallSite, StatementDetail, StatementRoute, StatementSummary } from '../../model/statement.js'
import { histogramChart } from '../charts/histogram-chart.js'
import { svgPercent } from '../charts/ticks.js'
import { trendChart } from '../charts/trend-chart.js'
import { count, duration, percent, perText, place, plural, share } from '../display.js'
import { findingJson } from '../json/finding-json.js'
import { summaryJson } from '../json/recording-json.js'
import { link, statementLink } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { notFound, PageProblem } from '../problem.js'
import { badge, badgeMaker } from '../severity.js'
import { layOutSql } from '../sql-layout.js'
import { explanationModel } from './explanation.js'
import { findingRows } from './finding-row.js'
import { isOverQueries, requestRow } from './request-row.js'

/** One statement: what it costs, which routes send it, from which lines; if it is slow, what index it lacks. */
export async function statementPage(context: PageContext): Promise<Page> {
  const detail = await statementDetail(context)
  const { inspector } = context
  return pageOf(context, detail, inspector?.isWorthChecking(detail) ? await inspector.checkIndexes(detail) : null)
}

/** The same with its plan, which is asked for by a form since it asks the app's own database. */
export async function explainedStatementPage(
  context: PageContext,
  fields: Readonly<Record<string, unknown>>,
): Promise<Page> {
  const { inspector } = context
  if (inspector === null) throw notFound('No database can be asked from here.')
  const { measure } = fields
  if (measure !== undefined && measure !== 'on') {
    throw new PageProblem(400, 'Bad form', `The field "measure" has the value "${String(measure)}"; allowed: on.`)
  }
  const detail = await statementDetail(context)
  const explanation = await inspector.explain(detail, { measure: measure === 'on' })
  // With the finding that the explanation may have made.
  return pageOf(context, explanation.advice.length > 0 ? await statementDetail(context) : detail, explanation)
}

async function statementDetail({ reader, params }: PageContext): Promise<StatementDetail> {
  const id = params.id ?? ''
  const detail = await reader.statement(id)
  if (detail === null) throw notFound(`No statement has the id "${id}".`)
  return detail
}

function pageOf(context: PageContext, detail: StatementDetail, explanation: Explanation | null): Page {
  return {
    title: 'Statement',
    section: 'statements',
    view: 'statement',
    json: () => ({
      ...detail.summary,
      example: detail.example,
      routes: detail.routes,
      callSites: detail.callSites,
      histogram: detail.histogram,
      trend: detail.trend.map((slot) => ({ ...slot, startedAt: isoTime(slot.startedAt) })),
      findings: detail.findings.map(findingJson),
      recentRecordings: detail.recentRecordings.map(summaryJson),
      explanation,
    }),
    model: async () => ({
      ...(await statementModel(context, detail)),
      plan: await explanationModel(context, detail, explanation),
    }),
  }
}

async function statementModel(context: PageContext, detail: StatementDetail): Promise<object> {
  const { base, now, highlight } = context
  const { summary, routes, callSites, findings, recentRecordings } = detail
  const text = summary.text
  return {
    backHref: link(base, '/statements'),
    shortId: summary.id.slice(0, 8),
    id: summary.id,
    requestsHref: link(base, '/requests', { statement: summary.id }),
    badges: findings.map((finding) => badge(finding.kind, finding.share, finding.state)),
    sql: await highlight(layOutSql(text), 'sql'),
    example: detail.example === text ? null : await highlight(layOutSql(detail.example), 'sql'),
    stats: stats(summary),
    histogram: histogramChart(detail.histogram, summary),
    trend: trendChart(detail.trend, now),
    routes: routes.map((route) => routeRow(base, route, summary)),
    callSites: await Promise.all(callSites.map((use) => callSiteRow(context, use, detail))),
    findings: await findingRows(context, findings, statementLink('', summary.id)),
    recent: recentRecordings.map((recording) => requestRow(base, now, badgeMaker(findings), recording)),
  }
}

function stats(summary: StatementSummary): readonly object[] {
  const { calls, rowCount } = summary
  const perCall = rowCount === null || calls === 0 ? null : rowCount / calls
  return [
    { label: 'Calls', value: count(calls) },
    { label: 'Total', ...duration(summary.totalMs), className: 'c-sql' },
    { label: 'p50', ...duration(summary.p50Ms, 2) },
    { label: 'p95', ...duration(summary.p95Ms, 2) },
    { label: 'Max', ...duration(summary.maxMs, 2) },
    { label: 'Joins', value: count(summary.joinCount) },
    { label: 'Rows per call', value: perCall === null ? '–' : perText(perCall) },
  ]
}

function routeRow(base: string, route: StatementRoute, summary: StatementSummary): object {
  const ofTotal = share(route.totalMs, summary.totalMs)
  const perRequest = route.recordingCount === 0 ? 0 : route.calls / route.recordingCount
  return {
    href: link(base, '/requests', { method: route.method, route: route.route, statement: summary.id }),
    method: route.method,
    route: route.route ?? '(no route matched)',
    calls: count(route.calls),
    perRequest: perText(perRequest),
    isMany: isOverQueries(perRequest),
    total: duration(route.totalMs),
    share: { width: svgPercent(ofTotal), text: percent(ofTotal) },
  }
}

async function callSiteRow(context: PageContext, use: StatementCallSite, detail: StatementDetail): Promise<object> {
  const { callSite } = use
  const seenAt = detail.recentRecordings[0]?.startedAt ?? context.now
  const line = callSite && (await context.source(callSite, seenAt, { before: 0, after: 0 }))
  return {
    place: callSite && place(callSite, context.editor(callSite)),
    sourceLine: line && (await context.highlight((line.lines[0]?.text ?? '').trim(), 'typescript')),
    changedSince: line?.changedSince ?? false,
    callsText: plural(use.calls, 'call', 'calls'),
    calls: count(use.calls),
    total: duration(use.totalMs),
    max: duration(use.maxMs, 2),
    isFinding: detail.findings.some(
      ({ latest, state }) =>
        state === 'open' && latest.callSite?.file === callSite?.file && latest.callSite?.line === callSite?.line,
    ),
  }
}
