import { setTimeout as pause } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { createUnsteadyView, dropUnsteadyView } from './support/unsteady-view.js'

const CUSTOMER_BY_ID = 'from customers where id = ?'
const SETTING_BY_KEY = 'from settings where key = ?'

const BESTSELLERS = 'select book_id, sum(quantity) as sold from order_lines where price_cents > ? group by book_id'

async function currencySymbol(db: Knex): Promise<string> {
  const currency = await db('settings').where('key', 'currency').first()
  return `(${currency.value})`
}

async function priceTag(db: Knex, cents: number): Promise<string> {
  const currency = await db('settings').where('key', 'currency').first() // hit: currency-by-three-helpers
  return `${cents / 100} ${currency.value}`
}

async function shippingNote(db: Knex): Promise<string> {
  const currency = await db('settings').where('key', 'currency').first()
  return `plus shipping in ${currency.value}`
}

/** One line for all who ask. */
async function viewer(db: Knex): Promise<{ readonly id: number; readonly country: string }> {
  return db('customers').where('id', 4).first() // hit: viewer-in-three-resolvers
}

/** The memory is asked by identity, and each caller makes an object of its own. */
function memoisedAuthor(db: Knex): (key: { readonly id: number }) => Promise<{ readonly name: string }> {
  const known = new Map<object, Promise<{ readonly name: string }>>()
  return (key) => {
    const found = known.get(key) ?? db('authors').where('id', key.id).first().then() // hit: memo-that-misses-by-key
    known.set(key, found)
    return found
  }
}

class StockRepository {
  constructor(db: Knex) {
    this.db = db
  }
  private readonly db: Knex

  async low(): Promise<readonly { readonly id: number }[]> {
    return this.db('books').where('stock', '<', 2).orderBy('id') // hit: repository-asked-again-by-a-service
  }
}

/**
 * The same statement with the same bindings again. Whatever the call sites are: where there are several, the line to
 * blame is the one that first loads again what was there already.
 */
