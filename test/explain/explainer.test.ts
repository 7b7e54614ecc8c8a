import { randomUUID } from 'node:crypto'
import { knex as createKnex, type Knex } from 'knex'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeMariadb, describePostgres } from '../support/servers.js'
import { fillShop, openSqlite, type Shop, shopOf } from './support.js'

const columnsOf = ({ advice }: Awaited<ReturnType<Shop['check']>>): readonly string[] =>
  advice.map(({ table, columns }) => `${table}(${columns.join(', ')})`)

/** What holds on every database. */
function shopTests(open: () => Promise<Knex>, analyze: (db: Knex) => Promise<unknown>): () => Shop {
  let shop: Shop
  let db: Knex
  beforeAll(async () => {
    db = await open()
    await fillShop(db)
    await analyze(db)
    shop = shopOf(db)
  })
  afterAll(() => db.destroy())

  describe('an index is missing', () => {
    test.each<readonly [string, (db: Knex) => Knex.QueryBuilder, readonly string[]]>([
      ['for one value', (db) => db('books').where('author_id', 7), ['books(author_id)']],
      ['for a list', (db) => db('books').whereIn('author_id', [7, 8]), ['books(author_id)']],
      ['for a range', (db) => db('books').whereBetween('year', [2018, 2019]), ['books(year)']],
      [
        'for equal columns before a range, in whatever order they stand',
        (db) => db('books').where('year', '>', 2010).where('author_id', 7),
        ['books(author_id, year)'],
      ],
      [
        'for a value and the order of a page',
        (db) => db('books').where('author_id', 7).orderBy('year', 'desc').limit(5),
        ['books(author_id, year)'],
      ],
      [
        'for a left join',
        (db) => db('authors').leftJoin('books', 'books.author_id', 'authors.id').where('authors.id', 3),
        ['books(author_id)'],
      ],
      [
        'for an inner join beside a narrowed table',
        (db) => db('authors as a').join('books as b', 'b.author_id', 'a.id').where('a.id', 3),
        ['books(author_id)'],
      ],
      ['for an update', (db) => db('books').where('author_id', 7).update({ year: 2000 }), ['books(author_id)']],
    ])('%s', async (_, query, expected) => {
      expect(columnsOf(await shop.check(query(shop.db)))).toEqual(expected)
    })
  })

  describe('no index is missing', () => {
    test.each<readonly [string, (db: Knex) => Knex.QueryBuilder | Knex.Raw]>([
      ['for the primary key', (db) => db('books').where('id', 7)],
      ['for a column that an index begins with', (db) => db('books').where('isbn', '978-7')],
      ['for such a column and others', (db) => db('books').where({ isbn: '978-7', author_id: 7 })],
      ['for the first column of a longer index', (db) => db('tags').where('book_id', 7)],
      ['on a small table', (db) => db('authors').where('name', 'author 7')],
      ['where nothing is searched', (db) => db('books').select('id')],
      ['for a column of two values', (db) => db('books').where('active', true)],
      ['for what is not there', (db) => db('books').whereNull('deleted_at')],
      [
        'for a join that the other side’s key serves',
        (db) => db('books').join('authors', 'books.author_id', 'authors.id'),
      ],
      ['for a function of a column', (db) => db('books').whereRaw('lower(isbn) = ?', ['x'])],
      ['under OR', (db) => db('books').where('author_id', 7).orWhere('year', 2000)],
    ])('%s', async (_, query) => {
      expect((await shop.check(query(shop.db))).advice).toEqual([])
    })
  })

  test('the migration makes the index that is told, and takes it back', async () => {
    const query = shop.db('books').where('author_id', 7)
    const [advice] = (await shop.check(query)).advice
    const migration = await import(`data:text/javascript,${encodeURIComponent(advice?.migration ?? '')}`)

    await migration.up(shop.db)
    const withIndex = await shop.check(query)
    await migration.down(shop.db)
    const without = await shop.check(query)
    await shop.db.raw(advice?.createIndex ?? '')
    const withSql = await shop.check(query)
    await migration.down(shop.db)

    expect([withIndex, without, withSql].map(({ advice }) => advice.length)).toEqual([0, 1, 0])
  })

  test('a plan is told, with the table that is read whole', async () => {
    const { plan, advice } = await shop.explain(shop.db('books').where('author_id', 7))

    expect(plan?.steps.filter(({ isFullScan }) => isFullScan).map(({ alias }) => alias)).toEqual(['books'])
    expect(advice[0]?.message).toMatch(/^All [\d,]+ rows of `books` are read to find those by `author_id`/)
  })

  test('a plan that reads a small table whole is enough for advice', async () => {
    expect(columnsOf(await shop.explain(shop.db('authors').where('name', 'author 7')))).toEqual(['authors(name)'])
  })

  test('a join that is begun with a full scan needs an index for that', async () => {
    const { advice } = await shop.explain(
      shop.db('authors').leftJoin('tags', 'tags.book_id', 'authors.id').where('authors.name', 'author 7'),
    )
    expect(columnsOf({ advice } as never)).toEqual(['authors(name)'])
  })

  test('a plan by an index has no full scan', async () => {
    const { plan, advice } = await shop.explain(shop.db('books').where('isbn', '978-7'))
    expect([plan?.steps.some(({ isFullScan }) => isFullScan), advice]).toEqual([false, []])
  })

  test('what is no single SELECT is not handed to EXPLAIN, but its indexes are looked at', async () => {
    const { plan, notes, advice } = await shop.explain(shop.db('books').where('author_id', 7).del())

    expect([plan, advice.length]).toEqual([null, 1])
    expect(notes.join()).toContain('no SELECT')
    expect(await shop.db('books').count({ n: '*' }).first()).toMatchObject({ n: expect.anything() })
    expect(Number((await shop.db('books').where('author_id', 7).count({ n: '*' }).first())?.n)).toBe(5)
  })

  test('a view, and a table that is gone, are told', async () => {
    const { advice, notes } = await shop.check(shop.db('nowhere').where('author_id', 7))
    expect([advice, notes]).toEqual([[], ['`nowhere` is no table of this database: nothing is known of its indexes.']])
  })

  test('a pool of which every connection is in use is left alone', async () => {
    const size = shop.db.client.pool.max
    const held = await Promise.all(Array.from({ length: size }, () => shop.db.client.acquireConnection()))
    const { notes } = await shop.check(shop.db('books').where('author_id', 7))
    for (const connection of held) await shop.db.client.releaseConnection(connection)

    expect(notes.join()).toContain('all connections of its pool are in use')
    expect((await shop.check(shop.db('books').where('author_id', 7))).notes).toEqual([])
  })

  test('the app goes on as before: the same connection, no transaction left open, nothing written', async () => {
    await shop.explain(shop.db('books').where('author_id', 7))
    await shop.explain(shop.db.raw('select * from books where no_such_column = 1') as never)
    await shop.db('authors').insert({ name: 'afterwards' })
    expect(Number((await shop.db('authors').where('name', 'afterwards').count({ n: '*' }).first())?.n)).toBe(1)
    await shop.db('authors').where('name', 'afterwards').del()
  })
  return () => shop
}

