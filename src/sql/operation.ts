import type { QueryOperation } from '../model/query.js'
import type { Token } from './tokens/token.js'

/** What a statement does. A WITH that writes anywhere counts as that write. */
export function operationOf(tokens: readonly Token[]): QueryOperation {
  let at = 0
  while (tokens[at]?.kind === 'open' || tokens[at]?.kind === 'semicolon') at++
  const word = tokens[at]?.kind === 'word' ? (tokens[at]?.value ?? '') : ''
  if (word === 'with') return operationOfWith(tokens, at)
  if (word === 'begin' || word === 'start' || word === 'set' || word === 'save' || word === 'end') {
    return beginsTransaction(word, tokens[at + 1]) ? 'transaction' : 'other'
  }
  return OPERATIONS.get(word) ?? 'other'
}

const OPERATIONS: ReadonlyMap<string, QueryOperation> = new Map([
  ['select', 'select'],
  ['values', 'select'],
  ['insert', 'insert'],
  ['replace', 'insert'],
  ['update', 'update'],
  ['merge', 'update'],
  ['delete', 'delete'],
  ['truncate', 'delete'],
  ['create', 'schema'],
  ['alter', 'schema'],
  ['drop', 'schema'],
  ['rename', 'schema'],
  ['comment', 'schema'],
  ['commit', 'transaction'],
  ['rollback', 'transaction'],
  ['abort', 'transaction'],
  ['savepoint', 'transaction'],
  ['release', 'transaction'],
])

const AFTER_BEGIN: ReadonlySet<string> = new Set(
  'transaction tran work deferred immediate exclusive concurrent isolation read'.split(' '),
)

function beginsTransaction(word: string, next: Token | undefined): boolean {
  if (next === undefined || next.kind === 'semicolon') return word === 'begin' || word === 'end'
  if (word === 'begin' || word === 'end') return AFTER_BEGIN.has(next.value)
  return next.value === 'transaction' || next.value === 'tran'
}

const WRITES: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'merge', 'replace'])

function operationOfWith(tokens: readonly Token[], withAt: number): QueryOperation {
  let depth = 0
  for (let at = withAt + 1; at < tokens.length; at++) {
    const token = tokens[at] as Token
    if (token.kind === 'open') depth++
    else if (token.kind === 'close') depth--
    else if (depth === 0 || tokens[at - 1]?.kind === 'open') {
      const operation = mainOperation(token, tokens[at + 1])
      if (operation !== null && (operation !== 'select' || depth === 0)) return operation
    }
  }
  return 'other'
}

function mainOperation({ kind, value }: Token, next: Token | undefined): QueryOperation | null {
  if (kind !== 'word') return null
  if (value === 'select' || value === 'values') return 'select'
  // `replace(…)` is a function.
  return WRITES.has(value) && next?.kind !== 'open' ? (OPERATIONS.get(value) ?? null) : null
}
