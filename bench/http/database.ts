import { join } from 'node:path'
import knex, { type Knex } from 'knex'
import { createSchema } from '../../example-app/database.js'
import { seed } from '../../example-app/seed.js'
import { SqliteClient } from '../../example-app/sqlite-client.js'

/** Where the example's data is: a file of SQLite, or a database of PostgreSQL made for this run. */
export interface DatabaseAddress {
  readonly app: 'sqlite' | 'postgres'
  readonly at: string
}

export interface PreparedDatabase extends DatabaseAddress {
  remove(): Promise<void>
}

/** One for all servers, which only read it. */
export async function prepareDatabase(
  app: DatabaseAddress['app'],
  folder: string,
  postgresUrl: string,
): Promise<PreparedDatabase> {
  const prepared =
    app === 'sqlite'
      ? { app, at: join(folder, 'app.db'), remove: async () => {} }
      : await createPostgresDatabase(postgresUrl)
  const db = openDatabase(prepared)
  try {
    await createSchema(db)
    await seed(db)
  } finally {
    await db.destroy()
  }
  return prepared
}

export function openDatabase({ app, at }: DatabaseAddress): Knex {
  if (app === 'postgres') return knex({ client: 'pg', connection: at, pool: { min: 2, max: 4 } })
  const pool = { min: 1, max: 1 }
  return knex({ client: SqliteClient, connection: { filename: at }, pool, useNullAsDefault: true })
}

async function createPostgresDatabase(serverUrl: string): Promise<PreparedDatabase> {
  const name = `silk_bench_${process.pid}`
  const server = async (sql: string): Promise<void> => {
    const db = knex({ client: 'pg', connection: serverUrl })
    try {
      await db.raw(sql, [name])
    } finally {
      await db.destroy()
    }
  }
  await server('create database ??')
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return { app: 'postgres', at: url.href, remove: () => server('drop database if exists ?? with (force)') }
}
