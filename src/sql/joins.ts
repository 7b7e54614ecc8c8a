import { remembered } from './remembered.js'
import { tokenize } from './tokenize.js'
import type { Token } from './tokens/token.js'

/**
 * How many tables a statement joins to others by the word: each JOIN of any kind, those of subqueries included. Tables
 * that are only listed (`from a, b`) count as none, and neither does the word where it is a name, a text or a comment.
 *
 * @param text a fingerprint's text, or a statement
 */
export const joinsOf: (text: string) => number = remembered(countJoins)

function countJoins(text: string): number {
  const tokens = tokenize(text)
  return tokens.filter((token, at) => token.kind === 'word' && isJoin(token, tokens[at - 1], tokens[at + 1])).length
}

/** Before these it stands as an index hint (`use index for join`) or behind them as a name (`t.join`, `as join`). */
const NO_JOIN_AFTER: ReadonlySet<string> = new Set(['for', 'as'])
/** MySQL's `select straight_join …` only fixes the order. */
const MODIFIED: ReadonlySet<string> = new Set(['select', 'all', 'distinct', 'distinctrow', 'high_priority'])

function isJoin({ value }: Token, before: Token | undefined, behind: Token | undefined): boolean {
  if (value !== 'join' && value !== 'straight_join') return false
  if (before === undefined || before.kind === 'dot' || behind?.kind === 'dot') return false
  if (before.kind !== 'word') return true
  return value === 'join' ? !NO_JOIN_AFTER.has(before.value) : !MODIFIED.has(before.value)
}
