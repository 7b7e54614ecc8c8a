import * as v from 'valibot'
import { isoTime } from '../../model/recording-json.js'
import { SPAN_KINDS } from '../../model/span.js'
import type { SpanRun, SpanRunFilter, SpanRunMeasure, SpanRunPage } from '../../model/span-run.js'
import { KIND_LABELS } from '../charts/span-rows.js'
import { count, duration, moment, place, timeText, total, valueParts } from '../display.js'
import { listJson } from '../json/list-json.js'
import { summaryJson } from '../json/recording-json.js'
import { type LinkQuery, link, requestLink } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { freeText, identifier, milliseconds, oneOf, parseQuery, wholeNumber } from '../page-query.js'
import { PageProblem } from '../problem.js'
import { type View, viewChoices, viewEntries, viewOf } from '../view.js'
import { type SortColumn, sortHeaders } from './sort-headers.js'

const SORTS = ['-time', 'time', '-duration', 'duration', '-sql', 'sql', '-queries', 'queries'] as const
const DEFAULT_LIMIT = 50
const PATH = '/profiling/runs'

const COLUMNS: readonly SortColumn[] = [
  { key: 'time', label: 'When', className: 'p1', firstDescending: true },
  { key: 'duration', label: 'Duration ms', className: 'r', firstDescending: true },
  { key: 'queries', label: 'Queries', className: 'r', firstDescending: true },
  { key: 'sql', label: 'SQL ms', className: 'r p1', firstDescending: true },
]

const querySchema = v.object({
  ...viewEntries,
  q: v.optional(freeText(200)),
  kind: v.optional(oneOf(SPAN_KINDS)),
  route: v.optional(freeText(1000)),
  min_ms: v.optional(milliseconds),
  min_queries: v.optional(wholeNumber(0, 1_000_000)),
  min_sql_ms: v.optional(milliseconds),
  sort: v.optional(oneOf(SORTS), '-time'),
  before: v.optional(identifier),
  after: v.optional(identifier),
  limit: v.optional(wholeNumber(1, 200), String(DEFAULT_LIMIT)),
})
type Query = v.InferOutput<typeof querySchema>

/** Single runs of spans: when each ran, in which recording, and what it cost. */
export async function spanRunsPage(context: PageContext): Promise<Page> {
  const query = parseQuery(querySchema, context.query)
  if (query.before !== undefined && query.after !== undefined) {
    throw new PageProblem(400, 'Bad address', 'The parameters "before" and "after" cannot both be given.')
  }
  const view = viewOf(query, context.now)
  const found = await context.reader.spanRuns(filterOf(query, view))
  return {
    title: 'Single runs of spans',
    section: 'profiling',
    view: 'span-runs',
    json: () => {
      const { next, previous, further } = neighboursOf(context.base, `${PATH}.json`, query, view, found)
      const list = listJson(found.items.map(runJson), found.total, next, previous)
      return { ...list, searchedTo: found.searchedTo === null ? null : isoTime(found.searchedTo), further }
    },
    model: () => modelOf(context, query, view, found),
  }
}

