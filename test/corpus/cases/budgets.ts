import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { slowViews } from './support/slow-views.js'

const twoReports = slowViews({
  order_report: { table: 'orders', ms: 50 },
  customer_report: { table: 'customers', ms: 70 },
})

/** Few queries for many ids, which add up. */
async function reviewsOf(db: Knex, bookIds: readonly number[], chunk: number): Promise<readonly object[]> {
  const reviews = []
  for (let at = 0; at < bookIds.length; at += chunk) {
    reviews.push(...(await db('reviews').whereIn('book_id', bookIds.slice(at, at + chunk)))) // hit: reviews-over-the-budget
  }
  return reviews
}

/**
 * Requests that their route allows so much and no more. The finding is about the whole request: its count is that of
 * all queries. Statement and line are those that have spent most of the budget.
 */
export const cases: readonly CorpusCase[] = [
  {
    name: 'reviews-over-the-budget',
    why: 'fifteen queries where ten are allowed; none of them is wrong by itself',
    budget: { queries: 10 },
    async handler(db, _req, res) {
      const author = await db('authors').where('id', 1).first()
      const ids: number[] = await db('books').orderBy('id').pluck('id')
      const categories = await db('categories')
      const reviews = await reviewsOf(db, ids, 5)
      res.json({ author, categories, reviews })
    },
    findings: [{ kind: 'query-budget', statement: 'from reviews where book_id in', count: 15 }],
  },
  {
    name: 'time-over-the-budget',
    why: 'no query is slow; together they take more than the route allows',
    budget: { sqlMs: 80 },
    ...twoReports,
    async handler(db, _req, res) {
      const order = await db('order_report').where('id', 4).first()
      const customer = await db('customer_report').where('id', order.customer_id).first() // hit: time-over-the-budget
      res.json({ order, customer })
    },
    findings: [{ kind: 'query-budget', statement: 'from customer_report where id = ?', count: 2 }],
  },
  {
    name: 'loop-over-the-budget',
    why: 'the loop is what has to go, and the budget says so too',
    budget: { queries: 8 },
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id')
      for (const author of authors) {
        author.books = await db('books').where('author_id', author.id) // hit: loop-over-the-budget
      }
      res.json(authors)
    },
    findings: [
      { kind: 'n-plus-one', statement: 'from books where author_id = ?', count: 12 },
      { kind: 'query-budget', statement: 'from books where author_id = ?', count: 13 },
    ],
  },
  {
    name: 'writes-over-the-budget',
    why: 'one above; writes count as reads do',
    request: { method: 'POST' },
    budget: { queries: 3 },
    async handler(db, _req, res) {
      const order = await db('orders').where('id', 2).first()
      const chunks = [
        [1, 2],
        [3, 4],
        [5, 6],
      ]
      for (const ids of chunks) await db('books').whereIn('id', ids).update({ stock: 4 }) // hit: writes-over-the-budget
      res.json(order)
    },
    findings: [{ kind: 'query-budget', statement: 'update books set stock = ? where id in', count: 4 }],
  },
  {
    name: 'reviews-within-the-budget',
    why: 'as many as are allowed, and no more',
    budget: { queries: 6 },
    async handler(db, _req, res) {
      const reviews = []
      const ids: number[] = await db('books').orderBy('id').pluck('id')
      for (let at = 0; at < 50; at += 10) {
        reviews.push(...(await db('reviews').whereIn('book_id', ids.slice(at, at + 10))))
      }
      res.json(reviews)
    },
    findings: [],
  },
  {
    name: 'many-queries-without-a-budget',
    why: 'thirty, each for two ids, on a route that is allowed any number',
    async handler(db, _req, res) {
      const ids: number[] = await db('books').orderBy('id').pluck('id')
      const reviews = []
      for (let at = 0; at < ids.length; at += 2) {
        reviews.push(...(await db('reviews').whereIn('book_id', ids.slice(at, at + 2))))
      }
      res.json(reviews)
    },
    findings: [],
  },
  {
    name: 'transaction-within-the-budget',
    why: 'BEGIN, the savepoint and COMMIT do not count',
    request: { method: 'POST' },
    budget: { queries: 3 },
    async handler(db, _req, res) {
      await db.transaction(async (trx) => {
        const order = await trx('orders').where('id', 5).first()
        await trx.transaction(async (inner) => {
          await inner('orders').where('id', order.id).update({ status: 'sent' })
        })
        await trx('jobs').insert({ status: 'queued', attempts: 0, payload: 'mail' })
      })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'time-within-the-budget',
    budget: { sqlMs: 500, queries: 2 },
    ...twoReports,
    async handler(db, _req, res) {
      const order = await db('order_report').where('id', 4).first()
      const customer = await db('customer_report').where('id', order.customer_id).first()
      res.json({ order, customer })
    },
    findings: [],
  },
  {
    name: 'slow-app-within-its-budget',
    why: 'the budget is of SQL time, and the app takes its time by itself',
    budget: { sqlMs: 80 },
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id')
      const untilMs = performance.now() + 120
      let turns = 0
      while (performance.now() < untilMs) turns++
      res.json({ books, isDone: turns > 0 })
    },
    findings: [],
  },
]
