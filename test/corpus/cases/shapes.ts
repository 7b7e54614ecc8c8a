import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import ejs from 'ejs'
import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'

interface Book {
  readonly id: number
  readonly author_id: number
  readonly title: string
}

/** A row that loads what belongs to it when it is asked, as in an active record. */
class OrderRecord {
  constructor(db: Knex, row: { readonly id: number; readonly customer_id: number }) {
    this.db = db
    this.row = row
  }
  private readonly db: Knex
  readonly row: { readonly id: number; readonly customer_id: number }

  get customer(): Promise<{ readonly name: string }> {
    return this.db('customers').where('id', this.row.customer_id).first().then() // hit: getter-that-asks
  }
}

/** A condition that several routes share. */
function ofCategory(query: Knex.QueryBuilder, categoryId: number): void {
  query.where('category_id', categoryId).orderBy('id')
}

const LIST = '<% for (const book of books) { %><li><%= book.title %>, <%= await authorOf(book) %></li><% } %>'

const hits: readonly CorpusCase[] = [
  {
    name: 'while-there-is-one-left',
    async handler(db, _req, res) {
      const left: number[] = await db('authors').orderBy('id').pluck('id')
      const shelves = []
      while (left.length > 0) {
        shelves.push(await db('books').where('author_id', left.shift() ?? 0)) // hit: while-there-is-one-left
      }
      res.json(shelves)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where author_id = ?', count: 12 }],
  },
  {
    name: 'index-by-index',
    async handler(db, _req, res) {
      const orders = await db('orders').orderBy('id').limit(8)
      for (let at = 0; at < orders.length; at++) {
        orders[at].lines = await db('order_lines').where({ order_id: orders[at].id }) // hit: index-by-index
      }
      res.json(orders)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from order_lines where order_id = ?', count: 8 }],
  },
  {
    name: 'next-by-callback',
    why: 'a loop without a loop: each answer asks for the next one',
    handler(db, _req, res, next) {
      const names: string[] = []
      const step = (id: number): void => {
        if (id > 9) {
          res.json(names)
          return
        }
        db('customers') // hit: next-by-callback
          .where('id', id)
          .first()
          .then((customer) => {
            names.push(customer.name)
            step(id + 1)
          })
          .catch(next)
      }
      step(1)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from customers where id = ?', count: 9 }],
  },
  {
    name: 'template-that-asks',
    why: 'the loop is in a template: the package that runs it is nobody’s line',
    async handler(db, _req, res) {
      const books: Book[] = await db('books').orderBy('title').limit(7)
      const authorOf = async (book: Book): Promise<string> => {
        const author = await db('authors').where('id', book.author_id).first() // hit: template-that-asks
        return author.name
      }
      res.send(await ejs.render(LIST, { books, authorOf }, { async: true }))
    },
    findings: [{ kind: 'n-plus-one', statement: 'from authors where id = ?', count: 7 }],
  },
  {
    name: 'getter-that-asks',
    async handler(db, _req, res) {
      const rows = await db('orders').where('status', 'open').orderBy('id').limit(6)
      const records = rows.map((row) => new OrderRecord(db, row))
      const lines = []
      for (const record of records) lines.push({ ...record.row, customer: (await record.customer).name })
      res.json(lines)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from customers where id = ?', count: 6 }],
  },
  {
    name: 'condition-from-elsewhere',
    async handler(db, _req, res) {
      const categories = await db('categories').where('id', '>', 4).orderBy('id')
      for (const category of categories) {
        category.books = await db('books').modify(ofCategory, category.id) // hit: condition-from-elsewhere
      }
      res.json(categories)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where category_id = ?', count: 9 }],
  },
  {
    name: 'transform-of-a-stream',
    why: 'on SQLite the stream holds the only connection',
    engines: ['PostgreSQL'],
    async handler(db, _req, res) {
      const withReviews = new Transform({
        objectMode: true,
        async transform(book: Book, _encoding, done) {
          const reviews = await db('reviews').where('book_id', book.id) // hit: transform-of-a-stream
          done(null, `${JSON.stringify({ ...book, reviews })}\n`)
        },
      })
      res.type('text/plain')
      await pipeline(db('books').select('id', 'title').orderBy('id').limit(10).stream(), withReviews, res)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from reviews where book_id = ?', count: 10 }],
  },
  {
    name: 'one-order-of-each-customer',
    why: 'any of several: a limit that holds for each',
    async handler(db, _req, res) {
      const customers = await db('customers').orderBy('id')
      for (const customer of customers) {
        customer.order = await db('orders').where('customer_id', customer.id).first() // hit: one-order-of-each-customer
      }
      res.json(customers)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from orders where customer_id = ?', count: 15 }],
  },
  {
    name: 'looked-up-by-email',
    why: 'keys that are texts',
    async handler(db, _req, res) {
      const emails = [2, 3, 5, 7, 11, 13].map((n) => `customer${n}@example.com`)
      const found = await Promise.all(
        emails.map((email) => db('customers').select('id', 'name').where({ email })), // hit: looked-up-by-email
      )
      res.json(found.flat())
    },
    findings: [{ kind: 'n-plus-one', statement: 'from customers where email = ?', count: 6 }],
  },
  {
    name: 'ids-that-are-texts',
    why: 'the ids of the request’s URL are texts, those of the rows are numbers',
    request: { url: '?ids=4,8,15,16,23,42' },
    async handler(db, req, res) {
      const books = []
      for (const id of String(req.query.ids).split(',')) {
        books.push(await db('books').where('id', id).first()) // hit: ids-that-are-texts
      }
      res.json(books)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where id = ?', count: 6 }],
  },
  {
    name: 'insert-that-ignores-what-is-there',
    request: { method: 'PUT', body: { keys: ['theme', 'logo', 'font', 'motto', 'locale', 'footer'] } },
    async handler(db, req, res) {
      for (const key of req.body.keys) {
        await db('settings').insert({ key, value: '' }).onConflict('key').ignore() // hit: insert-that-ignores-what-is-there
      }
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into settings', count: 6 }],
  },
]

const nearMisses: readonly CorpusCase[] = [
  {
    name: 'rows-with-a-list-inside',
    why: 'what belongs to a row is gathered by the database, as JSON',
    engines: ['PostgreSQL'],
    async handler(db, _req, res) {
      const books = db('books')
        .select(db.raw("coalesce(json_agg(json_build_object('id', books.id, 'title', title)), '[]')"))
        .whereRaw('books.author_id = authors.id')
        .as('books')
      res.json(await db('authors').select('id', 'name', books).orderBy('id'))
    },
    findings: [],
  },
  {
    name: 'latest-of-each-by-a-lateral-join',
    engines: ['PostgreSQL'],
    async handler(db, _req, res) {
      const { rows } = await db.raw(
        `select customers.id, latest.placed_on from customers cross join lateral (
          select placed_on from orders where customer_id = customers.id order by placed_on desc limit 1) latest`,
      )
      res.json(rows)
    },
    findings: [],
  },
  {
    name: 'updates-by-one-case',
    why: 'a value of its own for each row, by one statement',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const ids = [1, 2, 3, 4, 5, 6]
      const cases = ids.map(() => 'when ? then ?').join(' ')
      const values = ids.flatMap((id) => [id, id * 100])
      await db('books')
        .whereIn('id', ids)
        .update({ price_cents: db.raw(`case id ${cases} else price_cents end`, values) })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'template-with-all-it-needs',
    async handler(db, _req, res) {
      const books: Book[] = await db('books').orderBy('title').limit(7)
      const authors = await db('authors').whereIn(
        'id',
        books.map(({ author_id }) => author_id),
      )
      const authorOf = (book: Book): string => authors.find(({ id }) => id === book.author_id)?.name
      res.send(await ejs.render(LIST, { books, authorOf }, { async: true }))
    },
    findings: [],
  },
  {
    name: 'getter-asked-once',
    async handler(db, _req, res) {
      const record = new OrderRecord(db, await db('orders').where('id', 5).first())
      res.json({ ...record.row, customer: await record.customer })
    },
    findings: [],
  },
  {
    name: 'four-widgets-of-one-table',
    why: 'the same table four times, each time by another column',
    async handler(db, _req, res) {
      const [cheap, rare, recent, long] = await Promise.all([
        db('books').where('price_cents', '<', 600).limit(5),
        db('books').where('stock', '<', 2).limit(5),
        db('books').where('published_year', '>', 2010).limit(5),
        db('books').where('title', 'like', 'book 5%').limit(5),
      ])
      res.json({ cheap, rare, recent, long })
    },
    findings: [],
  },
  {
    name: 'form-with-its-lists',
    why: 'a form and what may be chosen in it: seven tables, each once',
    request: { url: '/7', route: '/:id' },
    async handler(db, req, res) {
      const book = await db('books').where('id', req.params.id).first()
      const [authors, categories, tags, chosen, reviews, currency] = await Promise.all([
        db('authors').select('id', 'name').orderBy('name'),
        db('categories').select('id', 'name').orderBy('name'),
        db('tags').select('id', 'name').orderBy('name'),
        db('book_tags').where('book_id', book.id).pluck('tag_id'),
        db('reviews').where('book_id', book.id).orderBy('id'),
        db('settings').where('key', 'currency').first(),
      ])
      res.json({ book, authors, categories, tags, chosen, reviews, currency })
    },
    findings: [],
  },
  {
    name: 'two-pages-by-one-helper',
    why: 'this page and the one before, to see what has moved',
    async handler(db, _req, res) {
      const page = (n: number) =>
        db('orders')
          .orderBy('total_cents', 'desc')
          .limit(5)
          .offset(n * 5)
      res.json({ here: await page(1), before: await page(0) })
    },
    findings: [],
  },
  {
    name: 'ids-first-and-rows-then',
    why: 'a search that finds ids, and the rows of all of them at once',
    request: { url: '?q=book' },
    async handler(db, req, res) {
      const ids: number[] = await db('books').whereILike('title', `%${req.query.q}%`).limit(20).pluck('id')
      const books = await db('books').whereIn('id', ids)
      const reviews = await db('reviews').whereIn('book_id', ids)
      res.json({ books, reviews })
    },
    findings: [],
  },
  {
    name: 'loop-that-only-sometimes-asks',
    why: 'thirty turns, of which three ask, for what is missing',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id').limit(30)
      const prices = []
      for (const book of books) {
        if (book.id % 10 !== 0) prices.push(book.price_cents)
        else prices.push((await db('order_lines').where('book_id', book.id).max('price_cents as most').first())?.most)
      }
      res.json(prices)
    },
    findings: [],
  },
  {
    name: 'written-off-in-one-delete',
    request: { method: 'DELETE' },
    async handler(db, _req, res) {
      const old: number[] = await db('orders').where('status', 'open').orderBy('id').pluck('id')
      await db.transaction(async (trx) => {
        await trx('order_lines').whereIn('order_id', old).del()
        await trx('orders').whereIn('id', old).del()
      })
      res.json({ deleted: old.length })
    },
    findings: [],
  },
]

/** Loops without a loop, and other shapes that code takes; and pages that ask much and nothing twice. */
export const cases: readonly CorpusCase[] = [...hits, ...nearMisses]
