import { pbkdf2Sync } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { slowViews } from './support/slow-views.js'
import { smallPool } from './support/small-pool.js'

const BOOK_BY_ID = 'from books where id = ?'

const twoPooled = smallPool({ connections: 2 })
const impatient = smallPool({ connections: 1, patienceMs: 150 })

/** Stands for a call to another service over the network. */
async function chargeCard(): Promise<string> {
  await pause(200)
  return 'charged'
}

/** Asks the root knex, whatever transaction its caller is in. */
class StockRepository {
  constructor(db: Knex) {
    this.db = db
  }
  private readonly db: Knex

  find(bookId: number): Promise<{ readonly stock: number }> {
    return this.db('books').where('id', bookId).first().then() // hit: repository-outside-its-transaction
  }
}

/** Where a connection is held while the app does other things, the line to blame is that of the transaction. */
const held: readonly CorpusCase[] = [
  {
    name: 'payment-inside-a-transaction',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const pay = async (trx: Knex.Transaction): Promise<void> => {
        await trx('orders').where('id', 3).update({ status: 'paying' })
        await chargeCard()
        await trx('orders').where('id', 3).update({ status: 'paid' })
      }
      await db.transaction(pay) // hit: payment-inside-a-transaction
      res.json('ok')
    },
    findings: [{ kind: 'long-transaction', statement: 'begin', count: 1 }],
  },
  {
    name: 'commit-after-the-payment',
    why: 'all is written before the call, and the commit comes after it',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const trx = await db.transaction() // hit: commit-after-the-payment
      await trx('orders').where('id', 6).update({ status: 'paid' })
      await chargeCard()
      await trx.commit()
      res.json('ok')
    },
    findings: [{ kind: 'long-transaction', statement: 'begin', count: 1 }],
  },
  {
    name: 'transaction-begun-before-it-is-needed',
    why: 'idle between BEGIN and the first statement',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const trx = await db.transaction() // hit: transaction-begun-before-it-is-needed
      const receipt = await chargeCard()
      await trx('logs').insert({ level: 'info', message: receipt, created_on: '2026-11-22' })
      await trx.commit()
      res.json('ok')
    },
    findings: [{ kind: 'long-transaction', statement: 'begin', count: 1 }],
  },
  {
    name: 'hashing-inside-a-transaction',
    why: 'the app is busy and not waiting: the connection is held all the same',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const trx = await db.transaction() // hit: hashing-inside-a-transaction
      const customer = await trx('customers').where('id', 2).first()
      const untilMs = performance.now() + 200
      let hash = customer.email
      while (performance.now() < untilMs) hash = pbkdf2Sync(hash, 'salt', 1_000, 16, 'sha256').toString('hex')
      await trx('customers').where('id', 2).update({ name: hash })
      await trx.commit()
      res.json('ok')
    },
    findings: [{ kind: 'long-transaction', statement: 'begin', count: 1 }],
  },
  {
    name: 'call-inside-a-read-only-transaction',
    async handler(db, _req, res) {
      const trx = await db.transaction({ readOnly: db.client.config.client === 'pg' }) // hit: call-inside-a-read-only-transaction
      const order = await trx('orders').where('id', 4).first()
      const receipt = await chargeCard()
      const lines = await trx('order_lines').where('order_id', order.id)
      await trx.commit()
      res.json({ order, lines, receipt })
    },
    findings: [{ kind: 'long-transaction', statement: 'begin', count: 1 }],
  },
]

