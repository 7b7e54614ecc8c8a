import { setTimeout as pause } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'

const INSERT_TAG = 'insert into tags'
const DECREMENT_STOCK = 'update books set stock = stock - ? where id = ?'

interface NewCategory {
  readonly name: string
  readonly below?: readonly NewCategory[]
}

/** Each row needs the id of the one above it. */
async function saveTree(db: Knex, { name, below = [] }: NewCategory, parentId: number | null): Promise<void> {
  const [row] = await db('categories').insert({ name, parent_id: parentId }).returning('id') // hit: inserts-of-a-tree
  for (const child of below) await saveTree(db, child, row.id)
}

class ReviewRepository {
  constructor(db: Knex) {
    this.db = db
  }
  private readonly db: Knex

  save(bookId: number, stars: number): Promise<unknown> {
    return this.db('reviews').insert({ book_id: bookId, customer_id: 1, stars, body: 'imported' }).then() // hit: inserts-by-a-reduce-chain
  }
}

/** Lines of an upload, as they come in. */
async function* uploadedNames(): AsyncGenerator<string> {
  for (let n = 1; n <= 9; n++) {
    await Promise.resolve()
    yield `uploaded ${n}`
  }
}

function logLine(db: Knex, message: string): Knex.QueryBuilder {
  return db('logs').insert({ level: 'info', message, created_on: '2026-11-22' })
}

