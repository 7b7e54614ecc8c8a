import { findSourceMap } from 'node:module'
import { overload } from './overload.js'

/**
 * Deep enough for an app's frame below a repository class, an ORM and knex itself: V8's default of 10 ends inside knex.
 */
const FRAME_LIMIT = 40

/** A stack that was taken but not yet written out: V8 formats `stack` when it is first read, after the response. */
export interface CapturedStack {
  readonly stack?: unknown
}

/** Where an ORM was called: by the app, or by the ORM itself inside an outer call. */
export interface CalledFrom {
  readonly stack: CapturedStack
  readonly outer: CalledFrom | null
}

/** One line of a stack. Positions are 1-based and mapped to the source when the process maps stacks (tsx, source maps). */
export interface StackFrame {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly function: string | null
}

/** In the place of a stack that the overload guard has left out. */
export const STACK_LEFT_OUT: CapturedStack = Object.freeze({})

/**
 * Takes the current stack without formatting it: some 10 µs, against 30 and more for the text.
 *
 * @param below frames above and including this function are left out
 */
export function captureStack(below: (...args: never[]) => unknown): CapturedStack {
  if (!overload.takes('stacks')) return STACK_LEFT_OUT
  const holder: CapturedStack = {}
  const limit = Error.stackTraceLimit
  // The property is absent under `--frozen-intrinsics` and may have been removed by the app; then V8's default holds.
  if (limit < FRAME_LIMIT) Error.stackTraceLimit = FRAME_LIMIT
  Error.captureStackTrace(holder, below)
  if (limit < FRAME_LIMIT) Error.stackTraceLimit = limit
  return holder
}

/**
 * The lines of a captured stack, formatted now; empty where the app's own `Error.prepareStackTrace` gives no text.
 *
 * Each place in the code is put into words once: that, and looking it up in a source map, costs several times what taking
 * the stack does, and the stacks of an app consist of the same few places.
 */
export function stackLines(captured: CapturedStack): readonly string[] {
  const prepare = Error.prepareStackTrace
  const trace = traceOf(captured)
  if (!Array.isArray(trace)) return typeof trace === 'string' ? trace.split('\n') : []
  const keys = (trace as readonly NodeJS.CallSite[]).map(placeKey)
  if (!keys.every((key) => lineOfPlace.has(key))) putIntoWords(captured, trace, keys, prepare)
  return keys.map((key) => lineOfPlace.get(key) ?? '')
}

/** The frames as V8 has them; the text, where something has read it before or `Error` cannot be changed. */
function traceOf(captured: CapturedStack): unknown {
  const prepare = Error.prepareStackTrace
  try {
    Error.prepareStackTrace = keepTrace
  } catch {
    // --frozen-intrinsics
    return captured.stack
  }
  try {
    return captured.stack
  } finally {
    // As it was: absent, unless the app has one.
    if (prepare === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace
    else Error.prepareStackTrace = prepare
  }
}

const keepTrace = (_error: unknown, trace: readonly NodeJS.CallSite[]): unknown => trace

const CACHED_PLACES = 5_000
const lineOfPlace = new Map<string, string>()

/** Code that is loaded again under the same name (by a test runner) has other functions: their positions differ or mean the same. */
function placeKey(frame: NodeJS.CallSite): string {
  return `${frame.getFileName()}:${frame.getPosition()}:${frame.getFunctionName()}`
}

function putIntoWords(
  captured: CapturedStack,
  trace: readonly NodeJS.CallSite[],
  keys: readonly string[],
  prepare: typeof Error.prepareStackTrace,
): void {
  if (lineOfPlace.size >= CACHED_PLACES) lineOfPlace.clear()
  const lines = preparedLines(captured, trace, prepare)
  trace.forEach((frame, at) => {
    lineOfPlace.set(keys[at] ?? '', mapped(lines?.[at] ?? `    at ${frame}`, frame))
  })
}

/** As the app's own `Error.prepareStackTrace` has them (source-map-support, test runners); `null`: not line for line. */
function preparedLines(
  captured: CapturedStack,
  trace: readonly NodeJS.CallSite[],
  prepare: typeof Error.prepareStackTrace,
): readonly string[] | null {
  if (typeof prepare !== 'function') return null
  const text: unknown = prepare(captured as Error, [...trace])
  const lines = typeof text === 'string' ? text.split('\n').filter((line) => /^\s*at /.test(line)) : []
  return lines.length === trace.length ? lines : null
}

/** By Node's own source maps (`--enable-source-maps`, tsx), where the line has not been mapped yet. */
function mapped(text: string, frame: NodeJS.CallSite): string {
  const file = frame.getFileName()
  const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()]
  if (file === null || line === null || column === null || !text.includes(`:${line}:${column}`)) return text
  const entry = findSourceMap(file)?.findEntry(line - 1, column - 1)
  if (entry === undefined || !('originalSource' in entry)) return text
  const { originalSource, originalLine, originalColumn } = entry
  return `    at ${frame.getFunctionName() ?? '<anonymous>'} (${originalSource}:${originalLine + 1}:${originalColumn + 1})`
}

const FRAME_START = /^\s*at /
const FRAME_END = /:(\d+):(\d+)\)?$/

/**
 * Reads one line of a stack: `at fn (location)`, `at async fn (location)`, `at location`; the location ends in
 * `:line:column`. `null` where it names no position (`native`, `Promise.all (index 3)`, the message). From both its ends,
 * since a line of the message may be of any length, and look like anything.
 */
export function parseFrame(text: string): StackFrame | null {
  const start = FRAME_START.exec(text)?.[0].length
  const end = FRAME_END.exec(text)
  if (start === undefined || end === null || end.index <= start) return null
  const place = text.slice(start, end.index)
  const bracket = place.indexOf(' (', 1)
  const hasName = bracket !== -1 && bracket + 2 < place.length
  const file = (hasName ? place.slice(bracket + 2) : place).replace(/^async /, '')
  return {
    file: file.startsWith('file://') ? pathOfUrl(file) : file,
    line: Number(end[1]),
    column: Number(end[2]),
    function: functionName(hasName ? place.slice(0, bracket) : undefined),
  }
}

function pathOfUrl(url: string): string {
  try {
    const path = decodeURIComponent(new URL(url).pathname)
    return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path
  } catch {
    return url
  }
}

function functionName(text: string | undefined): string | null {
  if (text === undefined) return null
  const alias = text.endsWith(']') ? text.indexOf(' [as ') : -1
  const name = (alias === -1 ? text : text.slice(0, alias))
    .replace(/^async /, '')
    .replace(/^new /, '')
    .replace(/^(?:Object|Function|Module)\./, '')
  return name === '' || name.includes('<anonymous>') ? null : name
}
