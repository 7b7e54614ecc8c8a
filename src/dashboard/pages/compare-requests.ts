import type { Occurrence } from '../../model/finding.js'
import { groupOf } from '../../model/recording.js'
import { isoTime, occurrenceJson } from '../../model/recording-json.js'
import type { RequestFilter } from '../../model/request-list.js'
import type { RequestView } from '../../model/request-view.js'
import { bars } from '../charts/bars.js'
import { svgPercent } from '../charts/ticks.js'
import { axisTicks } from '../charts/waterfall.js'
import { type ComparedRequests, compareRequests } from '../compare/requests.js'
import { duration, moment, place, prose, valueParts } from '../display.js'
import { compareLink, findingLink, requestLink, statementLink } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { notFound, PageProblem } from '../problem.js'
import { badge } from '../severity.js'
import { addedGroup, measureRow, otherGroup, solvedGroup, statementRows, verdictOf } from './compare-view.js'
import { statusView } from './request-row.js'

/** In place of an id: another request of the same route. */
const WORDS = ['newest', 'previous', 'next'] as const
type Word = (typeof WORDS)[number]

/** @param b an id, or which other request of the same route; the older one then stands before */
export async function compareRequestsPage(context: PageContext, a: string, b: string): Promise<Page> {
  const first = await stored(context, a)
  const word = WORDS.find((known) => known === b)
  const second = await stored(context, word === undefined ? b : await sameRoute(context, first, word))
  const isTurned = word !== undefined && second.recording.startedAt < first.recording.startedAt
  const [before, after] = isTurned ? [second, first] : [first, second]
  if (before.recording.id === after.recording.id) {
    throw new PageProblem(400, 'Bad address', 'The parameters "a" and "b" name one and the same recording.')
  }
  const compared = compareRequests(before, after)
  return {
    title: 'Compare two requests',
    section: 'compare',
    view: 'compare-requests',
    json: () => comparisonJson(before, after, compared),
    model: () => comparisonModel(context, before, after, compared),
  }
}

async function stored({ reader }: PageContext, id: string): Promise<RequestView> {
  const found = await reader.requestView(id, null)
  if (found === null) throw notFound(`No recording has the id "${id}".`)
  return found
}

async function sameRoute({ reader }: PageContext, { recording }: RequestView, word: Word): Promise<string> {
  const { id, kind, request } = recording
  const group = groupOf(recording)
  const name = request === null ? jobName(recording) : `${request.method} ${request.route ?? request.path}`
  const place = word === 'newest' ? {} : word === 'previous' ? { before: id } : { after: id }
  const same = group === null ? [] : await siblings(reader, { ...group, kind }, place)
  // A page after an id has the newest first: the next one is its last.
  const found = (word === 'next' ? same.toReversed() : same).find((other) => other.id !== id)
  if (found !== undefined) return found.id
  throw new PageProblem(
    404,
    'Nothing to compare with',
    `No ${word === 'newest' ? 'other' : word} request of ${name} is recorded.`,
    ['Send the request again, then load this page again.'],
  )
}

async function siblings(
  reader: PageContext['reader'],
  { kind, method, route }: Required<Pick<RequestFilter, 'kind' | 'method' | 'route'>>,
  place: { readonly before?: string; readonly after?: string },
): Promise<readonly { readonly id: string }[]> {
  const { items } = await reader.requests({ kind, method, route, ...place, limit: 2 })
  return items
}

function comparisonJson(before: RequestView, after: RequestView, compared: ComparedRequests): object {
  const side = ({ recording: { startedAt, request, response, ...told } }: RequestView): object => ({
    ...told,
    startedAt: isoTime(startedAt),
    request: request && { method: request.method, url: request.url, path: request.path, route: request.route },
    response: response && {
      status: response.status,
      contentLength: response.contentLength,
      aborted: response.aborted,
    },
  })
  return {
    before: side(before),
    after: side(after),
    measures: compared.measures,
    statements: compared.statements.map(({ change, subject, ...sides }) => ({
      change,
      fingerprint: subject.fingerprint,
      fingerprintText: subject.fingerprintText,
      callSite: subject.callSite,
      ...sides,
    })),
    findings: {
      solved: compared.solved.map(occurrenceJson),
      new: compared.added.map(occurrenceJson),
      remaining: compared.remaining.map(occurrenceJson),
    },
  }
}

