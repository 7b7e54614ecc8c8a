import type { Groups } from '../tokens/groups.js'
import type { Token } from '../tokens/token.js'

/** A statement split into tokens. */
export interface Source {
  readonly tokens: readonly Token[]
  readonly groups: Groups
}

/** Tokens from one index up to another, which is not among them. */
export interface Span {
  readonly from: number
  readonly to: number
}

export function isWord(token: Token | undefined, value: string): boolean {
  return token?.kind === 'word' && token.value === value
}

/** The index behind a token, or behind the group that it opens. */
export function after({ tokens, groups }: Source, at: number): number {
  return tokens[at]?.kind === 'open' ? (groups.closeOf[at] ?? tokens.length) + 1 : at + 1
}

/** Whether one pair of parentheses holds the whole span. */
export function isGroup(source: Source, { from, to }: Span): boolean {
  return source.tokens[from]?.text === '(' && after(source, from) === to && to - from > 2
}
