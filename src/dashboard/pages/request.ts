import * as v from 'valibot'
import type { FindingState, Occurrence } from '../../model/finding.js'
import type { RecordedHeaders } from '../../model/recording.js'
import type { QuerySlice, RequestView } from '../../model/store.js'
import { waterfall, waterfallRow } from '../charts/waterfall.js'
import {
  bytes,
  count,
  duration,
  durationText,
  moment,
  percent,
  plural,
  quantityText,
  share,
  valueParts,
} from '../display.js'
import { compareLink, link, requestLink } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { identifier, oneOf, parseQuery, wholeNumber } from '../page-query.js'
import { notFound } from '../problem.js'
import { renderEach } from '../render.js'
import { DEFAULT_WINDOW, timeWindow } from '../time-window.js'
import { findingCard } from './finding-card.js'
import { orderHref, PAGE_LENGTH, queriesByStatement, queriesInOrder } from './request-queries.js'
import { isOverQueries, statusView } from './request-row.js'

const querySchema = v.object({
  queries: v.optional(oneOf(['grouped', 'all']), 'grouped'),
  from: v.optional(wholeNumber(0, 1_000_000), '0'),
  statement: v.optional(identifier),
})
type Query = v.InferOutput<typeof querySchema>

const MAX_CARDS = 20

/** One recording with all that is known of it: findings first, then the evidence. */
export async function requestPage(context: PageContext): Promise<Page> {
  const query = parseQuery(querySchema, context.query)
  const id = context.params.id ?? ''
  if (context.wantsJson) return requestJson(context, id)
  const [stored, findings] = await Promise.all([
    context.reader.requestView(id, sliceOf(query)),
    context.reader.findings(timeWindow(DEFAULT_WINDOW, context.now)),
  ])
  if (stored === null) throw notFound(`No recording has the id "${id}".`)
  const shares = new Map(findings.map((finding) => [finding.key, finding.share]))
  const { request, kind } = stored.recording
  return {
    title: request === null ? kind : `${request.method} ${request.path}`,
    section: 'requests',
    view: 'request',
    json: () => context.reader.requestJson(id),
    model: () => requestModel(context, stored, query, shares),
  }
}

async function requestJson({ reader }: PageContext, id: string): Promise<Page> {
  const json = await reader.requestJson(id)
  if (json === null) throw notFound(`No recording has the id "${id}".`)
  return { title: id, section: 'requests', view: 'request', json: () => json, model: () => ({}) }
}

function sliceOf({ queries, from, statement }: Query): QuerySlice | null {
  if (queries === 'grouped') return null
  return { from, limit: PAGE_LENGTH, ...(statement === undefined ? {} : { fingerprint: statement }) }
}

async function requestModel(
  context: PageContext,
  stored: RequestView,
  query: Query,
  shares: ReadonlyMap<string, number>,
): Promise<object> {
  const { base, now } = context
  const { recording, newerId, olderId, folds, transactions } = stored
  const { request, response } = recording
  const states = new Map(stored.badges.map(({ key, state }) => [key, state]))
  const stateOf = ({ findingKey }: Occurrence): FindingState => states.get(findingKey) ?? 'open'
  // What people have dealt with comes last, whatever it costs.
  const isSettled = (occurrence: Occurrence): number => Number(stateOf(occurrence) !== 'open')
  const occurrences = stored.occurrences.toSorted(
    (left, right) => isSettled(left) - isSettled(right) || costOf(right) - costOf(left),
  )
  const { durationMs, queryCount, startedAt } = recording
  const cards = occurrences.slice(0, MAX_CARDS).map((occurrence) => {
    const subject = {
      durationMs,
      queryCount,
      startedAt,
      share: shares.get(occurrence.findingKey) ?? 0,
      state: stateOf(occurrence),
    }
    return findingCard(context, occurrence, subject)
  })
  const self = requestLink(base, recording.id)
  const chart = waterfall(stored)
  const ofStatement = (fingerprint: string): string => orderHref(self, fingerprint)
  return {
    backHref: link(base, '/requests'),
    newerHref: newerId === null ? null : requestLink(base, newerId),
    olderHref: olderId === null ? null : requestLink(base, olderId),
    jsonHref: `${self}.json`,
    ...relatives(base, recording),
    method: request?.method ?? '',
    path: valueParts(request?.path ?? recording.kind),
    search: valueParts(/\?.*$/s.exec(request?.url ?? '')?.[0] ?? ''),
    kind: recording.kind,
    status: response === null ? null : statusView(response.status, response.aborted),
    at: moment(startedAt, now),
    route: request?.route ?? null,
    id: recording.id,
    stats: stats(stored),
    cards: await Promise.all(cards),
    moreCards: Math.max(0, occurrences.length - MAX_CARDS),
    slowestPart: slowestPart(stored),
    waterfall: chart,
    waterfallRows: await renderEach('waterfall-row', chart.items, (item) => ({
      row: waterfallRow(stored, item, ofStatement),
    })),
    hasWaits: folds.some(({ waitedMs }) => waitedMs.length > 0),
    hasTransactions: transactions.length > 0,
    allHref: orderHref(self, undefined),
    groupedHref: `${self}#queries`,
    queries:
      query.queries === 'all'
        ? {
            all: await queriesInOrder(context, stored, { self, from: query.from, fingerprint: query.statement }),
            grouped: null,
          }
        : { all: null, grouped: await queriesByStatement(context, stored, self) },
    hasQueries: stored.keptCount > 0,
    queriesText: `${count(stored.keptCount)} in ${plural(stored.statementCount, 'statement', 'statements')}`,
    dropped: recording.droppedQueryCount,
    droppedText: plural(recording.droppedQueryCount, 'query', 'queries'),
    headers: request && headerRows(request.headers),
    responseHeaders: response && headerRows(response.headers),
  }
}

