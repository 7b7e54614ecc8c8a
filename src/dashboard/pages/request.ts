import * as v from 'valibot'
import type { FindingState, Occurrence } from '../../model/finding.js'
import type { RecordedHeaders, Recording } from '../../model/recording.js'
import type { StatementUse, StoredRecording } from '../../model/store.js'
import { waterfall } from '../charts/waterfall.js'
import { bytes, count, duration, durationText, moment, percent, plural, share, valueParts } from '../display.js'
import { recordingJson } from '../json/recording-json.js'
import { link, requestLink } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { oneOf, parseQuery, wholeNumber } from '../page-query.js'
import { notFound } from '../problem.js'
import { DEFAULT_WINDOW, timeWindow } from '../time-window.js'
import { findingCard } from './finding-card.js'
import { queriesByStatement, queriesInOrder } from './request-queries.js'
import { isOverQueries, statusView } from './request-row.js'

const querySchema = v.object({
  queries: v.optional(oneOf(['grouped', 'all']), 'grouped'),
  from: v.optional(wholeNumber(0, 1_000_000), '0'),
})
type Query = v.InferOutput<typeof querySchema>

const MAX_CARDS = 20

/** One recording with all that is known of it: findings first, then the evidence. */
export async function requestPage(context: PageContext): Promise<Page> {
  const query = parseQuery(querySchema, context.query)
  const id = context.params.id ?? ''
  const [stored, findings] = await Promise.all([
    context.reader.request(id),
    context.reader.findings(timeWindow(DEFAULT_WINDOW, context.now)),
  ])
  if (stored === null) throw notFound(`No recording has the id "${id}".`)
  const shares = new Map(findings.map((finding) => [finding.key, finding.share]))
  const { recording, occurrences } = stored
  return {
    title: recording.request === null ? recording.kind : `${recording.request.method} ${recording.request.path}`,
    section: 'requests',
    view: 'request',
    json: () => recordingJson(recording, occurrences),
    model: () => requestModel(context, stored, query, shares),
  }
}

async function requestModel(
  context: PageContext,
  stored: StoredRecording,
  query: Query,
  shares: ReadonlyMap<string, number>,
): Promise<object> {
  const { base, now } = context
  const { recording, newerId, olderId } = stored
  const { request, response } = recording
  const states = new Map(stored.badges.map(({ key, state }) => [key, state]))
  const stateOf = ({ findingKey }: Occurrence): FindingState => states.get(findingKey) ?? 'open'
  // What people have dealt with comes last, whatever it costs.
  const isSettled = (occurrence: Occurrence): number => Number(stateOf(occurrence) !== 'open')
  const occurrences = stored.occurrences.toSorted(
    (left, right) => isSettled(left) - isSettled(right) || costOf(right) - costOf(left),
  )
  const open = occurrences.filter((occurrence) => stateOf(occurrence) === 'open')
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
  return {
    backHref: link(base, '/requests'),
    newerHref: newerId === null ? null : requestLink(base, newerId),
    olderHref: olderId === null ? null : requestLink(base, olderId),
    jsonHref: `${self}.json`,
    method: request?.method ?? '',
    path: valueParts(request?.path ?? recording.kind),
    search: valueParts(/\?.*$/s.exec(request?.url ?? '')?.[0] ?? ''),
    kind: recording.kind,
    status: response === null ? null : statusView(response.status, response.aborted),
    at: moment(startedAt, now),
    route: request?.route ?? null,
    id: recording.id,
    stats: stats(recording, stored.statements),
    cards: await Promise.all(cards),
    moreCards: Math.max(0, occurrences.length - MAX_CARDS),
    slowestPart: slowestPart(recording, stored.statements),
    waterfall: waterfall(recording, open),
    allHref: `${self}?queries=all#queries`,
    groupedHref: `${self}#queries`,
    queries:
      query.queries === 'all'
        ? { all: queriesInOrder(recording, self, query.from), grouped: null }
        : { all: null, grouped: queriesByStatement(base, { ...stored, occurrences: open }) },
    queriesText: `${count(recording.queries.length)} in ${plural(stored.statements.length, 'statement', 'statements')}`,
    dropped: recording.droppedQueryCount,
    droppedText: plural(recording.droppedQueryCount, 'query', 'queries'),
    headers: request && headerRows(request.headers),
    responseHeaders: response && headerRows(response.headers),
  }
}

function costOf(occurrence: Occurrence): number {
  return occurrence.savingMs ?? occurrence.totalMs
}

function stats(recording: Recording, statements: readonly StatementUse[]): readonly object[] {
  const { durationMs, sqlMs, sqlWallMs, queryCount, poolWaitMs, response } = recording
  const rows = statements.reduce((sum, use) => sum + (use.rowCount ?? 0), 0)
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
      sub: `${count(statements.filter((use) => use.operation !== 'transaction').length)} distinct`,
    },
    { label: 'Rows', value: count(rows), sub: 'read or changed' },
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
function slowestPart({ durationMs, sqlWallMs }: Recording, statements: readonly StatementUse[]): string {
  const application = Math.max(0, durationMs - sqlWallMs)
  const [slowest] = statements.toSorted((left, right) => right.totalMs - left.totalMs)
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
