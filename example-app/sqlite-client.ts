import { createRequire } from 'node:module'
import type { Knex } from 'knex'

// CommonJS inside knex, without types of its own: hence require().
const require = createRequire(import.meta.url)
const BetterSqlite3Client: typeof Knex.Client = require('knex/lib/dialects/better-sqlite3/index.js')

/** knex's own better-sqlite3 dialect on better-sqlite3 13, which is installed beside 12 under another name. */
class BetterSqlite13Client extends BetterSqlite3Client {
  _driver(): unknown {
    return require('better-sqlite3-13')
  }
}

/**
 * What to give knex as `client` for SQLite.
 *
 * On Node 20 and 22 that is plain `'better-sqlite3'`, and your own app needs no more. better-sqlite3 12 aborts on
 * Node 24, and 13 does not run on 20; this example runs on all three.
 */
export const sqliteClient: NonNullable<Knex.Config['client']> =
  Number.parseInt(process.versions.node, 10) > 22 ? BetterSqlite13Client : 'better-sqlite3'
