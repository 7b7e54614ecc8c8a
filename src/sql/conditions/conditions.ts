import type { Token } from '../tokens/token.js'
import { isValue, readColumn } from './operand.js'
import type { ColumnName, Scope } from './scope.js'
import { after, isGroup, isWord, type Source, type Span } from './spans.js'
import type { Condition } from './table-list.js'
import { addOnce } from './table-use.js'

type Comparison = 'equal' | 'list' | 'range' | 'empty'

/** One condition that was understood: a column, and what it is compared with. */
interface Term {
  readonly column: ColumnName
  readonly by: Comparison
  /** `null`: a value. */
  readonly with: ColumnName | null
}

const OPERATORS: ReadonlyMap<string, 'equal' | 'range'> = new Map([
  ['=', 'equal'],
  ['==', 'equal'],
  ['<=>', 'equal'],
  ['<', 'range'],
  ['<=', 'range'],
  ['>', 'range'],
  ['>=', 'range'],
])

/**
 * Notes the columns of conditions that must all hold. Where they are joined by OR, no one of them must.
 *
 * @param readInner takes the span of each subquery within
 */
export function readConditions(
  source: Source,
  condition: Condition,
  scope: Scope,
  readInner: (span: Span) => void,
): void {
  readSubqueries(source, condition, readInner)
  for (const term of termsOf(source, condition)) note(term, condition, scope)
}

function readSubqueries({ tokens, groups }: Source, { from, to }: Span, read: (span: Span) => void): void {
  for (let at = from; at < to; at++) {
    const isSubquery =
      tokens[at]?.kind === 'open' && (isWord(tokens[at + 1], 'select') || isWord(tokens[at + 1], 'with'))
    if (!isSubquery) continue
    const end = groups.closeOf[at] ?? to
    read({ from: at + 1, to: Math.min(end, to) })
    at = end
  }
}

function termsOf(source: Source, span: Span): readonly Term[] {
  if (isGroup(source, span)) return termsOf(source, { from: span.from + 1, to: span.to - 1 })
  const parts = splitAtAnd(source, span)
  if (parts === null) return []
  const [first] = parts
  if (parts.length > 1 || first === undefined) return parts.flatMap((part) => termsOf(source, part))
  return termOf(source, first)
}

/** `null`: there is an OR. */
function splitAtAnd(source: Source, { from, to }: Span): readonly Span[] | null {
  const { tokens } = source
  const parts: Span[] = []
  let start = from
  let betweens = 0
  for (let at = from; at < to; at = after(source, at)) {
    const token = tokens[at] as Token
    if (token.kind !== 'word' || tokens[at - 1]?.kind === 'dot') continue
    if (token.value === 'or' || token.value === 'xor' || token.value === 'case') return null
    if (token.value === 'between') betweens++
    if (token.value !== 'and') continue
    if (betweens > 0) {
      betweens--
      continue
    }
    parts.push({ from: start, to: at })
    start = at + 1
  }
  parts.push({ from: start, to })
  return parts.filter((part) => part.to > part.from)
}

function termOf(source: Source, span: Span): readonly Term[] {
  const { tokens } = source
  const left = readColumn(tokens, span.from, span.to)
  return left === null ? fromTheRight(source, span) : fromTheLeft(source, left.name, { from: left.end, to: span.to })
}

/** What follows a column. */
function fromTheLeft(source: Source, column: ColumnName, { from, to }: Span): readonly Term[] {
  const { tokens } = source
  const token = tokens[from]
  const rest = { from: from + 1, to }
  if (token?.kind === 'operator') {
    const by = OPERATORS.get(token.value)
    return by === undefined ? [] : compared(tokens, column, by, rest)
  }
  if (isWord(token, 'in'))
    return isGroup(source, rest) && isValue(tokens, rest) ? [{ column, by: 'list', with: null }] : []
  if (isWord(token, 'between')) return isBetween(source, rest) ? [{ column, by: 'range', with: null }] : []
  const isNull = isWord(token, 'is') && isWord(tokens[rest.from], 'null') && rest.from + 1 === to
  return isNull ? [{ column, by: 'empty', with: null }] : []
}

function compared(tokens: readonly Token[], column: ColumnName, by: 'equal' | 'range', rest: Span): readonly Term[] {
  const other = readColumn(tokens, rest.from, rest.to)
  if (other !== null && other.end === rest.to) return by === 'equal' ? [{ column, by, with: other.name }] : []
  if (!isValue(tokens, rest)) return []
  const first = tokens[rest.from]
  const isBoolean = by === 'equal' && (isWord(first, 'true') || isWord(first, 'false')) && rest.to === rest.from + 1
  if (isBoolean) return [{ column, by: 'empty', with: null }]
  const isList = by === 'equal' && (isWord(first, 'any') || isWord(first, 'some'))
  return [{ column, by: isList ? 'list' : by, with: null }]
}

function isBetween(source: Source, { from, to }: Span): boolean {
  let andAt = from
  while (andAt < to && !isWord(source.tokens[andAt], 'and')) andAt = after(source, andAt)
  return isValue(source.tokens, { from, to: andAt }) && isValue(source.tokens, { from: andAt + 1, to })
}

/** `? = id` */
function fromTheRight(source: Source, { from, to }: Span): readonly Term[] {
  const { tokens } = source
  for (let at = from; at < to; at = after(source, at)) {
    const by = tokens[at]?.kind === 'operator' ? OPERATORS.get(tokens[at]?.value ?? '') : undefined
    if (by === undefined) continue
    const column = readColumn(tokens, at + 1, to)
    const isColumn = column !== null && column.end === to && isValue(tokens, { from, to: at })
    return isColumn ? [{ column: column.name, by, with: null }] : []
  }
  return []
}

function note(term: Term, condition: Condition, scope: Scope): void {
  const left = scope.resolve(term.column)
  if (term.with === null) {
    if (left !== null && left !== 'outer' && condition.narrows(left.reference)) addOnce(left.use[term.by], left.column)
    return
  }
  const right = scope.resolve(term.with)
  noteSide(left, right, condition)
  noteSide(right, left, condition)
}

type Side = ReturnType<Scope['resolve']>

function noteSide(side: Side, other: Side, { narrows, lookedUp }: Condition): void {
  if (side === null || side === 'outer' || other === null) return
  if (other === 'outer') {
    if (narrows(side.reference)) addOnce(side.use.equal, side.column)
    return
  }
  if (side.reference === other.reference) return
  if (lookedUp !== null && !lookedUp(side.reference)) return
  side.use.join.push({
    column: side.column,
    otherAlias: other.use.alias,
    otherColumn: other.column,
    isLookup: lookedUp !== null,
  })
}
