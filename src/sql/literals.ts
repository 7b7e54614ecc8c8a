import { findValues } from './find-values.js'
import { tokenize } from './tokenize.js'
import { findGroups } from './tokens/groups.js'
import type { FoundValue } from './values/value-list.js'

/** A value that is written into a statement. */
export interface Literal {
  readonly from: number
  readonly to: number
  /** Its column, and the word before it: what it may be called by. */
  readonly names: readonly string[]
}

/** The literals of a statement, in the order of the text. */
export function literalsOf(statement: string): readonly Literal[] {
  const tokens = tokenize(statement)
  return findValues(tokens, findGroups(tokens)).flatMap((value) => {
    const [from, to] = value.span ?? [-1, -1]
    return from === -1 ? [] : [{ from, to, names: namesOfLiteral(value) }]
  })
}

export function namesOfLiteral({ position, column, after }: FoundValue): readonly string[] {
  if (position !== -1) return []
  return [column, after].filter((name) => name !== null)
}
