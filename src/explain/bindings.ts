import type { RecordedBinding } from '../model/query.js'
import { tokenize } from '../sql/tokenize.js'
import { NAMED } from '../sql/tokens/token.js'

/** How many values a statement takes. */
export function countPlaceholders(statement: string): number {
  let count = 0
  let highest = 0
  const names = new Set<string>()
  for (const { kind, position, value } of tokenize(statement)) {
    if (kind !== 'placeholder') continue
    if (position === NAMED) names.add(value)
    else if (position >= 0) highest = Math.max(highest, position + 1)
    else count++
  }
  return Math.max(count, highest, names.size)
}

/** What masking and shortening leave of a value that was not kept as it was. */
const CHANGED = /\[redacted\]|…|^<Buffer \d+ bytes>$|^<function>$|^<unreadable value>$|^Invalid Date$/

/** The values of a recorded execution, if each is still the one that was sent; else why they cannot be used. */
export function usableValues(
  statement: string,
  bindings: readonly RecordedBinding[] | null,
): { readonly values: readonly RecordedBinding[] } | { readonly problem: string } {
  const count = countPlaceholders(statement)
  if (bindings === null || bindings.length !== count) {
    return count === 0 ? { values: [] } : { problem: 'its values were not kept' }
  }
  const changed = bindings.filter((value) => typeof value === 'string' && CHANGED.test(value)).length
  if (changed === 0) return { values: bindings }
  return {
    problem: `${changed} of its ${count} values ${changed === 1 ? 'was' : 'were'} masked or shortened when recorded`,
  }
}
