import type { Groups } from './tokens/groups.js'
import { insertColumnsAt, isSimpleValue, selectedRowsEnd } from './tokens/insert.js'
import { endsOperand, type Token } from './tokens/token.js'
import { SPACED_BEFORE_PAREN } from './tokens/words.js'

/**
 * Writes tokens as one line, the same for every way to write, and every dialect of, one knex query: values are `?`,
 * lists of them `(?+)` whatever their length, rows of an insert one row.
 */
export function canonicalText(tokens: readonly Token[], groups: Groups): string {
  const writer: Writer = { tokens, groups, text: '', last: undefined, beforeLast: undefined }
  const end = withoutEnd(tokens)
  /** Closing token of a first row whose following rows are left out. */
  const rowEnds = new Set<number>()
  let at = 0
  while (at < end) at = writeAt(writer, at, rowEnds)
  return writer.text
}

interface Writer {
  readonly tokens: readonly Token[]
  readonly groups: Groups
  text: string
  last: Token | undefined
  beforeLast: Token | undefined
}

function withoutEnd(tokens: readonly Token[]): number {
  let end = tokens.length
  while (end > 0 && tokens[end - 1]?.kind === 'semicolon') end--
  return end
}

/** Writes the token at an index, or all that stands for one piece of text, and answers where to go on. */
function writeAt(writer: Writer, at: number, rowEnds: Set<number>): number {
  const { tokens, groups } = writer
  const token = tokens[at] as Token
  write(writer, token)
  if (rowEnds.has(at)) return furtherRowsEnd(tokens, groups, at + 1)
  if (token.kind !== 'word') return at + 1
  if (token.value === 'into') return writeInsertColumns(writer, at)
  if (SAVEPOINT_WORDS.has(token.value)) return writeSavepointName(writer, at)
  if (!LIST_WORDS.has(token.value) || tokens[at + 1]?.kind !== 'open') return at + 1
  const closeAt = groups.closeOf[at + 1] ?? tokens.length
  const isRows = token.value === 'values'
  if (isSimpleList(tokens, at + 2, closeAt)) {
    writeList(writer, token.value === 'array' ? '[?+]' : ' (?+)')
    return isRows ? furtherRowsEnd(tokens, groups, closeAt + 1) : closeAt + 1
  }
  if (isRows) rowEnds.add(closeAt)
  return at + 1
}

const LIST_WORDS: ReadonlySet<string> = new Set(['in', 'values', 'array'])

const SAVEPOINT_WORDS: ReadonlySet<string> = new Set(['savepoint', 'release', 'to'])

/** knex numbers its savepoints: `savepoint trx12`. */
function writeSavepointName(writer: Writer, at: number): number {
  const { tokens } = writer
  const first = tokens[0]?.value
  const isSavepoint = first === 'savepoint' || first === 'release' || (first === 'rollback' && at > 0)
  const next = tokens[at + 1]
  if (!isSavepoint || next === undefined || next.value === 'savepoint' || next.kind === 'semicolon') return at + 1
  write(writer, VALUE)
  return at + 2
}

function writeInsertColumns(writer: Writer, intoAt: number): number {
  const insert = insertColumnsAt(writer.tokens, intoAt)
  if (insert === null) return intoAt + 1
  const rowsEnd = selectedRowsEnd(writer.tokens, insert.closeAt + 1)
  if (rowsEnd === -1) return intoAt + 1
  for (let at = intoAt + 1; at <= insert.closeAt; at++) write(writer, writer.tokens[at] as Token)
  write(writer, VALUES)
  writeList(writer, ' (?+)')
  return rowsEnd
}

/** Whether there are only values, rows of values, and casts of them. The end may be missing, as of a cut statement. */
function isSimpleList(tokens: readonly Token[], from: number, closeAt: number): boolean {
  if (from === closeAt) return false
  for (let at = from; at < closeAt; at++) {
    const token = tokens[at] as Token
    if (token.text === '::' && isCast(tokens[at + 1])) at++
    else if (token.text === '+' ? at + 1 !== closeAt : !isListToken(token)) return false
  }
  return true
}

function isCast(token: Token | undefined): boolean {
  return token?.kind === 'word' || token?.kind === 'name'
}

function isListToken(token: Token): boolean {
  const { kind } = token
  return isSimpleValue(token) || kind === 'comma' || kind === 'open' || kind === 'close' || token.value === 'values'
}

/** Where rows `, (…), (…)` end that begin at an index. */
function furtherRowsEnd(tokens: readonly Token[], { closeOf }: Groups, from: number): number {
  let at = from
  while (tokens[at]?.kind === 'comma' && tokens[at + 1]?.kind === 'open') at = (closeOf[at + 1] ?? tokens.length) + 1
  return at
}

const plain = { spaced: true, position: -1, keyword: false }
const VALUE: Token = { ...plain, kind: 'literal', text: '?', value: '?' }
const VALUES: Token = { ...plain, kind: 'word', text: 'values', value: 'values', keyword: true }
const LIST: Token = { ...plain, kind: 'close', text: '(?+)', value: ')' }

function writeList(writer: Writer, text: string): void {
  writer.text += text
  writer.beforeLast = writer.last
  writer.last = LIST
}

function write(writer: Writer, token: Token): void {
  const { last, beforeLast } = writer
  writer.text += last !== undefined && isSpaced(last, beforeLast, token) ? ` ${token.text}` : token.text
  writer.beforeLast = last
  writer.last = token
}

function isSpaced(last: Token, beforeLast: Token | undefined, next: Token): boolean {
  switch (next.kind) {
    case 'comma':
    case 'close':
    case 'semicolon':
    case 'dot':
      return false
    case 'open':
      if (next.text === '[') return !endsOperand(last) && last.value !== 'array'
      if (last.kind === 'word' || last.kind === 'name') return isSpacedBeforeParen(last, next)
      break
    default:
  }
  if (last.kind === 'open' || last.kind === 'dot' || last.text === '::' || next.text === '::') return false
  if (last.kind !== 'operator') return true
  // Two operators must not become one, nor two minus signs a comment.
  return next.kind === 'operator' || !SIGNS.has(last.text) || endsOperand(beforeLast)
}

const SIGNS: ReadonlySet<string> = new Set(['-', '+', '~'])

function isSpacedBeforeParen(last: Token, next: Token): boolean {
  return next.spaced || (last.kind === 'word' && SPACED_BEFORE_PAREN.has(last.value))
}
