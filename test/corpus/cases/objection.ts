import type { CorpusCase } from '../corpus-case.js'
import { Author, Book, BookModels, CountingAuthor, Customer, Order, Tag } from '../fixtures/objection-models.js'

const hits: readonly CorpusCase[] = [
  {
    name: 'objection-relation-in-a-loop',
    async handler(db, _req, res) {
      const authors = await Author.query(db).orderBy('id')
      for (const author of authors) {
        author.books = await author.$relatedQuery<Book>('books', db) // hit: objection-relation-in-a-loop
      }
      res.json(authors)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where books.author_id in', count: 12 }],
  },
  {
    name: 'objection-find-by-id-in-a-loop',
    async handler(db, _req, res) {
      const orders = await Order.query(db).orderBy('id').limit(9)
      for (const order of orders) {
        order.customer = await Customer.query(db).findById(order.customer_id) // hit: objection-find-by-id-in-a-loop
      }
      res.json(orders)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from customers where customers.id = ?', count: 9 }],
  },
  {
    name: 'objection-relations-in-promise-all',
    async handler(db, _req, res) {
      const books = await Book.query(db).where('category_id', 6).orderBy('id')
      await Promise.all(
        books.map(async (book) => {
          book.tags = await book.$relatedQuery<Tag>('tags', db) // hit: objection-relations-in-promise-all
        }),
      )
      res.json(books)
    },
    findings: [{ kind: 'n-plus-one', statement: 'where book_tags.book_id', count: 7 }],
  },
  {
    name: 'objection-graph-of-each-item',
    why: 'what loads a relation for a whole list at once is asked for one row at a time',
    async handler(db, _req, res) {
      const books = await Book.query(db).orderBy('id').limit(8)
      for (const book of books) {
        await book.$fetchGraph('author', { transaction: db }) // hit: objection-graph-of-each-item
      }
      res.json(books)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from authors where authors.id in', count: 8 }],
  },
  {
    name: 'objection-graph-of-two-for-each-item',
    async handler(db, _req, res) {
      const orders = await Order.query(db).orderBy('id').limit(6)
      for (const order of orders) {
        await order.$fetchGraph('[customer, lines]', { transaction: db }) // hit: objection-graph-of-two-for-each-item
      }
      res.json(orders)
    },
    findings: [
      {
        kind: 'n-plus-one',
        statement: ['from customers where customers.id in', 'from order_lines where order_lines.order_id in'],
        count: 12,
      },
    ],
  },
  {
    name: 'objection-in-a-repository',
    async handler(db, _req, res) {
      const books = new BookModels(db)
      const ids = [2, 4, 6, 8, 10, 12]
      const shelves = []
      for (const id of ids) shelves.push(await books.ofAuthor(id))
      res.json(shelves)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where author_id = ?', count: 6 }],
  },
  {
    name: 'objection-hook-that-asks',
    why: 'the list is one query, and the hook of its model asks once for each row',
    async handler(db, _req, res) {
      res.json(await CountingAuthor.query(db).orderBy('id'))
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where author_id = ?', count: 12 }],
  },
  {
    name: 'objection-insert-per-row',
    request: { method: 'POST', body: { names: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] } },
    async handler(db, req, res) {
      for (const name of req.body.names) {
        await Tag.query(db).insert({ name }) // hit: objection-insert-per-row
      }
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into tags', count: 7 }],
  },
  {
    name: 'objection-patch-per-row',
    request: { method: 'PATCH' },
    async handler(db, _req, res) {
      const orders = await Order.query(db).where('status', 'open').orderBy('id').limit(8)
      await Order.transaction(db, async (trx) => {
        for (const order of orders) {
          await order.$query(trx).patch({ status: 'sent' }) // hit: objection-patch-per-row
        }
      })
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'update orders set status = ? where orders.id = ?', count: 8 }],
  },
  {
    name: 'objection-same-row-twice',
    async handler(db, _req, res) {
      const customer = await Customer.query(db).findById(7)
      const orders = await Order.query(db).where('customer_id', 7)
      const name = (await Customer.query(db).findById(7))?.name // hit: objection-same-row-twice
      res.json({ customer, orders, name })
    },
    findings: [{ kind: 'duplicate-query', statement: 'from customers where customers.id = ?', count: 2 }],
  },
]

const nearMisses: readonly CorpusCase[] = [
  {
    name: 'objection-with-graph-fetched',
    why: 'one query for each level, whatever the number of rows',
    async handler(db, _req, res) {
      res.json(await Author.query(db).withGraphFetched('books.[reviews, tags]').orderBy('id'))
    },
    findings: [],
  },
  {
    name: 'objection-with-graph-joined',
    async handler(db, _req, res) {
      // Which tables there are and what is in them, objection asks when it first joins them.
      await Promise.all([Author.fetchTableMetadata({ knex: db }), Book.fetchTableMetadata({ knex: db })])
      res.json(await Author.query(db).withGraphJoined('books').orderBy('authors.id'))
    },
    findings: [],
  },
  {
    name: 'objection-graph-of-the-list',
    async handler(db, _req, res) {
      const orders = await Order.query(db).orderBy('id').limit(20)
      await Order.fetchGraph(orders, '[customer, lines]', { transaction: db })
      res.json(orders)
    },
    findings: [],
  },
  {
    name: 'objection-related-query-for-all',
    async handler(db, _req, res) {
      const authors = await Author.query(db).orderBy('id')
      const books = await Author.relatedQuery('books', db).for(authors.map(({ id }) => id))
      res.json({ authors, books })
    },
    findings: [],
  },
  {
    name: 'objection-page',
    why: 'the rows and their number: two statements',
    async handler(db, _req, res) {
      res.json(await Book.query(db).where('category_id', 5).orderBy('id').page(0, 4))
    },
    findings: [],
  },
  {
    name: 'objection-pages-in-turn',
    async handler(db, _req, res) {
      const titles: string[] = []
      for (let from = 0; from < 60; from += 10) {
        const books = await Book.query(db).select('title').orderBy('id').limit(10).offset(from)
        titles.push(...books.map(({ title }) => title))
      }
      res.json(titles)
    },
    findings: [],
  },
  {
    name: 'objection-relations-of-four',
    why: 'one below the threshold',
    async handler(db, _req, res) {
      const authors = await Author.query(db).orderBy('id').limit(4)
      for (const author of authors) author.books = await author.$relatedQuery<Book>('books', db)
      res.json(authors)
    },
    findings: [],
  },
  {
    name: 'objection-relations-of-one-row',
    why: 'one row, and each of its relations once',
    async handler(db, _req, res) {
      const book = await Book.query(db).findById(9).throwIfNotFound()
      const author = await book.$relatedQuery('author', db)
      const reviews = await book.$relatedQuery('reviews', db)
      const tags = await book.$relatedQuery('tags', db)
      res.json({ book, author, reviews, tags })
    },
    findings: [],
  },
  {
    name: 'objection-insert-graph',
    why: 'an order with its lines: one insert for each table',
    engines: ['PostgreSQL'],
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const lines = [1, 2, 3, 4, 5, 6, 7].map((id) => ({ book_id: id, quantity: 1, price_cents: 500 }))
      const order = { customer_id: 3, status: 'open', total_cents: 3_500, placed_on: '2026-11-22', lines }
      await Order.transaction(db, async (trx) => Order.query(trx).insertGraph(order as object))
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'objection-patch-of-all',
    request: { method: 'PATCH' },
    async handler(db, _req, res) {
      const changed = await Order.query(db).patch({ status: 'sent' }).where('status', 'open')
      res.json({ changed })
    },
    findings: [],
  },
]

/** Models of Objection, whose relations are loaded one by one or all at once. */
export const cases: readonly CorpusCase[] = [...hits, ...nearMisses]
