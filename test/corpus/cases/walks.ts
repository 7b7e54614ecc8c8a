import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { ownTables, rowsOf } from './support/own-tables.js'

/** Keeps what it has found; what is not there is asked for again each time. */
function createCache(db: Knex): (key: string) => Promise<string | null> {
  const known = new Map<string, string>()
  return async (key) => {
    const cached = known.get(key)
    if (cached !== undefined) return cached
    const row = await db('settings').where({ key }).first() // hit: absent-value-never-cached
    if (row) known.set(key, row.value)
    return row?.value ?? null
  }
}

/** Keeps a value once it is there, so that all who ask before ask the database. */
function createLateCache(db: Knex): (key: string) => Promise<string> {
  const known = new Map<string, string>()
  return async (key) => {
    const cached = known.get(key)
    if (cached !== undefined) return cached
    const row = await db('settings').where('key', key).first() // hit: five-who-ask-at-once
    known.set(key, row.value)
    return row.value
  }
}

async function* authorsInPages(db: Knex): AsyncGenerator<{ readonly id: number; readonly name: string }> {
  for (let last = 0; ; ) {
    const page = await db('authors').where('id', '>', last).orderBy('id').limit(4)
    yield* page
    if (page.length < 4) return
    last = page[3].id
  }
}

const graphs: readonly CorpusCase[] = [
  {
    name: 'referrer-of-the-referrer',
    why: 'up a chain, link by link: a recursive query would do',
    async handler(db, _req, res) {
      const chain = []
      let customer = await db('customers').where('id', 9).first()
      while (customer.referred_by !== null) {
        chain.push(customer.name)
        customer = await db('customers').where('id', customer.referred_by).first() // hit: referrer-of-the-referrer
      }
      res.json(chain)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from customers where id = ?', count: 8 }],
  },
  {
    name: 'graph-walked-node-by-node',
    why: 'a queue of nodes, whose edges are asked for one node at a time',
    ...ownTables({
      edges: { rows: rowsOf(8, (n) => ({ origin: Math.ceil(n / 2), target: n + 1 })) },
    }),
    async handler(db, _req, res) {
      const seen = new Set([1])
      for (const node of seen) {
        const edges = await db('edges').where('origin', node).orderBy('target') // hit: graph-walked-node-by-node
        for (const { target } of edges) seen.add(target)
      }
      res.json([...seen])
    },
    findings: [{ kind: 'n-plus-one', statement: 'from edges where origin = ?', count: 9 }],
  },
  {
    name: 'levels-of-a-deep-tree',
    why: 'a query per level, for all of its nodes, also where a level has only one',
    ...ownTables({
      parts: { rows: [0, 1, 1, 2, 3, 3, 4, 5, 6, 8, 10, 11].map((parent_id) => ({ parent_id })) },
    }),
    async handler(db, _req, res) {
      const levels = []
      let ids = [0]
      while (ids.length > 0) {
        const level = await db('parts').whereIn('parent_id', ids).orderBy('id')
        levels.push(level)
        ids = level.map(({ id }) => id)
      }
      res.json(levels)
    },
    findings: [],
  },
  {
    name: 'order-to-customer-to-referrer',
    why: 'one row leads to the next, by other columns',
    async handler(db, _req, res) {
      const line = await db('order_lines').where('id', 31).first()
      const order = await db('orders').where('id', line.order_id).first()
      const customer = await db('customers').where('id', order.customer_id).first()
      const referrer = await db('customers').where('id', customer.referred_by).first()
      res.json({ line, order, customer, referrer })
    },
    findings: [],
  },
  {
    name: 'slices-of-three-in-parallel',
    why: 'three at a time, and still one query for each book',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id').limit(9)
      for (let at = 0; at < books.length; at += 3) {
        await Promise.all(
          books.slice(at, at + 3).map(async (book) => {
            book.reviews = await db('reviews').where('book_id', book.id) // hit: slices-of-three-in-parallel
          }),
        )
      }
      res.json(books)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from reviews where book_id = ?', count: 9 }],
  },
  {
    name: 'books-of-authors-from-a-generator',
    why: 'the authors come in pages; their books one author at a time, between the pages',
    async handler(db, _req, res) {
      const shelves = []
      for await (const { id, name } of authorsInPages(db)) {
        shelves.push({ name, books: await db('books').where('author_id', id).select('title') }) // hit: books-of-authors-from-a-generator
      }
      res.json(shelves)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where author_id = ?', count: 12 }],
  },
]

const caches: readonly CorpusCase[] = [
  {
    name: 'memo-over-sixty-books',
    why: 'a memory of the request saves the repeats, and there is still one query for each author',
    async handler(db, _req, res) {
      const known = new Map<number, unknown>()
      const books = await db('books').orderBy('id')
      for (const book of books) {
        if (!known.has(book.author_id)) {
          known.set(book.author_id, await db('authors').where('id', book.author_id).first()) // hit: memo-over-sixty-books
        }
        book.author = known.get(book.author_id)
      }
      res.json(books)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from authors where id = ?', count: 12 }],
  },
  {
    name: 'absent-value-never-cached',
    async handler(db, _req, res) {
      const setting = createCache(db)
      const books = await db('books').orderBy('id').limit(6)
      for (const book of books) book.badge = (await setting('badge')) ?? 'none'
      res.json(books)
    },
    findings: [{ kind: 'duplicate-query', statement: 'from settings where key = ?', count: 6 }],
  },
  {
    name: 'five-who-ask-at-once',
    why: 'a cache of values, where one of promises would do',
    async handler(db, _req, res) {
      const setting = createLateCache(db)
      const prices = await Promise.all(
        [5, 10, 15, 20, 25].map(async (cents) => `${cents} ${await setting('currency')}`),
      )
      res.json(prices)
    },
    findings: [{ kind: 'duplicate-query', statement: 'from settings where key = ?', count: 5 }],
  },
  {
    name: 'promise-kept-by-country',
    why: 'four countries, however many books',
    async handler(db, _req, res) {
      const known = new Map<string, Promise<readonly unknown[]>>()
      const neighbours = (country: string): Promise<readonly unknown[]> => {
        const found = known.get(country) ?? db('customers').where({ country }).then()
        known.set(country, found)
        return found
      }
      const authors = await db('authors').orderBy('id')
      res.json(await Promise.all(authors.map(async ({ country }) => (await neighbours(country)).length)))
    },
    findings: [],
  },
  {
    name: 'same-check-in-two-transactions',
    why: 'each transaction decides by what it sees itself',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const note = (message: string): Promise<void> =>
        db.transaction(async (trx) => {
          const job = await trx('jobs').where('id', 3).first()
          if (job.status !== 'queued') throw new Error('gone')
          await trx('logs').insert({ level: 'info', message, created_on: '2026-11-22' })
        })
      await note('seen')
      await note('prepared')
      res.json('ok')
    },
    findings: [],
  },
]

/** Trees, graphs and chains, and caches on the way. */
export const cases: readonly CorpusCase[] = [...graphs, ...caches]
