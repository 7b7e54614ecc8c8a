import { isName } from '../tokens/insert.js'
import type { Token } from '../tokens/token.js'
import type { ColumnName } from './scope.js'
import type { Span } from './spans.js'
import { nameOf } from './table-list.js'

const NO_COLUMNS: ReadonlySet<string> = new Set(
  'null true false default current_date current_time current_timestamp localtime localtimestamp rownum'.split(' '),
)

/** Reads a bare column that begins here; `null`: it is none, or a function. */
export function readColumn(
  tokens: readonly Token[],
  start: number,
  to: number,
): { readonly name: ColumnName; readonly end: number } | null {
  const parts: string[] = []
  let at = start
  while (at < to && isPart(tokens, at)) {
    parts.push(nameOf(tokens[at] as Token))
    at++
    if (tokens[at]?.kind !== 'dot') break
    at++
  }
  if (parts.length === 0 || tokens[at]?.kind === 'open' || tokens[at - 1]?.kind === 'dot') return null
  return { name: parts, end: at }
}

function isPart(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at]
  if (!isName(token) || token === undefined) return false
  const isQualified = tokens[at - 1]?.kind === 'dot' || tokens[at + 1]?.kind === 'dot'
  // `date '2026-01-01'` and `interval ?` are values.
  const isType = isSimple(tokens[at + 1])
  return token.kind === 'name' || isQualified || !(NO_COLUMNS.has(token.value) || isType)
}

const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '||', '::'])
const VALUE_WORDS: ReadonlySet<string> = new Set(
  `null true false array any some as cast interval current_date current_time current_timestamp localtime
   localtimestamp`.split(/\s+/),
)
/** `interval ? day` */
const UNITS: ReadonlySet<string> = new Set(
  'microsecond second minute hour day week month quarter year seconds minutes hours days weeks months years'.split(' '),
)

/** Whether a span is a value that holds for the whole query: bound, written, or reckoned from such, without a column. */
export function isValue(tokens: readonly Token[], { from, to }: Span): boolean {
  if (from >= to) return false
  for (let at = from; at < to; at++) if (!isOfValue(tokens, at)) return false
  return true
}

function isOfValue(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at] as Token
  switch (token.kind) {
    case 'literal':
    case 'placeholder':
    case 'open':
    case 'close':
    case 'comma':
      return true
    case 'operator':
      return ARITHMETIC.has(token.value)
    case 'word':
    case 'name': {
      if (token.kind === 'word' && VALUE_WORDS.has(token.value)) return true
      const before = tokens[at - 1]
      if (UNITS.has(token.value) && isSimple(before)) return true
      // `date '2026-01-01'`
      if (token.kind === 'word' && tokens[at + 1]?.kind === 'literal') return true
      // A function's name, or a type's.
      if (before?.text === '::' || (before?.kind === 'word' && before.value === 'as')) return true
      return tokens[at + 1]?.kind === 'open' && !token.keyword
    }
    default:
      return false
  }
}

function isSimple(token: Token | undefined): boolean {
  return token?.kind === 'literal' || token?.kind === 'placeholder'
}
