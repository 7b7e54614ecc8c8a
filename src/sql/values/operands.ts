import type { Token } from '../tokens/token.js'
import { addPending, columnHere, type Frame } from './frame.js'
import type { FoundValue } from './value-list.js'
import { readColumns, top, type Walk } from './walk.js'

const INEQUALITIES: ReadonlySet<string> = new Set(['<', '<=', '>', '>='])

export function readValue(walk: Walk, token: Token, at: number): void {
  const frame = top(walk)
  if (token.kind === 'literal' && readJsonPath(walk, frame, token, at)) return
  const column = columnHere(frame)
  const isPaging = frame.paging !== 'no' || column === 'rownum' || column === 'rownum_'
  walk.values.push({
    position: walk.positionOf(token),
    literal: token.kind === 'literal' ? token.value : '',
    role: isPaging ? 'paging' : frame.list ? 'list' : 'value',
    column,
    bound: boundOf(frame),
    isElement: frame.list || frame.kind === 'in',
    isCondition: walk.isCondition,
    span: token.span ?? null,
    after: token.kind === 'literal' ? wordBefore(walk, at) : null,
  })
  if (frame.paging === 'once') frame.paging = 'no'
  if (column === null) addPending(frame, [walk.values.length - 1])
  frame.operand = null
  walk.skipsName = false
}

function wordBefore({ tokens }: Walk, at: number): string | null {
  const before = tokens[at - 1]
  // The words that MySQL and Oracle have before a password.
  if (before?.value === 'by') return tokens[at - 2]?.value === 'identified' ? 'password' : null
  return before?.kind === 'word' ? before.value : null
}

function boundOf({ operator, rowOperator, subquery, between }: Frame): FoundValue['bound'] {
  const comparison = operator ?? rowOperator
  if (subquery || comparison === null) return null
  if (comparison === 'between') return between ? '>' : '<'
  if (!INEQUALITIES.has(comparison)) return null
  return comparison.startsWith('<') ? '<' : '>'
}

const PATH_KEY = /^'(?:\$.{0,200}\.)?(\w{1,100})'$/

/** `data ->> 'password'` and `json_extract(data, '$.password')` stand for a column of that name. */
function readJsonPath(walk: Walk, frame: Frame, token: Token, at: number): boolean {
  const before = walk.tokens[at - 1]?.text
  const isArrow = before === '->' || before === '->>'
  if (!isArrow && !(frame.kind === 'call' && token.value.startsWith("'$"))) return false
  const key = PATH_KEY.exec(token.value)?.[1]
  if (key === undefined) return false
  frame.elements[isArrow ? frame.element : 0] = key
  if (isArrow) frame.operand = [key]
  return true
}

/** `timestamp with time zone`, `double precision` */
const TYPE_WORDS: ReadonlySet<string> = new Set(['with', 'without', 'time', 'zone', 'precision', 'varying'])

export function readName(walk: Walk, token: Token, at: number): void {
  const next = walk.tokens[at + 1]
  if (next?.kind === 'dot') return
  if (walk.skipsName) {
    walk.skipsName = TYPE_WORDS.has(next?.value ?? '')
    return
  }
  if (next?.text === '(') return
  const isTypeOfValue = token.kind === 'word' && (next?.kind === 'literal' || next?.kind === 'placeholder')
  if (!isTypeOfValue) readColumns(walk, top(walk), [token.value])
}

const COMPARISONS: ReadonlySet<string> = new Set(['=', '==', '<>', '!=', '<=>', ...INEQUALITIES])
const JSON_PATHS: ReadonlySet<string> = new Set(['->', '->>', '#>', '#>>'])

export function readOperator(walk: Walk, token: Token): void {
  const frame = top(walk)
  walk.skipsName = token.text === '::'
  if (walk.skipsName || JSON_PATHS.has(token.text)) return
  compare(frame, token.text, COMPARISONS.has(token.text))
}

/** An operator, or a word that compares, follows the operand read last. */
export function compare(frame: Frame, operator: string, isComparison: boolean): void {
  // In MySQL `a = ? && b = ?` goes on without a word: the next comparison has a left side of its own.
  const isAnother = isComparison && frame.left !== null && frame.operand !== null
  const isFirst = frame.left === null && (isComparison || frame.outer === null)
  if (isAnother || isFirst) frame.left = frame.operand
  if (isComparison || frame.operator === null) frame.operator = operator
}