async function comparisonModel(
  context: PageContext,
  before: RequestView,
  after: RequestView,
  compared: ComparedRequests,
): Promise<object> {
  const { base } = context
  const { measures, solved, added, remaining } = compared
  const [queries, time] = [measures[0], measures[1]]
  const ids = { a: before.recording.id, b: after.recording.id }
  const row = (occurrence: Occurrence): object => findingLine(base, occurrence)
  return {
    before: sideModel(context, before),
    after: sideModel(context, after),
    isOther: routeOf(before) !== routeOf(after),
    swapHref: compareLink(base, { a: ids.b, b: ids.a }),
    permanentHref: compareLink(base, ids),
    newestHref: compareLink(base, { a: ids.a, b: 'newest' }),
    verdict: time && queries ? verdictOf(time, queries) : null,
    length: lengthText(before, after),
    findings: [
      solvedGroup(solved.map(row)),
      addedGroup(added.map(row)),
      ...otherGroup(remaining.map(row), 'on both sides'),
    ],
    measures: measures.map(measureRow),
    axis: axisModel(before, after),
    statements: await statementRows(context, compared.statements, ({ fingerprint, fingerprintText, callSite }) => ({
      text: fingerprintText,
      href: statementLink(base, fingerprint),
      place: callSite && place(callSite),
    })),
  }
}

/** `job nightly report` */
function jobName({ kind, name }: RequestView['recording']): string {
  return name === null ? kind : `${kind} ${name}`
}

function routeOf({ recording }: RequestView): string {
  const { request } = recording
  return request === null ? jobName(recording) : `${request.method} ${request.route}`
}

function sideModel({ base, now }: PageContext, { recording }: RequestView): object {
  const { id, request, response, startedAt, session } = recording
  return {
    href: requestLink(base, id),
    method: request?.method ?? '',
    url: valueParts(request?.url ?? jobName(recording)),
    at: moment(startedAt, now),
    session,
    status: request === null ? null : statusView(response),
  }
}

/** Bodies are not kept: what is known of them is their length. */
function lengthText({ recording: a }: RequestView, { recording: b }: RequestView): string {
  const [before, after] = [a.response, b.response]
  if (before?.status !== after?.status) return `The status was ${before?.status ?? '–'} and is ${after?.status ?? '–'}.`
  if (before?.contentLength == null || after?.contentLength == null) return ''
  return before.contentLength === after.contentLength
    ? 'The response has the same length.'
    : 'The response has another length.'
}

export function findingLine(
  base: string,
  { findingKey, kind, message, callSite }: Pick<Occurrence, 'findingKey' | 'kind' | 'message' | 'callSite'>,
): object {
  return {
    badge: badge(kind, 0),
    href: findingLink(base, findingKey),
    sentence: prose(message),
    place: callSite && place(callSite),
  }
}

/** Both on one time axis. */
function axisModel(before: RequestView, after: RequestView): object {
  const axisMs = Math.max(before.axisMs, after.axisMs)
  return {
    ticks: axisTicks(axisMs),
    rows: [
      { label: 'Before', ...lineOf(before, axisMs) },
      { label: 'After', ...lineOf(after, axisMs) },
    ],
  }
}

function lineOf({ recording, folds }: RequestView, axisMs: number): object {
  return {
    width: svgPercent(recording.durationMs / axisMs),
    bars: folds.map(({ ranMs, isFinding }) => bars(ranMs, axisMs, isFinding ? 'f-waste' : 'f-sql')),
    time: duration(recording.durationMs),
  }
}
