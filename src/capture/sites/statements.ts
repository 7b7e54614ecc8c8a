import { type Fingerprint, fingerprint } from '../../sql/fingerprint.js'

/** A text of SQL as sent: one object for all queries that send it, so that what is known of it is found by identity. */
export class Statement {
  readonly sql: string
  #print: Fingerprint | null = null

  constructor(sql: string) {
    this.sql = sql
  }

  /** Whether the next query of this text finds the same object. */
  get isShared(): boolean {
    return this.sql.length <= MAX_CACHED_CHARS
  }

  /** Made when first asked for: not while the app works, but for a text that is new in a known route. */
  get print(): Fingerprint {
    this.#print ??= fingerprint(this.sql)
    return this.#print
  }
}

const CACHE_SIZE = 2_000
/** A longer text is an object of its own each time. */
const MAX_CACHED_CHARS = 20_000
/** Of all texts in one generation together. */
const MAX_CHARS = 2_000_000

// Two generations: what the older one still holds when the newer is full was not asked for in a while.
let newer = new Map<string, Statement>()
let older = new Map<string, Statement>()
let newerChars = 0

/** The statement of a text. It remembers the last two to four thousand, or four megabytes of them. */
export function statementOf(sql: string): Statement {
  const known = newer.get(sql)
  if (known !== undefined) return known
  const statement = older.get(sql) ?? new Statement(sql)
  if (!statement.isShared) return statement
  if (newer.size >= CACHE_SIZE || newerChars > MAX_CHARS) {
    older = newer
    newer = new Map()
    newerChars = 0
  }
  newer.set(sql, statement)
  newerChars += sql.length
  return statement
}
