import knex, { type Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'

/** Databases beside the shared one, as a sharded app has them. */
let shards: readonly Knex[] = []

async function openShards(): Promise<void> {
  shards = [0, 1, 2, 3, 4, 5].map(() =>
    knex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true }),
  )
  for (const [index, shard] of shards.entries()) {
    await shard.schema.createTable('events', (table) => {
      table.integer('shard')
      table.string('name')
    })
    await shard('events').insert({ shard: index, name: `event ${index}` })
  }
}

async function closeShards(): Promise<void> {
  for (const shard of shards) await shard.destroy()
}

const MONTHS = ['01', '02', '03', '04', '05', '06']

/** Many queries, which are not one statement for many rows. */
export const cases: readonly CorpusCase[] = [
  {
    name: 'count-of-eight-tables',
    async handler(db, _req, res) {
      const counts: Record<string, unknown> = {}
      for (const table of ['authors', 'books', 'tags', 'customers', 'orders', 'order_lines', 'reviews', 'settings']) {
        counts[table] = await db(table).count({ n: '*' }).first()
      }
      res.json(counts)
    },
    findings: [],
  },
  {
    name: 'everything-of-a-customer',
    why: 'one id, six tables',
    request: { route: '/:id', url: '/7' },
    async handler(db, req, res) {
      const id = Number(req.params.id)
      const [customer, orders, reviews, referred, lines] = await Promise.all([
        db('customers').where({ id }).first(),
        db('orders').where('customer_id', id),
        db('reviews').where('customer_id', id),
        db('customers').where('referred_by', id),
        db('order_lines').join('orders', 'orders.id', 'order_lines.order_id').where('orders.customer_id', id),
      ])
      res.json({ customer, orders, reviews, referred, lines })
    },
    findings: [],
  },
  {
    name: 'figures-of-one-table',
    why: 'a dashboard: seven figures of one table, each another statement',
    async handler(db, _req, res) {
      const figures = await Promise.all([
        db('orders').count({ n: '*' }).first(),
        db('orders').where('status', 'open').count({ n: '*' }).first(),
        db('orders').sum({ n: 'total_cents' }).first(),
        db('orders').max({ n: 'total_cents' }).first(),
        db('orders').min({ n: 'placed_on' }).first(),
        db('orders').countDistinct({ n: 'customer_id' }).first(),
        db('orders').avg({ n: 'total_cents' }).where('status', 'paid').first(),
      ])
      res.json(figures)
    },
    findings: [],
  },
  {
    name: 'a-table-per-month',
    why: 'one line, six tables that are alike',
    tables: async (db) => {
      for (const month of MONTHS) {
        await db.schema.createTable(`visits_${month}`, (table) => {
          table.integer('customer_id')
        })
      }
    },
    dropTables: async (db) => {
      for (const month of MONTHS) await db.schema.dropTable(`visits_${month}`)
    },
    async handler(db, _req, res) {
      const visits = await Promise.all(MONTHS.map((month) => db(`visits_${month}`).where('customer_id', Number(month))))
      res.json(visits.flat())
    },
    findings: [],
  },
  {
    name: 'six-shards',
    why: 'each query goes to another database',
    tables: openShards,
    dropTables: closeShards,
    async handler(_db, _req, res) {
      const events = await Promise.all(shards.map((shard, index) => shard('events').where({ shard: index })))
      res.json(events.flat())
    },
    findings: [],
  },
  {
    name: 'same-question-to-each-shard',
    why: 'the same statement with the same value, and no duplicate: each asks another database',
    tables: openShards,
    dropTables: closeShards,
    async handler(_db, _req, res) {
      const events = []
      for (const shard of shards) events.push(...(await shard('events').where('name', 'event 3')))
      res.json(events)
    },
    findings: [],
  },
  {
    name: 'search-in-each-column',
    why: 'one line, six columns: six statements',
    async handler(db, _req, res) {
      const hits: Record<string, number> = {}
      for (const column of ['title', 'id', 'author_id', 'category_id', 'published_year', 'stock']) {
        const value = column === 'title' ? 'book 3' : 3
        hits[column] = (await db('books').where(column, value).limit(5)).length
      }
      res.json(hits)
    },
    findings: [],
  },
  {
    name: 'top-by-each-column',
    async handler(db, _req, res) {
      const columns = ['price_cents', 'published_year', 'stock', 'title', 'id']
      res.json(await Promise.all(columns.map((column) => db('books').orderBy(column, 'desc').limit(3))))
    },
    findings: [],
  },
  {
    name: 'a-feed-of-four-types',
    why: 'eight entries, two of each type: each type has a statement of its own',
    async handler(db, _req, res) {
      const loaders: Readonly<Record<string, (id: number) => PromiseLike<unknown>>> = {
        book: (id) => db('books').where({ id }).first(),
        order: (id) => db('orders').where({ id }).first(),
        review: (id) => db('reviews').where({ id }).first(),
        author: (id) => db('authors').where({ id }).first(),
      }
      const feed = ['book', 'order', 'review', 'author', 'author', 'review', 'order', 'book']
      const entries = []
      for (const [index, type] of feed.entries()) entries.push(await loaders[type]?.(index + 1))
      res.json(entries)
    },
    findings: [],
  },
  {
    name: 'six-authors-line-by-line',
    why: 'a fixed number, written out',
    async handler(db, _req, res) {
      const [a, b, c, d, e, f] = await Promise.all([
        db('authors').where('name', 'author 1').first(),
        db('authors').where('name', 'author 2').first(),
        db('authors').where('name', 'author 3').first(),
        db('authors').where('name', 'author 4').first(),
        db('authors').where('name', 'author 5').first(),
        db('authors').where('name', 'author 6').first(),
      ])
      res.json([a, b, c, d, e, f])
    },
    findings: [],
  },
  {
    name: 'compare-two-books',
    request: { url: '?a=4&b=11' },
    async handler(db, req, res) {
      const load = async (id: number): Promise<object> => {
        const book = await db('books').where({ id }).first()
        const reviews = await db('reviews').where('book_id', id)
        const tags = await db('book_tags').where('book_id', id)
        return { ...book, reviews, tags }
      }
      res.json(await Promise.all([load(Number(req.query.a)), load(Number(req.query.b))]))
    },
    findings: [],
  },
  {
    name: 'four-quarters',
    why: 'four turns, one for each quarter of the year',
    async handler(db, _req, res) {
      const quarters = [1, 4, 7, 10]
      const sums = []
      for (const month of quarters) {
        const from = `2026-${String(month).padStart(2, '0')}-01`
        const to = `2026-${String(month + 2).padStart(2, '0')}-31`
        sums.push(await db('orders').whereBetween('placed_on', [from, to]).sum({ total: 'total_cents' }).first())
      }
      res.json(sums)
    },
    findings: [],
  },
  {
    name: 'check-out',
    why: 'a longer request as it should be: eight statements, each once',
    request: { method: 'POST', body: { customer: 4, books: [3, 6, 10] } },
    async handler(db, req, res) {
      const { customer: id, books: ids } = req.body
      const customer = await db('customers').where({ id }).first()
      const books = await db('books').whereIn('id', ids)
      const shipping = await db('settings').where('key', 'shipping').first()
      const total = books.reduce((sum, book) => sum + book.price_cents, 0)
      const order = await db.transaction(async (trx) => {
        const [created] = await trx('orders')
          .insert({ customer_id: id, status: 'open', total_cents: total, placed_on: '2026-11-22' })
          .returning('id')
        await trx('order_lines').insert(ids.map((book_id: number) => ({ order_id: created.id, book_id, quantity: 1 })))
        await trx('books').whereIn('id', ids).decrement('stock', 1)
        await trx('customers').where({ id }).decrement('credit_cents', total)
        return created
      })
      await db('logs').insert({ level: 'info', message: `order of ${customer.name}, ${shipping.value}` })
      res.json(order)
    },
    findings: [],
  },
  {
    name: 'one-helper-seven-lines',
    why: 'texts of a page, each fetched where it is needed: seven lines, no loop, nothing that grows',
    async handler(db, _req, res) {
      const text = async (key: string): Promise<string> => {
        const row = await db('settings').where({ key }).first('value')
        return row?.value ?? ''
      }
      const header = `${await text('banner')} (${await text('locale')})`
      const price = `12 ${await text('currency')}`
      const tax = await text('tax_rate')
      const sent = await text('shipping')
      const footer = {
        zone: await text('timezone'),
        theme: await text('theme'),
      }
      res.json({ header, price, tax, sent, footer })
    },
    findings: [],
  },
  {
    name: 'guards-and-page-share-a-helper',
    why: 'two middlewares, the route and a helper below it each ask for another customer, by one function',
    mount(db, router) {
      const load = (id: number): PromiseLike<{ id: number; referred_by: number }> =>
        db('customers').where('id', id).first()
      router.use(async (_req, res, next) => {
        res.locals.viewer = await load(15)
        next()
      })
      router.use(async (_req, res, next) => {
        res.locals.owner = await load(9)
        next()
      })
      router.get('/', async (_req, res) => {
        const { viewer, owner } = res.locals
        const [broughtViewer, broughtOwner] = await Promise.all([load(viewer.referred_by), load(owner.referred_by)])
        const contact = await load(1)
        res.json({ viewer, owner, broughtViewer, broughtOwner, contact })
      })
    },
    findings: [],
  },
  {
    name: 'one-method-six-callers',
    why: 'a class with one method that builds the query, and six methods that call it once each',
    async handler(db, _req, res) {
      class Stock {
        exactly(stock: number): PromiseLike<{ id: number }[]> {
          return db('books').select('id').where('stock', stock).orderBy('id')
        }
        none = (): PromiseLike<object[]> => this.exactly(0)
        last = (): PromiseLike<object[]> => this.exactly(1)
        few = (): PromiseLike<object[]> => this.exactly(2)
        some = (): PromiseLike<object[]> => this.exactly(3)
        many = (): PromiseLike<object[]> => this.exactly(5)
        full = (): PromiseLike<object[]> => this.exactly(6)
      }
      const stock = new Stock()
      const [none, last] = await Promise.all([stock.none(), stock.last()])
      const few = await stock.few()
      const some = few.length > 99 ? [] : await stock.some()
      res.json({ none, last, few, some, many: await stock.many(), full: await stock.full() })
    },
    findings: [],
  },
]
