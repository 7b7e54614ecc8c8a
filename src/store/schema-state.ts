import { migrationNames } from './migration-list.js'
import type { SqliteDatabase } from './sqlite-driver.js'
import { StoreError } from './store-error.js'

/** knex's own bookkeeping; its lock table is named after it (`silk_migrations_lock`). */
export const MIGRATIONS_TABLE = 'silk_migrations'

/**
 * Whether the file can be used as it is (`current`), or must be migrated first (`older`, an empty file included).
 *
 * @throws StoreError `newer` for a file of a newer silk, `foreign` for a database that is not silk's, `corrupt` when
 *   its list of migrations makes no sense
 */
export function schemaState(db: SqliteDatabase): 'current' | 'older' {
  const tables = tableNames(db)
  if (!tables.has(MIGRATIONS_TABLE)) {
    if (tables.size === 0) return 'older'
    throw new StoreError(
      'foreign',
      `The store ${db.name} is a database of something else: it has ${tables.size} tables, none of them ` +
        `${MIGRATIONS_TABLE}. Set \`store\` (SILK_STORE) to a file of its own.`,
    )
  }
  const known = migrationNames()
  const done = db.prepare(`SELECT name FROM ${MIGRATIONS_TABLE} ORDER BY name`).pluck().all() as string[]
  if (done.every((name, at) => name === known[at])) return done.length === known.length ? 'current' : 'older'
  const newest = done.at(-1) ?? ''
  if (newest > (known.at(-1) ?? '')) throw newerError(db, newest, known.at(-1) ?? '')
  const advice = 'Delete the file, or set `store` (SILK_STORE) to another one'
  throw new StoreError('corrupt', `The store ${db.name} has an impossible list of migrations (${done}). ${advice}.`)
}

function newerError(db: SqliteDatabase, theirs: string, ours: string): StoreError {
  return new StoreError(
    'newer',
    `The store ${db.name} was written by a newer express-silk (${versionIn(db)}schema ${theirs}); this one knows ` +
      `schemas up to ${ours}. Nothing is recorded. Update express-silk, delete the file, or set \`store\` (SILK_STORE) ` +
      'to another one.',
  )
}

function versionIn(db: SqliteDatabase): string {
  try {
    return `version ${db.prepare(`SELECT value FROM silk_properties WHERE name = 'version'`).pluck().get()}, `
  } catch {
    // A newer schema may keep it elsewhere.
    return ''
  }
}

function tableNames(db: SqliteDatabase): Set<string> {
  const names = db
    .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`)
    .pluck()
    .all() as string[]
  return new Set(names)
}
