import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CallSite } from '../model/call-site.js'
import { type CapturedStack, parseFrame, stackLines } from './stack.js'

/** Silk's own code, in `dist/` as in `src/`. */
const OWN_CODE = join(dirname(fileURLToPath(import.meta.url)), '..') + sep
const CACHED_LINES = 5_000

export interface CallSites {
  /** The first frame of the app's own code; `null`: there is none (all in packages, in Node, or no stack). */
  of(captured: CapturedStack): CallSite | null
}

/**
 * Finds call sites in captured stacks. What is the app's own: any file outside `node_modules`, Node and silk.
 *
 * @param projectRoot files are named relative to it
 */
export function createCallSites(projectRoot: string): CallSites {
  // A stack's lines repeat from query to query: each distinct line is judged once.
  const known = new Map<string, CallSite | null>()

  function judge(line: string): CallSite | null {
    const frame = parseFrame(line)
    if (!frame || !isAppFile(frame.file)) return null
    const { line: lineNumber, column } = frame
    const file = relative(projectRoot, frame.file).split(sep).join('/')
    return { file, line: lineNumber, column, function: frame.function, source: 'captured' }
  }

  function siteOfLine(line: string): CallSite | null {
    const cached = known.get(line)
    if (cached !== undefined) return cached
    if (known.size >= CACHED_LINES) known.clear()
    const site = judge(line)
    known.set(line, site)
    return site
  }

  return {
    of(captured) {
      for (const line of stackLines(captured)) {
        const site = siteOfLine(line)
        if (site) return site
      }
      return null
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
