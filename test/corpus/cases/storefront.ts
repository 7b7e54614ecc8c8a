import { setTimeout as pause } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'

class LineService {
  readonly #db: Knex
  constructor(db: Knex) {
    this.#db = db
  }
  async withBook(lineId: number): Promise<object> {
    const line = await this.#db('order_lines').where('id', lineId).first() // hit: line-service-called-in-a-loop
    return { ...line, label: `line ${line.id}` }
  }
}

async function* customersWithOrders(db: Knex): AsyncGenerator<object> {
  for (const customer of await db('customers').select('id', 'name')) {
    const orders = await db('orders').where('customer_id', customer.id).select('id') // hit: generator-of-customers-with-orders
    yield { ...customer, orders }
  }
}

async function subtree(db: Knex, id: number): Promise<object> {
  const children = await db('categories').where({ parent_id: id }).select('id', 'name') // hit: menu-by-recursion
  return { id, children: await Promise.all(children.map((child) => subtree(db, child.id))) }
}

async function bookJson(db: Knex, book: { readonly id: number; readonly title: string }): Promise<object> {
  const reviews = await db('reviews').where('book_id', book.id).select('stars') // hit: serializers-within-serializers
  return { title: book.title, stars: reviews.map(({ stars }) => stars) }
}

async function authorJson(db: Knex, author: { readonly id: number; readonly name: string }): Promise<object> {
  const books = await db('books').where('author_id', author.id).select('id', 'title')
  return { name: author.name, books: await Promise.all(books.map((book) => bookJson(db, book))) }
}

async function nameOf(db: Knex, id: number): Promise<string> {
  const row = await db('customers').where('id', id).first('name')
  return row.name
}

