import * as v from 'valibot'
import { SPAN_KINDS } from '../../model/span.js'
import type { SpanMeasure, SpanSummary } from '../../model/span-summary.js'
import { KIND_LABELS } from '../charts/span-rows.js'
import { count, duration, total } from '../display.js'
import { listJson } from '../json/list-json.js'
import { type LinkQuery, link, spanLink } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { freeText, oneOf, parseQuery, wholeNumber } from '../page-query.js'
import { viewChoices, viewEntries, viewOf } from '../view.js'
import { type SortColumn, sortHeaders } from './sort-headers.js'

const SORTS = [
  ...(['-total', 'total', '-own', 'own', '-calls', 'calls', '-p50', 'p50', '-p95', 'p95', '-max', 'max'] as const),
  ...(['-name', 'name'] as const),
  ...(['-queries', 'queries', '-errors', 'errors'] as const),
] as const
const DEFAULT_LIMIT = 100

const COLUMNS: readonly SortColumn[] = [
  { key: 'name', label: 'Span', className: '', firstDescending: false },
  { key: 'calls', label: 'Calls', className: 'r', firstDescending: true },
  { key: 'total', label: 'Total ms', className: 'r', firstDescending: true },
  { key: 'own', label: 'Own ms', className: 'r p1', firstDescending: true },
  { key: 'p50', label: 'p50 ms', className: 'r p1', firstDescending: true },
  { key: 'p95', label: 'p95 ms', className: 'r', firstDescending: true },
  { key: 'max', label: 'Max ms', className: 'r p1', firstDescending: true },
  { key: 'queries', label: 'Queries', className: 'r p2', firstDescending: true },
  { key: 'errors', label: 'Errors', className: 'r p2', firstDescending: true },
]

const querySchema = v.object({
  ...viewEntries,
  sort: v.optional(oneOf(SORTS), '-total'),
  q: v.optional(freeText(200)),
  kind: v.optional(oneOf(SPAN_KINDS)),
  route: v.optional(freeText(1000)),
  limit: v.optional(wholeNumber(1, 200), String(DEFAULT_LIMIT)),
})

/** The spans of a window by name: where the time goes that is not SQL. */
export async function profilingPage(context: PageContext): Promise<Page> {
  const { base, reader, now } = context
  const { sort, q, kind, route, limit, ...given } = parseQuery(querySchema, context.query)
  const view = viewOf(given, now)
  const found = await reader.spans({
    ...{ window: view.window, limit, sort: sort.replace('-', '') as SpanMeasure, ascending: !sort.startsWith('-') },
    ...(q === undefined ? {} : { search: q }),
    ...(kind === undefined ? {} : { kind }),
    ...(route === undefined ? {} : { route }),
  })
  const filters = { q, kind, route, limit: limit === DEFAULT_LIMIT ? null : limit }
  const query = { ...view.query, ...filters }
  return {
    title: 'Profiling',
    section: 'profiling',
    view: 'profiling',
    json: () => listJson(found.items, found.total),
    model: () => ({
      windowTitle: view.title,
      cpuHref: link(context.base, '/cpu-profiles'),
      runsHref: link(base, '/profiling/runs', { ...view.query, q, kind, route }),
      windows: viewChoices(context, '/profiling', view, { ...filters, sort: sort === '-total' ? null : sort }),
      windowValue: view.windowName,
      session: view.query.session ?? '',
      sortValue: sort,
      search: q ?? '',
      route: route ?? '',
      kinds: SPAN_KINDS.map((value) => ({ value, label: KIND_LABELS[value], selected: value === kind })),
      isFiltered: [q, kind, route].some((one) => one !== undefined),
      action: link(base, '/profiling'),
      allHref: link(base, '/profiling', { window: 'all' }),
      totalText: total(found.total),
      shownCount: found.items.length,
      isCut: found.total !== found.items.length,
      headers: sortHeaders(base, '/profiling', query, sort, COLUMNS),
      rows: found.items.map((span) => spanRow(base, span, view.query)),
    }),
  }
}

function spanRow(base: string, span: SpanSummary, query: LinkQuery): object {
  return {
    href: spanLink(base, span.id, query),
    kind: KIND_LABELS[span.kind],
    name: span.name,
    calls: count(span.calls),
    total: duration(span.totalMs),
    own: duration(span.ownMs),
    p50: duration(span.p50Ms, 2),
    p95: duration(span.p95Ms, 2),
    max: duration(span.maxMs, 2),
    queries: count(span.queryCount),
    errors: count(span.errorCount),
    hasErrors: span.errorCount > 0,
  }
}
