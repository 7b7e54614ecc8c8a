import type { Page as ReaderPage } from '../../model/page.js'
import { isoTime } from '../../model/recording-json.js'
import type { RecordingSummary, RequestMeasure } from '../../model/request-list.js'
import { durationText, plural, timeText, total } from '../display.js'
import { listJson } from '../json/list-json.js'
import { summaryJson } from '../json/recording-json.js'
import { type LinkQuery, link } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { renderEach } from '../render.js'
import { badgeMaker } from '../severity.js'
import { DEFAULT_WINDOW, timeWindow } from '../time-window.js'
import { filterChips, filterForm } from './request-filters.js'
import {
  isAscending,
  listQuery,
  measureOf,
  type RequestQuery,
  readRequestQuery,
  requestFilter,
} from './request-query.js'
import { requestRow } from './request-row.js'
import { type SortColumn, type SortHeader, sortHeaders } from './sort-headers.js'

const SORTED_COLUMNS: readonly SortColumn[] = [
  { key: 'time', label: 'Time', className: 'p2', firstDescending: true },
  { key: 'route', label: 'Request', className: '', firstDescending: false },
  { key: 'duration', label: 'Total ms', className: 'r', firstDescending: true },
  { key: 'sql', label: 'SQL ms', className: 'r p2', firstDescending: true },
  { key: 'queries', label: 'Queries', className: 'r', firstDescending: true },
]

/** All recordings, filtered and sorted by the address. */
export async function requestsPage(context: PageContext): Promise<Page> {
  const { base, reader, now } = context
  const { done, search } = takeDone(context.query)
  const query = readRequestQuery(search)
  const page = await reader.requests(requestFilter(query, now))
  return {
    title: 'Requests',
    section: 'requests',
    view: 'requests',
    json: () => {
      const { next, previous } = neighbours(base, '/requests.json', query, page)
      const list = listJson(page.items.map(summaryJson), page.total, next, previous)
      return { ...list, searchedTo: searchedTo(query, page) }
    },
    model: async () => {
      const [facets, sessions, findings] = await Promise.all([
        reader.requestFacets(),
        reader.sessions(),
        reader.findings(timeWindow(DEFAULT_WINDOW, now)),
      ])
      const badgeOf = badgeMaker(findings)
      const chips = filterChips(base, query)
      return {
        filter: filterForm(base, query, { ...facets, sessions: sessions.map(({ label }) => label) }),
        chips,
        clearHref: link(base, '/requests'),
        isFiltered: chips.length > 0,
        recordedText: total(context.status.recordingCount),
        totalText: page.total === null ? null : total(page.total),
        shownCount: page.items.length,
        caption: caption(query),
        headers: headers(base, query),
        rows: await renderEach('request-row', page.items, (summary) => ({
          row: requestRow(base, now, badgeOf, summary),
          selectable: true,
        })),
        searched: searchedText(query, page, now),
        done,
        live: live(base, query, page),
        exports: exportLinks(base, query),
        selection: { action: (what: string) => link(base, `/requests/${what}`), csrf: context.csrfToken() },
        ...neighbours(base, '/requests', query, page),
      }
    },
  }
}

const DONE = [
  ['deleted', 'deleted'],
  ['nowPinned', 'pinned'],
  ['nowUnpinned', 'unpinned'],
] as const

/** What a form has just done, and with how many: no filter, so that no link of the page carries it on. */
function takeDone(query: URLSearchParams): { readonly done: readonly string[]; readonly search: URLSearchParams } {
  const search = new URLSearchParams(query)
  const done = DONE.flatMap(([name, word]) => {
    const text = search.get(name) ?? ''
    search.delete(name)
    return /^\d{1,6}$/.test(text) ? [`${plural(Number(text), 'request was', 'requests were')} ${word}.`] : []
  })
  return { done, search }
}

interface Neighbours {
  readonly next: string | null
  readonly previous: string | null
}

/** What comes next has lesser values, or greater ones where the list goes up. */
function neighbours(base: string, path: string, query: RequestQuery, page: ReaderPage<RecordingSummary>): Neighbours {
  const filter = listQuery(query)
  const at = (place: LinkQuery[string], name: 'before' | 'after'): string | null =>
    place == null ? null : link(base, path, { ...filter, [name]: place })
  const lesser = at(page.nextBefore, 'before')
  const greater = at(page.previousAfter, 'after')
  return isAscending(query) ? { next: greater, previous: lesser } : { next: lesser, previous: greater }
}

function headers(base: string, query: RequestQuery): Readonly<Record<string, SortHeader>> {
  const made = sortHeaders(base, '/requests', listQuery(query), query.sort, SORTED_COLUMNS)
  return Object.fromEntries(SORTED_COLUMNS.map(({ key }, at) => [key, made[at] as SortHeader]))
}

const ORDERS: Readonly<Record<RequestMeasure, readonly [string, string]>> = {
  time: ['newest first', 'oldest first'],
  duration: ['longest first', 'shortest first'],
  queries: ['most queries first', 'fewest queries first'],
  sql: ['most time in SQL first', 'least time in SQL first'],
  route: ['by route, backwards', 'by route, the newest of each first'],
}

function caption(query: RequestQuery): string {
  return `Recorded requests, ${ORDERS[measureOf(query)][Number(isAscending(query))]}`
}

/** JSON: how far a search without an index came before it stopped; `null`: to its end. */
function searchedTo(query: RequestQuery, { searchedTo: place }: ReaderPage<unknown>): string | number | null {
  return typeof place === 'number' && measureOf(query) === 'time' ? isoTime(place) : place
}

function searchedText(query: RequestQuery, { searchedTo: place }: ReaderPage<unknown>, now: number): string | null {
  if (place === null) return null
  const by = measureOf(query)
  const [lesser, greater] = by === 'time' || by === 'route' ? ['back', 'on'] : ['down', 'up']
  return `Searched ${isAscending(query) ? greater : lesser} to ${placeText(by, place, now)}`
}

function placeText(by: RequestMeasure, place: number | string, now: number): string {
  if (typeof place === 'string') return place
  if (by === 'time') return timeText(place, now)
  return by === 'queries' ? plural(place, 'query', 'queries') : durationText(place)
}

/** Only the newest page, newest first, can grow at its top. */
function live(
  base: string,
  query: RequestQuery,
  { items }: ReaderPage<RecordingSummary>,
): { readonly href: string } | null {
  if (query.sort !== '-time' || query.before !== undefined || query.after !== undefined || query.until !== undefined)
    return null
  return { href: link(base, '/requests/live', { ...listQuery(query), after: items[0]?.id }) }
}

function exportLinks(base: string, query: RequestQuery): readonly { readonly label: string; readonly href: string }[] {
  const { before, after } = query
  const place = { ...listQuery(query), before, after }
  return ['json', 'har'].map((format) => ({
    label: format.toUpperCase(),
    href: link(base, '/requests/export', { ...place, format }),
  }))
}