const hits: readonly CorpusCase[] = [
  {
    name: 'insert-per-name-in-a-for-of',
    request: { method: 'POST', body: { names: ['a', 'b', 'c', 'd', 'e', 'f'] } },
    async handler(db, req, res) {
      for (const name of req.body.names) {
        await db('tags').insert({ name }) // hit: insert-per-name-in-a-for-of
      }
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: INSERT_TAG, count: 6 }],
  },
  {
    name: 'insert-per-line-in-a-for-await',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      for await (const name of uploadedNames()) {
        await db('tags').insert({ name }) // hit: insert-per-line-in-a-for-await
      }
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: INSERT_TAG, count: 9 }],
  },
  {
    name: 'inserts-in-promise-all',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const books = await db('books').where('author_id', 1)
      await Promise.all(
        books.map(
          (book) => db('reviews').insert({ book_id: book.id, customer_id: 2, stars: 5, body: 'again' }), // hit: inserts-in-promise-all
        ),
      )
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into reviews', count: 5 }],
  },
  {
    name: 'inserts-inside-a-transaction',
    why: 'one commit, and still a trip to the database for each row',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await db.transaction(async (trx) => {
        const [order] = await trx('orders')
          .insert({ customer_id: 1, status: 'open', total_cents: 0, placed_on: '2026-11-22' })
          .returning('id')
        for (let bookId = 1; bookId <= 7; bookId++) {
          await trx('order_lines').insert({ order_id: order.id, book_id: bookId, quantity: 1, price_cents: 500 }) // hit: inserts-inside-a-transaction
        }
      })
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into order_lines', count: 7 }],
  },
  {
    name: 'update-per-row-with-a-value-of-its-own',
    why: 'no plain update does it at once, so that there may be no fix to show; it is a write loop all the same',
    request: { method: 'PUT' },
    async handler(db, _req, res) {
      const books = await db('books').where('category_id', 6).orderBy('id')
      for (const book of books) {
        await db('books') // hit: update-per-row-with-a-value-of-its-own
          .where('id', book.id)
          .update({ price_cents: Math.round(book.price_cents * 1.1) })
      }
      res.json(books.map(({ id }) => id))
    },
    findings: [{ kind: 'write-loop', statement: 'update books set price_cents = ? where id = ?', count: 7 }],
  },
  {
    name: 'update-per-row-with-one-value',
    request: { method: 'PUT' },
    async handler(db, _req, res) {
      const orders = await db('orders').where('status', 'open').orderBy('id').limit(8)
      for (const { id } of orders) {
        await db('orders').where({ id }).update({ status: 'paid' }) // hit: update-per-row-with-one-value
      }
      res.json(orders)
    },
    findings: [{ kind: 'write-loop', statement: 'update orders set status = ? where id = ?', count: 8 }],
  },
  {
    name: 'decrement-per-order-line',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const lines = await db('order_lines').whereIn('order_id', [1, 2, 3])
      await Promise.all(
        lines.map(
          (line) => db('books').where('id', line.book_id).decrement('stock', line.quantity), // hit: decrement-per-order-line
        ),
      )
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: DECREMENT_STOCK, count: 6 }],
  },
  {
    name: 'delete-per-row',
    request: { method: 'DELETE', body: { ids: [3, 9, 14, 20, 31] } },
    async handler(db, req, res) {
      for (const id of req.body.ids) await db('reviews').where({ id }).del() // hit: delete-per-row
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'delete from reviews where id = ?', count: 5 }],
  },
  {
    name: 'upsert-per-setting',
    request: { method: 'PUT', body: { currency: 'EUR', theme: 'dark', locale: 'pt', logo: 'new', motto: 'read' } },
    async handler(db, req, res) {
      for (const [key, value] of Object.entries(req.body)) {
        await db('settings').insert({ key, value }).onConflict('key').merge() // hit: upsert-per-setting
      }
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into settings', count: 5 }],
  },
  {
    name: 'parents-each-with-its-children',
    why: 'two statements per item are one finding: first all parents, then all children with the ids that came back',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      for (let customerId = 1; customerId <= 6; customerId++) {
        const [order] = await db('orders') // hit: parents-each-with-its-children
          .insert({ customer_id: customerId, status: 'open', total_cents: 900, placed_on: '2026-11-22' })
          .returning('id')
        await db('order_lines').insert({ order_id: order.id, book_id: customerId, quantity: 1, price_cents: 900 })
      }
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: ['insert into orders', 'insert into order_lines'], count: 12 }],
  },
  {
    name: 'raw-insert-per-row',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      for (let n = 0; n < 6; n++) {
        await db.raw('insert into logs (level, message, created_on) values (?, ?, ?)', ['info', `${n}`, '2026-11-22']) // hit: raw-insert-per-row
      }
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into logs', count: 6 }],
  },
  {
    name: 'update-or-insert-per-setting',
    why: 'an upsert by hand: an insert where the update has changed nothing',
    request: { method: 'PUT', body: { currency: 'EUR', logo: 'new', theme: 'dark', motto: 'read', font: 'serif' } },
    async handler(db, req, res) {
      for (const [key, value] of Object.entries(req.body)) {
        const changed = await db('settings').where({ key }).update({ value }) // hit: update-or-insert-per-setting
        if (changed === 0) await db('settings').insert({ key, value })
      }
      res.json('ok')
    },
    findings: [
      {
        kind: 'write-loop',
        statement: ['update settings set value = ? where key = ?', 'insert into settings'],
        count: 8,
      },
    ],
  },
  {
    name: 'links-of-a-book',
    request: { method: 'PUT', body: { tagIds: [1, 2, 3, 4, 5, 6, 7, 8] } },
    async handler(db, req, res) {
      await db('book_tags').where('book_id', 5).del()
      await Promise.all(
        req.body.tagIds.map(async (tagId: number) => {
          await db('book_tags').insert({ book_id: 5, tag_id: tagId }) // hit: links-of-a-book
        }),
      )
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into book_tags', count: 8 }],
  },
  {
    name: 'inserts-by-a-reduce-chain',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const reviews = new ReviewRepository(db)
      await [1, 2, 3, 4, 5, 6].reduce(
        (before, bookId) => before.then(() => reviews.save(bookId, 4)),
        Promise.resolve() as Promise<unknown>,
      )
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into reviews', count: 6 }],
  },
  {
    name: 'inserts-of-a-tree',
    why: 'could be one insert for each level; no fix is that simple to write',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const leaves = (name: string) => ({ name, below: [{ name: `${name} a` }, { name: `${name} b` }] })
      await saveTree(db, { name: 'new', below: [leaves('left'), leaves('right')] }, 1)
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into categories', count: 7 }],
  },
  {
    name: 'transaction-per-row',
    why: 'as many commits as rows',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      for (let n = 1; n <= 6; n++) {
        await db.transaction(async (trx) => {
          await trx('tags').insert({ name: `tag of ${n}` }) // hit: transaction-per-row
        })
      }
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: INSERT_TAG, count: 6 }],
  },
]

