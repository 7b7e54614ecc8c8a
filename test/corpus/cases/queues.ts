import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { ownTables, rowsOf } from './support/own-tables.js'

interface Task {
  readonly id: number
  readonly payload: string
}

const TASKS = {
  tasks: { rows: rowsOf(6, (n) => ({ state: 'waiting', payload: `payload ${n}` })) },
}

function nextTask(db: Knex): Promise<Task | undefined> {
  return db('tasks').where('state', 'waiting').orderBy('id').first()
}

const workers: readonly CorpusCase[] = [
  {
    name: 'tasks-taken-one-at-a-time',
    why: 'a worker asks for the next task when it is done with one: there is no list that it could write at once',
    ...ownTables(TASKS),
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const done = []
      for (let task = await nextTask(db); task !== undefined; task = await nextTask(db)) {
        await db('tasks').where('id', task.id).update({ state: 'running' })
        done.push(task.payload.toUpperCase())
        await db('tasks').where('id', task.id).update({ state: 'done' })
      }
      res.json(done)
    },
    findings: [],
  },
  {
    name: 'tasks-claimed-by-an-update',
    why: 'as before, with the claim in one statement',
    ...ownTables(TASKS),
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const done = []
      for (;;) {
        const next = db('tasks').select('id').where('state', 'waiting').orderBy('id').limit(1)
        const [task] = await db('tasks').where('id', next).update({ state: 'running' }).returning(['id', 'payload'])
        if (task === undefined) break
        done.push(task.payload.length)
        await db('tasks').where('id', task.id).update({ state: 'done', payload: '' })
      }
      res.json(done)
    },
    findings: [],
  },
  {
    name: 'tasks-claimed-each-in-a-transaction',
    ...ownTables(TASKS),
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const workOne = (): Promise<boolean> =>
        db.transaction(async (trx) => {
          const task = await trx('tasks').where('state', 'waiting').orderBy('id').first()
          if (task === undefined) return false
          await trx('tasks')
            .where('id', task.id)
            .update({ state: `done: ${task.payload}` })
          return true
        })
      let count = 0
      while (await workOne()) count++
      res.json({ count })
    },
    findings: [],
  },
  {
    name: 'tasks-of-a-list-marked-as-done',
    why: 'all are read at once, and written one by one',
    ...ownTables(TASKS),
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const tasks = await db('tasks').where('state', 'waiting').orderBy('id')
      for (const { id } of tasks) await db('tasks').where({ id }).update({ state: 'done' }) // hit: tasks-of-a-list-marked-as-done
      res.json(tasks.length)
    },
    findings: [{ kind: 'write-loop', statement: 'update tasks set state = ? where id = ?', count: 6 }],
  },
  {
    name: 'code-given-until-it-is-new',
    why: 'what is there already is left alone, and another code tried',
    ...ownTables({ vouchers: { rows: rowsOf(5, (n) => ({ code: `CODE${n}` })), unique: ['code'] } }),
    request: { method: 'POST' },
    async handler(db, _req, res) {
      for (let n = 1; ; n++) {
        const made = await db('vouchers')
          .insert({ code: `CODE${n}` })
          .onConflict('code')
          .ignore()
          .returning('id')
        if (made.length > 0) return res.json({ code: `CODE${n}` })
      }
    },
    findings: [],
  },
]

const writes: readonly CorpusCase[] = [
  {
    name: 'prices-updated-or-here-and-there-inserted',
    why: 'the insert for some belongs to the same loop',
    request: { method: 'PUT', body: { ids: [57, 90, 58, 91, 59, 60, 92, 56] } },
    async handler(db, req, res) {
      for (const id of req.body.ids) {
        const changed = await db('books').where({ id }).update({ price_cents: 999 }) // hit: prices-updated-or-here-and-there-inserted
        if (changed === 0) await db('books').insert({ id, author_id: 1, title: `book ${id}`, price_cents: 999 })
      }
      res.json('ok')
    },
    findings: [
      {
        kind: 'write-loop',
        statement: ['update books set price_cents = ? where id = ?', 'insert into books'],
        count: 11,
      },
    ],
  },
  {
    name: 'orders-imported-with-lines-and-log',
    why: 'three writes for each order, of which one is of several rows: one loop',
    request: { method: 'POST', body: { orders: rowsOf(6, (n) => ({ customer: n, books: [n, n + 10] })) } },
    async handler(db, req, res) {
      for (const { customer, books } of req.body.orders) {
        const [order] = await db('orders') // hit: orders-imported-with-lines-and-log
          .insert({ customer_id: customer, status: 'open', total_cents: 0, placed_on: '2026-11-22' })
          .returning('id')
        const lines = books.map((id: number) => ({ order_id: order.id, book_id: id, quantity: 1, price_cents: 500 }))
        await db('order_lines').insert(lines)
        await db('logs').insert({ level: 'info', message: `order ${order.id}`, created_on: '2026-11-22' })
      }
      res.json('ok')
    },
    findings: [
      {
        kind: 'write-loop',
        statement: ['insert into orders', 'insert into order_lines', 'insert into logs'],
        count: 18,
      },
    ],
  },
  {
    name: 'tags-of-books-replaced-one-book-at-a-time',
    why: 'a delete and an insert of several rows for each book',
    request: { method: 'PUT' },
    async handler(db, _req, res) {
      const books = await db('books').where('author_id', 3).select('id')
      await db.transaction(async (trx) => {
        for (const { id } of books) {
          await trx('book_tags').where('book_id', id).delete() // hit: tags-of-books-replaced-one-book-at-a-time
          await trx('book_tags').insert([1, 2, 3].map((tag) => ({ book_id: id, tag_id: tag })))
        }
      })
      res.json('ok')
    },
    findings: [
      {
        kind: 'write-loop',
        statement: ['delete from book_tags where book_id = ?', 'insert into book_tags'],
        count: 10,
      },
    ],
  },
]

const reads: readonly CorpusCase[] = [
  {
    name: 'second-look-for-two-of-seven',
    why: 'what some items ask in addition belongs to the loop',
    async handler(db, _req, res) {
      const customers = await db('customers').orderBy('id').limit(7)
      for (const customer of customers) {
        customer.order = await db('orders').where({ customer_id: customer.id, status: 'open' }).first() // hit: second-look-for-two-of-seven
        if (customer.id % 3 === 1) {
          customer.review = await db('reviews').where('customer_id', customer.id).first()
        }
      }
      res.json(customers)
    },
    findings: [
      {
        kind: 'n-plus-one',
        statement: ['from orders where customer_id = ? and status = ?', 'from reviews where customer_id = ?'],
        count: 10,
      },
    ],
  },
  {
    name: 'pages-with-their-authors-by-lists',
    why: 'page by page, and for each page its authors at once: the lists meet, since authors have many books',
    async handler(db, _req, res) {
      const titles = []
      for (let page = 0; page < 6; page++) {
        const books = await db('books')
          .orderBy('title')
          .limit(10)
          .offset(page * 10)
        const ids = [...new Set(books.map(({ author_id }) => author_id))]
        const authors = await db('authors').whereIn('id', ids)
        const nameOf = new Map(authors.map(({ id, name }) => [id, name]))
        titles.push(...books.map(({ title, author_id }) => `${title} by ${nameOf.get(author_id)}`))
      }
      res.json(titles)
    },
    findings: [],
  },
]

/** Workers that take what is next, and items that need several statements each. */
export const cases: readonly CorpusCase[] = [...workers, ...writes, ...reads]
