import { isName } from '../tokens/insert.js'
import type { Token } from '../tokens/token.js'
import { after, isGroup, isWord, type Source, type Span } from './spans.js'
import { type Condition, readTables, type Subquery, type TableReference } from './table-list.js'

/** One SELECT, UPDATE or DELETE without those within it. */
export interface Block {
  readonly references: readonly TableReference[]
  readonly conditions: readonly Condition[]
  readonly subqueries: readonly Subquery[]
  readonly order: Span | null
  readonly isLimited: boolean
  /** Names of common table expressions that stand for no table here. */
  readonly names: ReadonlySet<string>
}

const SET_WORDS: ReadonlySet<string> = new Set(['union', 'intersect', 'except'])
const CLAUSES: ReadonlySet<string> = new Set(
  'select from where group having order limit offset fetch for window returning set values update delete into'.split(
    ' ',
  ),
)

/** The blocks of a span that stand side by side: several where they are united, and those of common table expressions. */
export function readBlocks(source: Source, span: Span & { readonly names: ReadonlySet<string> }): readonly Block[] {
  const { tokens } = source
  let { from, to, names } = span
  while (to > from && tokens[to - 1]?.kind === 'semicolon') to--
  const blocks: Block[] = []
  if (isWord(tokens[from], 'with')) {
    const list = readWith(source, from, to, names)
    names = list.names
    for (const body of list.bodies) blocks.push(...readBlocks(source, { ...body, names }))
    from = list.end
  }
  const parts = splitAtSetWords(source, from, to)
  for (const part of parts) {
    if (isGroup(source, part)) blocks.push(...readBlocks(source, { from: part.from + 1, to: part.to - 1, names }))
    else blocks.push(...readBlock(source, part, names, parts.length > 1))
  }
  return blocks
}

function readWith(source: Source, withAt: number, to: number, outer: ReadonlySet<string>) {
  const { tokens, groups } = source
  const names = new Set(outer)
  const bodies: Span[] = []
  let at = withAt + 1
  if (isWord(tokens[at], 'recursive')) at++
  while (at < to && isName(tokens[at])) {
    names.add((tokens[at]?.value ?? '').toLowerCase())
    while (at < to && !isWord(tokens[at], 'as')) at = after(source, at)
    while (at < to && tokens[at]?.kind !== 'open') at++
    if (at >= to) break
    bodies.push({ from: at + 1, to: groups.closeOf[at] ?? to })
    at = after(source, at)
    if (tokens[at]?.kind !== 'comma') break
    at++
  }
  return { names, bodies, end: at }
}

function splitAtSetWords(source: Source, from: number, to: number): readonly Span[] {
  const parts: Span[] = []
  let start = from
  for (let at = from; at < to; at = after(source, at)) {
    const token = source.tokens[at]
    if (token?.kind !== 'word' || !SET_WORDS.has(token.value)) continue
    parts.push({ from: start, to: at })
    const next = source.tokens[at + 1]
    if (isWord(next, 'all') || isWord(next, 'distinct')) at++
    start = at + 1
  }
  parts.push({ from: start, to })
  return parts.filter((part) => part.to > part.from)
}

function readBlock(source: Source, span: Span, names: ReadonlySet<string>, isUnited: boolean): readonly Block[] {
  const clauses = findClauses(source, span)
  const kind = source.tokens[span.from]?.value
  if (kind !== 'select' && kind !== 'update' && kind !== 'delete') return []
  const tables = [clauses.get('update'), clauses.get('from')].filter((clause) => clause !== undefined)
  const list = readTables(source, tables, names)
  const where = clauses.get('where')
  const conditions = [...list.conditions]
  if (where) conditions.push({ ...where, narrows: () => true, lookedUp: null })
  const order = clauses.get('order')
  // What is grouped or united is sorted as a whole, after all of it was read.
  const isSortedAsRead = !isUnited && !clauses.has('group') && !isWord(source.tokens[span.from + 1], 'distinct')
  return [
    {
      references: list.references,
      conditions,
      subqueries: [...list.subqueries, ...selectedSubqueries(source, clauses.get('select'))],
      order: order !== undefined && isSortedAsRead ? { from: order.from + 1, to: order.to } : null,
      isLimited: clauses.has('limit') || clauses.has('fetch'),
      names,
    },
  ]
}

/** Subqueries in the select list see the tables of their select. */
function selectedSubqueries(source: Source, clause: Span | undefined): readonly Subquery[] {
  const found: Subquery[] = []
  for (let at = clause?.from ?? 0; at < (clause?.to ?? 0); at = after(source, at)) {
    const isSubquery = source.tokens[at]?.kind === 'open' && isWord(source.tokens[at + 1], 'select')
    if (isSubquery) found.push({ from: at + 1, to: after(source, at) - 1, isLateral: true })
  }
  return found
}

/** What follows each clause's word, up to the next one. */
function findClauses(source: Source, { from, to }: Span): ReadonlyMap<string, Span> {
  const { tokens } = source
  const clauses = new Map<string, Span>()
  let open: { readonly word: string; readonly from: number } | null = null
  for (let at = from; at <= to; at = after(source, at)) {
    const token = tokens[at]
    const isClause = at >= to || (token?.kind === 'word' && CLAUSES.has(token.value) && !isWithin(tokens, at))
    if (!isClause) continue
    if (open !== null && !clauses.has(open.word)) clauses.set(open.word, { from: open.from, to: Math.min(at, to) })
    open = { word: token?.value ?? '', from: at + 1 }
  }
  return clauses
}

/** Words that go on with an expression or another clause: `is distinct from`, `for update`, `on update`, `t.order`. */
function isWithin(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]
  if (before?.kind === 'dot') return true
  const word = tokens[at]?.value
  if (word === 'from')
    return isWord(before, 'distinct') && tokens[at - 2]?.kind === 'word' && !isWord(tokens[at - 2], 'select')
  return word === 'update' && (isWord(before, 'for') || isWord(before, 'key'))
}