const nearMisses: readonly CorpusCase[] = [
  {
    name: 'insert-of-an-array',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await db('tags').insert(Array.from({ length: 12 }, (_, n) => ({ name: `new ${n}` })))
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'batch-insert-in-chunks',
    why: 'eight statements from one line, each with 25 rows',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const rows = Array.from({ length: 200 }, (_, n) => ({ name: `new ${n}` }))
      await db.batchInsert('tags', rows, 25)
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'inserts-of-own-chunks',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const rows = Array.from({ length: 120 }, (_, n) => ({ name: `new ${n}` }))
      for (let at = 0; at < rows.length; at += 20) await db('tags').insert(rows.slice(at, at + 20))
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'deletes-of-chunks',
    request: { method: 'DELETE' },
    async handler(db, _req, res) {
      const ids: number[] = await db('reviews').orderBy('id').pluck('id')
      for (let at = 0; at < ids.length; at += 10) {
        await db('reviews')
          .whereIn('id', ids.slice(at, at + 10))
          .del()
      }
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'updates-of-pages',
    why: 'a migration of data, page by page',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      for (let lastId = 0; ; ) {
        const ids: number[] = await db('books').where('id', '>', lastId).orderBy('id').limit(10).pluck('id')
        if (ids.length === 0) break
        await db('books').whereIn('id', ids).update({ stock: 5 })
        lastId = ids.at(-1) ?? lastId
      }
      res.json('ok')
    },
    // The pages are read with ever new ids, one after the other, and each with a limit of its own.
    findings: [],
  },
  {
    name: 'four-inserts-in-a-loop',
    why: 'one below the threshold of five',
    request: { method: 'POST', body: { names: ['a', 'b', 'c', 'd'] } },
    async handler(db, req, res) {
      for (const name of req.body.names) await db('tags').insert({ name })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'an-order-with-all-that-belongs-to-it',
    why: 'six writes, each to a table of its own',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await db.transaction(async (trx) => {
        const [order] = await trx('orders')
          .insert({ customer_id: 2, status: 'paid', total_cents: 700, placed_on: '2026-11-22' })
          .returning('id')
        await trx('order_lines').insert({ order_id: order.id, book_id: 4, quantity: 1, price_cents: 700 })
        await trx('books').where('id', 4).decrement('stock', 1)
        await trx('customers').where('id', 2).decrement('credit_cents', 700)
        await trx('jobs').insert({ status: 'queued', attempts: 0, payload: `mail for ${order.id}` })
        await trx('logs').insert({ level: 'info', message: 'ordered', created_on: '2026-11-22' })
      })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'counter-in-two-places',
    why: 'the same write twice: both count',
    mount(db, router) {
      router.use(async (_req, _res, next) => {
        await db('jobs').where('id', 1).increment('attempts', 1)
        next()
      })
      router.get('/', async (_req, res) => {
        await db('jobs').where('id', 1).increment('attempts', 1)
        res.json('ok')
      })
    },
    findings: [],
  },
  {
    name: 'rows-with-their-outbox',
    why: 'two things are saved, each with its message in the outbox',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await db('orders').where('id', 4).update({ status: 'sent' })
      await db('jobs').insert({ status: 'queued', attempts: 0, payload: 'order sent' })
      await db('customers').where('id', 4).increment('credit_cents', 5)
      await db('jobs').insert({ status: 'queued', attempts: 0, payload: 'credit changed' })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'worker-one-job-at-a-time',
    why: 'each job is claimed, worked on for a while, and closed before the next one is begun',
    request: { method: 'POST' },
    tables: (db) =>
      db('jobs').insert(Array.from({ length: 3 }, () => ({ status: 'queued', attempts: 0, payload: '' }))),
    async handler(db, _req, res) {
      for (;;) {
        const job = await db('jobs').where('status', 'queued').orderBy('id').first()
        if (!job) break
        await db('jobs').where('id', job.id).update({ status: 'running' })
        await pause(15)
        await db('jobs').where('id', job.id).update({ status: 'done' })
      }
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'log-line-per-step',
    why: 'six lines of code, each with a message of its own',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await db('logs').insert({ level: 'info', message: 'begun', created_on: '2026-11-22' })
      const order = await db('orders').where('id', 5).first()
      await db('logs').insert({ level: 'info', message: 'loaded', created_on: '2026-11-22' })
      await db('orders').where('id', order.id).update({ status: 'packed' })
      await db('logs').insert({ level: 'info', message: 'packed', created_on: '2026-11-22' })
      await db('orders').where('id', order.id).update({ status: 'sent' })
      await db('logs').insert({ level: 'info', message: 'sent', created_on: '2026-11-22' })
      await db('jobs').insert({ status: 'queued', attempts: 0, payload: 'mail' })
      await db('logs').insert({ level: 'info', message: 'told', created_on: '2026-11-22' })
      await db('logs').insert({ level: 'info', message: 'ended', created_on: '2026-11-22' })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'log-line-per-step-by-a-helper',
    why: 'no loop: steps of one procedure, each logged when it is done, by a helper whose line is always the same',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await logLine(db, 'begun')
      const book = await db('books').where('id', 2).first()
      await logLine(db, 'loaded')
      await db('books').where('id', book.id).update({ stock: 9 })
      await logLine(db, 'stocked')
      const author = await db('authors').where('id', book.author_id).first()
      await logLine(db, `author ${author.name}`)
      await db('jobs').insert({ status: 'queued', attempts: 0, payload: 'mail' })
      await logLine(db, 'told')
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'update-of-a-list',
    request: { method: 'PUT', body: { ids: [1, 2, 3, 4, 5, 6, 7] } },
    async handler(db, req, res) {
      await db('orders').whereIn('id', req.body.ids).update({ status: 'archived' })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'upsert-of-an-array',
    request: { method: 'PUT', body: { currency: 'EUR', theme: 'dark', locale: 'pt', logo: 'new', motto: 'read' } },
    async handler(db, req, res) {
      const rows = Object.entries(req.body).map(([key, value]) => ({ key, value: String(value) }))
      await db('settings').insert(rows).onConflict('key').merge()
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'insert-from-a-select',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await db.raw(`insert into jobs (status, attempts, payload)
        select 'queued', 0, email from customers where country = 'ES'`)
      await db('books').whereIn('author_id', db('authors').select('id').where('country', 'FR')).update({ stock: 0 })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'insert-until-a-name-is-free',
    why: 'a retry: every insert but the last one fails',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const names = ['currency', 'theme', 'locale', 'timezone', 'banner', 'currency-2']
      for (const key of names) {
        const taken = await db('settings')
          .insert({ key, value: 'mine' })
          .then(
            () => false,
            () => true,
          )
        if (!taken) break
      }
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'two-short-loops-of-one-insert',
    why: 'three and three are not six',
    request: { method: 'POST', body: { genres: ['a', 'b', 'c'], moods: ['d', 'e', 'f'] } },
    async handler(db, req, res) {
      for (const name of req.body.genres) await db('tags').insert({ name })
      for (const name of req.body.moods) await db('tags').insert({ name })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'clearing-six-tables',
    request: { method: 'DELETE' },
    async handler(db, _req, res) {
      for (const table of ['order_lines', 'orders', 'reviews', 'book_tags', 'logs', 'jobs']) await db(table).del()
      res.json('ok')
    },
    findings: [],
  },
]

/** Rows written one at a time, and writes that only look like it. */
export const cases: readonly CorpusCase[] = [...hits, ...nearMisses]
