import { readRequestQuery, requestFilter } from '../dashboard/pages/request-query.js'
import type { Page } from '../model/page.js'
import type { RequestFilter } from '../model/request-list.js'
import { UsageError } from './command.js'

const TEXT = { type: 'string' } as const

type TextFlag =
  | 'kind'
  | 'method'
  | 'status'
  | 'route'
  | 'q'
  | 'sql'
  | 'table'
  | 'min-ms'
  | 'min-queries'
  | 'min-sql-ms'
  | 'has'
  | 'since'
  | 'until'
  | 'session'
  | 'tag'
  | 'user'
  | 'finding'
  | 'statement'
  | 'sort'
  | 'before'
  | 'after'
  | 'limit'
type RequestFlags = Readonly<Record<TextFlag, { readonly type: 'string' }>> & {
  readonly errors: { readonly type: 'boolean' }
  readonly exceptions: { readonly type: 'boolean' }
  readonly pinned: { readonly type: 'boolean' }
}

/** The filters of the list of requests: the names that they have in its address, with `-` for `_`. */
export const REQUEST_FLAGS: RequestFlags = {
  kind: TEXT,
  method: TEXT,
  status: TEXT,
  route: TEXT,
  q: TEXT,
  sql: TEXT,
  table: TEXT,
  'min-ms': TEXT,
  'min-queries': TEXT,
  'min-sql-ms': TEXT,
  has: TEXT,
  errors: { type: 'boolean' },
  exceptions: { type: 'boolean' },
  pinned: { type: 'boolean' },
  since: TEXT,
  until: TEXT,
  session: TEXT,
  tag: TEXT,
  user: TEXT,
  finding: TEXT,
  statement: TEXT,
  sort: TEXT,
  before: TEXT,
  after: TEXT,
  limit: TEXT,
}

export const REQUEST_FLAGS_HELP = `Filters, as in the address of the page of requests:
  --kind request|job|background   --method GET   --status 404|5xx   --route /products/:id
  --q <text in the URL>   --sql <text in the SQL>   --table <name>   --session <label>
  --min-ms 250   --min-queries 10   --min-sql-ms 100   --errors   --exceptions   --has any|n-plus-one|…
  --tag <tag>   --pinned   --user <id>
  --since 30m|24h|7d|2026-11-22   --until …   --finding <key>   --statement <id>
  --sort=-time|time|-duration|duration|-queries|queries|-sql|sql|route|-route   --limit 1..200
  --before|--after <place>`

type Given = Readonly<Record<string, string | boolean | undefined>>

/** @throws UsageError that names the flag, its value and what is allowed */
export function requestFilterOf(given: Given): RequestFilter {
  const search = new URLSearchParams()
  for (const name of Object.keys(REQUEST_FLAGS)) {
    const value = given[name]
    if (value === '') throw new UsageError(`--${name} is empty.`)
    if (value !== undefined) search.set(name.replaceAll('-', '_'), value === true ? '1' : String(value))
  }
  return requestFilter(
    asUsage(() => readRequestQuery(search)),
    Date.now(),
  )
}

/** Where a list goes on, and where it came from: by the flag that asks for it. What goes up goes on with more. */
export function neighboursOf(
  { order }: RequestFilter,
  { nextBefore, previousAfter }: Pick<Page<unknown>, 'nextBefore' | 'previousAfter'>,
): { readonly flag: 'before' | 'after'; readonly next: string | null; readonly previous: string | null } {
  if (order?.ascending) return { flag: 'after', next: previousAfter, previous: nextBefore }
  return { flag: 'before', next: nextBefore, previous: previousAfter }
}

/** The pages' own checks speak of parameters of an address. */
export function asUsage<R>(read: () => R): R {
  try {
    return read()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new UsageError(
      message
        .replaceAll(/[Tt]he parameters? "(\w+)"/g, (_, name: string) => flagOf(name))
        .replaceAll(/ and "(\w+)"/g, (_, name: string) => ` and ${flagOf(name)}`)
        .replaceAll('has the value', 'is'),
    )
  }
}

function flagOf(name: string): string {
  return `--${name.replaceAll('_', '-')}`
}