const hits: readonly CorpusCase[] = [
  {
    name: 'invoice-total-of-each-customer',
    async handler(db, _req, res) {
      const customers = await db('customers').orderBy('name')
      const report = []
      for (const customer of customers) {
        const [sum] = await db('orders').where({ customer_id: customer.id }).sum('total_cents as total') // hit: invoice-total-of-each-customer
        report.push({ customer: customer.name, total: sum?.total })
      }
      res.json(report)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from orders where customer_id = ?', count: 15 }],
  },
  {
    name: 'author-cards-with-the-latest-book',
    async handler(db, _req, res) {
      const authors = await db('authors')
      const cards = await Promise.all(
        authors.map(async (author) => ({
          ...author,
          latest: await db('books').where('author_id', author.id).orderBy('published_year', 'desc').first('title'), // hit: author-cards-with-the-latest-book
        })),
      )
      res.json(cards)
    },
    findings: [
      { kind: 'n-plus-one', statement: 'from books where author_id = ? order by published_year desc', count: 12 },
    ],
  },
  {
    name: 'reduce-over-orders',
    async handler(db, _req, res) {
      const orders = await db('orders').orderBy('id').limit(10)
      const lines = await orders.reduce<Promise<readonly object[]>>(async (before, order) => {
        const soFar = await before
        const own = await db('order_lines').where('order_id', order.id) // hit: reduce-over-orders
        return [...soFar, ...own]
      }, Promise.resolve([]))
      res.json(lines)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from order_lines where order_id = ?', count: 10 }],
  },
  {
    name: 'review-feed-with-book-and-customer',
    async handler(db, _req, res) {
      const reviews = await db('reviews').orderBy('id').limit(9)
      const feed = []
      for (const { book_id: bookId, customer_id: customerId, stars } of reviews) {
        const book = await db('books').where('id', bookId).first('title') // hit: review-feed-with-book-and-customer
        const customer = await db('customers').where('id', customerId).first('name')
        feed.push({ stars, title: book.title, by: customer.name })
      }
      res.json(feed)
    },
    findings: [
      { kind: 'n-plus-one', statement: ['from books where id = ?', 'from customers where id = ?'], count: 18 },
    ],
  },
  {
    name: 'review-feed-in-pairs',
    why: 'the two of one review at once, one review after the other',
    async handler(db, _req, res) {
      const feed = []
      for (const review of await db('reviews').orderBy('id', 'desc').limit(8)) {
        const [book, customer] = await Promise.all([
          db('books').where({ id: review.book_id }).first(), // hit: review-feed-in-pairs
          db('customers').where({ id: review.customer_id }).first(),
        ])
        feed.push({ ...review, book, customer })
      }
      res.json(feed)
    },
    findings: [
      { kind: 'n-plus-one', statement: ['from books where id = ?', 'from customers where id = ?'], count: 16 },
    ],
  },
  {
    name: 'settings-by-their-keys',
    why: 'a list in the code: one more key is one more query',
    async handler(db, _req, res) {
      const config: Record<string, string> = {}
      for (const key of ['currency', 'theme', 'locale', 'timezone', 'shipping', 'banner']) {
        const row = await db('settings').where({ key }).first('value') // hit: settings-by-their-keys
        config[key] = row.value
      }
      res.json(config)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from settings where key = ?', count: 6 }],
  },
  {
    name: 'uses-of-each-tag-in-raw-sql',
    async handler(db, _req, res) {
      const tags = await db('tags').select('id', 'name')
      for (const tag of tags) {
        const found = await db.raw('select count(*) as uses from book_tags where tag_id = ?', [tag.id]) // hit: uses-of-each-tag-in-raw-sql
        tag.uses = found.rows?.[0] ?? found[0]
      }
      res.json(tags)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from book_tags where tag_id = ?', count: 8 }],
  },
  {
    name: 'line-service-called-in-a-loop',
    async handler(db, _req, res) {
      const service = new LineService(db)
      const lines = []
      for (let id = 1; id <= 12; id++) lines.push(await service.withBook(id))
      res.json(lines)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from order_lines where id = ?', count: 12 }],
  },
  {
    name: 'serializers-within-serializers',
    why: 'three authors are few; their fifteen books are not',
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id').limit(3)
      const out = []
      for (const author of authors) out.push(await authorJson(db, author))
      res.json(out)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from reviews where book_id = ?', count: 15 }],
  },
  {
    name: 'generator-of-customers-with-orders',
    async handler(db, _req, res) {
      const all = []
      for await (const customer of customersWithOrders(db)) all.push(customer)
      res.json(all)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from orders where customer_id = ?', count: 15 }],
  },
  {
    name: 'search-that-ends-late',
    why: 'it stops, but only after nine of the rows',
    async handler(db, _req, res) {
      let found = null
      for (const author of await db('authors').orderBy('id')) {
        const books = await db('books').where({ author_id: author.id }) // hit: search-that-ends-late
        if (author.id === 9) {
          found = { author, books }
          break
        }
      }
      res.json(found)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where author_id = ?', count: 9 }],
  },
  {
    name: 'menu-by-recursion',
    async handler(db, _req, res) {
      res.json(await subtree(db, 1))
    },
    findings: [{ kind: 'n-plus-one', statement: 'from categories where parent_id = ?', count: 13 }],
  },
  {
    name: 'spring-orders-of-each-customer',
    why: 'the range is the same each time: it is the customer that varies',
    async handler(db, _req, res) {
      const spring = []
      for (const { id } of await db('customers').select('id')) {
        const orders = await db('orders') // hit: spring-orders-of-each-customer
          .where('customer_id', id)
          .whereBetween('placed_on', ['2026-03-01', '2026-05-31'])
        spring.push({ id, count: orders.length })
      }
      res.json(spring)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from orders where customer_id = ? and placed_on between', count: 15 }],
  },
  {
    name: 'latest-price-of-seven-books',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('title').limit(7)
      const prices = books.map(
        (book) => db('order_lines').where('book_id', book.id).orderBy('id', 'desc').limit(1).select('price_cents'), // hit: latest-price-of-seven-books
      )
      res.json(await Promise.all(prices))
    },
    findings: [{ kind: 'n-plus-one', statement: 'from order_lines where book_id = ?', count: 7 }],
  },
  {
    name: 'has-this-customer-a-review',
    async handler(db, _req, res) {
      const badges = []
      for (const { id, name } of await db('customers').limit(10)) {
        const one = await db('reviews').where({ customer_id: id, stars: 5 }).first(db.raw('1 as found')) // hit: has-this-customer-a-review
        badges.push({ name, isFan: one !== undefined })
      }
      res.json(badges)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from reviews where customer_id = ? and stars = ?', count: 10 }],
  },
  {
    name: 'members-of-a-list-within-a-transaction',
    request: { method: 'POST', body: { ids: [2, 4, 6, 8, 10, 12] } },
    async handler(db, req, res) {
      const names = await db.transaction(async (trx) => {
        const found = []
        for (const id of req.body.ids) found.push(await trx('customers').where({ id }).first('name')) // hit: members-of-a-list-within-a-transaction
        return found
      })
      res.json(names)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from customers where id = ?', count: 6 }],
  },
  {
    name: 'tags-of-each-book-by-a-join',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id').limit(6)
      for (const book of books) {
        book.tags = await db('tags') // hit: tags-of-each-book-by-a-join
          .join('book_tags', 'tags.id', 'book_tags.tag_id')
          .where('book_tags.book_id', book.id)
      }
      res.json(books)
    },
    findings: [{ kind: 'n-plus-one', statement: 'where book_tags.book_id = ?', count: 6 }],
  },
  {
    name: 'titles-plucked-per-author',
    async handler(db, _req, res) {
      const titles = new Map<string, readonly string[]>()
      const authors = await db('authors').whereNotNull('country')
      for (let at = 0; at < authors.length; at++) {
        const { id, name } = authors[at]
        titles.set(name, await db('books').where({ author_id: id }).pluck('title')) // hit: titles-plucked-per-author
      }
      res.json(Object.fromEntries(titles))
    },
    findings: [{ kind: 'n-plus-one', statement: 'select title from books where author_id = ?', count: 12 }],
  },
  {
    name: 'promises-pushed-and-awaited-together',
    async handler(db, _req, res) {
      const pending: Promise<unknown>[] = []
      for (let id = 11; id <= 20; id++)
        pending.push(
          db('orders') // hit: promises-pushed-and-awaited-together
            .where({ id })
            .first()
            .then((order) => order.status),
        )
      res.json(await Promise.all(pending))
    },
    findings: [{ kind: 'n-plus-one', statement: 'from orders where id = ?', count: 10 }],
  },
]

const nearMisses: readonly CorpusCase[] = [
  {
    name: 'breadcrumb-of-one-category',
    why: 'three steps up, as deep as the tree is',
    async handler(db, _req, res) {
      const trail = []
      let id: number | null = 7
      while (id !== null) {
        const category: { name: string; parent_id: number | null } = await db('categories').where({ id }).first()
        trail.unshift(category.name)
        id = category.parent_id
      }
      res.json(trail)
    },
    findings: [],
  },
  {
    name: 'two-settings-for-the-footer',
    async handler(db, _req, res) {
      const currency = await db('settings').where({ key: 'currency' }).first('value')
      const locale = await db('settings').where({ key: 'locale' }).first('value')
      res.json({ currency, locale })
    },
    findings: [],
  },
  {
    name: 'books-in-chunks-of-ten',
    async handler(db, _req, res) {
      const ids = Array.from({ length: 60 }, (_, at) => at + 1)
      const books = []
      while (ids.length > 0) books.push(...(await db('books').whereIn('id', ids.splice(0, 10))))
      res.json(books.length)
    },
    findings: [],
  },
  {
    name: 'catalogue-page-after-page',
    async handler(db, _req, res) {
      const titles = []
      for (let page = 0; page < 6; page++) {
        const books = await db('books')
          .select('title')
          .orderBy('id')
          .limit(10)
          .offset(page * 10)
        titles.push(...books.map(({ title }) => title))
      }
      res.json(titles)
    },
    findings: [],
  },
  {
    name: 'catalogue-by-cursor-until-it-ends',
    async handler(db, _req, res) {
      const seen = []
      let after = 0
      for (;;) {
        const page = await db('books').where('id', '>', after).orderBy('id').limit(10)
        if (page.length === 0) break
        seen.push(...page)
        after = page[page.length - 1].id
      }
      res.json(seen.length)
    },
    findings: [],
  },
  {
    name: 'job-looked-at-until-it-is-done',
    why: 'the same question again, to see a change',
    async handler(db, _req, res) {
      let status = 'queued'
      for (let look = 0; look < 5 && status === 'queued'; look++) {
        const job = await db('jobs').where({ id: 1 }).first('status')
        status = job.status
        await pause(15)
      }
      res.json({ status })
    },
    findings: [],
  },
  {
    name: 'numbers-of-six-tables',
    async handler(db, _req, res) {
      const tables = ['authors', 'books', 'tags', 'customers', 'orders', 'reviews']
      res.json(await Promise.all(tables.map((table) => db(table).count('* as n').first())))
    },
    findings: [],
  },
  {
    name: 'database-pinged-twice',
    async handler(db, _req, res) {
      await db.raw('select 1')
      await db.raw('select 1')
      res.json('up')
    },
    findings: [],
  },
  {
    name: 'three-here-and-three-there',
    async handler(db, _req, res) {
      const first = []
      for (const id of [1, 2, 3]) first.push(await db('authors').where({ id }).first())
      const second = []
      for (const id of [4, 5, 6]) second.push(await db('authors').where({ id }).first())
      res.json([...first, ...second])
    },
    findings: [],
  },
  {
    name: 'names-on-six-lines',
    why: 'written out one by one: there will never be more of them',
    async handler(db, _req, res) {
      const seller = await nameOf(db, 1)
      const buyer = await nameOf(db, 2)
      const payer = await nameOf(db, 3)
      const driver = await nameOf(db, 4)
      const receiver = await nameOf(db, 5)
      const insurer = await nameOf(db, 6)
      res.json({ seller, buyer, payer, driver, receiver, insurer })
    },
    findings: [],
  },
  {
    name: 'search-that-ends-at-the-third',
    async handler(db, _req, res) {
      for (const { id } of await db('authors').orderBy('id').limit(10)) {
        const expensive = await db('books').where({ author_id: id }).where('price_cents', '>', 1_000).first()
        if (id === 3 || expensive?.stock === -1) return res.json(expensive)
      }
      return res.json(null)
    },
    findings: [],
  },
  {
    name: 'menu-level-by-level',
    async handler(db, _req, res) {
      const levels = []
      let ids: readonly number[] = [1]
      while (ids.length > 0) {
        const level: readonly { id: number }[] = await db('categories').whereIn('parent_id', ids)
        levels.push(level)
        ids = level.map(({ id }) => id)
      }
      res.json(levels)
    },
    findings: [],
  },
  {
    name: 'menu-in-one-recursive-statement',
    async handler(db, _req, res) {
      const rows = await db
        .withRecursive('tree', (tree) => {
          tree
            .select('id', 'name', 'parent_id')
            .from('categories')
            .where('id', 1)
            .unionAll((below) => {
              below
                .select('categories.id', 'categories.name', 'categories.parent_id')
                .from('categories')
                .join('tree', 'categories.parent_id', 'tree.id')
            })
        })
        .select('*')
        .from('tree')
      res.json(rows)
    },
    findings: [],
  },
  {
    name: 'feed-with-maps-made-before',
    async handler(db, _req, res) {
      const reviews = await db('reviews').orderBy('id').limit(20)
      const books = await db('books').whereIn('id', [...new Set(reviews.map((review) => review.book_id))])
      const byId = new Map(books.map((book) => [book.id, book]))
      const customers = await db('customers').whereIn('id', [...new Set(reviews.map((review) => review.customer_id))])
      const names = new Map(customers.map((customer) => [customer.id, customer.name]))
      res.json(
        reviews.map((review) => ({ ...review, book: byId.get(review.book_id), by: names.get(review.customer_id) })),
      )
    },
    findings: [],
  },
  {
    name: 'loader-that-gathers-for-a-tick',
    async handler(db, _req, res) {
      let waiting: { id: number; resolve: (row: unknown) => void }[] = []
      const load = (id: number): Promise<unknown> =>
        new Promise((resolve) => {
          if (waiting.length === 0) {
            setImmediate(async () => {
              const batch = waiting
              waiting = []
              const rows = await db('customers').whereIn('id', [...new Set(batch.map((one) => one.id))])
              for (const one of batch) one.resolve(rows.find((row) => row.id === one.id))
            })
          }
          waiting.push({ id, resolve })
        })
      const orders = await db('orders').orderBy('id').limit(12)
      res.json(await Promise.all(orders.map((order) => load(order.customer_id))))
    },
    findings: [],
  },
  {
    name: 'sales-of-six-months',
    why: 'one range after the other, as many as the report has',
    async handler(db, _req, res) {
      const months = []
      for (let month = 1; month <= 6; month++) {
        const [from, to] = [`2026-0${month}-01`, `2026-0${month}-28`]
        months.push(await db('orders').whereBetween('placed_on', [from, to]).sum('total_cents as total').first())
      }
      res.json(months)
    },
    findings: [],
  },
  {
    name: 'six-look-ups-on-purpose',
    async handler(db, _req, res) {
      const authors = await db('authors').limit(6)
      for (const author of authors) {
        // silk-ignore n-plus-one: six at most
        author.count = await db('books').where('author_id', author.id).count('* as n').first()
      }
      res.json(authors)
    },
    findings: [],
  },
  {
    name: 'tags-of-all-books-by-one-join',
    async handler(db, _req, res) {
      const rows = await db('book_tags')
        .join('tags', 'tags.id', 'book_tags.tag_id')
        .whereIn('book_tags.book_id', db('books').select('id').orderBy('id').limit(6))
        .select('book_tags.book_id', 'tags.name')
      res.json(rows)
    },
    findings: [],
  },
  {
    name: 'page-and-its-total',
    async handler(db, _req, res) {
      const [counted] = await db('reviews').count('* as total')
      const page = await db('reviews').orderBy('id').limit(10)
      res.json({ total: counted?.total, page })
    },
    findings: [],
  },
  {
    name: 'rows-and-their-number',
    why: 'the number is beside the rows, which are sent too',
    async handler(db, _req, res) {
      const errors = await db('logs').where({ level: 'error' }).limit(200)
      res.json({ total: errors.length, errors })
    },
    findings: [],
  },
]

export const cases: readonly CorpusCase[] = [...hits, ...nearMisses]
