import type { FindingSummary } from '../../model/finding-summary.js'
import { isoTime } from '../../model/recording-json.js'
import type { SessionSummary } from '../../model/session-summary.js'
import type { Verdict } from '../compare/measure.js'
import { type ComparedRoute, type ComparedSessions, compareSessions, type SessionSide } from '../compare/sessions.js'
import { count, duration, moment, plural } from '../display.js'
import { findingJson } from '../json/finding-json.js'
import { compareLink, link, statementLink } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { notFound, PageProblem } from '../problem.js'
import { NO_SESSION } from '../view.js'
import { findingLine } from './compare-requests.js'
import {
  addedGroup,
  changeClass,
  changeText,
  measureRow,
  otherGroup,
  solvedGroup,
  statementRows,
} from './compare-view.js'
import { NO_ROUTE } from './request-query.js'

export function sessionName(label: string | null): string {
  return label ?? 'no session'
}

export async function compareSessionsPage(context: PageContext, before: string, after: string): Promise<Page> {
  if (before === after) {
    throw new PageProblem(400, 'Bad address', 'The parameters "session" and "with" name one and the same session.')
  }
  const sessions = await context.reader.sessions()
  const [a, b] = [known(sessions, before), known(sessions, after)]
  const [one, other] = await Promise.all([read(context, a), read(context, b)])
  const compared = compareSessions(one, other)
  return {
    title: 'Compare two sessions',
    section: 'compare',
    view: 'compare-sessions',
    json: () => comparisonJson(a, b, compared),
    model: () => comparisonModel(context, sessions, [a, b], compared),
  }
}

function known(sessions: readonly SessionSummary[], value: string): SessionSummary {
  const label = value === NO_SESSION ? null : value
  const session = sessions.find((one) => one.label === label)
  if (session === undefined) throw notFound(`Nothing is recorded with the session "${value}".`)
  return session
}

async function read({ reader }: PageContext, { label, firstAt }: SessionSummary): Promise<SessionSide> {
  // Recorded a little before the first that was written, as requests that began earlier may be.
  const window = { since: label === null ? null : firstAt - 3_600_000, until: null, session: label }
  const [overview, statements] = await Promise.all([reader.overview(window), reader.sessionStatements(window)])
  return { overview, statements }
}

function comparisonJson(before: SessionSummary, after: SessionSummary, compared: ComparedSessions): object {
  const side = ({ firstAt, lastAt, ...told }: SessionSummary): object => ({
    ...told,
    firstAt: isoTime(firstAt),
    lastAt: isoTime(lastAt),
  })
  return {
    before: side(before),
    after: side(after),
    measures: compared.measures,
    routes: compared.routes,
    statements: compared.statements.map(({ change, subject, ...sides }) => ({
      change,
      fingerprint: subject.id,
      fingerprintText: subject.text,
      routes: subject.routes,
      ...sides,
    })),
    findings: {
      solved: compared.solved.map(findingJson),
      new: compared.added.map(findingJson),
      remaining: compared.remaining.map(findingJson),
      notAsked: compared.notAsked.map(findingJson),
    },
  }
}

async function comparisonModel(
  context: PageContext,
  sessions: readonly SessionSummary[],
  [before, after]: readonly [SessionSummary, SessionSummary],
  compared: ComparedSessions,
): Promise<object> {
  const { base } = context
  const { measures, solved, added, remaining, notAsked } = compared
  const values = { session: before.label ?? NO_SESSION, with: after.label ?? NO_SESSION }
  const row = ({ latest }: FindingSummary): object => findingLine(base, latest)
  return {
    action: link(base, '/compare'),
    options: sessions.map(({ label, requestCount }) => ({
      value: label ?? NO_SESSION,
      text: `${sessionName(label)} (${count(requestCount)} requests)`,
      isBefore: label === before.label,
      isAfter: label === after.label,
    })),
    before: sideModel(context, before),
    after: sideModel(context, after),
    swapHref: compareLink(base, { session: values.with, with: values.session }),
    verdict: sessionsVerdict(compared.routes),
    hasFew: before.requestCount < 20 || after.requestCount < 20,
    findings: [
      solvedGroup(solved.map(row)),
      addedGroup(added.map(row)),
      ...otherGroup(remaining.map(row), 'in both'),
      ...otherGroup(notAsked.map(row), 'not asked for again, since no request went to their routes after'),
    ],
    note: compared.isSameMix
      ? 'of all requests, whatever their routes'
      : 'of all requests; other routes were asked for than before, so these stay grey: look at each route',
    measures: measures.map(measureRow),
    routes: compared.routes.map((route) => routeRow(base, route, values.with)),
    statements: await statementRows(context, compared.statements, ({ id, text }) => ({
      text,
      href: statementLink(base, id),
      place: null,
    })),
  }
}

/** By route: the mix of requests may be another one, so that sums over all of them say little. */
function sessionsVerdict(routes: readonly ComparedRoute[]): object {
  const both = routes.filter(({ before, after }) => before !== null && after !== null)
  const number = (of: 'p95' | 'queries', verdict: Verdict): number =>
    both.filter((route) => route[of].verdict === verdict).length
  const [faster, slower] = [number('p95', 'better'), number('p95', 'worse')]
  const [fewer, more] = [number('queries', 'better'), number('queries', 'worse')]
  const parts = [
    { number: faster, text: 'faster by p95', className: 'c-save strong' },
    { number: slower, text: 'slower by p95', className: 'c-waste strong' },
    { number: fewer, text: 'with fewer queries', className: 'c-save strong' },
    { number: more, text: 'with more queries', className: 'c-waste strong' },
  ].filter((part) => part.number > 0)
  const lead = `Of ${plural(both.length, 'route', 'routes')} that both were asked for:`
  return {
    lead: both.length === 0 ? 'No route was asked for in both.' : lead,
    parts,
    isSame: parts.length === 0 && both.length > 0,
  }
}

function sideModel({ base, now }: PageContext, { label, requestCount, firstAt, lastAt }: SessionSummary): object {
  return {
    name: sessionName(label),
    href: link(base, '/', { session: label ?? NO_SESSION }),
    requests: count(requestCount),
    first: moment(firstAt, now),
    last: moment(lastAt, now),
  }
}

function routeRow(
  base: string,
  { method, route, before, after, p95, queries }: ComparedRoute,
  session: string,
): object {
  return {
    href: link(base, '/requests', { method, route: route ?? NO_ROUTE, session }),
    method,
    route: route ?? '(no route matched)',
    count: [count(before?.count ?? 0), count(after?.count ?? 0)],
    p50: [duration(before?.p50Ms ?? null), duration(after?.p50Ms ?? null)],
    p95: [duration(p95.before), duration(p95.after)],
    queries: [count(queries.before), count(queries.after)],
    queriesClass: changeClass(queries),
    change: changeText(p95),
    changeClass: changeClass(p95),
  }
}
