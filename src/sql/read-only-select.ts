import { operationOf } from './operation.js'
import { tokenize } from './tokenize.js'
import { isName } from './tokens/insert.js'
import type { Token } from './tokens/token.js'

/** Words that write, lock or lead out of a select, and that no dialect takes as a bare name where they can stand. */
const REFUSED: ReadonlySet<string> = new Set(
  'insert update delete merge truncate create alter drop grant revoke call execute copy vacuum attach pragma'.split(
    ' ',
  ),
)

/**
 * Why a statement may not be handed to EXPLAIN; `null`: it is exactly one SELECT that reads and no more.
 *
 * Rather too strict than too lax: what the databases read in different ways (a backslash before a quote, comments within
 * comments, comments that MySQL executes) is refused, since here it could hide a second statement.
 */
export function whyNotExplained(statement: string): string | null {
  if (HIDING.some((pattern) => pattern.test(statement))) {
    return 'it has a comment or a text that databases read in different ways'
  }
  const tokens = withoutEnd(tokenize(statement))
  if (tokens.some(({ kind }) => kind === 'semicolon')) return 'it is more than one statement'
  const first = tokens[0]
  if (first?.kind !== 'word' || (first.value !== 'select' && first.value !== 'with')) return 'it is no SELECT'
  if (operationOf(tokens) !== 'select') return 'it writes'
  return tokens.map((token, at) => refusal(tokens, token, at)).find((reason) => reason !== null) ?? null
}

const HIDING: readonly RegExp[] = [/\/\*M?!/i, /\\'|\\"/, /\/\*(?:(?!\*\/)[\s\S])*\/\*/, /--\S/, /(?:^|\n)[ \t]*#/]

function withoutEnd(tokens: readonly Token[]): readonly Token[] {
  let end = tokens.length
  while (end > 0 && tokens[end - 1]?.kind === 'semicolon') end--
  return tokens.slice(0, end)
}

function refusal(tokens: readonly Token[], { kind, value }: Token, at: number): string | null {
  if (kind !== 'word' || tokens[at - 1]?.kind === 'dot') return null
  const next = tokens[at + 1]
  if (value === 'into') return 'it writes what it selects (INTO)'
  if (value === 'for' && LOCKS.has(next?.value ?? '') && next?.kind === 'word') return 'it locks the rows it reads'
  if (value === 'lock' && next?.value === 'in') return 'it locks the rows it reads'
  // As a name or a function's it is harmless: `select call from phones`, `insert(name, 1, 2, ?)`.
  const isStatement = REFUSED.has(value) && (isName(next) || next?.value === 'into' || next?.value === 'from')
  return isStatement && !endsName(tokens[at - 1]) ? `it has the word ${value.toUpperCase()}` : null
}

const LOCKS: ReadonlySet<string> = new Set(['update', 'share', 'no', 'key'])

/** `select a.id call from …`: the word is an alias. */
function endsName(before: Token | undefined): boolean {
  return (
    isName(before) ||
    before?.kind === 'close' ||
    before?.value === 'as' ||
    before?.value === 'select' ||
    before?.kind === 'comma'
  )
}
