import { type Fingerprint, fingerprint } from '../../sql/fingerprint.js'

/** A text of SQL as sent: one object for all queries that send it, so that what is known of it is found by identity. */
export class Statement {
  readonly sql: string
  #print: Fingerprint | null = null

  constructor(sql: string) {
    this.sql = sql
  }

  /** Made when first asked for: not while the app works, but for a text that is new in a known route. */
  get print(): Fingerprint {
    this.#print ??= fingerprint(this.sql)
    return this.#print
  }
}

const CACHE_SIZE = 2_000
const MAX_CACHED_CHARS = 20_000

// Two generations: what the older one still holds when the newer is full was not asked for in a while.
let newer = new Map<string, Statement>()
let older = new Map<string, Statement>()

/** The statement of a text. It remembers the last two to four thousand. */
export function statementOf(sql: string): Statement {
  const known = newer.get(sql)
  if (known !== undefined) return known
  const statement = older.get(sql) ?? new Statement(sql)
  if (sql.length > MAX_CACHED_CHARS) return statement
  if (newer.size >= CACHE_SIZE) {
    older = newer
    newer = new Map()
  }
  newer.set(sql, statement)
  return statement
}
