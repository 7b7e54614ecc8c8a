import { setTimeout as pause } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { slowViews } from './support/slow-views.js'

/** Writes some time after it is called, as one does who first asks another service. */
async function noteVisit(db: Knex, page: string): Promise<void> {
  await pause(30)
  await db('logs').insert({ level: 'info', message: `visit of ${page}`, created_on: '2026-11-22' }) // hit: visit-noted-without-await
}

/** Queries that nobody waits for. */
const hits: readonly CorpusCase[] = [
  {
    name: 'visit-noted-without-await',
    why: 'an async helper is called, and its promise dropped',
    lateMs: 200,
    async handler(db, _req, res) {
      void noteVisit(db, 'books')
      res.json(await db('books').limit(3))
    },
    findings: [{ kind: 'late-query', statement: 'insert into logs', count: 1 }],
  },
  {
    name: 'for-each-with-an-async-function',
    why: 'forEach waits for none of the promises that it is given',
    request: { method: 'POST', body: { bookIds: [1, 2, 3] } },
    lateMs: 200,
    async handler(db, req, res) {
      req.body.bookIds.forEach(async (id: number) => {
        await pause(30)
        await db('books').where({ id }).increment('stock', 1) // hit: for-each-with-an-async-function
      })
      res.json('ok')
    },
    findings: [{ kind: 'late-query', statement: 'update books set stock = stock + ? where id = ?', count: 3 }],
  },
  {
    name: 'timer-that-outlives-the-response',
    lateMs: 200,
    async handler(db, _req, res) {
      setTimeout(() => {
        db('jobs') // hit: timer-that-outlives-the-response
          .insert({ status: 'queued', attempts: 0, payload: 'mail' })
          .catch(() => {})
      }, 30)
      res.json(await db('orders').where('id', 1).first())
    },
    findings: [{ kind: 'late-query', statement: 'insert into jobs', count: 1 }],
  },
  {
    name: 'cache-warmed-on-the-side',
    why: 'begun before the response and ended after it',
    engines: ['PostgreSQL'],
    lateMs: 200,
    ...slowViews({ book_report: { table: 'books', ms: 50 } }),
    async handler(db, _req, res) {
      const category = await db('categories').where('id', 6).first()
      const cache = new Map<string, unknown>()
      db('book_report') // hit: cache-warmed-on-the-side
        .where('category_id', 6)
        .then((rows) => cache.set('books', rows))
        .catch(() => {})
      res.json(category)
    },
    findings: [{ kind: 'late-query', statement: 'from book_report where category_id = ?', count: 1 }],
  },
  {
    name: 'chain-that-is-not-returned',
    why: 'a then without a return: the handler waits for the first read, not for the write after it',
    request: { method: 'POST' },
    lateMs: 200,
    async handler(db, _req, res) {
      const order = await db('orders').where('id', 12).first()
      pause(30)
        .then(() => db('customers').where('id', order.customer_id).increment('credit_cents', 1)) // hit: chain-that-is-not-returned
        .catch(() => {})
      res.json(order)
    },
    findings: [{ kind: 'late-query', statement: 'update customers set credit_cents = credit_cents + ?', count: 1 }],
  },
]

const nearMisses: readonly CorpusCase[] = [
  {
    name: 'visit-noted-with-await',
    async handler(db, _req, res) {
      const books = await db('books').limit(3)
      await db('logs').insert({ level: 'info', message: 'visit', created_on: '2026-11-22' })
      res.json(books)
    },
    findings: [],
  },
  {
    name: 'begun-early-and-awaited-later',
    why: 'not awaited at first, and ended before the response',
    async handler(db, _req, res) {
      const noting = db('logs').insert({ level: 'info', message: 'visit', created_on: '2026-11-22' }).then()
      const books = await db('books').limit(3)
      await noting
      res.json(books)
    },
    findings: [],
  },
  {
    name: 'forgotten-and-yet-in-time',
    why: 'nobody waits for it, and it has long ended when the response is sent',
    async handler(db, _req, res) {
      db('jobs')
        .where('id', 1)
        .increment('attempts', 1)
        .then(
          () => {},
          () => {},
        )
      await pause(60)
      res.json(await db('books').limit(3))
    },
    findings: [],
  },
  {
    name: 'pages-written-as-they-are-read',
    why: 'the response begins before the last query and ends after it',
    async handler(db, _req, res) {
      for (const offset of [0, 20, 40]) {
        const page = await db('books').orderBy('id').limit(20).offset(offset)
        res.write(`${page.map(({ title }) => title).join('\n')}\n`)
      }
      res.end()
    },
    findings: [],
  },
  {
    name: 'all-settled-before-the-answer',
    async handler(db, _req, res) {
      const outcomes = await Promise.allSettled([
        db('logs').insert({ level: 'info', message: 'visit', created_on: '2026-11-22' }),
        db('no_such_table').select('id'),
        db('jobs').where('id', 2).increment('attempts', 1),
      ])
      res.json(outcomes.map(({ status }) => status))
    },
    findings: [],
  },
  {
    name: 'work-left-to-a-queue',
    why: 'what is to be done later is written down now',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await db('jobs').insert({ status: 'queued', attempts: 0, payload: 'send the mail' })
      res.json('accepted')
    },
    findings: [],
  },
]

/** Queries that end after the response, and those that end just in time. */
export const cases: readonly CorpusCase[] = [...hits, ...nearMisses]