function filterOf(query: Query, { window }: View): SpanRunFilter {
  const { q, kind, route, min_ms, min_queries, min_sql_ms, before, after, limit } = query
  return {
    ...{ window, limit, order: { by: measureOf(query), ascending: isAscending(query) } },
    ...(q === undefined ? {} : { search: q }),
    ...(kind === undefined ? {} : { kind }),
    ...(route === undefined ? {} : { route }),
    ...(min_ms === undefined ? {} : { minMs: min_ms }),
    ...(min_queries === undefined ? {} : { minQueries: min_queries }),
    ...(min_sql_ms === undefined ? {} : { minSqlMs: min_sql_ms }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  }
}

function measureOf({ sort }: Query): SpanRunMeasure {
  return sort.replace('-', '') as SpanRunMeasure
}

function isAscending({ sort }: Query): boolean {
  return !sort.startsWith('-')
}

function runJson({ span, recording }: SpanRun): object {
  return { ...span, startedAt: isoTime(recording.startedAt + span.startMs), recording: summaryJson(recording) }
}

/** As it stands in links, without the place in the list. */
function linkQuery({ q, kind, route, min_ms, min_queries, min_sql_ms, sort, limit }: Query, view: View): LinkQuery {
  return {
    ...view.query,
    ...{ q, kind, route, min_ms, min_queries, min_sql_ms },
    sort: sort === '-time' ? null : sort,
    limit: limit === DEFAULT_LIMIT ? null : limit,
  }
}

interface Neighbours {
  readonly next: string | null
  readonly previous: string | null
  /** Where runs of older recordings begin. */
  readonly further: string | null
}

function neighboursOf(base: string, path: string, query: Query, view: View, page: SpanRunPage): Neighbours {
  const at = (text: string | null, name: 'before' | 'after'): string | null =>
    text === null ? null : link(base, path, { ...linkQuery(query, view), [name]: text })
  const [lesser, greater] = [at(page.nextBefore, 'before'), at(page.previousAfter, 'after')]
  const further = at(page.further, isAscending(query) ? 'after' : 'before')
  return isAscending(query)
    ? { next: greater, previous: lesser, further }
    : { next: lesser, previous: greater, further }
}

function modelOf(context: PageContext, query: Query, view: View, found: SpanRunPage): object {
  const { base, now } = context
  const { q = '', kind, route = '', min_ms = '', min_queries = '', min_sql_ms = '' } = query
  const { window: _, session: __, ...rest } = linkQuery(query, view)
  const neighbours = neighboursOf(base, PATH, query, view, found)
  return {
    windowTitle: view.title,
    windows: viewChoices(context, PATH, view, rest),
    byNameHref: link(base, '/profiling', view.query),
    action: link(base, PATH),
    values: { q, route, min_ms, min_queries, min_sql_ms },
    hidden: { window: view.windowName, session: view.query.session ?? '', sort: query.sort },
    kinds: SPAN_KINDS.map((value) => ({ value, label: KIND_LABELS[value], selected: value === kind })),
    isFiltered: [q, kind ?? '', route, min_ms, min_queries, min_sql_ms].some((value) => value !== ''),
    allHref: link(base, PATH, { window: 'all' }),
    totalText: found.total === null ? null : total(found.total),
    shownCount: found.items.length,
    headers: sortHeaders(base, PATH, linkQuery(query, view), query.sort, COLUMNS),
    rows: found.items.map((run) => runRow(base, now, run)),
    searched: found.searchedTo === null ? null : searchedOf(query, found.searchedTo, now, neighbours),
    ...neighbours,
  }
}

/** By time a search goes on where it stopped; by another measure, only what was looked at is in order. */
function searchedOf(query: Query, to: number, now: number, { next, further }: Neighbours): object {
  if (measureOf(query) !== 'time') {
    return { text: `In order are the runs since ${timeText(to, now)}`, href: further, label: 'those before' }
  }
  return {
    text: `Searched ${isAscending(query) ? 'on' : 'back'} to ${timeText(to, now)}`,
    href: next,
    label: 'continue',
  }
}

function runRow(base: string, now: number, { span, recording }: SpanRun): object {
  const { method, route, url, name, kind } = recording
  return {
    href: requestLink(base, recording.id, 'h-wf'),
    kind: KIND_LABELS[span.kind],
    name: span.name,
    error: span.error,
    place: span.callSite === null ? null : place(span.callSite),
    method: method ?? (kind === 'job' ? 'JOB' : ''),
    where: valueParts(url ?? name ?? ''),
    title: `${span.name}: ${method ?? ''} ${route ?? url ?? name ?? ''}`,
    at: moment(recording.startedAt + span.startMs, now),
    duration: duration(span.durationMs, 2),
    queries: count(span.queryCount),
    sql: duration(span.sqlMs, 2),
  }
}
