import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import { migrationNames, migrationUrl, silkVersion } from './migration-list.js'
import { MIGRATIONS_TABLE, schemaState } from './schema-state.js'
import { loadSqliteDriver, type SqliteDatabase } from './sqlite-driver.js'
import { isBusy, StoreError, toStoreError } from './store-error.js'

const LOCK_WAIT_MS = 60_000
const LOCK_RETRY_MS = 25

/**
 * Brings the store's file to the newest schema, however many processes do so at once. Runs in the worker, so that
 * neither knex nor the waiting is ever on the host's thread, nor heard by silk's own recording of knex.
 *
 * knex's own lock is not made for several processes on a new file: all fail, and its table stays locked (knex locks by
 * a row, which a dead process leaves behind). So everything happens under a lock of silk's own: an exclusive
 * transaction on an empty SQLite database beside the file. It is the operating system that holds such a lock, by
 * process: it goes with its owner, however that one dies, so that there is no stale lock to recognise, no process id
 * to compare, no clock, and no take-over to race for.
 *
 * @throws StoreError when the file is newer, damaged, someone else's, or cannot be written
 */
export async function migrateStore(path: string): Promise<void> {
  const lock = await acquireLock(path)
  try {
    if (prepareFile(path) === 'current') return
    await runMigrations(path)
  } catch (error) {
    throw toStoreError(error, path)
  } finally {
    // Closing ends the transaction, and with it the lock. The empty file stays: to remove it would be a race.
    lock.close()
  }
}

async function acquireLock(path: string): Promise<SqliteDatabase> {
  const giveUpAt = Date.now() + LOCK_WAIT_MS
  const lock = openOr(path, `${path}-migration-lock`)
  for (;;) {
    try {
      lock.exec('BEGIN EXCLUSIVE')
      return lock
    } catch (error) {
      if (isBusy(error) && Date.now() < giveUpAt) {
        await sleep(LOCK_RETRY_MS)
        continue
      }
      lock.close()
      throw toStoreError(error, path)
    }
  }
}

function openOr(path: string, lockPath: string): SqliteDatabase {
  const Driver = loadSqliteDriver()
  try {
    return new Driver(lockPath, { timeout: 0 })
  } catch (error) {
    throw toStoreError(error, path)
  }
}

/** Creates the file, with what must be settled before its first table, and looks what schema it has. */
function prepareFile(path: string): 'current' | 'older' {
  const Driver = loadSqliteDriver()
  const db = new Driver(path)
  try {
    const state = schemaState(db)
    if (state === 'older') {
      // Lets `clear` and a lowered retention give space back in small steps; later it would take a VACUUM.
      db.pragma('auto_vacuum = INCREMENTAL')
      // Readers and the writer do not wait for each other; a crash loses at most the last batches, never the file.
      db.pragma('journal_mode = WAL')
    }
    return state
  } finally {
    db.close()
  }
}

async function runMigrations(path: string): Promise<void> {
  const knex = await openKnex(path)
  try {
    // A process that died in the middle left knex's row lock. Nobody else can hold it: we have the real one.
    await knex.migrate.forceFreeMigrationsLock()
    await knex.migrate.latest()
    const version = await silkVersion()
    await knex.raw(`INSERT OR REPLACE INTO silk_properties (name, value) VALUES ('version', ?)`, [version])
  } catch (error) {
    const known = toStoreError(error, path)
    if (known.code !== 'write') throw known
    throw new StoreError('corrupt', `The store ${path} could not be migrated: ${known.message}`, error)
  } finally {
    await knex.destroy()
  }
}

async function openKnex(path: string): Promise<Knex> {
  const require = createRequire(import.meta.url)
  const { default: createKnex } = await import('knex')
  const Dialect = require('knex/lib/dialects/better-sqlite3/index.js') as typeof Knex.Client
  /** knex would load the package `better-sqlite3`, whatever Node this is. */
  class SilkClient extends Dialect {
    _driver(): unknown {
      return loadSqliteDriver()
    }
  }
  return createKnex({
    client: SilkClient,
    connection: { filename: path },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
    migrations: { tableName: MIGRATIONS_TABLE, migrationSource },
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
  })
}

/** Not knex's own reading of a folder, which would try to run a `.d.ts` that lies beside. */
const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: async () => [...migrationNames()],
  getMigrationName: (name) => name,
  getMigration: (name) => import(migrationUrl(name).href) as Promise<Knex.Migration>,
}