/** Its session, and what it can be compared with. */
function relatives(base: string, { id, session, request }: RequestView['recording']): object {
  return {
    session: session === null ? null : { label: session, href: link(base, '/', { session }) },
    compare: request === null ? null : compareLinks(base, id),
  }
}

/** Others of the same route: looked for when they are asked for. */
function compareLinks(base: string, id: string): readonly { readonly label: string; readonly href: string }[] {
  return ['previous', 'next', 'newest'].map((other) => ({ label: other, href: compareLink(base, { a: id, b: other }) }))
}

function costOf(occurrence: Occurrence): number {
  return occurrence.savingMs ?? occurrence.totalMs
}

function stats({ recording, distinctCount, rowCount, resultBytes }: RequestView): readonly object[] {
  const { durationMs, sqlMs, sqlWallMs, queryCount, poolWaitMs, response } = recording
  const overlap = sqlMs > sqlWallMs * 1.05 && sqlMs - sqlWallMs > 0.1
  const type = contentType(response?.headers ?? {})
  return [
    {
      label: 'Total',
      ...duration(durationMs),
      sub: `application ${durationText(Math.max(0, durationMs - sqlWallMs))}`,
    },
    {
      label: 'SQL',
      ...duration(sqlWallMs),
      className: 'c-sql',
      sub: overlap ? `${durationText(sqlMs)} added up` : `${percent(share(sqlWallMs, durationMs))} % of total`,
    },
    {
      label: 'Queries',
      value: count(queryCount),
      className: isOverQueries(queryCount) ? 'c-waste' : '',
      sub: `${count(distinctCount)} distinct`,
    },
    {
      label: 'Rows',
      value: count(rowCount),
      sub: resultBytes === null ? 'read or changed' : `about ${quantityText(bytes(resultBytes))}`,
    },
    { label: 'Response', ...bytes(response?.contentLength ?? null), sub: type ?? 'length not announced' },
    { label: 'Pool wait', ...duration(poolWaitMs), sub: 'added up over queries', hidden: 'p1' },
    { label: 'silk’s own cost', ...duration(recording.overheadMs), sub: 'measured inside it' },
  ]
}

function contentType(headers: RecordedHeaders): string | null {
  const value = headers['content-type']
  const text = typeof value === 'string' ? value : value?.[0]
  return text?.split(';', 1)[0]?.trim() || null
}

/** For a request without a finding: where its time went. */
function slowestPart({ recording, statements }: RequestView): string {
  const { durationMs, sqlWallMs } = recording
  const application = Math.max(0, durationMs - sqlWallMs)
  const [slowest] = statements
  if (slowest === undefined || application >= slowest.totalMs) {
    return `Slowest part: application, ${durationText(application)} of ${durationText(durationMs)}.`
  }
  const place = slowest.callSite === null ? '' : ` at ${slowest.callSite.file}:${slowest.callSite.line}`
  const calls = plural(slowest.calls, 'call', 'calls')
  return `Slowest part: ${calls} of one statement${place}, ${durationText(slowest.totalMs)} of ${durationText(durationMs)}.`
}

function headerRows(headers: RecordedHeaders): readonly object[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((single) => ({ name, parts: valueParts(single) })),
  )
}
