import type { RequestHandler } from 'express'
import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { createLoader } from '../fixtures/flow.js'
import { averageStars, booksOf, customerOf, setting } from '../fixtures/lookups.js'
import { rowFinder } from '../fixtures/packages.js'
import { OrderRepository, OrderService, Repository } from '../fixtures/repositories.js'

const BY_ID = (table: string): string => `from ${table} where id = ?`

interface Book {
  id: number
  author_id: number
  category_id: number
  title: string
}

/** Resolvers as GraphQL calls them: field by field, knowing only their parent. */
type Resolvers = Record<string, Record<string, (parent: never) => unknown>>

async function resolve(resolvers: Resolvers, type: string, value: object, fields: readonly string[]): Promise<object> {
  const entries = fields.map(async (field) => {
    const resolver = resolvers[type]?.[field] as ((parent: object) => unknown) | undefined
    return [field, resolver ? await resolver(value) : (value as Record<string, unknown>)[field]] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

const attachCustomer =
  (db: Knex): RequestHandler =>
  async (_req, res, next) => {
    const { order } = res.locals
    order.customer = await db('customers').where('id', order.customer_id).first() // hit: middleware-per-item
    next()
  }

/** The query is built below the route: in helpers, classes, middleware, resolvers and packages. */
export const cases: readonly CorpusCase[] = [
  {
    name: 'helper-in-another-file',
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id')
      for (const author of authors) author.books = await booksOf(db, author.id)
      res.json(authors)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where author_id = ?', count: 12 }],
  },
  {
    name: 'repository-find-in-a-loop',
    async handler(db, _req, res) {
      const customers = new Repository(db, 'customers')
      const orders = await db('orders').orderBy('id').limit(9)
      for (const order of orders) order.customer = await customers.find(order.customer_id)
      res.json(orders)
    },
    findings: [{ kind: 'n-plus-one', statement: BY_ID('customers'), count: 9 }],
  },
  {
    name: 'repository-relation-in-a-loop',
    async handler(db, _req, res) {
      const books = new Repository<Book>(db, 'books')
      const authors = await db('authors').where('country', 'FR').orWhere('country', 'IT').orderBy('id')
      const shelves = await Promise.all(authors.map(({ id }) => books.findBy('author_id', id)))
      res.json(shelves)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where author_id = ?', count: 6 }],
  },
  {
    name: 'repository-of-six-tables',
    why: 'one line of a generic class, six tables: a page that shows one row of each',
    async handler(db, _req, res) {
      const tables = ['authors', 'books', 'tags', 'customers', 'orders', 'categories']
      const rows = await Promise.all(tables.map((table, index) => new Repository(db, table).find(index + 1)))
      res.json(rows)
    },
    findings: [],
  },
  {
    name: 'repository-called-here-and-there',
    why: 'six rows of one table, each for a reason of its own: no loop, nothing that grows',
    async handler(db, req, res) {
      const customers = new Repository<{ id: number; referred_by?: number }>(db, 'customers')
      const viewer = await customers.find(Number(req.query.viewer ?? 15))
      const owner = await customers.find(1)
      const referrer = await customers.find(viewer?.referred_by ?? 14)
      const [support] = [await customers.find(3)]
      const sales = await customers.find(4)
      const guest = await customers.find(5)
      res.json({ viewer, owner, referrer, support, sales, guest })
    },
    findings: [],
  },
  {
    name: 'repository-find-all',
    async handler(db, _req, res) {
      const customers = new Repository(db, 'customers')
      const orders = await db('orders').orderBy('id').limit(9)
      const found = await customers.findAll(orders.map((order) => order.customer_id))
      res.json(orders.map((order) => ({ ...order, customer: found.find(({ id }) => id === order.customer_id) })))
    },
    findings: [],
  },
  {
    name: 'service-over-repository',
    async handler(db, _req, res) {
      res.json(await new OrderService(new OrderRepository(db)).summaries())
    },
    findings: [{ kind: 'n-plus-one', statement: 'where order_lines.order_id = ?', count: 10 }],
  },
  {
    name: 'service-that-batches',
    async handler(db, _req, res) {
      const repository = new OrderRepository(db)
      const orders = await repository.recent(10)
      const lines = await repository.linesOfAll(orders.map(({ id }) => id))
      res.json({ orders, lines })
    },
    findings: [],
  },
  {
    name: 'serializer-that-asks',
    why: 'the list is one query, and turning its rows into the answer is one each',
    async handler(db, _req, res) {
      const toJson = async (book: Book): Promise<object> => ({
        id: book.id,
        title: book.title.toUpperCase(),
        stars: await averageStars(db, book.id),
      })
      const books: Book[] = await db('books').orderBy('title').limit(15)
      res.json(await Promise.all(books.map(toJson)))
    },
    findings: [{ kind: 'n-plus-one', statement: 'from reviews where book_id = ?', count: 15 }],
  },
  {
    name: 'middleware-per-item',
    mount(db, router) {
      const customer = attachCustomer(db)
      router.get('/', async (req, res) => {
        const orders = await db('orders').where('status', 'paid').orderBy('id').limit(7)
        for (const order of orders) {
          res.locals.order = order
          await new Promise((next) => customer(req, res, next))
        }
        res.json(orders)
      })
    },
    findings: [{ kind: 'n-plus-one', statement: BY_ID('customers'), count: 7 }],
  },
  {
    name: 'middleware-stack',
    why: 'session, user, settings and then the page: what each request asks once',
    mount(db, router) {
      router.use(async (_req, res, next) => {
        res.locals.user = await db('customers').where('id', 3).first()
        next()
      })
      router.use(async (_req, res, next) => {
        res.locals.theme = await setting(db, 'theme')
        next()
      })
      router.use(async (_req, res, next) => {
        res.locals.cart = await db('orders').where({ customer_id: res.locals.user.id, status: 'open' })
        next()
      })
      router.get('/', async (_req, res) => {
        res.json({ ...res.locals, tags: await db('tags').limit(5) })
      })
    },
    findings: [],
  },
  {
    name: 'route-parameters',
    why: 'one look-up per parameter of the route',
    request: { url: '/2/14' },
    mount(db, router) {
      router.param('author', async (_req, res, next, id) => {
        res.locals.author = await db('authors').where('id', id).first()
        next()
      })
      router.param('book', async (_req, res, next, id) => {
        res.locals.book = await db('books').where('id', id).first()
        next()
      })
      router.get('/:author/:book', (_req, res) => {
        res.json(res.locals)
      })
    },
    findings: [],
  },
  {
    name: 'resolver-per-parent',
    async handler(db, _req, res) {
      const resolvers: Resolvers = {
        Book: {
          author: (book: Book) => db('authors').where('id', book.author_id).first(), // hit: resolver-per-parent
        },
      }
      const books: Book[] = await db('books').orderBy('id').limit(10)
      res.json(await Promise.all(books.map((book) => resolve(resolvers, 'Book', book, ['title', 'author']))))
    },
    findings: [{ kind: 'n-plus-one', statement: BY_ID('authors'), count: 10 }],
  },
  {
    name: 'resolvers-of-two-fields',
    why: 'two fields, two resolvers that know nothing of each other, one list that both are asked for',
    async handler(db, _req, res) {
      const resolvers: Resolvers = {
        Book: {
          author: async (book: Book) => await db('authors').where('id', book.author_id).first(), // hit: resolvers-of-two-fields
          reviews: async (book: Book) => await db('reviews').where('book_id', book.id),
        },
      }
      const books: Book[] = await db('books').orderBy('id').limit(8)
      res.json(await Promise.all(books.map((book) => resolve(resolvers, 'Book', book, ['author', 'reviews']))))
    },
    findings: [{ kind: 'n-plus-one', statement: [BY_ID('authors'), 'from reviews where book_id = ?'], count: 16 }],
  },
  {
    name: 'resolver-with-a-loader',
    async handler(db, _req, res) {
      const author = createLoader(async (ids: readonly number[]) => {
        const rows = await db('authors').whereIn('id', ids)
        return ids.map((id) => rows.find((row) => row.id === id))
      })
      const resolvers: Resolvers = { Book: { author: (book: Book) => author(book.author_id) } }
      const books: Book[] = await db('books').orderBy('id').limit(20)
      res.json(await Promise.all(books.map((book) => resolve(resolvers, 'Book', book, ['title', 'author']))))
    },
    findings: [],
  },
  {
    name: 'loader-in-seven-rounds',
    why: 'pages of five books; each page’s authors are one query, by the loader, from one line',
    async handler(db, _req, res) {
      const reviews = createLoader(async (ids: readonly number[]) => {
        const rows = await db('reviews').whereIn('book_id', ids)
        return ids.map((id) => rows.filter((row) => row.book_id === id))
      })
      const books: Book[] = await db('books').orderBy('id').limit(35)
      const all: unknown[] = []
      for (let at = 0; at < books.length; at += 5) {
        all.push(...(await Promise.all(books.slice(at, at + 5).map(({ id }) => reviews(id)))))
      }
      res.json(all)
    },
    findings: [],
  },
  {
    name: 'loader-awaited-one-by-one',
    why: 'with await in a loop, each batch of the loader has a single key',
    async handler(db, _req, res) {
      const reviews = createLoader(async (ids: readonly number[]) => {
        const rows = await db('reviews').whereIn('book_id', ids) // hit: loader-awaited-one-by-one
        return ids.map((id) => rows.filter((row) => row.book_id === id))
      })
      const books = await db('books').orderBy('id').limit(9)
      for (const book of books) book.reviews = await reviews(book.id)
      res.json(books)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from reviews where book_id in', count: 9 }],
  },
  {
    name: 'package-in-a-loop',
    why: 'knex is called by a package: the line is the one that calls the package',
    async handler(db, _req, res) {
      const { findRow } = rowFinder()
      const lines = await db('order_lines').orderBy('id').limit(11)
      for (const line of lines) {
        line.book = await findRow(db, 'books', line.book_id) // hit: package-in-a-loop
      }
      res.json(lines)
    },
    findings: [{ kind: 'n-plus-one', statement: BY_ID('books'), count: 11 }],
  },
  {
    name: 'package-called-once-per-table',
    async handler(db, _req, res) {
      const { findRow } = rowFinder()
      const book = await findRow(db, 'books', 7)
      const author = await findRow(db, 'authors', book.author_id as number)
      const category = await findRow(db, 'categories', book.category_id as number)
      res.json({ book, author, category })
    },
    findings: [],
  },
  {
    name: 'six-settings-line-by-line',
    why: 'a helper called on six lines: a fixed number, nothing that grows',
    async handler(db, _req, res) {
      const currency = await setting(db, 'currency')
      const theme = await setting(db, 'theme')
      const locale = await setting(db, 'locale')
      const timezone = await setting(db, 'timezone')
      const taxRate = await setting(db, 'tax_rate')
      const shipping = await setting(db, 'shipping')
      res.json({ currency, theme, locale, timezone, taxRate, shipping })
    },
    findings: [],
  },
  {
    name: 'settings-by-map',
    why: 'the same six in a loop: one whereIn',
    async handler(db, _req, res) {
      const keys = ['currency', 'theme', 'locale', 'timezone', 'tax_rate', 'shipping']
      res.json(await Promise.all(keys.map((key) => setting(db, key))))
    },
    findings: [{ kind: 'n-plus-one', statement: 'from settings where key = ?', count: 6 }],
  },
  {
    name: 'helper-from-two-loops-of-three',
    why: 'one helper, called by two loops of three: neither is long enough',
    async handler(db, _req, res) {
      const buyers = []
      const writers = []
      for (const order of await db('orders').orderBy('id').limit(3))
        buyers.push(await customerOf(db, order.customer_id))
      for (const review of await db('reviews').orderBy('id', 'desc').limit(3)) {
        writers.push(await customerOf(db, review.customer_id))
      }
      res.json({ buyers, writers })
    },
    findings: [],
  },
  {
    name: 'two-call-sites-of-three',
    why: 'one statement, three times from one line and three times from another',
    async handler(db, _req, res) {
      const [first, last] = await Promise.all([
        db('orders').orderBy('id').limit(3),
        db('orders').orderBy('id', 'desc').limit(3),
      ])
      for (const order of first) order.customer = await db('customers').where('id', order.customer_id).first()
      for (const order of last) {
        order.customer = await db('customers').where('id', order.customer_id).first()
      }
      res.json({ first, last })
    },
    findings: [],
  },
]
