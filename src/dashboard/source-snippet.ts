import { readFile, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import type { CallSite } from '../model/call-site.js'

export interface SourceLine {
  readonly number: number
  readonly text: string
  /** The line of the call site itself. */
  readonly isCallSite: boolean
}

export interface SourceSnippet {
  readonly lines: readonly SourceLine[]
  /** The file was written after the recording: its lines may have moved. */
  readonly changedSince: boolean
}

/**
 * The lines around a recorded call site as they stand on disk now; `null`: nothing to show (no such file any more,
 * not the project's own, too large, not text). Never rejects.
 */
export type SnippetReader = (
  site: CallSite,
  recordedAt: number,
  around?: { readonly before: number; readonly after: number },
) => Promise<SourceSnippet | null>

interface SourceFile {
  readonly lines: readonly string[]
  readonly modifiedAt: number
}

const MAX_BYTES = 2_000_000
const MAX_LINE_LENGTH = 400

/**
 * Makes a reader for one page view; it reads each file once.
 *
 * Call sites come from the store, never from an address. Even so only files inside the project are read, and none
 * below a dot-folder or node_modules: a call site out of a source map may name anything.
 */
export function createSnippetReader(projectRoot: string): SnippetReader {
  const files = new Map<string, Promise<SourceFile | null>>()
  return async (site, recordedAt, { before, after } = { before: 8, after: 5 }) => {
    const known = files.get(site.file)
    const reading = known ?? readSource(projectRoot, site.file).catch(() => null)
    if (known === undefined) files.set(site.file, reading)
    const file = await reading
    if (file === null || !(site.line >= 1 && site.line <= file.lines.length)) return null
    const first = Math.max(1, site.line - before)
    const lines = file.lines.slice(first - 1, site.line + after).map((text, index) => ({
      number: first + index,
      text: text.length > MAX_LINE_LENGTH ? `${text.slice(0, MAX_LINE_LENGTH)}…` : text,
      isCallSite: first + index === site.line,
    }))
    return { lines, changedSince: file.modifiedAt > recordedAt }
  }
}

async function readSource(projectRoot: string, file: string): Promise<SourceFile | null> {
  if (path.isAbsolute(file) || !isOwnPath(path.normalize(file))) return null
  const root = await realpath(projectRoot)
  const real = await realpath(path.resolve(root, file))
  if (!isOwnPath(path.relative(root, real))) return null
  const stats = await stat(real)
  if (!stats.isFile() || stats.size > MAX_BYTES) return null
  const text = await readFile(real, 'utf8')
  return text.includes('\0') ? null : { lines: text.split(/\r?\n/), modifiedAt: stats.mtimeMs }
}

function isOwnPath(relative: string): boolean {
  if (relative === '' || path.isAbsolute(relative)) return false
  // '..' starts with a dot as well, so this also keeps the path inside the root.
  return relative.split(/[\\/]/).every((segment) => !segment.startsWith('.') && segment !== 'node_modules')
}
