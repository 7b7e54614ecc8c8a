import type { StoreStatus } from '../model/store-status.js'
import { backTo } from './back.js'
import { bytes, count, type Moment, moment, plural, quantityText } from './display.js'
import { link } from './links.js'
import type { Page, PageContext, Section } from './page.js'
import { SHORTCUTS, type Shortcut } from './shortcuts.js'
import { type Undo, undoOf } from './undo.js'
import { type Theme, UNKNOWN_VISITOR, type Visitor } from './visitor.js'

/** What stands around every page. */
export interface Shell {
  readonly title: string
  readonly base: string
  readonly version: string
  readonly nav: readonly {
    readonly label: string
    readonly href: string
    readonly key: string
    readonly current: boolean
  }[]
  readonly searchAction: string
  readonly banner: { readonly problem: string; readonly lost: string | null } | null
  /** The switch of the top bar; `null`: on a page that has nothing to say of the store. */
  readonly recording: {
    readonly action: string
    readonly csrf: string
    readonly back: string
    /** `null`: it is recorded. */
    readonly pausedSince: Moment | null
    /** The label of what is recorded now. */
    readonly session: string | null
    readonly sessionHref: string
  } | null
  /** What was just done to a finding, with the way back. */
  readonly undo: Undo | null
  readonly foot: readonly string[]
  /** How many failures of its own silk has had; `null`: none. */
  readonly troubles: { readonly text: string; readonly href: string } | null
  readonly jsonHref: string | null
  /** Whether the reader may load the style sheet: who is refused the pages is refused it too. */
  readonly styled: boolean
  readonly keysOn: boolean
  readonly theme: Theme
  readonly shortcuts: readonly Shortcut[]
}

const SECTIONS: readonly (readonly [Section, string, string, string])[] = [
  ['overview', 'Overview', '/', 'o'],
  ['requests', 'Requests', '/requests', 'r'],
  ['statements', 'Statements', '/statements', 's'],
  ['findings', 'Findings', '/findings', 'f'],
  ['profiling', 'Profiling', '/profiling', 't'],
  ['compare', 'Compare', '/compare', 'c'],
  ['health', 'Health', '/health', 'h'],
  ['settings', 'Settings', '/settings', ','],
]

export function pageShell(page: Page, context: PageContext, jsonHref: string | null): Shell {
  const { base, version, status } = context
  const bare = bareShell(base, version, page.title, context.visitor, page.section)
  return {
    ...bare,
    banner: banner(status),
    foot: foot(context),
    recording: recording(context),
    troubles: troubles(context),
    undo: undoOf(context),
    jsonHref,
  }
}

/** The shell of a page that has nothing to say of the store. */
export function bareShell(
  base: string,
  version: string,
  title: string,
  visitor: Visitor,
  section: Section | null = null,
): Shell {
  return {
    title,
    base,
    version,
    nav: SECTIONS.map(([name, label, path, key]) => ({
      label,
      key,
      href: link(base, path),
      current: name === section,
    })),
    searchAction: link(base, '/requests'),
    banner: null,
    recording: null,
    troubles: null,
    undo: null,
    foot: [],
    jsonHref: null,
    styled: true,
    keysOn: visitor.keysOn,
    theme: visitor.theme,
    shortcuts: SHORTCUTS,
  }
}

/** For those who may not see the dashboard: nothing of it. */
export function emptyShell(): Shell {
  return { ...bareShell('', '', 'Refused', UNKNOWN_VISITOR), nav: [], styled: false }
}

function banner({ problem, droppedCount }: StoreStatus): Shell['banner'] {
  if (problem === null) return null
  const verb = droppedCount === 1 ? 'was' : 'were'
  return {
    problem,
    lost: droppedCount === 0 ? null : `${plural(droppedCount, 'request', 'requests')} ${verb} served but not recorded.`,
  }
}

function recording({ base, status, ownSession, address, now, csrfToken }: PageContext): Shell['recording'] {
  const { pausedAt, session } = status.controls
  return {
    action: link(base, '/recording'),
    csrf: csrfToken(),
    back: backTo(address.path, address.search),
    pausedSince: pausedAt === null ? null : moment(pausedAt, now),
    session: ownSession ?? session,
    sessionHref: link(base, '/compare'),
  }
}

function troubles({ base, processHealth }: PageContext): Shell['troubles'] {
  const failures = processHealth().troubles.reduce((sum, { count: times }) => sum + times, 0)
  return failures === 0 ? null : { text: plural(failures, 'warning', 'warnings'), href: link(base, '/health') }
}

function foot({ status, processHealth }: PageContext): readonly string[] {
  const { recordingCount, retention, fileBytes, droppedCount } = status
  const { ignored: _, ...choices } = processHealth().choices
  const left = Object.values(choices).reduce((sum, times) => sum + times, 0)
  return [
    `${count(recordingCount)} of ${count(retention.count)} recordings kept`,
    quantityText(bytes(fileBytes)),
    ...(left === 0 ? [] : [`${count(left)} left out by your options`]),
    ...(droppedCount === 0 ? [] : [`${count(droppedCount)} not recorded since the start`]),
    'passwords, tokens and cookies redacted',
  ]
}
