import type { Knex } from 'knex'

type Value = string | number

/** A table that one case alone needs. */
export interface OwnTable {
  /** At least one; numbers are integers. The `id` is given by the database, from 1. */
  readonly rows: readonly Readonly<Record<string, Value>>[]
  /** Columns that are unique together. */
  readonly unique?: readonly string[]
}

/** Tables beyond those of the library, by name: made before each request to the case, and dropped after it. */
export function ownTables(tables: Readonly<Record<string, OwnTable>>): {
  readonly tables: (db: Knex) => Promise<unknown>
  readonly dropTables: (db: Knex) => Promise<unknown>
} {
  return {
    async tables(db) {
      for (const [name, table] of Object.entries(tables)) await create(db, name, table)
    },
    async dropTables(db) {
      for (const name of Object.keys(tables)) await db.schema.dropTable(name)
    },
  }
}

/** As many rows as told, the n-th from 1. */
export function rowsOf<Row>(count: number, row: (n: number) => Row): readonly Row[] {
  return Array.from({ length: count }, (_, index) => row(index + 1))
}

async function create(db: Knex, name: string, { rows, unique }: OwnTable): Promise<void> {
  await db.schema.createTable(name, (table) => {
    table.increments('id')
    for (const [column, value] of Object.entries(rows[0] ?? {})) {
      if (typeof value === 'number') table.integer(column)
      else table.string(column)
    }
    if (unique) table.unique([...unique])
  })
  await db(name).insert(rows)
}
