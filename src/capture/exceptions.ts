import { isAbsolute, relative, sep } from 'node:path'
import type { RecordedError } from '../model/recorded-error.js'
import type { CallSites } from './call-sites.js'
import type { Masker } from './mask.js'
import { maskLooks } from './mask-looks.js'
import { driverMessage } from './query-error.js'
import { parseFrame } from './stack.js'

const MAX_LINES = 40
const MAX_LINE_CHARS = 500
const MAX_CLASS_CHARS = 100

interface ErrorTools {
  readonly callSites: CallSites
  readonly masker: Masker
  /** Files below it are named relative to it. */
  readonly projectRoot: string
}

/** What is kept of an exception. Whatever was thrown, a Proxy with traps or a getter that throws, this never does. */
export function recordedError(thrown: unknown, { callSites, masker, projectRoot }: ErrorTools): RecordedError {
  const lines = stackOf(thrown)
  return {
    class: classOf(thrown),
    message: masker.error(driverMessage(thrown)),
    stack: lines.map((line) => shownLine(line, projectRoot)),
    callSite: callSites.locate({ stack: lines.join('\n') }).callSite,
  }
}

/** The class and the message in one line, for a part of a recording. */
export function errorText(thrown: unknown, masker: Masker): string {
  const message = masker.error(driverMessage(thrown))
  return typeof thrown === 'object' && thrown !== null ? `${classOf(thrown)}: ${message}` : message
}

function classOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return thrown === null ? 'null' : typeof thrown
  try {
    const error = thrown as { readonly name?: unknown; readonly constructor?: { readonly name?: unknown } }
    const { name } = error
    const own = error.constructor?.name
    // Errors of Node and of drivers have a class that says less than their name, and the other way round.
    const told = typeof own === 'string' && own !== '' && own !== 'Error' && own !== 'Object' ? own : name
    return typeof told === 'string' && told !== '' ? told.slice(0, MAX_CLASS_CHARS) : 'Error'
  } catch {
    return 'Error'
  }
}

/** The frames alone: the message stands before them, with all that may be in it. */
function stackOf(thrown: unknown): readonly string[] {
  try {
    const { stack } = thrown as { readonly stack?: unknown }
    if (typeof stack !== 'string') return []
    const frames = stack.split('\n').filter((line) => /^\s+at /.test(line) && parseFrame(line) !== null)
    return frames.slice(0, MAX_LINES).map((line) => maskLooks(line.slice(0, MAX_LINE_CHARS)))
  } catch {
    return []
  }
}

function shownLine(line: string, projectRoot: string): string {
  const frame = parseFrame(line)
  if (frame === null) return line.trim()
  const name = relative(projectRoot, frame.file)
  const isInside = isAbsolute(frame.file) && !name.startsWith('..') && !isAbsolute(name)
  const file = isInside ? name.split(sep).join('/') : frame.file
  const at = `${file}:${frame.line}:${frame.column}`
  return frame.function === null ? `at ${at}` : `at ${frame.function} (${at})`
}
