import { numberOf } from '../model/numbering.js'
import type { RecordedQuery } from '../model/query.js'
import type { Fingerprint } from './fingerprint.js'
import { contentHash } from './hash.js'
import { valueKey } from './value-key.js'
import type { ValueRole } from './values/value-list.js'

export type BindingSets = Pick<RecordedQuery, 'bindingSet' | 'keyBindingSet'>

/**
 * Numbers the raw binding values of one recording's queries: equal values have equal numbers, from 0 in the order of
 * their appearance. Values written into the statement itself count like bindings. The key set leaves out elements of
 * lists and paging, so that chunks and pages of one look-up are alike. Nothing of the values is kept but their numbers
 * for the caller; the numbering itself is to be dropped with the recording. Never throws.
 *
 * @example
 * const numbering = createBindingNumbering()
 * numbering(fingerprint('select * from users where id = ?'), [7]) // { bindingSet: 0, keyBindingSet: 0 }
 */
export function createBindingNumbering(): (
  statement: Pick<Fingerprint, 'placeholders' | 'literals' | 'keyLiterals'>,
  bindings: readonly unknown[],
) => BindingSets {
  const numbers = new Map<string, number>()
  const keyNumbers = new Map<string, number>()

  return ({ placeholders, literals, keyLiterals }, bindings) => {
    const all = [`${literals.length} ${literals}`]
    const keys = [`${keyLiterals.length} ${keyLiterals}`]
    let role: ValueRole = 'value'
    for (let position = 0; position < bindings.length; position++) {
      const value = valueAt(bindings, position)
      const key = valueKey(value)
      // Beyond the part of a very long statement that was read, it goes on as before.
      role = placeholders[position]?.role ?? role
      all.push(key)
      if (isKey(role, value)) keys.push(key)
    }
    return { bindingSet: numberOfKeys(numbers, all), keyBindingSet: numberOfKeys(keyNumbers, keys) }
  }
}

function valueAt(bindings: readonly unknown[], position: number): unknown {
  try {
    return bindings[position]
  } catch {
    return UNREADABLE
  }
}

const UNREADABLE = Symbol('unreadable')
const LIST_TEXT = /^[[{]/

/** `= any(?)` takes a whole list as one binding, which may have a single element. */
function isKey(role: ValueRole, value: unknown): boolean {
  if (role !== 'list') return role === 'value'
  if (Array.isArray(value)) return value.length < 2
  return typeof value === 'string' && LIST_TEXT.test(value) && !value.includes(',')
}

const MAX_PLAIN_CHARS = 500

function numberOfKeys(numbers: Map<string, number>, keys: readonly string[]): number {
  const joined = keys.join('\n')
  return numberOf(numbers, joined.length <= MAX_PLAIN_CHARS ? joined : contentHash(joined))
}
