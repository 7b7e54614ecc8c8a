import * as v from 'valibot'
import type { TimeWindow } from '../model/time-window.js'
import { type LinkQuery, link } from './links.js'
import type { PageContext } from './page.js'
import { freeText } from './page-query.js'
import {
  DEFAULT_WINDOW,
  timeWindow,
  WINDOWS,
  type WindowName,
  windowJson,
  windowSchema,
  windowTitle,
} from './time-window.js'

/** How an address names what has no session. */
export const NO_SESSION = '(none)'

/** The parameters of an address that say what a page looks at. */
export const viewEntries: {
  window: v.OptionalSchema<typeof windowSchema, undefined>
  session: v.OptionalSchema<v.GenericSchema<string, string>, undefined>
} = { window: v.optional(windowSchema), session: v.optional(freeText(80)) }

/** What a page looks at: a stretch of time, one session, or both. */
export interface View {
  readonly window: TimeWindow
  readonly windowName: WindowName
  readonly title: string
  /** As it stands in links. */
  readonly query: { readonly window: string | null; readonly session: string | null }
  readonly json: object
}

interface Given {
  readonly window?: WindowName | undefined
  readonly session?: string | undefined
}

/** Of a session, all of it, unless the address says otherwise. */
export function viewOf({ window: given, session }: Given, now: number): View {
  const byDefault = session === undefined ? DEFAULT_WINDOW : 'all'
  const windowName = given ?? byDefault
  const time = timeWindow(windowName, now)
  const label = session === NO_SESSION ? null : session
  const window = label === undefined ? time : { ...time, session: label }
  return {
    window,
    windowName,
    title: titleOf(windowName, session),
    query: { window: windowName === byDefault ? null : windowName, session: session ?? null },
    json: { ...windowJson(windowName, window), ...(label === undefined ? {} : { session: label }) },
  }
}

function titleOf(name: WindowName, session: string | undefined): string {
  if (session === undefined) return windowTitle(name)
  const told = session === NO_SESSION ? 'Without a session' : `Session ${session}`
  return name === 'all' ? told : `${told}, ${windowTitle(name).toLowerCase()}`
}

interface Choice {
  readonly label: string
  readonly href: string
  readonly current: boolean
}

/**
 * The switch: stretches of time, and the session that goes on; without one, the way to where sessions are.
 *
 * @param rest what else stands in the page's address
 */
export function viewChoices(context: PageContext, path: string, view: View, rest: LinkQuery): readonly Choice[] {
  const { base, ownSession, status } = context
  const { session } = view.query
  const times = WINDOWS.map((name) => ({
    label: name === 'all' ? 'all' : name.replace(/(\d+)/, '$1 '),
    href: link(base, path, { ...rest, window: name === DEFAULT_WINDOW ? null : name }),
    current: session === null && name === view.windowName,
  }))
  const goesOn = session ?? ownSession ?? status.controls.session
  const href = goesOn === null ? link(base, '/compare') : link(base, path, { ...rest, session: goesOn })
  return [...times, { label: 'session', href, current: session !== null }]
}
