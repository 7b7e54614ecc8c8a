import type { QueryOperation } from '../model/query.js'
import { canonicalText } from './canonical-text.js'
import { findValues } from './find-values.js'
import { contentHash } from './hash.js'
import { namesOfLiteral } from './literals.js'
import { operationOf } from './operation.js'
import { remembered } from './remembered.js'
import { tokenize } from './tokenize.js'
import { findGroups } from './tokens/groups.js'
import { literalText, type Placeholder, placeholdersOf } from './values/value-list.js'

export interface Fingerprint {
  /** `contentHash` of `text`. */
  readonly hash: string
  /** The statement on one line without its values: the same for all executions of one query, in every dialect. */
  readonly text: string
  readonly operation: QueryOperation
  /** By the position of the bindings: the second is at 1, and at 1 stands what is known of `$2`. */
  readonly placeholders: readonly Placeholder[]
  /** Values written into the statement itself. They may be secret: compare them, never store them. */
  readonly literals: string
  /** `literals` without elements of lists and paging. */
  readonly keyLiterals: string
  /** What the literals may be called by: their columns, and the words before them. */
  readonly literalNames: readonly string[]
}

/** What is further on in a statement is not read. */
export const MAX_SCANNED_CHARS = 60_000
const REMEMBERED = { longest: 200_000, inAll: 1_000_000 }

/**
 * The fingerprint of a statement in any of knex's dialects. Never throws; takes some microseconds for a new statement of
 * usual length, and remembers the last one to two thousand, up to a million characters or two in all.
 *
 * Of a statement beyond 60,000 characters only these are read (up to 20 ms): the fingerprint is that of its beginning,
 * with `…`, and what placeholders further on stand for is not known: take them for secret.
 *
 * @example fingerprint('select * from "users" where "id" in ($1, $2)').text // 'select * from users where id in (?+)'
 */
export const fingerprint: (statement: string) => Fingerprint = remembered(readFingerprint, REMEMBERED)

function readFingerprint(statement: string): Fingerprint {
  const isCut = statement.length > MAX_SCANNED_CHARS
  const tokens = tokenize(isCut ? statement.slice(0, MAX_SCANNED_CHARS) : statement)
  const groups = findGroups(tokens)
  const values = findValues(tokens, groups)
  const text = canonicalText(tokens, groups) + (isCut ? ' …' : '')
  return {
    hash: contentHash(text),
    text,
    operation: operationOf(tokens),
    placeholders: placeholdersOf(values),
    literals: literalText(values, () => true),
    keyLiterals: literalText(values, (role) => role === 'value'),
    literalNames: [...new Set(values.flatMap(namesOfLiteral))],
  }
}