describe('on SQLite', () => {
  const shop = shopTests(
    async () => openSqlite(),
    async () => {},
  )

  test('advice is verified by the plan in a copy of the schema', async () => {
    const [advice] = (await shop().check(shop().db('books').where('author_id', 7))).advice
    expect(advice).toMatchObject({
      isVerified: true,
      verification:
        'In a copy of the schema: `SCAN books` before, `SEARCH books USING INDEX the index (author_id=?)` with it.',
      createIndex: 'create index "books_author_id_index" on "books" ("author_id")',
    })
  })

  test('advice that the plan would not follow is withdrawn', async () => {
    const query = shop().db.raw('select * from books not indexed where author_id = ?', [7])
    const { advice, notes } = await shop().check(query)
    expect(advice).toEqual([])
    expect(notes.join()).toContain('it would not be used')
  })

  test('values are not needed for a plan', async () => {
    const { plan } = await shop().explain(shop().db('books').where('isbn', '[redacted]'))
    expect(plan?.steps).toMatchObject([{ text: 'SEARCH books USING INDEX books_isbn_index (isbn=?)' }])
  })

  test('to run it for real is not offered by SQLite', async () => {
    const { plan, notes } = await shop().explain(shop().db('books').where('isbn', 'x'), true)
    expect([plan?.isMeasured, notes]).toEqual([
      false,
      ['Not run for real: SQLite has no such EXPLAIN, it tells its plan only.'],
    ])
  })
})

