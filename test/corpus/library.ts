import knex, { type Knex } from 'knex'

export type EngineName = 'SQLite' | 'PostgreSQL'

/** The shared database of the corpus: a book shop. */
export interface Library {
  readonly db: Knex
  /** Back to the first rows. */
  reset(): Promise<void>
  close(): Promise<void>
}

/** @param url of the PostgreSQL server, in which the library gets a schema of its own */
export async function openLibrary(engine: EngineName, url: string): Promise<Library> {
  return engine === 'SQLite' ? await openSqlite() : await openPostgres(url)
}

async function openSqlite(): Promise<Library> {
  const db = knex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  })
  await db.raw(`attach ':memory:' as first_rows`)
  await build(db, 'first_rows')
  return {
    db,
    async reset() {
      await db.transaction(async (trx) => {
        for (const statement of resetStatements('first_rows')) await trx.raw(statement)
        await trx('sqlite_sequence').delete()
      })
    },
    close: () => db.destroy(),
  }
}

async function openPostgres(url: string): Promise<Library> {
  const schema = `silk_corpus_${process.pid}`
  const firstRows = `${schema}_first_rows`
  const db = knex({ client: 'pg', connection: url, searchPath: [schema], pool: { min: 0, max: 5 } })
  for (const name of [schema, firstRows]) {
    await db.raw('drop schema if exists ?? cascade', [name])
    await db.raw('create schema ??', [name])
  }
  await build(db, firstRows)
  const sequences = Object.entries(TABLES)
    .filter(([name]) => hasId(name))
    .map(([name, { count }]) => `select setval(pg_get_serial_sequence('${name}', 'id'), ${count})`)
  await db.raw(sequences.join('; '))
  return {
    db,
    async reset() {
      // Without values they are one message to the server, and one transaction.
      await db.raw([...resetStatements(firstRows), ...sequences].join('; '))
    },
    async close() {
      for (const name of [schema, firstRows]) await db.raw('drop schema ?? cascade', [name])
      await db.destroy()
    },
  }
}

async function build(db: Knex, firstRows: string): Promise<void> {
  await createTables(db)
  await fill(db)
  for (const name of Object.keys(TABLES)) await db.raw(`create table ${firstRows}.${name} as select * from ${name}`)
}

function resetStatements(firstRows: string): readonly string[] {
  return Object.keys(TABLES).flatMap((name) => [
    `delete from ${name}`,
    `insert into ${name} select * from ${firstRows}.${name}`,
  ])
}

const COUNTRIES = ['ES', 'FR', 'IT', 'PT'] as const

/** How many rows each table has, and what is in the n-th, from 1. Deterministic, so that labels can count. */
const TABLES: Readonly<Record<string, { readonly count: number; readonly row: (n: number) => object }>> = {
  authors: { count: 12, row: (n) => ({ name: `author ${n}`, country: COUNTRIES[n % 4] }) },
  /** A tree: 1; below it 2, 3 and 4; below each of them three of 5 to 13. */
  categories: {
    count: 13,
    row: (n) => ({ name: `category ${n}`, parent_id: n === 1 ? null : Math.floor((n + 1) / 3) }),
  },
  /** Five of each author, each author's in turn; categories 5 to 13. */
  books: {
    count: 60,
    row: (n) => ({
      author_id: ((n - 1) % 12) + 1,
      category_id: 5 + (n % 9),
      title: `book ${n}`,
      price_cents: 500 + n * 10,
      published_year: 1990 + (n % 30),
      stock: n % 7,
    }),
  },
  tags: { count: 8, row: (n) => ({ name: `tag ${n}` }) },
  /** Two of each book. */
  book_tags: { count: 120, row: (n) => ({ book_id: Math.ceil(n / 2), tag_id: (n % 8) + 1 }) },
  customers: {
    count: 15,
    row: (n) => ({
      name: `customer ${n}`,
      email: `customer${n}@example.com`,
      country: COUNTRIES[n % 4],
      credit_cents: 1_000 * n,
      referred_by: n === 1 ? null : n - 1,
    }),
  },
  /** Three of each customer. */
  orders: {
    count: 45,
    row: (n) => ({
      customer_id: ((n - 1) % 15) + 1,
      status: n % 3 === 0 ? 'open' : 'paid',
      total_cents: 1_000 + n,
      placed_on: `2026-0${1 + (n % 9)}-01`,
    }),
  },
  /** Two of each order. */
  order_lines: {
    count: 90,
    row: (n) => ({
      order_id: Math.ceil(n / 2),
      book_id: ((n - 1) % 60) + 1,
      quantity: 1 + (n % 3),
      price_cents: 500 + n,
    }),
  },
  reviews: {
    count: 60,
    row: (n) => ({ book_id: n, customer_id: ((n - 1) % 15) + 1, stars: 1 + (n % 5), body: `review ${n}` }),
  },
  settings: { count: 8, row: (n) => ({ key: SETTINGS[n - 1], value: `value ${n}` }) },
  jobs: { count: 3, row: (n) => ({ status: 'queued', attempts: 0, payload: `payload ${n}` }) },
  logs: {
    count: 1_200,
    row: (n) => ({
      level: n % 10 === 0 ? 'error' : 'info',
      message: `message ${n}`,
      created_on: `2026-10-${10 + (n % 20)}`,
    }),
  },
}

const SETTINGS = ['currency', 'theme', 'locale', 'timezone', 'tax_rate', 'shipping', 'banner', 'page_size'] as const

/** Tables without an id of their own. */
const WITHOUT_ID: readonly string[] = ['book_tags', 'settings']

function hasId(table: string): boolean {
  return !WITHOUT_ID.includes(table)
}

async function createTables(db: Knex): Promise<void> {
  for (const [name, { row }] of Object.entries(TABLES)) {
    await db.schema.createTable(name, (table) => {
      if (hasId(name)) table.increments('id')
      for (const [column, value] of Object.entries(row(2))) {
        if (typeof value === 'number') table.integer(column)
        else table.string(column)
      }
      if (name === 'settings') table.unique(['key'])
      if (name === 'book_tags') table.unique(['book_id', 'tag_id'])
    })
  }
}

const ROWS_PER_INSERT = 200

async function fill(db: Knex): Promise<void> {
  await db.transaction(async (trx) => {
    for (const [name, { count, row }] of Object.entries(TABLES)) {
      const rows = Array.from({ length: count }, (_, at) => ({ ...(hasId(name) && { id: at + 1 }), ...row(at + 1) }))
      await trx.batchInsert(name, rows, ROWS_PER_INSERT)
    }
  })
}
