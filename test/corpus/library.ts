import knex, { type Knex } from 'knex'
import { ARCHIVED_TABLES, type LibraryName, type LibraryTable, tablesOf } from './library-tables.js'

export type EngineName = 'SQLite' | 'PostgreSQL'

/** The shared database of the corpus: a book shop. */
export interface Library {
  readonly db: Knex
  /** Names of its tables. */
  readonly tables: readonly string[]
  /** Back to the first rows. */
  reset(): Promise<void>
  close(): Promise<void>
}

/** @param url of the PostgreSQL server, in which the library gets a schema of its own */
export async function openLibrary(engine: EngineName, url: string, name: LibraryName): Promise<Library> {
  return engine === 'SQLite' ? await openSqlite(name) : await openPostgres(name, url)
}

async function openSqlite(name: LibraryName): Promise<Library> {
  const db = knex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  })
  await db.raw(`attach ':memory:' as first_rows`)
  await build(db, name, 'first_rows')
  return {
    db,
    tables: Object.keys(tablesOf(name)),
    async reset() {
      await db.transaction(async (trx) => {
        for (const statement of resetStatements(name, 'first_rows')) await trx.raw(statement)
        await trx('sqlite_sequence').delete()
      })
    },
    close: () => db.destroy(),
  }
}

async function openPostgres(name: LibraryName, url: string): Promise<Library> {
  const schema = `silk_corpus_${process.pid}_${name}`
  const firstRows = `${schema}_first_rows`
  const db = knex({ client: 'pg', connection: url, searchPath: [schema], pool: { min: 0, max: 5 } })
  for (const one of [schema, firstRows]) {
    await db.raw('drop schema if exists ?? cascade', [one])
    await db.raw('create schema ??', [one])
  }
  await build(db, name, firstRows)
  const sequences = Object.entries(tablesOf(name))
    .filter(([, { withoutId }]) => !withoutId)
    .map(([table, { count }]) => `select setval(pg_get_serial_sequence('${table}', 'id'), ${count})`)
  await db.raw(sequences.join('; '))
  return {
    db,
    tables: Object.keys(tablesOf(name)),
    async reset() {
      // Without values they are one message to the server, and one transaction.
      await db.raw([...resetStatements(name, firstRows), ...sequences].join('; '))
    },
    async close() {
      for (const one of [schema, firstRows]) await db.raw('drop schema ?? cascade', [one])
      await db.destroy()
    },
  }
}

async function build(db: Knex, name: LibraryName, firstRows: string): Promise<void> {
  const tables = Object.entries(tablesOf(name))
  for (const [table, definition] of tables) await createTable(db, table, definition)
  await fill(db, tables)
  for (const [table] of tables) await db.raw(`create table ${firstRows}.${table} as select * from ${table}`)
  if (name === 'renamed') return
  for (const table of ARCHIVED_TABLES) await db.raw(`create view ${table}_archive as select * from ${table}`)
}

function resetStatements(name: LibraryName, firstRows: string): readonly string[] {
  return Object.keys(tablesOf(name)).flatMap((table) => [
    `delete from ${table}`,
    `insert into ${table} select * from ${firstRows}.${table}`,
  ])
}

async function createTable(db: Knex, name: string, { row, withoutId, unique }: LibraryTable): Promise<void> {
  await db.schema.createTable(name, (table) => {
    if (!withoutId) table.increments('id')
    for (const [column, value] of Object.entries(row(2))) {
      if (typeof value === 'number') table.integer(column)
      else table.string(column)
    }
    if (unique) table.unique(unique)
  })
}

const ROWS_PER_INSERT = 200

async function fill(db: Knex, tables: readonly (readonly [string, LibraryTable])[]): Promise<void> {
  await db.transaction(async (trx) => {
    for (const [name, { count, row, withoutId }] of tables) {
      const rows = Array.from({ length: count }, (_, at) => ({ ...(!withoutId && { id: at + 1 }), ...row(at + 1) }))
      await trx.batchInsert(name, rows, ROWS_PER_INSERT)
    }
  })
}
