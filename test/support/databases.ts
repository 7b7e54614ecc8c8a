import { type Knex, knex } from 'knex'

/** An in-memory SQLite database with authors and their books. */
export async function sqliteLibrary(pool: { min: number; max: number } = { min: 1, max: 1 }): Promise<Knex> {
  const db = knex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
    pool,
  })
  await fillLibrary(db)
  return db
}

/** Creates the library's two tables: 5 authors with 2 books each. */
export async function fillLibrary(db: Knex): Promise<void> {
  await db.schema.createTable('authors', (table) => {
    table.increments('id')
    table.string('name')
    table.string('password')
  })
  await db.schema.createTable('books', (table) => {
    table.increments('id')
    table.integer('author_id')
    table.string('title')
  })
  const authors = Array.from({ length: 5 }, (_, index) => ({ name: `author ${index + 1}`, password: 'hunter2hunter2' }))
  await db('authors').insert(authors)
  const books = Array.from({ length: 10 }, (_, index) => ({ author_id: (index % 5) + 1, title: `book ${index + 1}` }))
  await db('books').insert(books)
}
