import * as v from 'valibot'
import type { FindingState, Occurrence } from '../../model/finding.js'
import { groupOf, JOB_METHOD, type RecordedHeaders } from '../../model/recording.js'
import type { QuerySlice, RequestView } from '../../model/request-view.js'
import { spanRow } from '../charts/span-rows.js'
import { waterfall, waterfallRow } from '../charts/waterfall.js'
import { count, durationText, moment, plural, valueParts } from '../display.js'
import { link, requestLink } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { identifier, oneOf, parseQuery, wholeNumber } from '../page-query.js'
import { renderEach } from '../render.js'
import { DEFAULT_WINDOW, timeWindow } from '../time-window.js'
import { mapInTurns } from '../turn.js'
import { cpuProfileSection } from './cpu-profile.js'
import { profileRequest } from './cpu-profiles.js'
import { exceptionView } from './exception.js'
import { findingCard } from './finding-card.js'
import { notKept } from './not-kept.js'
import { replaySection } from './replay.js'
import { bodyView } from './request-body.js'
import { slowestPart, stats } from './request-numbers.js'
import { orderHref, PAGE_LENGTH, queriesByStatement, queriesInOrder } from './request-queries.js'
import { marksModel, neighbours, relatives, traceOf } from './request-relations.js'
import { statusView } from './request-row.js'

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
  if (stored === null) throw notKept(context, id)
  const shares = new Map(findings.map((finding) => [finding.key, finding.share]))
  const { request, kind, name } = stored.recording
  return {
    title: request === null ? (name ?? kind) : `${request.method} ${request.path}`,
    section: 'requests',
    view: 'request',
    json: () => context.reader.requestJson(id),
    model: () => requestModel(context, stored, query, shares),
  }
}

async function requestJson(context: PageContext, id: string): Promise<Page> {
  const json = await context.reader.requestJson(id)
  if (json === null) throw notKept(context, id)
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
  const { recording } = stored
  const { request, response } = recording
  const states = new Map(stored.badges.map(({ key, state }) => [key, state]))
  const stateOf = ({ findingKey }: Occurrence): FindingState => states.get(findingKey) ?? 'open'
  // What people have dealt with comes last, whatever it costs.
  const isSettled = (occurrence: Occurrence): number => Number(stateOf(occurrence) !== 'open')
  const occurrences = stored.occurrences.toSorted(
    (left, right) => isSettled(left) - isSettled(right) || costOf(right) - costOf(left),
  )
  const { durationMs, queryCount, startedAt } = recording
  const cards = await mapInTurns(occurrences.slice(0, MAX_CARDS), (occurrence) => {
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
  return {
    backHref: link(base, '/requests'),
    ...neighbours(base, stored),
    jsonHref: `${self}.json`,
    ...relatives(base, recording),
    method: request?.method ?? (recording.kind === 'job' ? JOB_METHOD : ''),
    path: valueParts(request?.path ?? recording.name ?? recording.kind),
    search: valueParts(/\?.*$/s.exec(request?.url ?? '')?.[0] ?? ''),
    kind: recording.kind,
    status: request === null ? null : statusView(response),
    at: moment(startedAt, now),
    route: request?.route ?? null,
    id: recording.id,
    trace: traceOf(base, request?.headers ?? {}),
    stats: stats(stored),
    marks: marksModel(context, stored),
    cards,
    moreCards: Math.max(0, occurrences.length - MAX_CARDS),
    exception: exceptionView(context, recording.error),
    slowestPart: slowestPart(stored),
    ...(await waterfallModel(context, stored, self)),
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
    cpu: await cpuModel(context, recording),
    replay: await replaySection(context, stored),
    ...(await exchange(context, recording)),
  }
}

/** Its CPU profile, or the way to one of the next request of its route; `null`: there is neither. */
async function cpuModel(context: PageContext, recording: RequestView['recording']): Promise<object | null> {
  const { id, cpuProfile } = recording
  if (cpuProfile !== undefined) {
    const profile = await cpuProfileSection(context, id)
    if (profile !== null) return { profile, request: null }
  }
  const group = groupOf(recording)
  const known = group?.route == null ? null : { method: group.method, route: group.route }
  const request = group && profileRequest(context, known, `/requests/${id}`)
  return request && { profile: null, request }
}

async function waterfallModel(context: PageContext, stored: RequestView, self: string): Promise<object> {
  const { recording, folds, transactions, axisMs } = stored
  const chart = waterfall(stored)
  const ofStatement = (fingerprint: string): string => orderHref(self, fingerprint)
  return {
    waterfall: chart,
    waterfallRows: await renderEach('waterfall-row', chart.items, (item) =>
      'span' in item
        ? { span: spanRow(item.span, axisMs, context.editor) }
        : waterfallRow(context, stored, item, ofStatement).then((row) => ({ row })),
    ),
    moreSpans: moreSpans(recording),
    hasSpans: recording.spans.length > 0,
    hasWaits: folds.some(({ waitedMs }) => waitedMs.length > 0),
    hasTransactions: transactions.length > 0,
  }
}

/** Those beyond the limit per recording; `null`: there are none. */
function moreSpans({ spanSums }: RequestView['recording']): object | null {
  if (spanSums.length === 0) return null
  return {
    count: count(spanSums.reduce((sum, one) => sum + one.count, 0)),
    sums: spanSums.map(({ name, count: times, totalMs }) => `${name} ×${count(times)}, ${durationText(totalMs)}`),
  }
}

function costOf(occurrence: Occurrence): number {
  return occurrence.savingMs ?? occurrence.totalMs
}

async function exchange(context: PageContext, { request, response }: RequestView['recording']): Promise<object> {
  return {
    headers: request && headerRows(request.headers),
    responseHeaders: response && headerRows(response.headers),
    body: await bodyView(context, request?.body),
    responseBody: await bodyView(context, response?.body),
  }
}

function headerRows(headers: RecordedHeaders): readonly object[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((single) => ({ name, parts: valueParts(single) })),
  )
}
