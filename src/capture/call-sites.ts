import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CallSite } from '../model/call-site.js'
import type { CallerFrame } from '../model/evidence.js'
import { createIgnoreComments, type IgnoredKinds } from './ignore-comments.js'
import type { Report } from './report.js'
import { type CapturedStack, parseFrame, stackLines } from './stack.js'

/** Silk's own code, in `dist/` as in `src/`. */
const OWN_CODE = join(dirname(fileURLToPath(import.meta.url)), '..') + sep
const CACHED_LINES = 5_000

/** Where a query comes from. */
export interface Located {
  /** The first frame of the app's own code; `null`: there is none (all in packages, in Node, or no stack). */
  readonly callSite: CallSite | null
  /**
   * Equal for two queries that came through the same lines of the app. A recursion's lines count once, however deep it
   * goes.
   */
  readonly path: string
  /** The lines of that path, innermost first. */
  readonly callers: readonly CallerFrame[]
  /** What a comment at the call site says that it is none of. */
  readonly ignoredKinds: IgnoredKinds
}

export interface CallSites {
  locate(captured: CapturedStack): Located
}

/** A line of a stack that is the app's own, with what it adds to a path. */
interface AppFrame {
  readonly callSite: CallSite
  /** File and line. */
  readonly at: string
  readonly step: string
  readonly ignoredKinds: IgnoredKinds
}

/** The app's own lines of a stack: of a line that calls itself again the innermost call, whichever way it waits. */
interface Path {
  readonly frames: Map<string, AppFrame>
  readonly throughPackage: Set<string>
}

/** A line of a package, or of silk. */
const PACKAGE: unique symbol = Symbol('package')

const NOT_FOUND: Located = { callSite: null, path: '', callers: [], ignoredKinds: [] }

/**
 * Finds call sites in captured stacks. What is the app's own: any file outside `node_modules`, Node and silk.
 *
 * @param projectRoot files are named relative to it
 * @param report told of comments that make no sense
 */
export function createCallSites(projectRoot: string, report: Report): CallSites {
  const ignoredAt = createIgnoreComments(report)
  // Most queries come by few paths: their frames are made once.
  const callersOfPath = new Map<string, readonly CallerFrame[]>()
  // A stack's lines repeat from query to query: each distinct line is judged once.
  const known = new Map<string, AppFrame | typeof PACKAGE | null>()

  function judge(text: string): AppFrame | typeof PACKAGE | null {
    const frame = parseFrame(text)
    if (!frame || !isAbsolute(frame.file)) return null
    if (!isAppFile(frame.file)) return PACKAGE
    const { line, column } = frame
    const file = relative(projectRoot, frame.file).split(sep).join('/')
    const callSite: CallSite = { file, line, column, function: frame.function, source: 'captured' }
    return {
      callSite,
      at: `${file}:${line}`,
      step: `${file}:${line}:${column}`,
      ignoredKinds: ignoredAt(frame.file, line),
    }
  }

  function frameOf(text: string): AppFrame | typeof PACKAGE | null {
    const cached = known.get(text)
    if (cached !== undefined) return cached
    if (known.size >= CACHED_LINES) known.clear()
    const frame = judge(text)
    known.set(text, frame)
    return frame
  }

  function walk(captured: CapturedStack): Path {
    const path: Path = { frames: new Map(), throughPackage: new Set() }
    let isThroughPackage = false
    for (const text of stackLines(captured)) {
      const frame = frameOf(text)
      if (frame === PACKAGE) isThroughPackage = path.frames.size > 0
      if (frame === PACKAGE || frame === null) continue
      if (!path.frames.has(frame.at)) path.frames.set(frame.at, frame)
      if (isThroughPackage) path.throughPackage.add(frame.at)
      isThroughPackage = false
    }
    return path
  }

  return {
    locate(captured) {
      const walked = walk(captured)
      const [first] = walked.frames.values()
      if (first === undefined) return NOT_FOUND
      const path = [...walked.frames.values()].map(({ step }) => step).join(' ')
      return { callSite: first.callSite, path, callers: callersOf(path, walked), ignoredKinds: first.ignoredKinds }
    },
  }

  function callersOf(path: string, { frames, throughPackage }: Path): readonly CallerFrame[] {
    const known = callersOfPath.get(path)
    if (known !== undefined) return known
    if (callersOfPath.size >= CACHED_LINES) callersOfPath.clear()
    const callers = [...frames.values()].map(({ callSite: { file, line, function: name }, at }) => {
      return { file, line, function: name, isThroughPackage: throughPackage.has(at) }
    })
    callersOfPath.set(path, callers)
    return callers
  }
}

function isAppFile(file: string): boolean {
  return !file.includes(`${sep}node_modules${sep}`) && !file.startsWith(OWN_CODE)
}

/** The nearest folder with a package.json, from `from` upwards; else `from` itself. */
export function findProjectRoot(from: string): string {
  let folder = resolve(from)
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder) return resolve(from)
    folder = parent
  }
  return folder
}
