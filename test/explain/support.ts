import BetterSqlite3 from 'better-sqlite3'
import { knex as createKnex, type Knex } from 'knex'
import { useClient } from '#dist/capture/sources/knex-session.js'
import { createExplainer } from '#dist/explain/explainer.js'
import type { Explainer, Explanation, ScratchDatabase } from '../../src/model/explain.js'
import type { RecordedBinding } from '../../src/model/query.js'
import { fingerprint } from '../../src/sql/fingerprint.js'

/** An explainer over one knex instance, whatever the connection is called. */
export function explainerOf(
  db: Knex,
  given: { readonly minRows?: number; readonly timeoutMs?: number } = {},
): Explainer {
  return createExplainer({
    connections: { use: (_name, work) => useClient(db.client, work) },
    openScratch: scratch,
    minRows: 1_000,
    ...given,
  })
}

export function scratch(): ScratchDatabase {
  const db = new BetterSqlite3(':memory:')
  return {
    run: (sql, values = []) => void db.prepare(sql).run(...values),
    all: (sql, values = []) => db.prepare(sql).all(...values) as never,
    close: () => void db.close(),
  }
}

export interface Shop {
  readonly db: Knex
  check(query: Knex.QueryBuilder | Knex.Raw): Promise<Explanation>
  explain(query: Knex.QueryBuilder | Knex.Raw, measure?: boolean): Promise<Explanation>
}

/** Asks about what a builder sends, as if it had been recorded. */
export function shopOf(db: Knex, given?: Parameters<typeof explainerOf>[1]): Shop {
  const explainer = explainerOf(db, given)
  const statementOf = (query: Knex.QueryBuilder | Knex.Raw) => {
    const { sql, bindings } = query.toSQL().toNative()
    const recorded = bindings.map((value) => (value instanceof Date ? value.toISOString() : value)) as RecordedBinding[]
    return { fingerprintText: fingerprint(sql).text, statement: sql, bindings: recorded, connection: 'shop' }
  }
  return {
    db,
    check: (query) => explainer.checkIndexes(statementOf(query)),
    explain: (query, measure = false) => explainer.explain(statementOf(query), { measure }),
  }
}

export function openSqlite(): Knex {
  return createKnex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true })
}

/** 1,500 books of 300 authors, an index on neither's columns but their ids and `books.isbn`. */
export async function fillShop(db: Knex): Promise<void> {
  await db.schema.createTable('authors', (table) => {
    table.increments('id')
    table.string('name')
  })
  await db.schema.createTable('books', (table) => {
    table.increments('id')
    table.integer('author_id')
    table.string('isbn').index()
    table.integer('year')
    table.boolean('active')
    table.timestamp('deleted_at').nullable()
    table.text('body')
  })
  await db.schema.createTable('tags', (table) => {
    table.increments('id')
    table.integer('book_id')
    table.string('tag')
    table.index(['book_id', 'tag'])
  })
  const authors = Array.from({ length: 300 }, (_, index) => ({ name: `author ${index}` }))
  const books = Array.from({ length: 1_500 }, (_, index) => ({
    ...{ author_id: (index % 300) + 1, isbn: `978-${index}`, year: 1900 + (index % 120), active: true, body: 'text' },
  }))
  const tags = Array.from({ length: 1_500 }, (_, index) => ({ book_id: index + 1, tag: `tag ${index % 7}` }))
  await db.batchInsert('authors', authors, 100)
  await db.batchInsert('books', books, 100)
  await db.batchInsert('tags', tags, 100)
}