export const cases: readonly CorpusCase[] = [
  {
    name: 'customer-by-middleware-and-handler',
    why: 'two call sites: what the middleware has loaded, the handler loads again',
    mount(db, router) {
      router.use(async (_req, res, next) => {
        res.locals.customer = await db('customers').where('id', 3).first()
        next()
      })
      router.get('/', async (_req, res) => {
        const customer = await db('customers').where('id', 3).first() // hit: customer-by-middleware-and-handler
        const orders = await db('orders').where('customer_id', customer.id)
        res.json({ name: customer.name, orders })
      })
    },
    findings: [{ kind: 'duplicate-query', statement: CUSTOMER_BY_ID, count: 2 }],
  },
  {
    name: 'currency-by-three-helpers',
    async handler(db, _req, res) {
      res.json([await currencySymbol(db), await priceTag(db, 1_250), await shippingNote(db)])
    },
    findings: [{ kind: 'duplicate-query', statement: SETTING_BY_KEY, count: 3 }],
  },
  {
    name: 'count-for-header-and-pager',
    async handler(db, _req, res) {
      const counted = await db('books').where('category_id', 7).count('* as count').first()
      const books = await db('books').where('category_id', 7).orderBy('id').limit(3)
      const pages = await db('books').where('category_id', 7).count('* as count').first() // hit: count-for-header-and-pager
      res.json({ counted, books, pages: Math.ceil(Number(pages?.count) / 3) })
    },
    findings: [{ kind: 'duplicate-query', statement: 'select count(*) as count from books', count: 2 }],
  },
  {
    name: 'permission-check-per-item',
    why: 'a loop with always the same bindings: load once, no N+1 for a whereIn',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id').limit(50)
      const visible = []
      for (const book of books) {
        const customer = await db('customers').where('id', 9).first() // hit: permission-check-per-item
        if (customer.credit_cents > book.price_cents) visible.push(book)
      }
      res.json(visible)
    },
    findings: [{ kind: 'duplicate-query', statement: CUSTOMER_BY_ID, count: 50 }],
  },
  {
    name: 'memo-that-misses-by-key',
    async handler(db, _req, res) {
      const authorOf = memoisedAuthor(db)
      const books = await db('books').where('author_id', 2).orderBy('id')
      for (const book of books) book.author = await authorOf({ id: book.author_id })
      res.json(books)
    },
    findings: [{ kind: 'duplicate-query', statement: 'from authors where id = ?', count: 5 }],
  },
  {
    name: 'viewer-in-three-resolvers',
    why: 'at the same time, so that none could wait for another without a shared promise',
    async handler(db, _req, res) {
      const [orders, offers, greeting] = await Promise.all([
        viewer(db).then(({ id }) => db('orders').where('customer_id', id)),
        viewer(db).then(({ country }) => db('authors').where('country', country)),
        viewer(db).then(({ id }) => `Hello ${id}`),
      ])
      res.json({ orders, offers, greeting })
    },
    findings: [{ kind: 'duplicate-query', statement: CUSTOMER_BY_ID, count: 3 }],
  },
  {
    name: 'categories-for-nav-and-footer',
    why: 'no bindings at all',
    async handler(db, _req, res) {
      const nav = await db('categories').orderBy('name')
      const book = await db('books').where('id', 12).first()
      const footer = await db('categories').orderBy('name') // hit: categories-for-nav-and-footer
      res.json({ nav: nav.slice(0, 4), book, footer })
    },
    findings: [{ kind: 'duplicate-query', statement: 'from categories order by name', count: 2 }],
  },
  {
    name: 'customer-again-after-a-write-elsewhere',
    why: 'the write in between is to another table: it does not make the second read necessary',
    async handler(db, _req, res) {
      const before = await db('customers').where('id', 6).first()
      await db('logs').insert({ level: 'info', message: `seen ${before.name}`, created_on: '2026-11-22' })
      const after = await db('customers').where('id', 6).first() // hit: customer-again-after-a-write-elsewhere
      res.json(after)
    },
    findings: [{ kind: 'duplicate-query', statement: CUSTOMER_BY_ID, count: 2 }],
  },
  {
    name: 'setting-again-after-a-call-elsewhere',
    why: 'time passes in between, and yet it is no polling: another place asks, once',
    async handler(db, _req, res) {
      const rate = await db('settings').where({ key: 'tax_rate' }).first()
      await pause(30)
      const label = await db('settings').where({ key: 'tax_rate' }).first() // hit: setting-again-after-a-call-elsewhere
      res.json({ rate, label })
    },
    findings: [{ kind: 'duplicate-query', statement: SETTING_BY_KEY, count: 2 }],
  },
  {
    name: 'repository-asked-again-by-a-service',
    async handler(db, _req, res) {
      const low = await new StockRepository(db).low()
      const suggestions = await db('authors').whereIn('id', [1, 2, 3])
      const warnings = (await new StockRepository(db).low()).map(({ id }) => `book ${id} is nearly gone`)
      res.json({ low, suggestions, warnings })
    },
    findings: [{ kind: 'duplicate-query', statement: 'from books where stock < ?', count: 2 }],
  },
  {
    name: 'raw-statement-twice',
    async handler(db, _req, res) {
      const best = await db.raw(BESTSELLERS, [520])
      const books = await db('books').whereIn('id', [1, 2, 3])
      const again = await db.raw(BESTSELLERS, [520]) // hit: raw-statement-twice
      res.json({ best: best.length, books, again: again.length })
    },
    findings: [{ kind: 'duplicate-query', statement: 'from order_lines where price_cents > ?', count: 2 }],
  },
  {
    name: 'customer-and-referrer',
    why: 'the same statement for two customers',
    async handler(db, _req, res) {
      const customer = await db('customers').where('id', 5).first()
      const referrer = await db('customers').where('id', customer.referred_by).first()
      res.json({ customer, referrer })
    },
    findings: [],
  },
  {
    name: 'three-settings-by-one-helper',
    async handler(db, _req, res) {
      const setting = (key: string) => db('settings').where('key', key).first()
      const locale = await setting('locale')
      const timezone = await setting('timezone')
      const banner = await setting('banner')
      res.json({ locale, timezone, banner })
    },
    findings: [],
  },
  {
    name: 'read-again-after-an-update',
    why: 'the second read is there to see what the write has made of the row',
    request: { method: 'PATCH' },
    async handler(db, _req, res) {
      const before = await db('books').where('id', 8).first()
      await db('books')
        .where('id', 8)
        .update({ stock: before.stock + 3 })
      const after = await db('books').where('id', 8).first()
      res.json({ before, after })
    },
    findings: [],
  },
  {
    name: 'count-before-and-after-an-insert',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const before = await db('tags').count('* as count').first()
      await db('tags').insert({ name: 'new' })
      const after = await db('tags').count('* as count').first()
      res.json({ before, after })
    },
    findings: [],
  },
  {
    name: 'read-again-after-a-raw-write-to-a-joined-table',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const openOrders = () =>
        db('orders')
          .join('customers', 'customers.id', 'orders.customer_id')
          .where('orders.status', 'open')
          .select('orders.id', 'customers.credit_cents')
      const before = await openOrders()
      await db.raw('update customers set credit_cents = credit_cents - ? where id = ?', [100, 3])
      res.json({ before, after: await openOrders() })
    },
    findings: [],
  },
  {
    name: 'read-again-under-a-lock',
    why: 'a cheap look first, and another one inside the transaction, which alone is safe to decide on',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const seen = await db('books').where('id', 10).first()
      if (seen.stock === 0) return res.json('sold out')
      const left = await db.transaction(async (trx) => {
        const book = await trx('books').where('id', 10).forUpdate().first()
        await trx('books').where('id', 10).decrement('stock', 1)
        return book.stock - 1
      })
      return res.json(left)
    },
    findings: [],
  },
  {
    name: 'read-again-inside-a-transaction',
    why: 'as before, without a lock in the statement: inside it sees one state of the database with the other reads',
    async handler(db, _req, res) {
      const seen = await db('orders').where('id', 11).first()
      const consistent = await db.transaction(async (trx) => {
        const order = await trx('orders').where('id', 11).first()
        const lines = await trx('order_lines').where('order_id', 11)
        return { order, lines }
      })
      res.json({ seen, consistent })
    },
    findings: [],
  },
  {
    name: 'polling-a-job',
    why: 'asks again because the answer changes with time',
    async handler(db, _req, res) {
      for (let attempt = 0; attempt < 6; attempt++) {
        const job = await db('jobs').where('id', 2).first()
        if (job.status === 'done') break
        await pause(20)
      }
      res.json('still running')
    },
    findings: [],
  },
  {
    name: 'retry-after-a-failure',
    why: 'the first one gave no rows',
    tables: createUnsteadyView,
    dropTables: dropUnsteadyView,
    async handler(db, _req, res) {
      const stock = () => db('unsteady_stock').where('id', 7).first()
      const found = await stock().catch(() => stock())
      res.json(found)
    },
    findings: [],
  },
  {
    name: 'health-checks',
    why: 'asked for the sake of an answer, which is the same each time and costs nothing',
    async handler(db, _req, res) {
      await db.raw('select 1')
      const queue = await db('jobs').count('* as count').first()
      await db.raw('select 1')
      await db.raw('select 1')
      res.json({ ok: true, queue })
    },
    findings: [],
  },
  {
    name: 'three-random-numbers',
    why: 'each time another answer',
    async handler(db, _req, res) {
      const picks = []
      for (let at = 0; at < 3; at++) picks.push(await db.raw('select random() as pick'))
      res.json(picks.length)
    },
    findings: [],
  },
  {
    name: 'random-books-twice',
    why: 'a volatile order in an ordinary statement',
    async handler(db, _req, res) {
      const left = await db('books').orderByRaw('random()').limit(3)
      const right = await db('books').orderByRaw('random()').limit(3)
      res.json([...left, ...right])
    },
    findings: [],
  },
  {
    name: 'clock-of-the-database-twice',
    async handler(db, _req, res) {
      const begun = await db.raw('select current_timestamp as now')
      const books = await db('books').where('author_id', 3)
      const ended = await db.raw('select current_timestamp as now')
      res.json({ begun, books, ended })
    },
    findings: [],
  },
  {
    name: 'numbers-of-a-sequence',
    engines: ['PostgreSQL'],
    tables: (db) => db.raw('create sequence invoice_numbers'),
    dropTables: (db) => db.raw('drop sequence invoice_numbers'),
    async handler(db, _req, res) {
      const numbers = []
      for (let at = 0; at < 3; at++) {
        const { rows } = await db.raw(`select nextval('invoice_numbers') as number`)
        numbers.push(rows[0].number)
      }
      res.json(numbers)
    },
    findings: [],
  },
  {
    name: 'several-transactions-in-a-row',
    why: 'BEGIN and COMMIT repeat, and nothing else does',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await db.transaction((trx) => trx('orders').where('id', 1).update({ status: 'paid' }))
      await db.transaction((trx) => trx('books').where('id', 1).decrement('stock', 1))
      await db.transaction((trx) => trx('jobs').insert({ status: 'queued', attempts: 0, payload: 'mail' }))
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'lists-that-overlap',
    why: 'one statement with lists of one length, and others in them',
    async handler(db, _req, res) {
      const shown = await db('books').whereIn('id', [1, 2, 3, 4])
      const related = await db('books').whereIn('id', [3, 4, 5, 6])
      res.json({ shown, related })
    },
    findings: [],
  },
  {
    name: 'first-page-and-the-next',
    why: 'differ by the offset alone',
    async handler(db, _req, res) {
      const page = await db('orders').where('status', 'paid').orderBy('id').limit(10).offset(10)
      const next = await db('orders').where('status', 'paid').orderBy('id').limit(10).offset(20)
      res.json({ page, hasNext: next.length > 0 })
    },
    findings: [],
  },
  {
    name: 'cache-of-the-request',
    async handler(db, _req, res) {
      const known = new Map<number, Promise<{ readonly name: string }>>()
      const authorOf = (id: number) => {
        const found = known.get(id) ?? db('authors').where('id', id).first().then()
        known.set(id, found)
        return found
      }
      const books = await db('books').whereIn('author_id', [1, 2, 3]).orderBy('id')
      for (const book of books) book.author = await authorOf(book.author_id)
      res.json(books)
    },
    findings: [],
  },
  {
    name: 'other-columns-of-the-same-row',
    why: 'two statements',
    async handler(db, _req, res) {
      const { country } = await db('customers').where('id', 7).select('country').first()
      const { email } = await db('customers').where('id', 7).select('email').first()
      res.json({ country, email })
    },
    findings: [],
  },
]
