import type { CallerFrame } from '../../model/evidence.js'
import type { RecordedQuery } from '../../model/query.js'
import type { RequestView, ShownStatement } from '../../model/request-view.js'
import { guessDialect } from '../../sql/dialect.js'
import { joinsOf } from '../../sql/joins.js'
import { runnableSql } from '../../sql/runnable.js'
import { svgPercent } from '../charts/ticks.js'
import { bindingParts, labelOf } from '../charts/waterfall.js'
import { bytes, count, duration, percent, place, plural, share, shorten } from '../display.js'
import { link, statementLink } from '../links.js'
import type { PageContext } from '../page.js'
import { renderEach } from '../render.js'

/** Rows of the ungrouped list on one page. */
export const PAGE_LENGTH = 100

/** What the list of queries links to, and how it is asked for. */
export interface QueryList {
  /** Path of the request's page. */
  readonly self: string
  readonly from: number
  readonly fingerprint: string | undefined
}

/** One row per statement and call site, the costliest first. */
export async function queriesByStatement(context: PageContext, view: RequestView, self: string): Promise<object> {
  const { statements, statementCount, occurrences, badges } = view
  const openKeys = new Set(badges.filter(({ state }) => state === 'open').map(({ key }) => key))
  const found = new Set(
    occurrences
      .filter(({ findingKey }) => openKeys.has(findingKey))
      .flatMap(({ fingerprints, callSite }) => fingerprints.map((of) => siteKey(of, callSite))),
  )
  const rows = statements.map((use, index) => ({ use, index }))
  return {
    rows: await renderEach('statement-use-row', rows, async ({ use, index }) => ({
      row: await statementRow(context, view, use, found.has(siteKey(use.fingerprint, use.callSite))),
      orderHref: orderHref(self, use.fingerprint),
      run: use.first && runnable(context, use.first, `sql-${index + 1}`),
    })),
    moreCount: statementCount - statements.length,
  }
}

async function statementRow(
  context: PageContext,
  view: RequestView,
  use: ShownStatement,
  isFinding: boolean,
): Promise<object> {
  const { durationMs, sqlMs } = view.recording
  const ofTotal = share(use.totalMs, Math.max(durationMs, sqlMs))
  return {
    href: statementLink(context.base, use.fingerprint),
    // As it was sent: the fingerprint has no quotes, and does not run everywhere.
    sql: await context.highlight(shorten(use.first?.statement ?? use.fingerprintText, 400), 'sql'),
    calls: count(use.calls),
    isFinding,
    total: duration(isUntimed(use) ? null : use.totalMs),
    max: duration(isUntimed(use) ? null : use.maxMs, 2),
    joins: count(joinsOf(use.fingerprintText)),
    rowCount: count(use.rowCount),
    size: bytes(use.resultBytes),
    place: use.callSite && place(use.callSite, context.editor(use.callSite)),
    frames: use.first && framesOf(context, use.first),
    ofTotal: { width: svgPercent(ofTotal), text: percent(ofTotal) },
  }
}

// BEGIN and COMMIT have no end that knex tells of: that is not the same as no time.
function isUntimed({ operation, totalMs }: ShownStatement): boolean {
  return operation === 'transaction' && totalMs === 0
}

function siteKey(fingerprint: string, callSite: ShownStatement['callSite']): string {
  return `${fingerprint} ${callSite?.file ?? ''}:${callSite?.line ?? ''}`
}

/** The queries in the order they were sent, a page at a time; all, or those of one statement. */
export async function queriesInOrder(context: PageContext, view: RequestView, list: QueryList): Promise<object> {
  const { queries, matchingCount } = view
  const { self, from, fingerprint } = list
  return {
    rows: await renderEach('query-row', queries, async (query) => ({
      row: await queryRow(context, view, query),
      run: runnable(context, query, `sql-${query.index + 1}`),
    })),
    range:
      queries.length === 0 ? 'none' : `${count(from + 1)} – ${count(from + queries.length)} of ${count(matchingCount)}`,
    previousHref: from === 0 ? null : orderHref(self, fingerprint, Math.max(0, from - PAGE_LENGTH)),
    nextHref: from + PAGE_LENGTH < matchingCount ? orderHref(self, fingerprint, from + PAGE_LENGTH) : null,
    isOfStatement: fingerprint !== undefined,
    wholeHref: orderHref(self, undefined),
  }
}

/** @param fingerprint of the statement that the list is about; `undefined`: all */
export function orderHref(self: string, fingerprint: string | undefined, from = 0): string {
  return `${link(self, '', { queries: 'all', statement: fingerprint, from: from === 0 ? undefined : from })}#queries`
}

async function queryRow(context: PageContext, view: RequestView, query: RecordedQuery): Promise<object> {
  const { poolWaitMs, callSite } = query
  return {
    number: count(query.index + 1),
    start: duration(query.startMs),
    time: duration(query.durationMs, 2),
    wait: poolWaitMs === null || poolWaitMs < 0.1 ? null : duration(poolWaitMs, 2),
    sql: await context.highlight(shorten(query.statement, 2000), 'sql'),
    bindings: query.bindings?.length === 0 ? null : bindingParts(query.bindings, 2000),
    joins: count(joinsOf(query.fingerprintText)),
    rowCount: count(query.rowCount),
    size: bytes(query.resultBytes),
    place: callSite && place(callSite, context.editor(callSite)),
    frames: framesOf(context, query),
    transaction: labelOf(view, query),
    connection: query.connection,
    error: query.error,
    late: query.late,
  }
}

const MAX_FRAMES = 30

/** The app's lines that led to the call site, the nearest first; `null`: none is known. */
function framesOf({ editor }: PageContext, { evidence }: RecordedQuery): readonly object[] | null {
  const [, ...callers] = evidence.callers
  if (callers.length === 0) return null
  return callers.slice(0, MAX_FRAMES).map((frame) => {
    const site = { ...frame, column: 1, source: 'captured' as const }
    return { place: place(site, editor(site)), name: frame.function, through: throughOf(frame) }
  })
}

const MAX_PACKAGE_FRAMES = 12

/** The lines of packages before a line of the app: folded, by the packages' names; `null`: there are none. */
function throughOf({ through }: CallerFrame): object | null {
  if (through.length === 0) return null
  const shown = through.slice(0, MAX_PACKAGE_FRAMES)
  return {
    packages: [...new Set(through.map(({ file }) => packageName(file)))].join(', '),
    lines: plural(through.length, 'line', 'lines'),
    frames: shown.map(({ file, line, function: name }) => ({ place: `${file}:${line}`, name })),
    more: through.length === shown.length ? null : plural(through.length - shown.length, 'more line', 'more lines'),
  }
}

function packageName(file: string): string {
  const [first = '', second = ''] = file.split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}

/** The statement with its values, to be pasted where it runs; `null`: it is too long, or ends nothing but itself. */
function runnable(context: PageContext, query: RecordedQuery, id: string): object | null {
  const { statement, bindings, connection, operation } = query
  if (operation === 'transaction') return null
  const dialect = context.dialectOf(connection) ?? guessDialect(connection, statement)
  const made = runnableSql(statement, bindings, dialect)
  return made && { id, sql: made.sql, missing: made.missing.length === 0 ? null : made.missing.slice(0, 20) }
}
