import { createRequire } from 'node:module'
import type { Knex } from 'knex'
import { loadSqliteDriver } from '../src/store/sqlite-driver.js'

// CommonJS inside knex, without types of its own: hence require().
const require = createRequire(import.meta.url)
const BetterSqlite3Client: typeof Knex.Client = require('knex/lib/dialects/better-sqlite3/index.js')

/**
 * What to give knex as `client` for SQLite: its own better-sqlite3 dialect, on the version that this Node can run.
 *
 * Your own app writes `client: 'better-sqlite3'` and installs the version that suits its Node. This example runs on
 * Node 20, 22 and 24, where no single version does.
 */
export class SqliteClient extends BetterSqlite3Client {
  _driver(): unknown {
    return loadSqliteDriver()
  }
}
