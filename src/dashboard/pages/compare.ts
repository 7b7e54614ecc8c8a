import * as v from 'valibot'
import { isoTime } from '../../model/recording-json.js'
import type { SessionSummary } from '../../model/session-summary.js'
import { count, moment } from '../display.js'
import { summaryJson } from '../json/recording-json.js'
import { compareLink, link } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { freeText, identifier, parseQuery } from '../page-query.js'
import { PageProblem } from '../problem.js'
import { badgeMaker } from '../severity.js'
import { NO_SESSION } from '../view.js'
import { compareRequestsPage } from './compare-requests.js'
import { compareSessionsPage, sessionName } from './compare-sessions.js'
import { requestRow } from './request-row.js'

const querySchema = v.object({
  a: v.optional(identifier),
  b: v.optional(identifier),
  session: v.optional(freeText(80)),
  with: v.optional(freeText(80)),
})

/** Two requests, two sessions, or what there is to choose from. */
export async function comparePage(context: PageContext): Promise<Page> {
  const { a, b, session, with: other } = parseQuery(querySchema, context.query)
  checkPair('a', a, 'b', b)
  checkPair('session', session, 'with', other)
  if (a !== undefined && b !== undefined) {
    if (session === undefined) return compareRequestsPage(context, a, b)
    throw new PageProblem(400, 'Bad address', 'Either "a" and "b" are given, or "session" and "with", not all of them.')
  }
  if (session !== undefined && other !== undefined) return compareSessionsPage(context, session, other)
  return choicePage(context)
}

function checkPair(one: string, first: string | undefined, other: string, second: string | undefined): void {
  if ((first === undefined) === (second === undefined)) return
  const missing = first === undefined ? one : other
  const given = first === undefined ? other : one
  throw new PageProblem(400, 'Bad address', `The parameter "${missing}" is missing: "${given}" is compared with it.`)
}

const RECENT = 20

async function choicePage(context: PageContext): Promise<Page> {
  const { reader, base, now, status, ownSession } = context
  const [sessions, recent] = await Promise.all([reader.sessions(), reader.requests({ kind: 'request', limit: RECENT })])
  const labelled = sessions.filter(({ label }) => label !== null)
  const current = ownSession ?? status.controls.session
  return {
    title: 'Compare',
    section: 'compare',
    view: 'compare',
    json: () => ({
      session: current,
      sessions: sessions.map(({ firstAt, lastAt, ...told }) => ({
        ...told,
        firstAt: isoTime(firstAt),
        lastAt: isoTime(lastAt),
      })),
      recent: recent.items.map(summaryJson),
    }),
    model: () => ({
      action: link(base, '/compare'),
      sessions: sessions.map((session, index) => sessionRow(context, session, sessions[index + 1], current)),
      hasPair: sessions.length > 1,
      form: sessionForm(context, labelled.length + 1),
      rows: recent.items.map((summary, index) => ({
        isBefore: index === 1,
        isAfter: index === 0,
        ...requestRow(base, now, badgeMaker([]), summary),
      })),
      canPick: recent.items.length > 1,
    }),
  }
}

function sessionRow(
  { base, now }: PageContext,
  { label, requestCount, firstAt, lastAt }: SessionSummary,
  older: SessionSummary | undefined,
  current: string | null,
): object {
  const value = label ?? NO_SESSION
  return {
    value,
    name: sessionName(label),
    isCurrent: label !== null && label === current,
    requests: count(requestCount),
    first: moment(firstAt, now),
    last: moment(lastAt, now),
    href: link(base, '/', { session: value }),
    compareHref: older === undefined ? null : compareLink(base, { session: older.label ?? NO_SESSION, with: value }),
    comparedWith: older === undefined ? '' : sessionName(older.label),
  }
}

/** The form that starts a session, and ends the one that goes on. */
function sessionForm(context: PageContext, number: number): object {
  const { base, ownSession, status } = context
  return {
    action: link(base, '/sessions'),
    csrf: context.csrfToken(),
    own: ownSession,
    current: status.controls.session,
    suggestion: `session ${number}`,
  }
}
