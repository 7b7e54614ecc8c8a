import type { ScratchDatabase, SqlRow } from '../model/explain.js'
import { loadSqliteDriver } from './sqlite-driver.js'

/**
 * An empty database in memory, to be closed by whoever asked for it.
 *
 * @throws StoreError `driver` when no SQLite driver can be loaded
 */
export function openScratch(): ScratchDatabase {
  const db = new (loadSqliteDriver())(':memory:')
  return {
    run(sql, values = []) {
      db.prepare(sql).run(...values)
    },
    all: (sql, values = []) => db.prepare(sql).all(...values) as readonly SqlRow[],
    close() {
      db.close()
    },
  }
}
