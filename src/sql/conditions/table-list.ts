import { isName } from '../tokens/insert.js'
import type { Token } from '../tokens/token.js'
import { after, isWord, type Source, type Span } from './spans.js'

export interface TableReference {
  readonly schema: string | null
  /** `null`: a subquery, a function, or a common table expression. */
  readonly table: string | null
  readonly alias: string
}

/** Conditions that all must hold. */
export interface Condition extends Span {
  /** References (by index) that a comparison with a value narrows: those beside an outer join stay whole. */
  readonly narrows: (reference: number) => boolean
  /** Whether the rows of this reference are looked up with those of others: `null`, both ways. */
  readonly lookedUp: ((reference: number) => boolean) | null
}

export interface Subquery extends Span {
  readonly isLateral: boolean
}

export interface TableList {
  readonly references: readonly TableReference[]
  /** Those of ON. */
  readonly conditions: readonly Condition[]
  readonly subqueries: readonly Subquery[]
}

interface Building {
  readonly source: Source
  readonly names: ReadonlySet<string>
  readonly references: TableReference[]
  readonly conditions: Condition[]
  readonly subqueries: Subquery[]
}

type JoinKind = 'inner' | 'left' | 'right' | 'full'

const JOIN_WORDS: ReadonlySet<string> = new Set(
  'join left right inner outer full cross natural straight_join'.split(' '),
)

/** Reads `a as x join b on … , c`: the tables with their aliases, and the conditions that join them. */
export function readTables(source: Source, spans: readonly Span[], names: ReadonlySet<string>): TableList {
  const building: Building = { source, names, references: [], conditions: [], subqueries: [] }
  for (const span of spans) readSpan(building, span)
  return building
}

function readSpan(building: Building, { from, to }: Span): void {
  const { source } = building
  const { tokens } = source
  let join: JoinKind = 'inner'
  let at = from
  while (at < to) {
    const token = tokens[at] as Token
    if (token.kind === 'comma') {
      join = 'inner'
      at++
    } else if (isJoinWord(token)) {
      if (token.value === 'left' || token.value === 'right' || token.value === 'full') join = token.value
      else if (token.value !== 'join' && token.value !== 'outer') join = 'inner'
      at++
    } else {
      const firstNew = building.references.length
      at = readItem(building, at, to)
      at = readOn(building, at, to, join, firstNew)
      join = 'inner'
    }
  }
}

function isJoinWord(token: Token | undefined): boolean {
  return token?.kind === 'word' && JOIN_WORDS.has(token.value)
}

/** @returns the index behind a table, subquery or function and its alias */
function readItem(building: Building, start: number, to: number): number {
  const { source, names, references, subqueries } = building
  const { tokens } = source
  let at = start
  const isLateral = isWord(tokens[at], 'lateral')
  while (isWord(tokens[at], 'only') || isWord(tokens[at], 'lateral')) at++
  let parts: readonly string[] = []
  if (tokens[at]?.kind === 'open') {
    const inside = { from: at + 1, to: after(source, at) - 1 }
    at = after(source, at)
    if (['select', 'with', 'values'].some((word) => isWord(tokens[inside.from], word))) {
      subqueries.push({ ...inside, isLateral })
    } else {
      readSpan(building, inside)
      return at
    }
  } else {
    const name = readName(tokens, at)
    parts = name.parts
    // Never stands still, whatever the text.
    at = Math.max(name.end, start + 1)
    if (tokens[at]?.kind === 'open' && parts.length > 0) {
      parts = []
      at = after(source, at)
    }
  }
  const table = parts.at(-1) ?? null
  const schema = parts.at(-2) ?? null
  const alias = readAlias(source, at, to)
  const isTable = table !== null && !(schema === null && names.has(table.toLowerCase()))
  references.push({ schema, table: isTable ? table : null, alias: alias.name ?? table ?? '' })
  return alias.end
}

function readName(
  tokens: readonly Token[],
  start: number,
): { readonly parts: readonly string[]; readonly end: number } {
  const parts: string[] = []
  let at = start
  while (isName(tokens[at])) {
    parts.push(nameOf(tokens[at] as Token))
    at++
    if (tokens[at]?.kind !== 'dot') break
    at++
  }
  return { parts, end: at }
}

/** Names as written: a word's value is in lower case. */
export function nameOf(token: Token): string {
  return token.kind === 'name' ? token.value : token.text
}

function readAlias(source: Source, start: number, to: number): { readonly name: string | null; readonly end: number } {
  const { tokens } = source
  let at = start
  if (isWord(tokens[at], 'as')) at++
  const token = tokens[at]
  if (at >= to || token === undefined || !isName(token) || isJoinWord(token)) return { name: null, end: at }
  at++
  // Columns of a subquery: `as v (id, name)`.
  if (tokens[at]?.kind === 'open' && at < to) at = after(source, at)
  return { name: nameOf(token), end: at }
}

/** Reads ON, and skips what else stands before the next table (USING, index hints). */
function readOn(building: Building, start: number, to: number, join: JoinKind, firstNew: number): number {
  const { source, conditions, references } = building
  const { tokens } = source
  let at = start
  let onAt = -1
  while (at < to && tokens[at]?.kind !== 'comma' && !startsJoin(tokens, at)) {
    if (isWord(tokens[at], 'on') && onAt === -1) onAt = at
    at = after(source, at)
  }
  const last = references.length
  const isNew = (reference: number): boolean => reference >= firstNew && reference < last
  if (onAt !== -1 && join !== 'full') conditions.push({ from: onAt + 1, to: at, ...rolesOf(join, isNew) })
  return at
}

/** `left(name, ?)` and `right(name, ?)` are functions. */
function startsJoin(tokens: readonly Token[], at: number): boolean {
  return isJoinWord(tokens[at]) && tokens[at + 1]?.kind !== 'open' && tokens[at - 1]?.kind !== 'dot'
}

function rolesOf(join: JoinKind, isNew: (reference: number) => boolean): Pick<Condition, 'narrows' | 'lookedUp'> {
  if (join === 'left') return { narrows: isNew, lookedUp: isNew }
  if (join === 'right') return { narrows: (reference) => !isNew(reference), lookedUp: (reference) => !isNew(reference) }
  return { narrows: () => true, lookedUp: null }
}
