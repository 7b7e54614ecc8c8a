import * as v from 'valibot'
import { FINDING_KINDS, type FindingKind } from '../../model/finding.js'
import { TAG } from '../../model/marks.js'
import type { RecordingKind } from '../../model/recording.js'
import type { RequestFilter, RequestMeasure } from '../../model/request-list.js'
import type { LinkQuery } from '../links.js'
import { freeText, identifier, milliseconds, oneOf, parseQuery, wholeNumber } from '../page-query.js'
import { PageProblem } from '../problem.js'
import { pointInTime, timePoint } from '../time-point.js'

const DEFAULT_LIMIT = 50
const DEFAULT_SORT = '-time'
/** How an address names the requests that no route matched. */
export const NO_ROUTE = '(none)'
/** How an address names the requests that have no session. */
export const NO_SESSION = '(none)'
/** How an address names the requests whose client went away before the answer was sent. */
export const ABORTED = 'aborted'

const SORTS = [
  '-time',
  'time',
  '-duration',
  'duration',
  '-queries',
  'queries',
  '-sql',
  'sql',
  'route',
  '-route',
] as const

const querySchema = v.object({
  kind: v.optional(oneOf(['request', 'job', 'background'])),
  method: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z-]{1,20}$/, 'a method such as GET'), v.toUpperCase())),
  status: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^([1-5](xx|\d\d)|aborted)$/, 'a status code such as 404, a class: 1xx, 2xx, 3xx, 4xx, 5xx; or aborted'),
    ),
  ),
  route: v.optional(freeText(1000)),
  q: v.optional(freeText(200)),
  sql: v.optional(freeText(500)),
  table: v.optional(freeText(200)),
  min_ms: v.optional(milliseconds),
  min_queries: v.optional(wholeNumber(0, 1_000_000)),
  min_sql_ms: v.optional(milliseconds),
  has: v.optional(oneOf(['any', ...FINDING_KINDS])),
  errors: v.optional(oneOf(['1'])),
  exceptions: v.optional(oneOf(['1'])),
  since: v.optional(timePoint),
  until: v.optional(timePoint),
  session: v.optional(freeText(200)),
  tag: v.optional(v.pipe(v.string(), v.regex(TAG, 'a tag of 1 to 60 characters'))),
  pinned: v.optional(oneOf(['1'])),
  user: v.optional(freeText(200)),
  finding: v.optional(identifier),
  statement: v.optional(identifier),
  sort: v.optional(oneOf(SORTS), DEFAULT_SORT),
  before: v.optional(identifier),
  after: v.optional(identifier),
  limit: v.optional(wholeNumber(1, 200), String(DEFAULT_LIMIT)),
})

/** What the address of the list of requests asks for, as it stands there. */
export interface RequestQuery {
  readonly kind?: RecordingKind | undefined
  readonly method?: string | undefined
  readonly status?: string | undefined
  readonly route?: string | undefined
  /** Text in the URL. */
  readonly q?: string | undefined
  readonly sql?: string | undefined
  readonly table?: string | undefined
  readonly min_ms?: number | undefined
  readonly min_queries?: number | undefined
  readonly min_sql_ms?: number | undefined
  readonly has?: FindingKind | 'any' | undefined
  readonly errors?: '1' | undefined
  readonly exceptions?: '1' | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly session?: string | undefined
  readonly tag?: string | undefined
  readonly pinned?: '1' | undefined
  /** Id of a user. */
  readonly user?: string | undefined
  /** Key of a finding. */
  readonly finding?: string | undefined
  /** Id of a statement. */
  readonly statement?: string | undefined
  readonly sort: (typeof SORTS)[number]
  readonly before?: string | undefined
  readonly after?: string | undefined
  readonly limit: number
}

/** @throws PageProblem 400 that names the parameter, its value and what is allowed */
export function readRequestQuery(search: URLSearchParams): RequestQuery {
  const query: RequestQuery = parseQuery(querySchema, search)
  if (query.before !== undefined && query.after !== undefined) {
    throw new PageProblem(400, 'Bad address', 'The parameters "before" and "after" cannot both be given.')
  }
  return query
}

export function requestFilter(query: RequestQuery, now: number): RequestFilter {
  const { kind, method, status, route, before, after, limit } = query
  const { session, since, until, tag, user } = query
  return given({
    ...{ kind, method, status, tag, user, before, after, limit },
    route: route === NO_ROUTE ? null : route,
    session: session === NO_SESSION ? null : session,
    search: query.q,
    sql: query.sql,
    table: query.table,
    minMs: query.min_ms,
    minQueries: query.min_queries,
    minSqlMs: query.min_sql_ms,
    findingKind: query.has,
    findingKey: query.finding,
    fingerprint: query.statement,
    errorsOnly: query.errors === '1' ? true : undefined,
    pinnedOnly: query.pinned === '1' ? true : undefined,
    exceptionsOnly: query.exceptions === '1' ? true : undefined,
    since: since === undefined ? undefined : pointInTime(since, now, 'start'),
    until: until === undefined ? undefined : pointInTime(until, now, 'end'),
    order: { by: measureOf(query), ascending: isAscending(query) },
  })
}

export function measureOf({ sort }: RequestQuery): RequestMeasure {
  return sort.replace('-', '') as RequestMeasure
}

export function isAscending({ sort }: RequestQuery): boolean {
  return !sort.startsWith('-')
}

/** The query without its place in the list, as it stands in links; defaults are left out. */
export function listQuery({ before: _, after: __, limit, sort, ...query }: RequestQuery): LinkQuery {
  return { ...query, sort: sort === DEFAULT_SORT ? null : sort, limit: limit === DEFAULT_LIMIT ? null : limit }
}

/** The filters alone: without the order and the length of the list. */
export function activeFilters(query: RequestQuery): readonly (readonly [string, string])[] {
  const { sort: _, limit: __, ...filters } = listQuery(query)
  return Object.entries(filters).flatMap(([name, value]) => (value == null ? [] : [[name, String(value)] as const]))
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> }

function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>
}
