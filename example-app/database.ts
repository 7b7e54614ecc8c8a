import knex, { type Knex } from 'knex'
import { createGalleryTables } from './gallery/tables.js'
import { SqliteClient } from './sqlite-client.js'

export interface User {
  id: number
  username: string
  password_hash: string
  is_staff: boolean
}

export interface Collection {
  id: number
  name: string
}

export interface Product {
  id: number
  name: string
  collection_id: number
}

export interface Tag {
  id: number
  name: string
}

/**
 * PostgreSQL when a `postgres://` URL is given, else SQLite in memory: the same data at every start.
 *
 * @throws when the URL is of another kind.
 */
export function connect(databaseUrl: string | undefined): Knex {
  if (!databaseUrl) {
    // Each connection to ':memory:' is a database of its own, so there must be exactly one.
    const pool = { min: 1, max: 1 }
    return knex({ client: SqliteClient, connection: { filename: ':memory:' }, pool, useNullAsDefault: true })
  }
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new Error('DATABASE_URL must start with postgres:// or postgresql://; leave it empty for SQLite in memory.')
  }
  return knex({ client: 'pg', connection: databaseUrl })
}

/** Creates the tables unless they are there. */
export async function createSchema(db: Knex): Promise<void> {
  await createShopTables(db)
  await createGalleryTables(db)
}

async function createShopTables(db: Knex): Promise<void> {
  if (await db.schema.hasTable('users')) return
  await db.transaction(async (trx) => {
    await trx.schema
      .createTable('users', (table) => {
        table.increments('id')
        table.string('username').notNullable().unique()
        table.string('password_hash').notNullable()
        table.boolean('is_staff').notNullable().defaultTo(false)
      })
      .createTable('collections', (table) => {
        table.increments('id')
        table.string('name').notNullable()
      })
      .createTable('products', (table) => {
        table.increments('id')
        table.string('name').notNullable()
        table.integer('collection_id').notNullable().index().references('collections.id').onDelete('CASCADE')
      })
      .createTable('tags', (table) => {
        table.increments('id')
        table.string('name').notNullable().unique()
      })
      .createTable('product_tags', (table) => {
        table.integer('product_id').notNullable().references('products.id').onDelete('CASCADE')
        table.integer('tag_id').notNullable().index().references('tags.id').onDelete('CASCADE')
        table.primary(['product_id', 'tag_id'])
      })
  })
}
