import { remembered } from './remembered.js'
import { tokenize } from './tokenize.js'
import { isName } from './tokens/insert.js'
import type { Token } from './tokens/token.js'

const BEFORE_TABLE: ReadonlySet<string> = new Set(['from', 'join', 'into', 'update', 'table'])

/**
 * The tables that a statement names, in lower case and without their schema, each once: those it reads as well as those
 * it writes. Names of common table expressions are among them; what a function returns is not.
 *
 * @param text a fingerprint's text, or a statement
 */
export const tablesOf: (text: string) => readonly string[] = remembered(readTables)

function readTables(text: string): readonly string[] {
  const tokens = tokenize(text)
  const tables = new Set<string>()
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as Token
    if (token.kind !== 'word' || !BEFORE_TABLE.has(token.value) || isLock(tokens, at)) continue
    let next: number | null = at + 1
    while (next !== null) next = readTable(tokens, next, tables)
  }
  return [...tables]
}

/** `for update` names no table. */
function isLock(tokens: readonly Token[], at: number): boolean {
  return tokens[at]?.value === 'update' && tokens[at - 1]?.value === 'for'
}

/** Notes the table at this place. @returns where the next one of the same list stands; `null`: there is none */
function readTable(tokens: readonly Token[], start: number, tables: Set<string>): number | null {
  let at = start
  if (tokens[at]?.value === 'only') at++
  let name: string | null = null
  while (isName(tokens[at])) {
    name = (tokens[at] as Token).value
    at++
    if (tokens[at]?.kind !== 'dot') break
    at++
  }
  if (name === null) return null
  // `insert into t (a, b)` is a table, `from generate_series(1, 2)` is none.
  const isCall = tokens[at]?.kind === 'open' && tokens[start - 1]?.value !== 'into'
  if (!isCall) tables.add(name.toLowerCase())
  if (tokens[at]?.value === 'as') at++
  if (isName(tokens[at])) at++
  return tokens[at]?.kind === 'comma' ? at + 1 : null
}
