import { setTimeout as pause } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { slowViews } from './support/slow-views.js'
import { type SmallPool, smallPool } from './support/small-pool.js'

/** Three reports, each well below what is slow. */
const threeReports = slowViews({
  author_report: { table: 'authors', ms: 50 },
  order_report: { table: 'orders', ms: 50 },
  customer_report: { table: 'customers', ms: 50 },
})

const onePooled = smallPool({ connections: 1 })
const twoPooled = smallPool({ connections: 2 })
const threePooled = smallPool({ connections: 3 })
const heldForAWhile = smallPool({ connections: 1, heldMs: 250 })
const heldForMoments = smallPool({ connections: 1, heldMs: 20 })
const heldThroughout = smallPool({ connections: 1, heldMs: Number.POSITIVE_INFINITY, patienceMs: 150 })

/** The same three reports, asked over a pool of few connections. */
function reportsOver(pool: SmallPool): Pick<CorpusCase, 'tables' | 'dropTables'> {
  return {
    async tables(db) {
      await threeReports.tables?.(db)
      await pool.tables(db)
    },
    async dropTables(db) {
      await pool.dropTables(db)
      await threeReports.dropTables?.(db)
    },
  }
}

/** Keeps the processor busy, as a hash or a template does. */
function compute(ms: number): number {
  const untilMs = performance.now() + ms
  let turns = 0
  while (performance.now() < untilMs) turns++
  return turns
}

async function topAuthors(db: Knex): Promise<unknown> {
  return db('author_report').orderBy('id').limit(3) // hit: sequential-helpers
}

async function openOrders(db: Knex): Promise<unknown> {
  return db('order_report').where('status', 'open').orderBy('id').limit(5)
}

const slow: readonly CorpusCase[] = [
  {
    name: 'slow-select',
    ...slowViews({ sales_report: { table: 'orders', ms: 150 } }),
    async handler(db, _req, res) {
      const books = await db('books').limit(3)
      const sales = await db('sales_report').where('status', 'paid').orderBy('id').limit(5) // hit: slow-select
      res.json({ books, sales })
    },
    findings: [{ kind: 'slow-query', statement: 'from sales_report where status = ?', count: 1 }],
  },
  {
    name: 'slow-count-by-raw',
    ...slowViews({ stock_report: { table: 'books', ms: 130 } }),
    async handler(db, _req, res) {
      const counted = await db.raw('select count(*) as count from stock_report where stock < ?', [3]) // hit: slow-count-by-raw
      res.json(counted.rows ?? counted)
    },
    findings: [{ kind: 'slow-query', statement: 'select count(*) as count from stock_report', count: 1 }],
  },
  {
    name: 'slow-update',
    why: 'a write is slow by what it has to find first',
    request: { method: 'POST' },
    ...slowViews({ stock_report: { table: 'books', ms: 150 } }),
    async handler(db, _req, res) {
      await db('books') // hit: slow-update
        .whereIn('id', db('stock_report').select('id').where('stock', 0))
        .update({ stock: 10 })
      res.json('ok')
    },
    findings: [{ kind: 'slow-query', statement: 'update books set stock = ? where id in', count: 1 }],
  },
  {
    name: 'slow-read-in-a-transaction',
    why: 'the connection is busy all the time that the transaction holds it',
    request: { method: 'POST' },
    ...slowViews({ sales_report: { table: 'orders', ms: 150 } }),
    async handler(db, _req, res) {
      await db.transaction(async (trx) => {
        const order = await trx('sales_report').where('id', 7).first() // hit: slow-read-in-a-transaction
        await trx('orders').where('id', order.id).update({ status: 'paid' })
      })
      res.json('ok')
    },
    findings: [{ kind: 'slow-query', statement: 'from sales_report where id = ?', count: 1 }],
  },
  {
    name: 'slow-read-beside-fast-ones',
    why: 'one of three at the same time; on SQLite the others would wait for it',
    engines: ['PostgreSQL'],
    ...slowViews({ sales_report: { table: 'orders', ms: 150 } }),
    async handler(db, _req, res) {
      const [tags, sales, authors] = await Promise.all([
        db('tags'),
        db('sales_report').where('customer_id', 3), // hit: slow-read-beside-fast-ones
        db('authors'),
      ])
      res.json({ tags, sales, authors })
    },
    findings: [{ kind: 'slow-query', statement: 'from sales_report where customer_id = ?', count: 1 }],
  },
  {
    name: 'a-query-of-forty-milliseconds',
    ...slowViews({ sales_report: { table: 'orders', ms: 40 } }),
    async handler(db, _req, res) {
      res.json(await db('sales_report').where('status', 'open').limit(5))
    },
    findings: [],
  },
  {
    name: 'slow-app-with-fast-queries',
    why: 'the request takes long, and no query of it does',
    async handler(db, _req, res) {
      const order = await db('orders').where('id', 2).first()
      await pause(150)
      const lines = await db('order_lines').where('order_id', order.id)
      res.json({ order, lines })
    },
    findings: [],
  },
  {
    name: 'busy-app-after-a-query',
    why: 'the processor is busy when the rows have arrived',
    async handler(db, _req, res) {
      const books = await db('books')
      const turns = compute(130)
      res.json({ books, isDone: turns > 0 })
    },
    findings: [],
  },
  {
    name: 'two-dependent-reads-of-a-report',
    why: '100 ms together, and the second needs what the first has found',
    ...threeReports,
    async handler(db, _req, res) {
      const customer = await db('customer_report').where('id', 9).first()
      const orders = await db('order_report').where('customer_id', customer.referred_by)
      res.json({ customer, orders })
    },
    findings: [],
  },
]

