import { readFileSync, statSync } from 'node:fs'
import { FINDING_KINDS, type FindingKind } from '../model/finding.js'
import type { Report } from './report.js'

export type IgnoredKinds = readonly (FindingKind | 'all')[]

const MAX_FILE_BYTES = 2_000_000
const MAX_FILES = 1_000
const NOTHING: IgnoredKinds = []
/** In a comment: `// silk-ignore n-plus-one, late-query: why`, or without kinds for all of them. */
const COMMENT = /\bsilk-ignore\b[ \t]*([\w+ \t,-]*)/g
const COMMENT_START = /\/\/|\*/
const COMMENT_LINE = /^\s*(?:\/\/|\/?\*)/

/**
 * Reads `silk-ignore` comments of the app's own files: on the line that builds a query, or in the comment lines directly
 * above it. Each file is read once.
 *
 * @param report told of a kind that is not known
 */
export function createIgnoreComments(report: Report): (file: string, line: number) => IgnoredKinds {
  const files = new Map<string, ReadonlyMap<number, IgnoredKinds>>()

  return (file, line) => {
    let comments = files.get(file)
    if (comments === undefined) {
      if (files.size >= MAX_FILES) files.clear()
      comments = commentsIn(file, report)
      files.set(file, comments)
    }
    return comments.get(line) ?? NOTHING
  }
}

/** By the number of the line that they hold for. */
function commentsIn(file: string, report: Report): ReadonlyMap<number, IgnoredKinds> {
  const found = new Map<number, IgnoredKinds>()
  const lines = linesOf(file)
  lines.forEach((text, at) => {
    const listed = listedIn(text)
    if (listed === null) return
    let line = at
    if (COMMENT_LINE.test(text)) while (COMMENT_LINE.test(lines[line] ?? '')) line++
    const kinds = kindsOf(listed, `${file}:${at + 1}`, report)
    found.set(line + 1, [...(found.get(line + 1) ?? []), ...kinds])
  })
  return found
}

/** What follows `silk-ignore` in a comment of a line, which may be all of a bundle; `null`: there is none. */
function listedIn(line: string): string | null {
  if (!line.includes('silk-ignore')) return null
  const start = line.search(COMMENT_START)
  if (start === -1) return null
  for (const { index, 1: listed = '' } of line.matchAll(COMMENT)) if (index > start) return listed
  return null
}

function linesOf(file: string): readonly string[] {
  try {
    if (statSync(file).size > MAX_FILE_BYTES) return []
    const text = readFileSync(file, 'utf8')
    return text.includes('silk-ignore') ? text.split('\n') : []
  } catch {
    // A bundle's source need not be there.
    return []
  }
}

function kindsOf(listed: string, place: string, report: Report): IgnoredKinds {
  const names = listed.split(/[\s,]+/).filter((name) => name !== '' && name !== '-')
  if (names.length === 0) return ['all']
  const end = names.findIndex((name) => !isKind(name))
  if (end === 0) {
    const problem = `Unknown kind \`${names[0]}\` in the silk-ignore comment at ${place}`
    report(new Error(`${problem}. Known: ${FINDING_KINDS.join(', ')}.`), 'reading a silk-ignore comment')
  }
  // What follows the kinds is the reason.
  return (end === -1 ? names : names.slice(0, end)).filter(isKind)
}

function isKind(name: string): name is FindingKind {
  return (FINDING_KINDS as readonly string[]).includes(name)
}
