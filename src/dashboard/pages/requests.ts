import * as v from 'valibot'
import { FINDING_KINDS } from '../../model/finding.js'
import type { Page as ReaderPage, RecordingSummary, RequestFilter } from '../../model/store.js'
import { total } from '../display.js'
import { listJson } from '../json/list-json.js'
import { summaryJson } from '../json/recording-json.js'
import { type LinkQuery, link } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { freeText, identifier, oneOf, parseQuery, wholeNumber } from '../page-query.js'
import { PageProblem } from '../problem.js'
import { badgeMaker, kindLabel } from '../severity.js'
import { DEFAULT_WINDOW, timeWindow } from '../time-window.js'
import { requestRow } from './request-row.js'

const DEFAULT_LIMIT = 50
/** How an address names the requests that no route matched. */
export const NO_ROUTE = '(none)'

const querySchema = v.object({
  kind: v.optional(oneOf(['request', 'job', 'background'])),
  method: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z-]{1,20}$/, 'a method such as GET'), v.toUpperCase())),
  status: v.optional(
    v.pipe(v.string(), v.regex(/^[1-5](xx|\d\d)$/, 'a status code such as 404, or a class: 1xx, 2xx, 3xx, 4xx, 5xx')),
  ),
  route: v.optional(freeText(1000)),
  q: v.optional(freeText(200)),
  has: v.optional(oneOf(FINDING_KINDS)),
  finding: v.optional(identifier),
  statement: v.optional(identifier),
  before: v.optional(identifier),
  after: v.optional(identifier),
  limit: v.optional(wholeNumber(1, 200), String(DEFAULT_LIMIT)),
})
type Query = v.InferOutput<typeof querySchema>

/** All recordings, newest first, filtered by the address. */
export async function requestsPage(context: PageContext): Promise<Page> {
  const { base, reader, now } = context
  const query = parseQuery(querySchema, context.query)
  if (query.before !== undefined && query.after !== undefined) {
    throw new PageProblem(400, 'Bad address', 'The parameters "before" and "after" cannot both be given.')
  }
  const [page, facets, findings] = await Promise.all([
    reader.requests(readerFilter(query)),
    reader.requestFacets(),
    reader.findings(timeWindow(DEFAULT_WINDOW, now)),
  ])
  const badgeOf = badgeMaker(findings)
  return {
    title: 'Requests',
    section: 'requests',
    view: 'requests',
    json: () => {
      const { next, previous } = neighbours(base, '/requests.json', query, page)
      return listJson(page.items.map(summaryJson), page.total, next, previous)
    },
    model: () => ({
      filter: filterModel(base, query, facets),
      chips: chips(base, query),
      clearHref: link(base, '/requests'),
      totalText: total(page.total),
      shownCount: page.items.length,
      rows: page.items.map((summary) => requestRow(base, now, badgeOf, summary)),
      ...neighbours(base, '/requests', query, page),
      isFiltered: chips(base, query).length > 0,
      recordedText: total(context.status.recordingCount),
    }),
  }
}

function readerFilter(query: Query): RequestFilter {
  const { q, has, finding, statement, route, ...same } = query
  return {
    ...dropUndefined(same),
    limit: query.limit,
    ...(route === undefined ? {} : { route: route === NO_ROUTE ? null : route }),
    ...(q === undefined ? {} : { search: q }),
    ...(has === undefined ? {} : { findingKind: has }),
    ...(finding === undefined ? {} : { findingKey: finding }),
    ...(statement === undefined ? {} : { fingerprint: statement }),
  }
}

function dropUndefined<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const kept = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.fromEntries(kept) as { [K in keyof T]: Exclude<T[K], undefined> }
}

/** The query without its place in the list, as it stands in links. */
function filterQuery({ before: _, after: __, limit, ...query }: Query): LinkQuery {
  return { ...query, limit: limit === DEFAULT_LIMIT ? null : limit }
}

function neighbours(
  base: string,
  path: string,
  query: Query,
  page: ReaderPage<RecordingSummary>,
): { readonly next: string | null; readonly previous: string | null } {
  const filter = filterQuery(query)
  const { nextBefore, previousAfter } = page
  return {
    next: nextBefore === null ? null : link(base, path, { ...filter, before: nextBefore }),
    previous: previousAfter === null ? null : link(base, path, { ...filter, after: previousAfter }),
  }
}

interface Facets {
  readonly methods: readonly string[]
  readonly statuses: readonly string[]
  readonly routes: readonly string[]
}

function filterModel(base: string, query: Query, facets: Facets): object {
  const options = (values: readonly string[], chosen: string | undefined): readonly object[] =>
    [...new Set(chosen === undefined ? values : [...values, chosen])].map((value) => ({
      value,
      selected: value === chosen,
    }))
  const classes = [...new Set(facets.statuses.map((status) => `${status[0]}xx`))].sort()
  return {
    action: link(base, '/requests'),
    search: query.q ?? '',
    methods: options(facets.methods, query.method),
    statuses: options([...classes, ...facets.statuses], query.status),
    routes: options([...facets.routes], query.route),
    kinds: FINDING_KINDS.map((kind) => ({ value: kind, label: kindLabel(kind), selected: kind === query.has })),
    // Kept while the form is sent: they have no field of their own.
    hidden: Object.entries({ kind: query.kind, finding: query.finding, statement: query.statement })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ({ name, value })),
  }
}

/** Each active filter as a link that removes it. */
function chips(base: string, query: Query): readonly { readonly text: string; readonly href: string }[] {
  const filter = filterQuery(query)
  return Object.entries(filter)
    .filter(([name, value]) => value !== undefined && value !== null && name !== 'limit')
    .map(([name, value]) => ({
      text: `${name}=${value}`,
      href: link(base, '/requests', { ...filter, [name]: null }),
    }))
}
