import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What an app of the matrix writes down of what `/silk` shows. */
export interface Seen {
  readonly node: string
  readonly body: unknown
  readonly status: number | null
  readonly route: string | null
  readonly queryCount: number
  readonly occurrences: readonly {
    readonly kind: string
    readonly count: number
    readonly callSite: { readonly file: string; readonly line: number } | null
  }[]
}

/** One for the authors, and one for the books of each of ten. */
const QUERIES = 11
const REPEATS = 10

/** The line of a fixture that sends a query for each row. */
export function loopLine(folder: string, file: string): number {
  const lines = readFileSync(join(folder, file), 'utf8').split('\n')
  return lines.findIndex((line) => line.endsWith('// the line')) + 1
}

/** What is wrong with what was seen; `null`: nothing. */
export function problemOf(seen: Seen, expected: { readonly file: string; readonly line: number }): string | null {
  if (!Array.isArray(seen.body) || seen.body.length !== REPEATS) return `the app answered ${JSON.stringify(seen.body)}`
  if (seen.status !== 200 || seen.route !== '/authors') return `the route is ${seen.status} ${seen.route}`
  if (seen.queryCount !== QUERIES) return `${seen.queryCount} queries in place of ${QUERIES}`
  const found = seen.occurrences.find(({ kind }) => kind === 'n-plus-one')
  if (!found) return `no N+1 among ${JSON.stringify(seen.occurrences.map(({ kind }) => kind))}`
  if (found.count !== REPEATS) return `an N+1 of ${found.count} in place of ${REPEATS}`
  const site = found.callSite && `${found.callSite.file}:${found.callSite.line}`
  const wanted = `${expected.file}:${expected.line}`
  return site === wanted ? null : `the N+1 is at ${site} in place of ${wanted}`
}
