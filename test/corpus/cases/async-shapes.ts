import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { inSeries, limitTo } from '../fixtures/flow.js'

const BOOKS_OF_AUTHOR = 'from books where author_id = ?'
const CHILDREN = 'from categories where parent_id = ?'

interface Category {
  id: number
  name: string
  children?: Category[]
}

async function childrenOf(db: Knex, id: number): Promise<Category[]> {
  const children: Category[] = await db('categories').where('parent_id', id).orderBy('id') // hit: recursion-over-a-tree
  for (const child of children) child.children = await childrenOf(db, child.id)
  return children
}

async function leavesBelow(db: Knex, category: Category): Promise<Category[]> {
  const children: Category[] = await db('categories').where('parent_id', category.id) // hit: parallel-recursion
  if (children.length === 0) return [category]
  const below = await Promise.all(children.map((child) => leavesBelow(db, child)))
  return below.flat()
}

async function* authorsWithBooks(db: Knex): AsyncGenerator<object> {
  for (const author of await db('authors').orderBy('id')) {
    const books = await db('books').where('author_id', author.id) // hit: async-generator
    yield { ...author, books }
  }
}

async function* pagesOfBooks(db: Knex, size: number): AsyncGenerator<{ stock: number }[]> {
  for (let page = 0; ; page++) {
    const books = await db('books')
      .orderBy('id')
      .limit(size)
      .offset(page * size)
    if (books.length === 0) return
    yield books
  }
}

