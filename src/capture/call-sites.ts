import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CallSite } from '../model/call-site.js'
import type { CallerFrame, PackageFrame } from '../model/evidence.js'
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
  /** By the outer line: the lines of packages, and of silk, that it went through. */
  readonly through: Map<string, readonly PackageFrame[]>
}

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
  const known = new Map<string, AppFrame | PackageFrame | null>()

  function judge(text: string): AppFrame | PackageFrame | null {
    const frame = parseFrame(text)
    if (!frame || !isAbsolute(frame.file)) return null
    const { line, column } = frame
    const inPackage = fileInPackage(frame.file)
    if (inPackage !== null) return { file: inPackage, line, function: frame.function }
    const file = relative(projectRoot, frame.file).split(sep).join('/')
    const callSite: CallSite = { file, line, column, function: frame.function, source: 'captured' }
    return {
      callSite,
      at: `${file}:${line}`,
      step: `${file}:${line}:${column}`,
      ignoredKinds: ignoredAt(frame.file, line),
    }
  }

  function frameOf(text: string): AppFrame | PackageFrame | null {
    const cached = known.get(text)
    if (cached !== undefined) return cached
    if (known.size >= CACHED_LINES) known.clear()
    const frame = judge(text)
    known.set(text, frame)
    return frame
  }

  function walk(captured: CapturedStack): Path {
    const path: Path = { frames: new Map(), through: new Map() }
    let through: PackageFrame[] = []
    for (const text of stackLines(captured)) {
      const frame = frameOf(text)
      if (frame === null) continue
      if ('callSite' in frame) {
        add(path, frame, through)
        through = []
      } else if (path.frames.size > 0) {
        // Those nearer to the query than the app's own are knex, and say nothing.
        through.push(frame)
      }
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

  function callersOf(path: string, { frames, through }: Path): readonly CallerFrame[] {
    const known = callersOfPath.get(path)
    if (known !== undefined) return known
    if (callersOfPath.size >= CACHED_LINES) callersOfPath.clear()
    const callers = [...frames.values()].map(({ callSite: { file, line, function: name }, at }) => {
      return { file, line, function: name, through: through.get(at) ?? [] }
    })
    callersOfPath.set(path, callers)
    return callers
  }
}

function add({ frames, through }: Path, frame: AppFrame, packages: readonly PackageFrame[]): void {
  if (!frames.has(frame.at)) frames.set(frame.at, frame)
  if (packages.length > 0) through.set(frame.at, packages)
}

const PACKAGES = `${sep}node_modules${sep}`

/** From the name of the package on; `null`: the file is the app's own. */
export function fileInPackage(file: string): string | null {
  const at = file.lastIndexOf(PACKAGES)
  const inPackage = at === -1 ? ownFile(file) : file.slice(at + PACKAGES.length)
  return inPackage?.split(sep).join('/') ?? null
}

function ownFile(file: string): string | null {
  return file.startsWith(OWN_CODE) ? join('express-silk', file.slice(OWN_CODE.length)) : null
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