const sequential: readonly CorpusCase[] = [
  {
    name: 'dashboard-one-after-the-other',
    why: 'none needs anything of the others; together they take 150 ms instead of 50',
    engines: ['PostgreSQL'],
    ...threeReports,
    async handler(db, _req, res) {
      const authors = await db('author_report').where('country', 'ES') // hit: dashboard-one-after-the-other
      const orders = await db('order_report').where('status', 'open')
      const customers = await db('customer_report').orderBy('credit_cents', 'desc').limit(3)
      res.json({ authors, orders, customers })
    },
    findings: [
      {
        kind: 'sequential-queries',
        statement: [
          'from author_report where country',
          'from order_report where status',
          'from customer_report order by',
        ],
        count: 3,
      },
    ],
  },
  {
    name: 'author-page-one-after-the-other',
    why: 'both need only what the request says',
    engines: ['PostgreSQL'],
    request: { route: '/:id', url: '/3' },
    ...slowViews({ author_report: { table: 'authors', ms: 60 }, book_report: { table: 'books', ms: 60 } }),
    async handler(db, req, res) {
      const author = await db('author_report').where('id', Number(req.params.id)).first() // hit: author-page-one-after-the-other
      const books = await db('book_report').where('author_id', Number(req.params.id))
      res.json({ author, books })
    },
    findings: [
      {
        kind: 'sequential-queries',
        statement: ['from author_report where id = ?', 'from book_report where author_id = ?'],
        count: 2,
      },
    ],
  },
  {
    name: 'sequential-helpers',
    engines: ['PostgreSQL'],
    ...threeReports,
    async handler(db, _req, res) {
      const authors = await topAuthors(db)
      const orders = await openOrders(db)
      res.json({ authors, orders })
    },
    findings: [
      {
        kind: 'sequential-queries',
        statement: ['from author_report order by id', 'from order_report where'],
        count: 2,
      },
    ],
  },
  {
    name: 'two-after-the-first',
    why: 'the first one is needed by both, and they not by each other',
    engines: ['PostgreSQL'],
    ...threeReports,
    async handler(db, _req, res) {
      const book = await db('books').where('id', 21).first()
      const author = await db('author_report').where('id', book.author_id).first() // hit: two-after-the-first
      const buyers = await db('customer_report').where('credit_cents', '>', book.price_cents)
      res.json({ book, author, buyers })
    },
    findings: [
      {
        kind: 'sequential-queries',
        statement: ['from author_report where id = ?', 'from customer_report where credit_cents > ?'],
        count: 2,
      },
    ],
  },
  {
    name: 'page-and-then-its-total',
    why: 'the total does not depend on the rows of the page',
    engines: ['PostgreSQL'],
    ...threeReports,
    async handler(db, _req, res) {
      const page = await db('order_report').where('status', 'paid').orderBy('id').limit(10) // hit: page-and-then-its-total
      const total = await db('order_report').where('status', 'paid').count('* as count').first()
      res.json({ page, total })
    },
    findings: [
      {
        kind: 'sequential-queries',
        statement: ['select * from order_report where status = ?', 'select count(*) as count from order_report'],
        count: 2,
      },
    ],
  },
  {
    name: 'raw-reports-one-after-the-other',
    engines: ['PostgreSQL'],
    ...threeReports,
    async handler(db, _req, res) {
      const countries = await db.raw('select country, count(*) as authors from author_report group by country') // hit: raw-reports-one-after-the-other
      const totals = await db.raw('select status, sum(total_cents) as cents from order_report group by status')
      res.json({ countries: countries.rows, totals: totals.rows })
    },
    findings: [
      {
        kind: 'sequential-queries',
        statement: ['from author_report group by', 'from order_report group by'],
        count: 2,
      },
    ],
  },
  {
    name: 'pages-that-begin-where-the-last-ended',
    why: 'one statement three times: each needs the last id of the one before',
    ...threeReports,
    async handler(db, _req, res) {
      const totals: number[] = []
      for (let lastId = 0; ; ) {
        const page = await db('order_report').where('id', '>', lastId).orderBy('id').limit(20)
        totals.push(...page.map(({ total_cents }) => total_cents))
        if (page.length < 20) break
        lastId = page.at(-1).id
      }
      res.json(totals)
    },
    findings: [],
  },
  {
    name: 'dashboard-all-at-once',
    engines: ['PostgreSQL'],
    ...threeReports,
    async handler(db, _req, res) {
      const [authors, orders, customers] = await Promise.all([
        db('author_report').where('country', 'ES'),
        db('order_report').where('status', 'open'),
        db('customer_report').orderBy('credit_cents', 'desc').limit(3),
      ])
      res.json({ authors, orders, customers })
    },
    findings: [],
  },
  {
    name: 'dashboard-on-one-connection',
    why: 'SQLite runs one query at a time, inside the process: at once would be no faster',
    engines: ['SQLite'],
    ...threeReports,
    async handler(db, _req, res) {
      const authors = await db('author_report').where('country', 'ES')
      const orders = await db('order_report').where('status', 'open')
      const customers = await db('customer_report').orderBy('credit_cents', 'desc').limit(3)
      res.json({ authors, orders, customers })
    },
    findings: [],
  },
  {
    name: 'chain-of-three-reads',
    why: 'each needs a value that the one before has found',
    ...threeReports,
    async handler(db, _req, res) {
      const order = await db('order_report').where('status', 'open').orderBy('id').first()
      const customer = await db('customer_report').where('id', order.customer_id).first()
      const authors = await db('author_report').where('country', customer.country)
      res.json({ order, customer, authors })
    },
    findings: [],
  },
  {
    name: 'reads-of-one-transaction',
    why: 'a transaction has one connection: at once they would wait for each other all the same',
    engines: ['PostgreSQL'],
    ...threeReports,
    async handler(db, _req, res) {
      const page = await db.transaction(async (trx) => {
        const authors = await trx('author_report').where('country', 'ES')
        const orders = await trx('order_report').where('status', 'open')
        return { authors, orders }
      })
      res.json(page)
    },
    findings: [],
  },
  {
    name: 'read-write-read-of-reports',
    why: 'the second read is to see what the write has done',
    request: { method: 'POST' },
    engines: ['PostgreSQL'],
    ...threeReports,
    async handler(db, _req, res) {
      const customers = await db('customer_report').where('country', 'FR')
      await db('orders').where('status', 'open').update({ status: 'due' })
      const due = await db('order_report').where('status', 'due')
      res.json({ customers, due })
    },
    findings: [],
  },
  {
    name: 'guard-before-the-page',
    why: 'nobody may see the page before the guard has let them in',
    engines: ['PostgreSQL'],
    ...threeReports,
    mount(db, router) {
      router.use(async (_req, res, next) => {
        const customer = await db('customer_report').where('id', 3).first()
        if (customer.credit_cents > 0) next()
        else res.status(403).json('no credit')
      })
      router.get('/', async (_req, res) => {
        res.json(await db('order_report').where('status', 'open'))
      })
    },
    findings: [],
  },
  {
    name: 'second-place-where-the-first-has-nothing',
    why: 'asked only because the first answer was empty',
    engines: ['PostgreSQL'],
    ...threeReports,
    async handler(db, _req, res) {
      const hot = await db('order_report').where('status', 'hot')
      const shown = hot.length > 0 ? hot : await db('author_report').orderBy('name').limit(3)
      res.json(shown)
    },
    findings: [],
  },
  {
    name: 'three-fast-reads-one-after-the-other',
    why: 'independent, and too fast to save anything',
    async handler(db, _req, res) {
      const tags = await db('tags').orderBy('id')
      const authors = await db('authors').where('country', 'PT')
      const banner = await db('settings').where('key', 'banner').first()
      res.json({ tags, authors, banner })
    },
    findings: [],
  },
]

