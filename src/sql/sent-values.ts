import type { RecordedBinding } from '../model/query.js'
import { findValues } from './find-values.js'
import { remembered } from './remembered.js'
import { tokenize } from './tokenize.js'
import { findGroups } from './tokens/groups.js'
import type { FoundValue } from './values/value-list.js'

/** A value that a query was sent with, bound or written into the statement, and what it is for. */
export type SentValue = Pick<FoundValue, 'role' | 'column' | 'bound' | 'isElement' | 'isCondition'> & {
  /** As it was recorded, so that a secret's is masked; of a literal its text; `undefined`: not kept. */
  readonly value: RecordedBinding | undefined
}

/** Statements longer than this are not read: what a detector would learn is not worth the time. */
const MAX_CHARS = 20_000

/** The values of a query, in the order of the text; `null`: the statement is too long. */
export function sentValues(
  statement: string,
  bindings: readonly RecordedBinding[] | null,
): readonly SentValue[] | null {
  if (statement.length > MAX_CHARS) return null
  return valuesIn(statement).map(({ role, column, bound, isElement, isCondition, position, literal }) => {
    const value = position === -1 ? literal : bindings?.[position]
    return { role, column, bound, isElement, isCondition, value }
  })
}

/** What the values of a statement are for: the turns of a loop have mostly the same text. */
const valuesIn = remembered((statement): readonly FoundValue[] => {
  const tokens = tokenize(statement)
  return findValues(tokens, findGroups(tokens))
})
