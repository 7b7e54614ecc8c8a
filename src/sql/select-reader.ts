import { isName } from './tokens/insert.js'
import type { Token } from './tokens/token.js'

export interface OrderBy {
  readonly column: string
  readonly direction: 'asc' | 'desc'
}

export interface SelectReader {
  word(word: string): boolean
  text(text: string): boolean
  atEnd(): boolean
  name(): string | null
  table(): string | null
  column(): string | null
  columns(): readonly string[] | '*' | null
  orderBy(): readonly OrderBy[] | null
}

/** Each method reads what it is named after and moves on, or answers `null` or `false`. */
export function createReader(tokens: readonly Token[], start = 0): SelectReader {
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

  function orderBy(): readonly OrderBy[] | null {
    if (!word('by')) return null
    const found: OrderBy[] = []
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