const poolWaits: readonly CorpusCase[] = [
  {
    name: 'reports-on-one-connection',
    why: 'three at once for one connection: the second waits 50 ms, the third 100 ms',
    ...reportsOver(onePooled),
    async handler(_db, _req, res) {
      const pool = onePooled.knex()
      const reports = await Promise.all([
        pool('author_report').where('country', 'ES'),
        pool('order_report').where('status', 'open'), // hit: reports-on-one-connection
        pool('customer_report').where('country', 'ES'),
      ])
      res.json(reports)
    },
    findings: [{ kind: 'pool-wait', statement: ['from order_report', 'from customer_report'], count: 2 }],
  },
  {
    name: 'read-that-waits-for-another-request',
    why: 'a transaction of someone else holds the only connection for 250 ms; the read itself is fast',
    tables: heldForAWhile.tables,
    dropTables: heldForAWhile.dropTables,
    async handler(_db, _req, res) {
      const banner = await heldForAWhile.knex()('settings').where('key', 'banner').first() // hit: read-that-waits-for-another-request
      res.json(banner)
    },
    findings: [{ kind: 'pool-wait', statement: 'from settings where key = ?', count: 1 }],
  },
  {
    name: 'read-that-gets-no-connection',
    why: 'gives up after 150 ms, and no query is sent: a time-out that no event of knex reports',
    tables: heldThroughout.tables,
    dropTables: heldThroughout.dropTables,
    async handler(_db, _req, res) {
      const pool = heldThroughout.knex()
      const reading = pool('settings').where('key', 'banner').first() // hit: read-that-gets-no-connection
      res.json(await reading.catch(() => 'no banner'))
    },
    findings: [{ kind: 'pool-wait', statement: 'from settings where key = ?', count: 1 }],
  },
  {
    name: 'four-reports-on-two-connections',
    why: 'two begin at once, and the other two wait for them',
    engines: ['PostgreSQL'],
    ...reportsOver(twoPooled),
    async handler(_db, _req, res) {
      const pool = twoPooled.knex()
      const countries = ['ES', 'FR', 'IT', 'PT']
      const reports = await Promise.all(
        countries.map((country) => pool('customer_report').where({ country })), // hit: four-reports-on-two-connections
      )
      res.json(reports)
    },
    findings: [{ kind: 'pool-wait', statement: 'from customer_report where country = ?', count: 2 }],
  },
  {
    name: 'connection-that-is-free-again',
    why: 'someone else has held the only connection, and has let go of it by the time it is needed',
    tables: heldForMoments.tables,
    dropTables: heldForMoments.dropTables,
    async handler(_db, _req, res) {
      await pause(120)
      res.json(await heldForMoments.knex()('settings').where('key', 'banner').first())
    },
    findings: [],
  },
  {
    name: 'eight-fast-reads-on-one-connection',
    why: 'they wait for each other for less than it takes to notice',
    tables: onePooled.tables,
    dropTables: onePooled.dropTables,
    async handler(_db, _req, res) {
      const pool = onePooled.knex()
      const tables = ['authors', 'categories', 'books', 'tags', 'customers', 'orders', 'settings', 'jobs']
      res.json(await Promise.all(tables.map((table) => pool(table).count('* as count').first())))
    },
    findings: [],
  },
  {
    name: 'reports-with-enough-connections',
    engines: ['PostgreSQL'],
    ...reportsOver(threePooled),
    async handler(_db, _req, res) {
      const pool = threePooled.knex()
      const reports = await Promise.all([
        pool('author_report').where('country', 'ES'),
        pool('order_report').where('status', 'open'),
        pool('customer_report').where('country', 'ES'),
      ])
      res.json(reports)
    },
    findings: [],
  },
]

/** What takes long: a query, queries one after the other, and waits for a connection. */
export const cases: readonly CorpusCase[] = [...slow, ...sequential, ...poolWaits]
