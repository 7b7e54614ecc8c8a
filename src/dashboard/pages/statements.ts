import * as v from 'valibot'
import type { StatementSummary } from '../../model/statement.js'
import { svgPercent } from '../charts/ticks.js'
import { count, duration, percent, perText, share, shorten, total } from '../display.js'
import { listJson } from '../json/list-json.js'
import { link, statementLink } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { freeText, oneOf, parseQuery, wholeNumber } from '../page-query.js'
import { renderEach } from '../render.js'
import { viewChoices, viewEntries, viewOf } from '../view.js'

const SORTS = ['total', 'calls', 'p95', 'max'] as const
const DEFAULT_LIMIT = 100

const querySchema = v.object({
  ...viewEntries,
  sort: v.optional(oneOf(SORTS), 'total'),
  q: v.optional(freeText(200)),
  limit: v.optional(wholeNumber(1, 200), String(DEFAULT_LIMIT)),
})

/** Every distinct statement of a window with what it cost. */
export async function statementsPage(context: PageContext): Promise<Page> {
  const { base, reader, now } = context
  const { sort, q, limit, ...given } = parseQuery(querySchema, context.query)
  const view = viewOf(given, now)
  const filter = { window: view.window, sort, limit, ...(q === undefined ? {} : { search: q }) }
  const found = await reader.statements(filter)
  const rest = {
    sort: sort === 'total' ? null : sort,
    q,
    limit: limit === DEFAULT_LIMIT ? null : limit,
  }
  const query = { ...view.query, ...rest }
  const most = found.items.reduce((largest, { totalMs }) => Math.max(largest, totalMs), 0)
  return {
    title: 'Statements',
    section: 'statements',
    view: 'statements',
    json: () => listJson(found.items, found.total),
    model: async () => ({
      windowTitle: view.title,
      windows: viewChoices(context, '/statements', view, rest),
      windowValue: view.windowName,
      session: view.query.session ?? '',
      sortValue: sort,
      search: q ?? '',
      action: link(base, '/statements'),
      allHref: link(base, '/statements', { window: 'all' }),
      totalText: total(found.total),
      shownCount: found.items.length,
      isCut: found.total !== found.items.length,
      headers: SORTS.map((key) => ({
        key,
        href: link(base, '/statements', { ...query, sort: key === 'total' ? null : key }),
        current: key === sort,
      })),
      rows: await renderEach('statement-row', found.items, async (statement) => ({
        row: await statementRow(context, statement, most),
      })),
    }),
  }
}

async function statementRow(
  { base, highlight }: PageContext,
  statement: StatementSummary,
  most: number,
): Promise<object> {
  const perCall = statement.rowCount === null || statement.calls === 0 ? null : statement.rowCount / statement.calls
  return {
    href: statementLink(base, statement.id),
    sql: await highlight(shorten(statement.text, 400), 'sql'),
    title: shorten(statement.text, 2000),
    calls: count(statement.calls),
    total: duration(statement.totalMs),
    bar: svgPercent(share(statement.totalMs, most)),
    barText: percent(share(statement.totalMs, most)),
    p50: duration(statement.p50Ms, 2),
    p95: duration(statement.p95Ms, 2),
    max: duration(statement.maxMs, 2),
    rowsPerCall: perCall === null ? '–' : perText(perCall),
    joins: count(statement.joinCount),
    routes: count(statement.routeCount),
    callSites: count(statement.callSiteCount),
  }
}
