import type { Token } from './token.js'

export interface InsertColumns {
  readonly columns: readonly string[]
  /** Index of the closing parenthesis. */
  readonly closeAt: number
}

/** The column list of `into table (a, b)`, as written; `null`: there is none at this `into`. */
export function insertColumnsAt(tokens: readonly Token[], intoAt: number): InsertColumns | null {
  let at = intoAt + 1
  while (isName(tokens[at]) && tokens[at + 1]?.kind === 'dot') at += 2
  if (!isName(tokens[at]) || tokens[at + 1]?.kind !== 'open') return null
  const columns: string[] = []
  for (at += 2; isName(tokens[at]); at++) {
    columns.push(tokens[at]?.value ?? '')
    if (tokens[at + 1]?.kind === 'close') return { columns, closeAt: at + 1 }
    if (tokens[at + 1]?.kind !== 'comma') return null
    at++
  }
  return null
}

/**
 * SQLite's old way to insert rows, which knex still writes: `select ? as a, ? as b union all select ? as a, ? as b`.
 * Answers the index behind it; -1: the select at `selectAt` reads something.
 */
export function selectedRowsEnd(tokens: readonly Token[], selectAt: number): number {
  let at = selectAt
  for (;;) {
    at = selectedRowEnd(tokens, at)
    if (at === -1) return -1
    const next = tokens[at]
    if (next?.value === 'union' && tokens[at + 1]?.value === 'all') at += 2
    // knex sets the rows apart from `on conflict` so.
    else if (next?.value === 'where' && tokens[at + 1]?.value === 'true') return at + 2
    else return next === undefined || ROWS_END.has(next.value) ? at : -1
  }
}

const ROWS_END: ReadonlySet<string> = new Set([';', 'on', 'returning'])

function selectedRowEnd(tokens: readonly Token[], selectAt: number): number {
  if (tokens[selectAt]?.value !== 'select') return -1
  for (let at = selectAt + 1; ; at++) {
    if (!isSimpleValue(tokens[at])) return -1
    at++
    if (tokens[at]?.value === 'as') at++
    if (isName(tokens[at])) at++
    if (tokens[at]?.kind !== 'comma') return at
  }
}

/** A value that stands for itself, as a literal or placeholder does. */
export function isSimpleValue(token: Token | undefined): boolean {
  if (token === undefined) return false
  return (
    token.kind === 'literal' || token.kind === 'placeholder' || (token.kind === 'word' && SIMPLE_WORDS.has(token.value))
  )
}

const SIMPLE_WORDS: ReadonlySet<string> = new Set(['null', 'default', 'true', 'false'])

export function isName(token: Token | undefined): boolean {
  return token?.kind === 'name' || (token?.kind === 'word' && !token.keyword)
}