await describePostgres('on PostgreSQL', (url) => {
  const schema = `explain_${randomUUID().slice(0, 8)}`
  const shop = shopTests(
    async () => {
      const db = createKnex({ client: 'pg', connection: url, searchPath: [schema], pool: { min: 0, max: 2 } })
      await db.raw(`create schema ${schema}`)
      return db
    },
    (db) => db.raw('analyze books; analyze authors; analyze tags'),
  )
  afterAll(async () => {
    const db = createKnex({ client: 'pg', connection: url })
    await db.raw(`drop schema ${schema} cascade`)
    await db.destroy()
  })

  test('advice is not verified, and says so', async () => {
    const [advice] = (await shop().check(shop().db('books').where('author_id', 7))).advice
    expect(advice).toMatchObject({ isVerified: false, verification: expect.stringContaining('was not tried') })
  })

  test('without its values there is no plan, and it is said why', async () => {
    const { plan, advice, notes } = await shop().explain(shop().db('books').where({ author_id: 7, isbn: '[redacted]' }))
    expect([plan, advice.length]).toEqual([null, 0])
    expect(notes).toEqual([
      'Not explained: 1 of its 2 values was masked or shortened when recorded, and the plan depends on them.',
    ])
  })

  test('run for real, it counts its rows', async () => {
    const { plan } = await shop().explain(shop().db('books').where('author_id', 7), true)
    expect([plan?.isMeasured, plan?.steps[0]?.rows]).toEqual([true, 5])
  })

  test('run for real, it cannot write', async () => {
    await shop().db.raw(
      `create function ${schema}.sneak() returns int language sql as 'insert into authors (name) values (''sneaked'') returning 1'`,
    )
    const { plan, notes } = await shop().explain(shop().db.raw(`select ${schema}.sneak()`), true)
    expect(plan).toBe(null)
    expect(notes.join()).toContain('read-only transaction')
  })

  test('what takes too long is ended', async () => {
    const { notes } = await shopOf(shop().db, { timeoutMs: 200 }).explain(shop().db.raw('select pg_sleep(30)'), true)
    expect(notes.join()).toContain('statement timeout')
    expect(await shop().db.raw('show statement_timeout')).toMatchObject({ rows: [{ statement_timeout: '0' }] })
  })

  test('a column that has two values, as ANALYZE saw, is no column of an index', async () => {
    await shop().db.raw(
      "create table orders as select n as id, n % 500 as customer_id, case when n % 9 = 0 then 'open' else 'paid' end as status from generate_series(1, 3000) as n",
    )
    await shop().db.raw('alter table orders add primary key (id)')
    await shop().db.raw('analyze orders')
    expect(columnsOf(await shop().check(shop().db('orders').where('status', 'open')))).toEqual([])
    const joined = shop().db('orders').join('books', 'books.author_id', 'orders.id').where('orders.status', 'open')
    expect(columnsOf(await shop().check(joined))).toEqual([])
    expect(columnsOf(await shop().check(shop().db('orders').where({ status: 'open', customer_id: 7 })))).toEqual([
      'orders(customer_id)',
    ])
  })

  test('a connection that is lost is not lent again', async () => {
    const { notes } = await shop().explain(shop().db.raw('select pg_terminate_backend(pg_backend_pid())'), true)
    expect(notes.join()).toContain('Not explained')
    expect(await Promise.all([1, 2, 3].map((id) => shop().db('books').where('id', id).first()))).toHaveLength(3)
  })

  test('questions are asked one at a time', async () => {
    const used: number[] = []
    const { pool } = shop().db.client
    pool.on('acquireSuccess', () => used.push(pool.numUsed()))
    await Promise.all([1, 2, 3, 4].map((id) => shop().check(shop().db('books').where('author_id', id))))
    pool.removeAllListeners('acquireSuccess')
    expect(used).toEqual([1, 1, 1, 1])
  })

  test('a table that was never analysed is counted', async () => {
    await shop().db.raw('create table fresh as select n as id, n % 9 as kind from generate_series(1, 3000) as n')
    expect(columnsOf(await shop().check(shop().db('fresh').where('kind', 3)))).toEqual(['fresh(kind)'])
  })

  test('a type that no ordinary index sorts is no column of one', async () => {
    await shop().db.raw('create table places as select n as id, point(n, n) as spot from generate_series(1, 3000) as n')
    const { advice, notes } = await shop().check(
      shop().db.raw("select * from places where spot ~= '(1,1)' and spot = ?", ['x']),
    )
    expect([advice, notes]).toEqual([[], []])
  })
})

await describeMariadb('on MariaDB', (url) => {
  const database = `explain_${randomUUID().slice(0, 8)}`
  const shop = shopTests(
    async () => {
      const admin = createKnex({ client: 'mysql2', connection: url })
      await admin.raw(`create database ${database}`)
      await admin.destroy()
      const { hostname, port, username, password } = new URL(url)
      const connection = { host: hostname, port: Number(port || 3306), user: username, password, database }
      return createKnex({ client: 'mysql2', connection, pool: { min: 0, max: 2 } })
    },
    (db) => db.raw('analyze table books, authors, tags'),
  )
  afterAll(async () => {
    const admin = createKnex({ client: 'mysql2', connection: url })
    await admin.raw(`drop database ${database}`)
    await admin.destroy()
  })

  test('run for real, it counts its rows', async () => {
    const { plan } = await shop().explain(shop().db('books').where('isbn', '978-7'), true)
    expect([plan?.isMeasured, plan?.steps[0]?.rows]).toEqual([true, 1])
  })

  test('what takes too long is ended, and the session’s own limit put back', async () => {
    const { notes } = await shopOf(shop().db, { timeoutMs: 300 }).explain(
      shop().db.raw('select sleep(30) from authors'),
      true,
    )
    expect(notes.join()).toContain('max_statement_time')
    const [rows] = await shop().db.raw('select @@session.max_statement_time as value')
    expect(Number(rows[0].value)).toBe(0)
  })

  test('a long text is no column of an index', async () => {
    expect((await shop().check(shop().db('books').where('body', 'text'))).advice).toEqual([])
  })
})