/** Where it is a query on the root knex that takes a second connection, the line to blame is that of the query. */
const secondConnections: readonly CorpusCase[] = [
  {
    name: 'root-knex-inside-a-transaction',
    why: 'needs two of two connections at once: two such requests would wait for each other for ever',
    engines: ['PostgreSQL'],
    request: { method: 'POST' },
    tables: twoPooled.tables,
    dropTables: twoPooled.dropTables,
    async handler(_db, _req, res) {
      const pool = twoPooled.knex()
      await pool.transaction(async (trx) => {
        await trx('orders').where('id', 9).update({ status: 'paid' })
        const book = await pool('books').where('id', 9).first() // hit: root-knex-inside-a-transaction
        await trx('books')
          .where('id', 9)
          .update({ stock: book.stock - 1 })
      })
      res.json('ok')
    },
    findings: [{ kind: 'long-transaction', statement: BOOK_BY_ID, count: 1 }],
  },
  {
    name: 'repository-outside-its-transaction',
    why: 'the helper was made with the root knex',
    engines: ['PostgreSQL'],
    request: { method: 'POST' },
    tables: twoPooled.tables,
    dropTables: twoPooled.dropTables,
    async handler(_db, _req, res) {
      const pool = twoPooled.knex()
      const stock = new StockRepository(pool)
      const trx = await pool.transaction()
      const { stock: left } = await stock.find(15)
      await trx('books')
        .where('id', 15)
        .update({ stock: left + 1 })
      await trx.commit()
      res.json('ok')
    },
    findings: [{ kind: 'long-transaction', statement: BOOK_BY_ID, count: 1 }],
  },
  {
    name: 'root-knex-waiting-for-its-own-transaction',
    why: 'waits for the only connection, which its own transaction holds, until it gives up',
    tables: impatient.tables,
    dropTables: impatient.dropTables,
    async handler(_db, _req, res) {
      const pool = impatient.knex()
      const found = await pool.transaction(async (trx) => {
        await trx.raw('select 1')
        const reading = pool('books').where('id', 1).first() // hit: root-knex-waiting-for-its-own-transaction
        return reading.catch(() => 'no connection')
      })
      res.json(found)
    },
    findings: [
      { kind: 'pool-wait', statement: BOOK_BY_ID, count: 1 },
      { kind: 'long-transaction', statement: BOOK_BY_ID, count: 1 },
    ],
  },
]

const nearMisses: readonly CorpusCase[] = [
  {
    name: 'transaction-of-queries-alone',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await db.transaction(async (trx) => {
        const order = await trx('orders').where('id', 8).first()
        const lines = await trx('order_lines').where('order_id', order.id)
        await trx('orders').where('id', order.id).update({ total_cents: lines.length })
        await trx('jobs').insert({ status: 'queued', attempts: 0, payload: 'mail' })
      })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'payment-before-the-transaction',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const receipt = await chargeCard()
      await db.transaction(async (trx) => {
        await trx('orders').where('id', 3).update({ status: 'paid' })
        await trx('logs').insert({ level: 'info', message: receipt, created_on: '2026-11-22' })
      })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'payment-between-two-transactions',
    why: 'no connection is held while the app waits',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await db.transaction((trx) => trx('orders').where('id', 3).update({ status: 'paying' }))
      const receipt = await chargeCard()
      await db.transaction(async (trx) => {
        await trx('orders').where('id', 3).increment('total_cents', 1)
        await trx('logs').insert({ level: 'info', message: receipt, created_on: '2026-11-22' })
      })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'a-little-work-inside-a-transaction',
    why: 'what is computed from the rows takes no time',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await db.transaction(async (trx) => {
        const lines = await trx('order_lines').orderBy('id')
        const total = lines.reduce((sum, line) => sum + line.quantity * line.price_cents, 0)
        await trx('settings')
          .where('key', 'banner')
          .update({ value: JSON.stringify({ total }) })
      })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'a-longer-query-inside-a-transaction',
    why: 'the connection works all the time that it is held',
    request: { method: 'POST' },
    ...slowViews({ order_report: { table: 'orders', ms: 60 } }),
    async handler(db, _req, res) {
      await db.transaction(async (trx) => {
        const order = await trx('order_report').where('id', 7).first()
        await trx('customers').where('id', order.customer_id).increment('credit_cents', 10)
      })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'savepoints-inside-a-transaction',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await db.transaction(async (trx) => {
        await trx('orders').where('id', 1).update({ status: 'packed' })
        await trx.transaction(async (inner) => {
          await inner('books').where('id', 1).decrement('stock', 1)
        })
      })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'transaction-rolled-back',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const outcome = await db
        .transaction(async (trx) => {
          await trx('books').where('id', 2).decrement('stock', 1)
          const book = await trx('books').where('id', 2).first()
          if (book.stock < 5) throw new Error('too few')
        })
        .catch((error: Error) => error.message)
      res.json(outcome)
    },
    findings: [],
  },
  {
    name: 'root-knex-after-the-transaction',
    why: 'the first connection is free again',
    engines: ['PostgreSQL'],
    request: { method: 'POST' },
    tables: twoPooled.tables,
    dropTables: twoPooled.dropTables,
    async handler(_db, _req, res) {
      const pool = twoPooled.knex()
      await pool.transaction(async (trx) => {
        await trx('orders').where('id', 9).update({ status: 'paid' })
      })
      res.json(await pool('books').where('id', 9).first())
    },
    findings: [],
  },
]

/** Transactions that hold a connection for longer than they use it, and those that do not. */
export const cases: readonly CorpusCase[] = [...held, ...secondConnections, ...nearMisses]
