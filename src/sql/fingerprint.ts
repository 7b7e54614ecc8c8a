import type { QueryOperation } from '../model/query.js'
import { canonicalText } from './canonical-text.js'
import { findValues } from './find-values.js'
import { contentHash } from './hash.js'
import { operationOf } from './operation.js'
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
}

const MAX_SCANNED_CHARS = 60_000
const MAX_CACHED_CHARS = 200_000
const CACHE_SIZE = 1_000
const CACHE_CHARS = 1_000_000

/** Two generations: what the older one still holds when the newer is full was not asked for in a while. */
let newer = new Map<string, Fingerprint>()
let older = new Map<string, Fingerprint>()
let newerChars = 0

/**
 * The fingerprint of a statement in any of knex's dialects. Never throws; takes some microseconds for a new statement of
 * usual length, and remembers the last one to two thousand, up to a million characters or two in all.
 *
 * Of a statement beyond 60,000 characters only these are read (up to 20 ms): the fingerprint is that of its beginning,
 * with `…`, and what placeholders further on stand for is not known: take them for secret.
 *
 * @example fingerprint('select * from "users" where "id" in ($1, $2)').text // 'select * from users where id in (?+)'
 */
export function fingerprint(statement: string): Fingerprint {
  const known = newer.get(statement)
  if (known !== undefined) return known
  const found = older.get(statement) ?? readFingerprint(statement)
  if (statement.length <= MAX_CACHED_CHARS) remember(statement, found)
  return found
}

function remember(statement: string, found: Fingerprint): void {
  if (newer.size >= CACHE_SIZE || newerChars > CACHE_CHARS) {
    older = newer
    newer = new Map()
    newerChars = 0
  }
  newer.set(statement, found)
  newerChars += statement.length
}

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
  }
}
