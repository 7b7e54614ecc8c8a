import { setTimeout as delay } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { retry } from '../fixtures/flow.js'

/** One statement again and again, for good reasons. */
export const cases: readonly CorpusCase[] = [
  {
    name: 'retried-read',
    why: 'fails five times, each time with another deadline, and then does without',
    async handler(db, _req, res) {
      const rows = await retry(5, (attempt) => db('not_yet_migrated').where('deadline_ms', attempt * 100)).catch(
        () => [],
      )
      res.json(rows)
    },
    findings: [],
  },
  {
    name: 'retried-insert',
    why: 'a free name is looked for by trying: the ones that are taken fail',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const names = ['currency', 'theme', 'locale', 'timezone', 'tax_rate', 'free']
      const taken = await retry(6, async (attempt) => {
        await db('settings').insert({ key: names[attempt - 1], value: 'new' })
        return attempt
      })
      res.json({ taken })
    },
    findings: [],
  },
  {
    name: 'polling',
    why: 'the same question until the answer is another',
    async handler(db, _req, res) {
      const worker = async (): Promise<void> => {
        await db('jobs').where('id', 1).update({ status: 'running' })
        await delay(25)
        await db('jobs').where('id', 1).update({ status: 'done' })
      }
      const working = worker()
      let job: { status: string }
      do {
        await delay(4)
        job = await db('jobs').where('id', 1).first()
      } while (job.status !== 'done')
      await working
      res.json(job)
    },
    findings: [],
  },
  {
    name: 'polling-since-the-last',
    why: 'waits for news for a while, each time for what is newer than the last look, and gives up',
    async handler(db, _req, res) {
      let news: unknown[] = []
      let since = new Date().toISOString()
      for (let round = 1; round <= 6 && news.length === 0; round++) {
        await delay(4)
        const now = new Date().toISOString()
        news = await db('logs').where('created_on', '>', since).orderBy('id').limit(50)
        since = now
      }
      res.json(news)
    },
    findings: [],
  },
  {
    name: 'optimistic-lock',
    why: 'reads again what someone else may have changed, until its write goes through',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      for (let round = 1; ; round++) {
        const book = await db('books').where('id', 5).first()
        const expected = round < 6 ? -1 : book.stock
        const changed = await db('books')
          .where({ id: 5, stock: expected })
          .update({ stock: book.stock + 1 })
        if (changed === 1) break
      }
      res.json({ done: true })
    },
    findings: [],
  },
  {
    name: 'read-write-read',
    request: { method: 'PATCH', body: { title: 'new title' } },
    async handler(db, req, res) {
      const before = await db('books').where('id', 8).first()
      await db('books').where('id', 8).update({ title: req.body.title })
      const after = await db('books').where('id', 8).first()
      res.json({ before, after })
    },
    findings: [],
  },
  {
    name: 'cache-in-the-loop',
    why: 'forty-five turns, and a query for each of the four countries',
    async handler(db, _req, res) {
      const orders = await db('orders')
        .join('customers', 'customers.id', 'orders.customer_id')
        .select('orders.id', 'country')
      const cache = new Map<string, unknown>()
      for (const order of orders) {
        let authors = cache.get(order.country)
        if (authors === undefined) {
          authors = await db('authors').where('country', order.country)
          cache.set(order.country, authors)
        }
        order.authors = authors
      }
      res.json(orders)
    },
    findings: [],
  },
  {
    name: 'cache-that-mostly-hits',
    why: 'warmed by one query; three of twenty are not in it',
    async handler(db, _req, res) {
      const known = new Map<number, object>()
      for (const author of await db('authors').where('id', '<=', 9)) known.set(author.id, author)
      const books = await db('books').orderBy('id').limit(20)
      for (const book of books) {
        if (!known.has(book.author_id))
          known.set(book.author_id, await db('authors').where('id', book.author_id).first())
        book.author = known.get(book.author_id)
      }
      res.json(books)
    },
    findings: [],
  },
  {
    name: 'memoised-setting',
    async handler(db, _req, res) {
      let loading: Promise<unknown> | undefined
      const currency = (): Promise<unknown> => {
        loading ??= db('settings')
          .where('key', 'currency')
          .first()
          .then((row) => row.value)
        return loading
      }
      const books = await db('books').orderBy('id').limit(12)
      for (const book of books) book.currency = await currency()
      res.json(books)
    },
    findings: [],
  },
  {
    name: 'health-check',
    why: 'asked three times, since one answer may be luck; and each table once',
    async handler(db, _req, res) {
      for (let round = 0; round < 3; round++) await db.raw('select 1 as alive')
      const tables = ['books', 'orders', 'customers', 'jobs', 'settings', 'tags']
      const sizes = await Promise.all(tables.map((table) => db(table).count({ n: '*' }).first()))
      res.json(sizes)
    },
    findings: [],
  },
  {
    name: 'clock-of-the-database',
    why: 'what a statement without a table answers is another each time',
    async handler(db, _req, res) {
      const times: unknown[] = []
      for (let round = 0; round < 6; round++) {
        await delay(1)
        times.push(await db.select(db.raw('current_timestamp as now')))
      }
      res.json(times.length)
    },
    findings: [],
  },
  {
    name: 'conditional-look-up',
    why: 'twenty turns, of which two ask',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id').limit(20)
      for (const book of books) {
        if (book.stock === 0) book.orders = await db('order_lines').where('book_id', book.id)
      }
      res.json(books)
    },
    findings: [],
  },
  {
    name: 'search-until-found',
    why: 'up to twelve, and it is the third',
    async handler(db, _req, res) {
      let found = null
      for (let author = 1; author <= 12 && !found; author++) {
        found = await db('books').where('author_id', author).andWhere('title', 'book 15').first()
      }
      res.json(found)
    },
    findings: [],
  },
  {
    name: 'four-in-a-loop-and-one-outside',
    why: 'five of one statement, of which one is another line’s',
    async handler(db, _req, res) {
      const first = await db('books').where('author_id', 12)
      const authors = await db('authors').orderBy('id').limit(4)
      for (const author of authors) author.books = await db('books').where('author_id', author.id)
      res.json({ first, authors })
    },
    findings: [],
  },
  {
    name: 'same-binding-in-a-loop',
    why: 'not an N+1: nothing varies',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id').limit(10)
      for (const book of books) {
        const currency = await db('settings').where('key', 'currency').first() // hit: same-binding-in-a-loop
        book.price = `${book.price_cents} ${currency.value}`
      }
      res.json(books)
    },
    findings: [{ kind: 'duplicate-query', statement: 'from settings where key = ?', count: 10 }],
  },
  {
    name: 'ignored-by-comment',
    why: 'each author on purpose alone, as the comment tells',
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id')
      for (const author of authors) {
        // silk-ignore n-plus-one: twelve at most, and each must fail alone
        author.books = await db('books').where('author_id', author.id)
      }
      res.json(authors)
    },
    findings: [],
  },
  {
    name: 'ignored-on-the-line',
    async handler(db, _req, res) {
      const ids: number[] = await db('customers').orderBy('id').pluck('id')
      const totals = await Promise.all(
        ids.map((id) => db('orders').where('customer_id', id).sum('total_cents as total')), // silk-ignore n-plus-one
      )
      res.json(totals)
    },
    findings: [],
  },
  {
    name: 'ignored-for-another-kind',
    why: 'the comment is about something else',
    async handler(db, _req, res) {
      const tags = await db('tags').orderBy('id')
      for (const tag of tags) {
        // silk-ignore slow-query
        tag.books = await db('book_tags').where('tag_id', tag.id) // hit: ignored-for-another-kind
      }
      res.json(tags)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from book_tags where tag_id = ?', count: 8 }],
  },
  {
    name: 'many-small-transactions',
    why: 'BEGIN and COMMIT six times, each around something else',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const steps: ((trx: Knex.Transaction) => PromiseLike<unknown>)[] = [
        (trx) => trx('jobs').where('id', 1).update({ status: 'running' }),
        (trx) => trx('books').where('id', 1).decrement('stock', 1),
        (trx) => trx('customers').where('id', 1).increment('credit_cents', 5),
        (trx) => trx('orders').where('id', 1).update({ status: 'sent' }),
        (trx) => trx('logs').insert({ level: 'info', message: 'sent 1' }),
        (trx) => trx('reviews').where('id', 1).delete(),
      ]
      for (const step of steps) await db.transaction(async (trx) => step(trx))
      res.json({ steps: steps.length })
    },
    findings: [],
  },
]
