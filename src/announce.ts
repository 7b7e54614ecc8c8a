import { howItThrew, letFail } from './capture/app-function.js'
import type { Occurrence } from './model/finding.js'
import type { NewFinding } from './model/new-finding.js'
import type { Recording } from './model/recording.js'
import type { SilkOptions } from './options.js'

export interface AnnouncementSettings {
  /** The app's own listener; `false`: nobody is told; `null`: a line on the standard error, but for production. */
  readonly onFinding: SilkOptions['onFinding'] | null
  readonly production: boolean
  /** The dashboard's path from the app's root on, as the newest request has it. */
  readonly home: () => string
  /** Told what the listener throws. */
  readonly onError: (error: unknown) => void
  /** Default: the standard error. */
  readonly write?: (line: string) => void
}

const LINES_PER_MINUTE = 10
const MINUTE_MS = 60_000

/** Tells of findings that are new for the store. Never throws. */
export function createAnnouncer(
  settings: AnnouncementSettings,
): (found: { readonly recording: Recording; readonly occurrence: Occurrence }) => void {
  const { onFinding, production, home, onError, write = (line) => process.stderr.write(line) } = settings
  if (onFinding === false || (!onFinding && production)) return () => {}
  const tell: (finding: NewFinding) => unknown = onFinding || printing(write)
  const fail = (error: unknown): void => {
    const told = `The option \`onFinding\` ${howItThrew(error)}; the finding is kept, and on its page.`
    onError(onFinding ? new Error(told, { cause: error }) : error)
  }
  return ({ recording, occurrence }) => {
    try {
      letFail(tell(newFinding(recording, occurrence, home())), fail)
    } catch (error) {
      fail(error)
    }
  }
}

function newFinding(recording: Recording, occurrence: Occurrence, home: string): NewFinding {
  const { request } = recording
  return {
    key: occurrence.findingKey,
    kind: occurrence.kind,
    message: occurrence.message,
    method: request?.method ?? null,
    route: request?.route ?? null,
    callSite: occurrence.callSite,
    recordingId: recording.id,
    url: `${originOf(recording)}${home}/findings/${encodeURIComponent(occurrence.findingKey)}`,
  }
}

/** As the client named it. Whatever is no plain host and port is not worth a link. */
function originOf({ request }: Recording): string {
  const host = request?.headers.host
  return typeof host === 'string' && /^[\w.-]+(?::\d{1,5})?$|^\[[\da-f:.]+\](?::\d{1,5})?$/i.test(host)
    ? `http://${host}`
    : ''
}

function printing(write: (line: string) => void): (finding: NewFinding) => void {
  let since = 0
  let printed = 0
  return (finding) => {
    const now = Date.now()
    if (now - since >= MINUTE_MS) {
      since = now
      printed = 0
    }
    printed++
    if (printed <= LINES_PER_MINUTE) write(`${lineOf(finding)}\n`)
    else if (printed === LINES_PER_MINUTE + 1) {
      write(`silk: and more findings, not printed for a minute: ${finding.url.replace(/\/[^/]*$/, '')}\n`)
    }
  }
}

function lineOf({ kind, message, method, route, callSite, url }: NewFinding): string {
  const where = method === null ? '' : ` in ${method} ${route ?? '(no route)'}`
  const at = callSite === null ? '' : ` at ${callSite.file}:${callSite.line}`
  return plain(`silk: ${kind}${where}${at}: ${message} ${url}`)
}

/** On one line, and without anything that a terminal would take for a command. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
}
