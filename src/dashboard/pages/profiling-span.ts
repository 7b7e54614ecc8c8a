import * as v from 'valibot'
import type { SpanDetail, SpanRoute, SpanSummary } from '../../model/span-summary.js'
import { KIND_LABELS } from '../charts/span-rows.js'
import { count, duration, plural } from '../display.js'
import { summaryJson } from '../json/recording-json.js'
import { link, spanLink } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { parseQuery } from '../page-query.js'
import { notFound } from '../problem.js'
import { badgeMaker } from '../severity.js'
import { type View, viewChoices, viewEntries, viewOf } from '../view.js'
import { NO_ROUTE } from './request-query.js'
import { requestRow } from './request-row.js'

const querySchema = v.object(viewEntries)

/** The spans of one name in a window: what they cost, in which routes, and the slowest of them. */
export async function profilingSpanPage(context: PageContext): Promise<Page> {
  const id = context.params.id ?? ''
  const view = viewOf(parseQuery(querySchema, context.query), context.now)
  const detail = await context.reader.span(id, view.window)
  if (detail === null) throw notFound(`No span has the id "${id}".`)
  const { summary, routes, slowest } = detail
  return {
    title: summary.name,
    section: 'profiling',
    view: 'profiling-span',
    json: () => ({
      window: view.json,
      ...summary,
      routes,
      slowest: slowest.map(({ recording, maxMs }) => ({ maxMs, recording: summaryJson(recording) })),
    }),
    model: () => spanModel(context, detail, view),
  }
}

function spanModel(context: PageContext, { summary, routes, slowest }: SpanDetail, view: View): object {
  const { base, now } = context
  return {
    backHref: link(base, '/profiling', view.query),
    runsHref: link(base, '/profiling/runs', { ...view.query, q: summary.name.slice(0, 200), kind: summary.kind }),
    windowTitle: view.title,
    windows: viewChoices(context, spanLink('', summary.id), view, {}),
    name: summary.name,
    kind: KIND_LABELS[summary.kind],
    stats: stats(summary),
    routes: routes.map((route) => routeRow(base, route)),
    slowest: slowest.map(({ recording, maxMs }) => ({
      max: duration(maxMs, 2),
      row: requestRow(base, now, badgeMaker([]), recording),
    })),
  }
}

function stats(summary: SpanSummary): readonly object[] {
  return [
    {
      label: 'Calls',
      value: count(summary.calls),
      sub: `in ${plural(summary.recordingCount, 'recording', 'recordings')}`,
    },
    { label: 'Total', ...duration(summary.totalMs) },
    { label: 'Own', ...duration(summary.ownMs), sub: 'without spans inside' },
    { label: 'p50', ...duration(summary.p50Ms, 2) },
    { label: 'p95', ...duration(summary.p95Ms, 2) },
    { label: 'Max', ...duration(summary.maxMs, 2) },
    { label: 'Queries', value: count(summary.queryCount), className: 'c-sql' },
    { label: 'SQL', ...duration(summary.sqlMs), className: 'c-sql' },
    { label: 'Errors', value: count(summary.errorCount), className: summary.errorCount > 0 ? 'c-err' : '' },
  ]
}

function routeRow(base: string, route: SpanRoute): object {
  return {
    href: link(base, '/requests', { method: route.method, route: route.route ?? NO_ROUTE }),
    method: route.method,
    route: route.route ?? '(no route matched)',
    recordings: count(route.recordingCount),
    calls: count(route.calls),
    total: duration(route.totalMs),
    own: duration(route.ownMs),
    max: duration(route.maxMs, 2),
  }
}
