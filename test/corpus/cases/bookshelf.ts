import type { CorpusCase } from '../corpus-case.js'
import { bookshelfModels } from '../fixtures/bookshelf-models.js'

const hits: readonly CorpusCase[] = [
  {
    name: 'bookshelf-relation-in-a-loop',
    async handler(db, _req, res) {
      const { Author } = bookshelfModels(db)
      const authors = await Author.fetchAll()
      for (const author of authors.models) {
        await author.related('books').fetch() // hit: bookshelf-relation-in-a-loop
      }
      res.json(authors)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where books.author_id = ?', count: 12 }],
  },
  {
    name: 'bookshelf-load-for-each-item',
    why: 'what loads a relation for a whole list at once is asked for one row at a time',
    async handler(db, _req, res) {
      const { Author } = bookshelfModels(db)
      const authors = await Author.fetchAll()
      for (const author of authors.models) {
        await author.load('books') // hit: bookshelf-load-for-each-item
      }
      res.json(authors)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where books.author_id', count: 12 }],
  },
  {
    name: 'bookshelf-fetch-by-id-in-a-loop',
    async handler(db, _req, res) {
      const { Customer, Order } = bookshelfModels(db)
      const orders = await Order.query((query) => query.orderBy('id').limit(9)).fetchAll()
      const customers = []
      for (const order of orders.models) {
        customers.push(await new Customer({ id: order.get('customer_id') }).fetch()) // hit: bookshelf-fetch-by-id-in-a-loop
      }
      res.json(customers)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from customers where customers.id = ?', count: 9 }],
  },
  {
    name: 'bookshelf-relations-in-promise-all',
    async handler(db, _req, res) {
      const { Book } = bookshelfModels(db)
      const books = await Book.where({ category_id: 6 }).fetchAll()
      const tags = await Promise.all(
        books.map((book) => book.related('tags').fetch()), // hit: bookshelf-relations-in-promise-all
      )
      res.json(tags)
    },
    findings: [{ kind: 'n-plus-one', statement: 'where book_tags.book_id = ?', count: 7 }],
  },
  {
    name: 'bookshelf-count-for-each-item',
    async handler(db, _req, res) {
      const { Customer } = bookshelfModels(db)
      const customers = await Customer.fetchAll()
      const counts = []
      for (const customer of customers.models) {
        counts.push(await customer.related('orders').count()) // hit: bookshelf-count-for-each-item
      }
      res.json(counts)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from orders where customer_id = ?', count: 15 }],
  },
  {
    name: 'bookshelf-save-for-each-name',
    request: { method: 'POST', body: { names: ['a', 'b', 'c', 'd', 'e', 'f'] } },
    async handler(db, req, res) {
      const { Tag } = bookshelfModels(db)
      for (const name of req.body.names) {
        await new Tag({ name }).save(null, { autoRefresh: false }) // hit: bookshelf-save-for-each-name
      }
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into tags', count: 6 }],
  },
  {
    name: 'bookshelf-patch-for-each-row',
    why: 'autoRefresh: false, since without it Bookshelf reads each row again on SQLite, which is a second loop',
    request: { method: 'PATCH' },
    async handler(db, _req, res) {
      const { Order } = bookshelfModels(db)
      const orders = await Order.query((query) => query.where('status', 'open').orderBy('id').limit(7)).fetchAll()
      for (const order of orders.models) {
        await order.save({ status: 'sent' }, { patch: true, autoRefresh: false }) // hit: bookshelf-patch-for-each-row
      }
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'update orders set status = ? where id = ?', count: 7 }],
  },
]

const nearMisses: readonly CorpusCase[] = [
  {
    name: 'bookshelf-with-related',
    why: 'one query for each level, whatever the number of rows',
    async handler(db, _req, res) {
      const { Author } = bookshelfModels(db)
      res.json(await Author.fetchAll({ withRelated: ['books.tags'] }))
    },
    findings: [],
  },
  {
    name: 'bookshelf-load-for-the-list',
    async handler(db, _req, res) {
      const { Order } = bookshelfModels(db)
      const orders = await Order.query((query) => query.orderBy('id').limit(20)).fetchAll()
      await orders.load(['customer'])
      res.json(orders)
    },
    findings: [],
  },
  {
    name: 'bookshelf-page',
    why: 'the rows and their number: two statements',
    async handler(db, _req, res) {
      const { Book } = bookshelfModels(db)
      res.json(await Book.query((query) => query.orderBy('id')).fetchPage({ page: 2, pageSize: 10 }))
    },
    findings: [],
  },
  {
    name: 'bookshelf-relations-of-four',
    why: 'one below the threshold',
    async handler(db, _req, res) {
      const { Author } = bookshelfModels(db)
      const authors = await Author.query((query) => query.orderBy('id').limit(4)).fetchAll()
      for (const author of authors.models) await author.related('books').fetch()
      res.json(authors)
    },
    findings: [],
  },
  {
    name: 'bookshelf-relations-of-one-row',
    async handler(db, _req, res) {
      const { Book } = bookshelfModels(db)
      const book = await new Book({ id: 9 }).fetch({ withRelated: ['author', 'tags'] })
      res.json(book)
    },
    findings: [],
  },
  {
    name: 'bookshelf-save-and-refresh',
    why: 'read again after a write, to see what has become of it',
    request: { method: 'PATCH' },
    async handler(db, _req, res) {
      const { Customer } = bookshelfModels(db)
      const customer = await new Customer({ id: 3 }).fetch()
      await customer.save({ name: 'new name' }, { patch: true, autoRefresh: false })
      res.json(await customer.refresh())
    },
    findings: [],
  },
  {
    name: 'bookshelf-relations-already-there',
    why: 'a relation that was loaded with the list is not asked for again',
    async handler(db, _req, res) {
      const { Author } = bookshelfModels(db)
      const authors = await Author.fetchAll({ withRelated: ['books'] })
      res.json(authors.map((author) => ({ name: author.get('name'), books: author.related('books').length })))
    },
    findings: [],
  },
]

/** Models of Bookshelf, whose relations are loaded one by one or all at once. */
export const cases: readonly CorpusCase[] = [...hits, ...nearMisses]
