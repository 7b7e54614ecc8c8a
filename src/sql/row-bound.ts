import { remembered } from './remembered.js'
import { tokenize } from './tokenize.js'
import type { Token } from './tokens/token.js'

/**
 * Whether a select says itself how many rows it returns at most: LIMIT, FETCH FIRST, TOP or ROWNUM, in the statement
 * itself or in a subquery that it takes its rows from. A limit of a look-up for each row bounds nothing: in the select
 * list, in `exists (…)`, `= (…)`, `left join (…)` or `lateral (…)`.
 *
 * @param text a fingerprint's text, or a statement
 * @example hasRowBound('select * from (select * from logs limit ?) as recent order by id') // true
 */
export const hasRowBound: (text: string) => boolean = remembered(readRowBound)

function readRowBound(text: string): boolean {
  if (!BOUND_WORD.test(text)) return false
  const tokens = tokenize(text)
  const levels: Level[] = [{ clause: null, counts: true }]
  for (let at = 0; at < tokens.length; at++) {
    const { kind } = tokens[at] as Token
    const level = levels[levels.length - 1] as Level
    if (kind === 'word') {
      if (readWord(level, tokens, at)) return true
    } else if (kind === 'open') {
      levels.push({ clause: null, counts: level.counts && givesRows(tokens, at, level.clause) })
    } else if (kind === 'close' && levels.length > 1) {
      levels.pop()
    }
  }
  return false
}

/** @returns whether it bounds the rows */
function readWord(level: Level, tokens: readonly Token[], at: number): boolean {
  const word = tokens[at]?.value ?? ''
  if (tokens[at - 1]?.kind === 'dot') return false
  if (!CLAUSES.has(word)) return level.counts && isBound(tokens, at)
  level.clause = word
  return false
}

/** Most statements have none of them, and need no closer look. */
const BOUND_WORD = /limit|fetch|top|rownum/i

/** What is open between two parentheses. */
interface Level {
  clause: string | null
  /** A limit here bounds the whole. */
  readonly counts: boolean
}

const CLAUSES: ReadonlySet<string> = new Set(
  'with select from where group having order union intersect except'.split(' '),
)

/** Whether the rows of what is in the parenthesis are those of the whole, or most that they can be. */
function givesRows(tokens: readonly Token[], openAt: number, clause: string | null): boolean {
  const before = tokens[openAt - 1]?.value
  if (before === 'in') return clause === 'where' && tokens[openAt - 2]?.value !== 'not'
  if (before === 'lateral' || before === 'apply') return false
  if (before === 'join') return !OUTER.has(tokens[openAt - 2]?.value ?? '')
  return clause === null || clause === 'with' || clause === 'from' || SET_OPERATIONS.has(clause)
}

const OUTER: ReadonlySet<string> = new Set(['left', 'right', 'full', 'outer'])
const SET_OPERATIONS: ReadonlySet<string> = new Set(['union', 'intersect', 'except'])

function isBound(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1]
  switch (tokens[at]?.value) {
    case 'limit':
      return next !== undefined && next.value !== 'all' && next.value !== 'null'
    case 'fetch':
      return next?.value === 'first' || next?.value === 'next'
    case 'top':
      return next?.kind === 'literal' || next?.kind === 'placeholder' || next?.kind === 'open'
    case 'rownum':
      return true
    default:
      return false
  }
}
