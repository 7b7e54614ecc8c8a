import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { ownTables, rowsOf } from './support/own-tables.js'

interface CartItem {
  readonly bookId: number
  readonly quantity: number
}

const CART: readonly CartItem[] = [
  { bookId: 12, quantity: 1 },
  { bookId: 3, quantity: 2 },
  { bookId: 41, quantity: 1 },
  { bookId: 27, quantity: 1 },
  { bookId: 8, quantity: 3 },
  { bookId: 55, quantity: 1 },
]

class Notifier {
  constructor(db: Knex) {
    this.db = db
  }
  private readonly db: Knex

  async tell(customerId: number, text: string): Promise<void> {
    const message = `to ${customerId}: ${text}`
    await this.db('logs').insert({ level: 'info', message, created_on: '2026-11-22' }) // hit: notice-per-follower
  }
}

async function setStatus(db: Knex, orderId: number, status: string): Promise<void> {
  await db('orders').where('id', orderId).update({ status })
}

async function book(db: Knex, account: string, cents: number): Promise<void> {
  await db('logs').insert({ level: 'info', message: `${account}: ${cents}`, created_on: '2026-11-22' })
}

const reads: readonly CorpusCase[] = [
  {
    name: 'cart-lines-priced-one-by-one',
    request: { method: 'POST', body: { items: CART } },
    async handler(db, req, res) {
      let total = 0
      for (const { bookId, quantity } of req.body.items as CartItem[]) {
        const row = await db('books').where('id', bookId).first('price_cents') // hit: cart-lines-priced-one-by-one
        total += row.price_cents * quantity
      }
      res.json({ total })
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where id = ?', count: 6 }],
  },
  {
    name: 'cart-checked-by-one-list',
    request: { method: 'POST', body: { items: CART } },
    async handler(db, req, res) {
      const items = req.body.items as CartItem[]
      const ids = items.map(({ bookId }) => bookId)
      const books = await db('books').whereIn('id', ids).select('id', 'price_cents', 'stock')
      const byId = new Map(books.map((row) => [row.id, row]))
      res.json(items.map(({ bookId, quantity }) => ({ bookId, available: byId.get(bookId).stock >= quantity })))
    },
    findings: [],
  },
  {
    name: 'shipping-rate-per-parcel',
    why: 'a comparison, and neither a page nor a range: each parcel is looked up by itself',
    ...ownTables({
      parcels: { rows: rowsOf(7, (n) => ({ grams: [900, 120, 4_800, 350, 2_100, 60, 1_500][n - 1] as number })) },
      rates: { rows: [0, 500, 1_000, 2_000].map((min) => ({ min_grams: min, cents: 300 + min })) },
    }),
    async handler(db, _req, res) {
      const parcels = await db('parcels').orderBy('id')
      for (const parcel of parcels) {
        parcel.rate = await db('rates') // hit: shipping-rate-per-parcel
          .where('min_grams', '<=', parcel.grams)
          .orderBy('min_grams', 'desc')
          .first()
      }
      res.json(parcels)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from rates where min_grams <= ?', count: 7 }],
  },
  {
    name: 'price-on-the-day-of-each-order',
    ...ownTables({
      prices: { rows: rowsOf(12, (n) => ({ book_id: Math.ceil(n / 2), valid_from: `2026-0${1 + (n % 2) * 4}-01` })) },
    }),
    async handler(db, _req, res) {
      const lines = await db('order_lines')
        .join('orders', 'orders.id', 'order_lines.order_id')
        .where('order_lines.id', '<=', 6)
        .select('order_lines.book_id', 'orders.placed_on')
      const prices = await Promise.all(
        lines.map(
          ({ book_id, placed_on }) =>
            db('prices').where({ book_id }).where('valid_from', '<=', placed_on).orderBy('valid_from', 'desc').first(), // hit: price-on-the-day-of-each-order
        ),
      )
      res.json(prices)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from prices where book_id = ? and valid_from <= ?', count: 6 }],
  },
  {
    name: 'slug-until-one-is-free',
    why: 'no list is gone through: it tries until it has a free one, and each try depends on the answer before',
    ...ownTables({
      products: { rows: ['pen', 'pen-2', 'pen-3', 'pen-4', 'pen-5', 'pen-6', 'ink'].map((slug) => ({ slug })) },
    }),
    request: { method: 'POST', body: { slug: 'pen' } },
    async handler(db, req, res) {
      let slug = req.body.slug
      for (let n = 2; await db('products').where({ slug }).first('id'); n++) slug = `${req.body.slug}-${n}`
      await db('products').insert({ slug })
      res.json({ slug })
    },
    findings: [],
  },
  {
    name: 'stock-of-four-warehouses',
    why: 'a list in the code that is short and stays so',
    ...ownTables({ stocks: { rows: rowsOf(8, (n) => ({ warehouse: 'nesw'.charAt(n % 4), amount: n })) } }),
    async handler(db, _req, res) {
      const stocks: Record<string, unknown> = {}
      for (const warehouse of ['n', 'e', 's', 'w']) {
        stocks[warehouse] = await db('stocks').where({ warehouse }).sum('amount as amount').first()
      }
      res.json(stocks)
    },
    findings: [],
  },
  {
    name: 'next-and-previous-book',
    request: { route: '/:id', url: '/30' },
    async handler(db, req, res) {
      const id = Number(req.params.id)
      const shown = await db('books').where('id', id).first()
      const next = await db('books').where('id', '>', id).orderBy('id').first('id', 'title')
      const previous = await db('books').where('id', '<', id).orderBy('id', 'desc').first('id', 'title')
      res.json({ shown, next, previous })
    },
    findings: [],
  },
  {
    name: 'search-in-three-steps',
    why: 'exact, then by its beginning, then anywhere: ends where something is found',
    request: { url: '?q=ook 5' },
    async handler(db, req, res) {
      const q = String(req.query.q)
      let found: unknown[] = []
      for (const pattern of [q, `${q}%`, `%${q}%`]) {
        found = await db('books').where('title', 'like', pattern).orderBy('id').limit(10)
        if (found.length > 0) break
      }
      res.json(found)
    },
    findings: [],
  },
  {
    name: 'words-of-a-search',
    why: 'one query with as many conditions would do',
    request: { method: 'POST', body: { words: ['book 1', 'book 2', 'book 3', 'book 4', 'book 5', 'book 6'] } },
    async handler(db, req, res) {
      const found = await Promise.all(
        (req.body.words as string[]).map((word) => db('books').where('title', 'like', `%${word}%`).limit(5)), // hit: words-of-a-search
      )
      res.json(found.flat())
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where title like ?', count: 6 }],
  },
]

const writes: readonly CorpusCase[] = [
  {
    name: 'stock-reserved-line-by-line',
    request: { method: 'POST', body: { items: CART } },
    async handler(db, req, res) {
      await db.transaction(async (trx) => {
        for (const { bookId, quantity } of req.body.items as CartItem[]) {
          const row = await trx('books').where('id', bookId).first() // hit: stock-reserved-line-by-line/read
          if (row.stock < 0) throw new Error(`no ${row.title} left`)
          await trx('books').where('id', bookId).decrement('stock', quantity) // hit: stock-reserved-line-by-line/write
        }
      })
      res.json('ok')
    },
    findings: [
      { kind: 'n-plus-one', statement: 'from books where id = ?', count: 6, at: 'stock-reserved-line-by-line/read' },
      {
        kind: 'write-loop',
        statement: 'update books set stock = stock - ? where id = ?',
        count: 6,
        at: 'stock-reserved-line-by-line/write',
      },
    ],
  },
  {
    name: 'carts-saved-with-their-lines',
    why: 'two orders, five lines each: only the inner loop is long',
    request: { method: 'POST', body: { carts: [CART.slice(0, 5), CART.slice(1)] } },
    async handler(db, req, res) {
      await db.transaction(async (trx) => {
        for (const cart of req.body.carts as CartItem[][]) {
          const [order] = await trx('orders')
            .insert({ customer_id: 2, status: 'open', total_cents: 0, placed_on: '2026-11-22' })
            .returning('id')
          for (const { bookId, quantity } of cart) {
            await trx('order_lines').insert({ order_id: order.id, book_id: bookId, quantity, price_cents: 900 }) // hit: carts-saved-with-their-lines
          }
        }
      })
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into order_lines', count: 10 }],
  },
  {
    name: 'notice-per-follower',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const notifier = new Notifier(db)
      const followers = await db('customers').where('id', '>', 1).select('id')
      await Promise.all(followers.map(({ id }) => notifier.tell(id, 'something new')))
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into logs', count: 14 }],
  },
  {
    name: 'order-through-its-states',
    why: 'one row, whose states are written out: no loop',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await setStatus(db, 4, 'checked')
      const lines = await db('order_lines').where('order_id', 4)
      await setStatus(db, 4, 'reserved')
      await db('books').where('id', lines[0].book_id).decrement('stock', 1)
      await setStatus(db, 4, 'charged')
      await db('customers').where('id', 4).decrement('credit_cents', 100)
      await setStatus(db, 4, 'packed')
      await setStatus(db, 4, 'sent')
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'ledger-with-both-sides',
    why: 'three bookings of a sale, each with its other side: written out',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await book(db, 'bank', 1_190)
      await book(db, 'customer', -1_190)
      await book(db, 'revenue', 1_000)
      await book(db, 'tax', 190)
      await book(db, 'stock', -600)
      await book(db, 'goods sold', 600)
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'customers-merged',
    why: 'the same change to each table that names a customer',
    request: { method: 'POST', body: { from: 14, to: 3 } },
    async handler(db, req, res) {
      const { from, to } = req.body
      await db.transaction(async (trx) => {
        for (const table of ['orders', 'reviews']) await trx(table).where('customer_id', from).update('customer_id', to)
        await trx('customers').where('referred_by', from).update('referred_by', to)
        await trx('customers').where('id', from).delete()
      })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'balances-before-and-after',
    why: 'what was read is read again, after it was changed',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const balance = (id: number): Promise<object> => db('customers').where({ id }).first('credit_cents')
      const before = [await balance(2), await balance(5)]
      await db.transaction(async (trx) => {
        await trx('customers').where('id', 2).decrement('credit_cents', 50)
        await trx('customers').where('id', 5).increment('credit_cents', 50)
      })
      const after = [await balance(2), await balance(5)]
      res.json({ before, after })
    },
    findings: [],
  },
]

/** A book shop: carts, stock, orders and money. */
export const cases: readonly CorpusCase[] = [...reads, ...writes]
