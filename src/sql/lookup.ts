import { tokenize } from './tokenize.js'
import { isName } from './tokens/insert.js'
import type { Token } from './tokens/token.js'

/** A read of one table by one column: what a loop sends that `whereIn` could send once. */
export interface Lookup {
  /** With its schema, if it was written: `shop.products`. */
  readonly table: string
  /** Compared with the value that changes. */
  readonly column: string
  /** What is selected; `'*'`: every column. */
  readonly columns: readonly string[] | '*'
  readonly orderBy: readonly LookupOrder[]
  /** Has a LIMIT, by its text of any number. */
  readonly isLimited: boolean
}

interface LookupOrder {
  readonly column: string
  readonly direction: 'asc' | 'desc'
}

/**
 * Reads `select … from table where column = ?`, with `order by` or `limit ?` or neither, from a fingerprint's text;
 * `null`: anything more, less or else, for which advice would be a guess.
 */
export function lookupOf(text: string): Lookup | null {
  const reader = createReader(tokenize(text))
  if (!reader.word('select')) return null
  const columns = reader.columns()
  if (columns === null || !reader.word('from')) return null
  const table = reader.table()
  if (table === null || !reader.word('where')) return null
  const column = reader.column()
  if (column === null || !reader.text('=') || !reader.text('?')) return null
  const orderBy = reader.word('order') ? reader.orderBy() : []
  const isLimited = reader.word('limit')
  if (orderBy === null || (isLimited && !reader.text('?')) || !reader.atEnd()) return null
  return { table, column, columns, orderBy, isLimited }
}

/** The table that a select reads first, with its schema if it was written; `null`: none, or a subquery. */
export function mainTable(text: string): string | null {
  const tokens = tokenize(text)
  let depth = 0
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]
    if (token?.kind === 'open') depth++
    else if (token?.kind === 'close') depth--
    else if (depth === 0 && token?.kind === 'word' && token.value === 'from') return createReader(tokens, at + 1).name()
  }
  return null
}

interface Reader {
  word(word: string): boolean
  text(text: string): boolean
  atEnd(): boolean
  name(): string | null
  table(): string | null
  column(): string | null
  columns(): readonly string[] | '*' | null
  orderBy(): readonly LookupOrder[] | null
}

/** Each method reads what it is named after and moves on, or answers `null` or `false`. */
function createReader(tokens: readonly Token[], start = 0): Reader {
  let at = start
  let tableNames: readonly string[] = []
  /** Prefixes in the select list, which stands before the table is known. */
  const prefixes: string[] = []

  return { word, text, atEnd: () => at === tokens.length, name, table, column, columns, orderBy }

  function word(value: string): boolean {
    const isHere = tokens[at]?.kind === 'word' && tokens[at]?.value === value
    if (isHere) at++
    return isHere
  }

  function text(value: string): boolean {
    const isHere = tokens[at]?.text === value
    if (isHere) at++
    return isHere
  }

  /** A name with its qualifiers: `shop.products`. */
  function name(): string | null {
    const parts: string[] = []
    while (isName(tokens[at])) {
      const token = tokens[at++] as Token
      parts.push(token.kind === 'name' ? token.value : token.text)
      if (tokens[at]?.kind !== 'dot') return tokens[at]?.text === '(' ? null : parts.join('.')
      at++
    }
    return null
  }

  function table(): string | null {
    const found = name()
    if (found === null) return null
    const last = found.slice(found.lastIndexOf('.') + 1)
    const hasAlias = word('as') || isName(tokens[at])
    const alias = hasAlias ? name() : null
    tableNames = alias === null ? [last, found] : [alias]
    return prefixes.every((prefix) => tableNames.includes(prefix)) ? found : null
  }

  function column(): string | null {
    const found = name()
    if (found === null) return null
    const dot = found.lastIndexOf('.')
    if (dot === -1) return found
    const prefix = found.slice(0, dot)
    if (tableNames.length === 0) prefixes.push(prefix)
    else if (!tableNames.includes(prefix)) return null
    return found.slice(dot + 1)
  }

  function columns(): readonly string[] | '*' | null {
    if (text('*')) return '*'
    if (isName(tokens[at]) && tokens[at + 1]?.kind === 'dot' && tokens[at + 2]?.text === '*') {
      prefixes.push(tokens[at]?.value ?? '')
      at += 3
      return '*'
    }
    const found: string[] = []
    do {
      const next = column()
      if (next === null) return null
      found.push(next)
    } while (text(','))
    return found
  }

  function orderBy(): readonly LookupOrder[] | null {
    if (!word('by')) return null
    const found: LookupOrder[] = []
    do {
      const next = column()
      if (next === null) return null
      const isDescending = word('desc')
      if (!isDescending) word('asc')
      found.push({ column: next, direction: isDescending ? 'desc' : 'asc' })
    } while (text(','))
    return found
  }
}
