import { insertColumnsAt, isName } from '../tokens/insert.js'
import type { Token } from '../tokens/token.js'
import { createFrame, type Frame, startOver } from './frame.js'
import { compare, readName } from './operands.js'
import { top, type Walk } from './walk.js'

const COMPARING_WORDS: ReadonlySet<string> = new Set(
  'like ilike rlike regexp glob match similar in is between overlaps against'.split(' '),
)
const STARTING_WORDS: ReadonlySet<string> = new Set(
  `where or xor on having set by from returning union except intersect values join using into for window partition
   left right inner outer full cross natural straight_join order group`.split(/\s+/),
)

const CONDITION_WORDS: ReadonlySet<string> = new Set(['where', 'on', 'having'])
const WRITING_WORDS: ReadonlySet<string> = new Set(['set', 'values', 'returning'])

/** Answers the index of the last token that it has read. */
export function readWord(walk: Walk, token: Token, at: number): number {
  const { tokens } = walk
  const frame = top(walk)
  const word = token.value
  if (tokens[at - 1]?.kind === 'dot') readName(walk, token, at)
  else if (STARTING_WORDS.has(word)) return readClause(walk, frame, word, at)
  else if (CASE_WORDS.has(word)) readCase(walk, frame, word)
  else if (word === 'select') startSelect(walk, frame)
  else if (word === 'as' || word === 'collate') readAlias(walk, at)
  else if (word === 'and') readAnd(frame)
  else if (isPagingWord(tokens, word, at)) startPaging(walk, frame, word)
  else if (comparesHere(tokens, word, at)) readComparingWord(frame, word)
  else if (!token.keyword) readName(walk, token, at)
  return at
}

/** MySQL's `match (title) against (?)` is no `title match ?`. */
function comparesHere(tokens: readonly Token[], word: string, at: number): boolean {
  return COMPARING_WORDS.has(word) && !(word === 'match' && tokens[at + 1]?.kind === 'open')
}

function readComparingWord(frame: Frame, word: string): void {
  compare(frame, word, true)
  if (word === 'between') frame.between = true
}

function readAnd(frame: Frame): void {
  if (frame.between) frame.between = false
  else startClause(frame)
}

function startPaging(walk: Walk, frame: Frame, word: string): void {
  startClause(frame)
  frame.paging = word === 'top' ? 'once' : 'yes'
  if (!frame.subquery) walk.isLimited = true
}

function startClause(frame: Frame): void {
  startOver(frame)
  frame.paging = 'no'
}

function readAlias(walk: Walk, at: number): void {
  walk.skipsName = true
  const [before, name] = [walk.tokens[at - 1], walk.tokens[at + 1]]
  // `select ? as password`, as SQLite's inserts of several rows are written.
  const value = walk.values[walk.values.length - 1]
  if (before?.kind === 'placeholder' && isName(name) && value) value.column ??= name?.value ?? null
}

function readClause(walk: Walk, frame: Frame, word: string, at: number): number {
  const { tokens } = walk
  if (isInsideExpression(tokens, frame, word, at)) return at
  if (word === 'from' && frame.kind === 'call') frame.elements = []
  startClause(frame)
  frame.rows = word === 'values'
  if (CONDITION_WORDS.has(word)) walk.isCondition = true
  else if (WRITING_WORDS.has(word)) walk.isCondition = false
  if (frame.rows) findAliasColumns(walk, at - 1)
  else if (frame.positional) endPositions(frame)
  if (word === 'order' && !frame.subquery) walk.isOrdered = true
  return word === 'into' ? readInto(walk, at) : at
}

/**
 * `is distinct from ?`, `left(name, ?)` and `substring(name from ?)` go on; what stands before FROM in
 * `extract(year from created_at)` is forgotten.
 */
function isInsideExpression(tokens: readonly Token[], frame: Frame, word: string, at: number): boolean {
  const next = tokens[at + 1]
  if (word === 'left' || word === 'right') return next?.kind === 'open'
  if (word !== 'from') return false
  return tokens[at - 1]?.value === 'distinct' || (frame.kind === 'call' && !isName(next))
}

function endPositions(frame: Frame): void {
  frame.positional = false
  frame.outer = null
}

function readInto(walk: Walk, at: number): number {
  const insert = insertColumnsAt(walk.tokens, at)
  walk.insertColumns = insert?.columns ?? null
  return insert?.closeAt ?? at
}

/** `(values (?, ?)) as v (id, token)` */
function findAliasColumns(walk: Walk, openAt: number): void {
  if (walk.tokens[openAt]?.kind !== 'open') return
  const closeAt = walk.groups.closeOf[openAt] ?? walk.tokens.length
  const asAt = walk.tokens[closeAt + 1]?.value === 'as' ? closeAt + 1 : closeAt
  const alias = top(walk).kind === 'in' ? null : insertColumnsAt(walk.tokens, asAt)
  if (alias !== null) walk.insertColumns = alias.columns
}

function startSelect(walk: Walk, frame: Frame): void {
  startClause(frame)
  frame.list = false
  frame.element = 0
  frame.outer = walk.insertColumns
  frame.positional = walk.insertColumns !== null
  if (walk.frames.length > 1) frame.subquery = true
}

function isPagingWord(tokens: readonly Token[], word: string, at: number): boolean {
  const next = tokens[at + 1]
  if (word === 'fetch') return next?.value === 'first' || next?.value === 'next'
  if (word !== 'limit' && word !== 'offset' && word !== 'top') return false
  return next?.kind === 'literal' || next?.kind === 'placeholder' || next?.text === '('
}

const CASE_WORDS: ReadonlySet<string> = new Set(['case', 'when', 'then', 'else', 'end'])

/** `case id when ? then ?`: after WHEN a value of `id`, after THEN one of what the whole is set to or compared with. */
function readCase(walk: Walk, frame: Frame, word: string): void {
  if (word === 'case') {
    walk.frames.push(createFrame('case', frame))
  } else if (frame.kind === 'case') {
    if (word === 'end') {
      walk.frames.pop()
      top(walk).operand = null
      return
    }
    const subject = frame.elements[0]
    startOver(frame)
    frame.element = 1
    if (word === 'when' && subject) frame.left = [subject]
  }
}
