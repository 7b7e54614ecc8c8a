import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CallSite } from '../model/call-site.js'
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
}

export interface CallSites {
  locate(captured: CapturedStack): Located
}

/** A line of a stack that is the app's own, with what it adds to a path. */
interface AppFrame {
  readonly callSite: CallSite
  readonly step: string
}

/**
 * Finds call sites in captured stacks. What is the app's own: any file outside `node_modules`, Node and silk.
 *
 * @param projectRoot files are named relative to it
 */
export function createCallSites(projectRoot: string): CallSites {
  // A stack's lines repeat from query to query: each distinct line is judged once.
  const known = new Map<string, AppFrame | null>()

  function judge(text: string): AppFrame | null {
    const frame = parseFrame(text)
    if (!frame || !isAppFile(frame.file)) return null
    const { line, column } = frame
    const file = relative(projectRoot, frame.file).split(sep).join('/')
    const callSite: CallSite = { file, line, column, function: frame.function, source: 'captured' }
    // Without the column: a call that waits is named by its `await`, the same call before it waits by its name.
    return { callSite, step: `${file}:${line}` }
  }

  function frameOf(text: string): AppFrame | null {
    const cached = known.get(text)
    if (cached !== undefined) return cached
    if (known.size >= CACHED_LINES) known.clear()
    const frame = judge(text)
    known.set(text, frame)
    return frame
  }

  return {
    locate(captured) {
      let callSite: CallSite | null = null
      const steps = new Set<string>()
      for (const text of stackLines(captured)) {
        const frame = frameOf(text)
        if (!frame) continue
        callSite ??= frame.callSite
        steps.add(frame.step)
      }
      return { callSite, path: [...steps].join(' ') }
    },
  }
}

function isAppFile(file: string): boolean {
  return isAbsolute(file) && !file.includes(`${sep}node_modules${sep}`) && !file.startsWith(OWN_CODE)
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