/** One query per item, in the shapes that asynchronous code takes; and the same shapes without it. */
export const cases: readonly CorpusCase[] = [
  {
    name: 'for-await-of-builders',
    async handler(db, _req, res) {
      const authors = await db('authors').select('id').orderBy('id')
      const lists: unknown[] = []
      const queries = authors.map(({ id }) => db('books').select('id', 'title').where('author_id', id)) // hit: for-await-of-builders
      for await (const books of queries) lists.push(books)
      res.json(lists)
    },
    findings: [{ kind: 'n-plus-one', statement: BOOKS_OF_AUTHOR, count: 12 }],
  },
  {
    name: 'reduce-chain',
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id')
      const counts = await authors.reduce(async (before, author) => {
        const all = await before
        const books = await db('books').where('author_id', author.id).select('id') // hit: reduce-chain
        return { ...all, [author.name]: books.length }
      }, Promise.resolve({}))
      res.json(counts)
    },
    findings: [{ kind: 'n-plus-one', statement: BOOKS_OF_AUTHOR, count: 12 }],
  },
  {
    name: 'then-chain',
    handler(db, _req, res, next) {
      return db('authors')
        .orderBy('id')
        .limit(8)
        .then((authors) =>
          Promise.all(
            authors.map((author) =>
              db('books') // hit: then-chain
                .where('author_id', author.id)
                .then((books) => ({ ...author, books })),
            ),
          ),
        )
        .then((authors) => res.json(authors))
        .catch(next)
    },
    findings: [{ kind: 'n-plus-one', statement: BOOKS_OF_AUTHOR, count: 8 }],
  },
  {
    name: 'callback-style',
    handler(db, _req, res, next) {
      db('authors')
        .orderBy('id')
        .asCallback((error: Error | null, authors: { id: number }[]) => {
          if (error) return next(error)
          let open = authors.length
          const titles: string[] = []
          for (const { id } of authors) {
            const query = db('books').where('author_id', id).pluck('title') // hit: callback-style
            query.asCallback((failure: Error | null, found: string[]) => {
              if (failure) return next(failure)
              titles.push(...found)
              open--
              if (open === 0) res.json(titles)
            })
          }
        })
    },
    findings: [{ kind: 'n-plus-one', statement: BOOKS_OF_AUTHOR, count: 12 }],
  },
  {
    name: 'recursion-over-a-tree',
    async handler(db, _req, res) {
      const root = await db('categories').whereNull('parent_id').first()
      res.json({ ...root, children: await childrenOf(db, root.id) })
    },
    findings: [{ kind: 'n-plus-one', statement: CHILDREN, count: 13 }],
  },
  {
    name: 'parallel-recursion',
    async handler(db, _req, res) {
      const root = await db('categories').whereNull('parent_id').first()
      res.json(await leavesBelow(db, root))
    },
    findings: [{ kind: 'n-plus-one', statement: CHILDREN, count: 13 }],
  },
  {
    name: 'tree-level-by-level',
    why: 'one query per level, however many nodes it has',
    async handler(db, _req, res) {
      const names: string[] = []
      let level: { id: number; name: string }[] = await db('categories').whereNull('parent_id')
      while (level.length > 0) {
        names.push(...level.map(({ name }) => name))
        level = await db('categories').whereIn(
          'parent_id',
          level.map(({ id }) => id),
        )
      }
      res.json(names)
    },
    findings: [],
  },
  {
    name: 'tree-by-recursive-cte',
    async handler(db, _req, res) {
      const rows = await db
        .withRecursive('below', (query) => {
          query
            .select('id', 'parent_id')
            .from('categories')
            .whereNull('parent_id')
            .unionAll((next) => {
              next.select('c.id', 'c.parent_id').from('categories as c').join('below', 'below.id', 'c.parent_id')
            })
        })
        .select('*')
        .from('below')
      res.json(rows)
    },
    findings: [],
  },
  {
    name: 'walk-up-a-chain',
    why: 'each look-up needs the one before: a recursive query instead',
    async handler(db, _req, res) {
      const names: string[] = []
      let id: number | null = 10
      while (id !== null) {
        const customer: { name: string; referred_by: number | null } = await db('customers').where({ id }).first() // hit: walk-up-a-chain
        names.push(customer.name)
        id = customer.referred_by
      }
      res.json(names)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from customers where id = ?', count: 10 }],
  },
  {
    name: 'walk-up-three-levels',
    why: 'bread crumbs: a leaf, its parent, the root',
    async handler(db, _req, res) {
      const crumbs: string[] = []
      let id: number | null = 9
      while (id !== null) {
        const category: { name: string; parent_id: number | null } = await db('categories').where({ id }).first()
        crumbs.unshift(category.name)
        id = category.parent_id
      }
      res.json(crumbs)
    },
    findings: [],
  },
  {
    name: 'async-generator',
    async handler(db, _req, res) {
      const authors: object[] = []
      for await (const author of authorsWithBooks(db)) authors.push(author)
      res.json(authors)
    },
    findings: [{ kind: 'n-plus-one', statement: BOOKS_OF_AUTHOR, count: 12 }],
  },
  {
    name: 'async-generator-of-pages',
    async handler(db, _req, res) {
      let stock = 0
      for await (const page of pagesOfBooks(db, 10)) for (const book of page) stock += book.stock
      res.json({ stock })
    },
    findings: [],
  },
  {
    name: 'stream-with-a-query-per-row',
    why: 'on SQLite the stream holds the only connection',
    engines: ['PostgreSQL'],
    async handler(db, _req, res) {
      const lines: object[] = []
      for await (const author of db('authors').orderBy('id').stream()) {
        const [count] = await db('books').where('author_id', author.id).count('* as n') // hit: stream-with-a-query-per-row
        lines.push({ name: author.name, ...count })
      }
      res.json(lines)
    },
    findings: [{ kind: 'n-plus-one', statement: BOOKS_OF_AUTHOR, count: 12 }],
  },
  {
    name: 'stream-to-the-answer',
    async handler(db, _req, res) {
      res.type('text/plain')
      for await (const row of db('books').select('id', 'title').orderBy('id').stream())
        res.write(`${row.id} ${row.title}\n`)
      res.end()
    },
    findings: [],
  },
  {
    name: 'stream-looked-up-in-batches',
    why: 'rows of the stream are gathered by ten, and each ten asked for at once',
    engines: ['PostgreSQL'],
    async handler(db, _req, res) {
      const stars: number[] = []
      let waiting: number[] = []
      const flush = async (): Promise<void> => {
        const reviews = await db('reviews').whereIn('book_id', waiting)
        stars.push(...reviews.map((review) => review.stars))
        waiting = []
      }
      for await (const book of db('books').select('id').orderBy('id').stream()) {
        waiting.push(book.id)
        if (waiting.length === 10) await flush()
      }
      res.json(stars)
    },
    findings: [],
  },
  {
    name: 'event-listener-per-item',
    async handler(db, _req, res) {
      const orders = new EventEmitter()
      const customers: unknown[] = []
      let open = 0
      orders.on('order', async (order: { customer_id: number }) => {
        open++
        customers.push(await db('customers').where('id', order.customer_id).first()) // hit: event-listener-per-item
        open--
        if (open === 0) orders.emit('idle')
      })
      const idle = once(orders, 'idle')
      for (const order of await db('orders').orderBy('id').limit(15)) orders.emit('order', order)
      await idle
      res.json(customers)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from customers where id = ?', count: 15 }],
  },
  {
    name: 'workers-on-a-queue',
    why: 'three at a time, by a queue of the app’s own',
    async handler(db, _req, res) {
      const queue: { id: number; books?: unknown }[] = await db('authors').select('id')
      const authors = [...queue]
      const work = async (): Promise<void> => {
        for (let author = queue.shift(); author; author = queue.shift()) {
          author.books = await db('books').where('author_id', author.id) // hit: workers-on-a-queue
        }
      }
      await Promise.all([work(), work(), work()])
      res.json(authors)
    },
    findings: [{ kind: 'n-plus-one', statement: BOOKS_OF_AUTHOR, count: 12 }],
  },
  {
    name: 'limited-concurrency',
    async handler(db, _req, res) {
      const ids: number[] = await db('orders').orderBy('id').limit(20).pluck('id')
      const limit = limitTo(4)
      const totals = await Promise.all(
        ids.map(
          (id) => limit(() => db('order_lines').where('order_id', id).sum({ total: 'price_cents' }).first()), // hit: limited-concurrency
        ),
      )
      res.json(totals)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from order_lines where order_id = ?', count: 20 }],
  },
  {
    name: 'in-series-by-a-helper',
    why: 'the loop is elsewhere, the line that builds the query is here',
    async handler(db, _req, res) {
      const books = await db('books').where('category_id', 5).orderBy('id')
      const reviews = await inSeries(books, (book) => db('reviews').where('book_id', book.id).orderBy('stars')) // hit: in-series-by-a-helper
      res.json(reviews)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from reviews where book_id = ?', count: 6 }],
  },
  {
    name: 'all-settled',
    async handler(db, _req, res) {
      const ids: number[] = await db('customers').orderBy('id').pluck('id')
      const results = await Promise.allSettled(
        ids.map(async (id) => {
          const orders = await db('orders').where({ customer_id: id, status: 'paid' }) // hit: all-settled
          return orders.length
        }),
      )
      res.json(results)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from orders where customer_id = ? and status = ?', count: 15 }],
  },
  {
    name: 'loop-with-pauses',
    why: 'a pause between the turns makes it no better',
    async handler(db, _req, res) {
      const orders = await db('orders').where('status', 'paid').orderBy('id').limit(6)
      for (const order of orders) {
        order.lines = await db('order_lines').where('order_id', order.id) // hit: loop-with-pauses
        await delay(2)
      }
      res.json(orders)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from order_lines where order_id = ?', count: 6 }],
  },
  {
    name: 'for-each-not-awaited-in-order',
    why: 'forEach with an async function, whose promises someone gathers',
    async handler(db, _req, res) {
      const tags = await db('tags').orderBy('id')
      const pending: Promise<void>[] = []
      const byTag: Record<string, number[]> = {}
      tags.forEach((tag) => {
        const load = async (): Promise<void> => {
          byTag[tag.name] = await db('book_tags').where('tag_id', tag.id).pluck('book_id') // hit: for-each-not-awaited-in-order
        }
        pending.push(load())
      })
      await Promise.all(pending)
      res.json(byTag)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from book_tags where tag_id = ?', count: 8 }],
  },
]
