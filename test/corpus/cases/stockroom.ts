import { setTimeout as pause } from 'node:timers/promises'
import type { Request } from 'express'
import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { ownTables, rowsOf } from './support/own-tables.js'

const shelves = ownTables({
  shelves: { rows: rowsOf(12, (n) => ({ code: `S${n}`, room: 1 + (n % 3), free: 10 - (n % 4) })) },
  crates: {
    rows: rowsOf(24, (n) => ({ shelf_id: ((n - 1) % 12) + 1, sku: `sku-${n}`, weight: n * 10 })),
    unique: ['sku'],
  },
})

const MORE_THAN_ENOUGH = 1_000

async function currencyOf(db: Knex): Promise<string> {
  const row = await db('settings').where({ key: 'currency' }).first('value') // hit: currency-read-by-three-formatters
  return row.value
}

async function mayEdit(db: Knex, userId: number): Promise<boolean> {
  const user = await db('customers').where({ id: userId }).first('country') // hit: permission-asked-for-each-row
  return user.country !== 'IT'
}

async function settingOf(db: Knex, key: string): Promise<string> {
  const row = await db('settings').where({ key }).first('value')
  return row.value
}

interface WithCustomer extends Request {
  customer?: { readonly id: number; readonly name: string }
}

const hits: readonly CorpusCase[] = [
  {
    name: 'order-with-lines-one-by-one',
    request: { method: 'POST', body: { lines: [3, 5, 7, 9, 11, 13] } },
    async handler(db, req, res) {
      await db.transaction(async (trx) => {
        for (const bookId of req.body.lines) {
          await trx('order_lines').insert({ order_id: 1, book_id: bookId, quantity: 1, price_cents: 700 }) // hit: order-with-lines-one-by-one
        }
      })
      res.status(200).json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into order_lines', count: 6 }],
  },
  {
    name: 'stock-taken-per-line',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const lines = await db('order_lines').orderBy('id').limit(8)
      for (const line of lines) {
        await db('books').where({ id: line.book_id }).decrement('stock', line.quantity) // hit: stock-taken-per-line
      }
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'update books set stock = stock - ? where id = ?', count: 8 }],
  },
  {
    name: 'checked-reviews-deleted-one-by-one',
    request: { method: 'DELETE', body: { ids: [4, 8, 15, 16, 23, 42, 50] } },
    async handler(db, req, res) {
      let deleted = 0
      for (const id of req.body.ids) deleted += await db('reviews').where({ id }).del() // hit: checked-reviews-deleted-one-by-one
      res.json({ deleted })
    },
    findings: [{ kind: 'write-loop', statement: 'delete from reviews where id = ?', count: 7 }],
  },
  {
    name: 'settings-saved-one-by-one',
    request: {
      method: 'PUT',
      body: { currency: 'EUR', theme: 'dark', locale: 'es', timezone: 'CET', banner: 'none', page_size: '50' },
    },
    async handler(db, req, res) {
      for (const [key, value] of Object.entries(req.body)) {
        await db('settings').insert({ key, value }).onConflict('key').merge() // hit: settings-saved-one-by-one
      }
      res.json('saved')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into settings', count: 6 }],
  },
  {
    name: 'tags-found-or-made',
    request: { method: 'POST', body: { names: ['poetry', 'drama', 'comics', 'essays', 'travel', 'cooking'] } },
    async handler(db, req, res) {
      for (const name of req.body.names) {
        const known = await db('tags').where({ name }).first('id') // hit: tags-found-or-made-read
        if (!known) await db('tags').insert({ name }) // hit: tags-found-or-made-write
      }
      res.json('ok')
    },
    findings: [
      { kind: 'n-plus-one', statement: 'from tags where name = ?', count: 6, at: 'tags-found-or-made-read' },
      { kind: 'write-loop', statement: 'insert into tags', count: 6, at: 'tags-found-or-made-write' },
    ],
  },
  {
    name: 'statuses-set-at-once',
    request: { method: 'PATCH', body: { ids: [1, 2, 4, 5, 7, 8] } },
    async handler(db, req, res) {
      await Promise.all(
        req.body.ids.map((id: number) =>
          db('orders') // hit: statuses-set-at-once
            .where({ id })
            .update({ status: 'sent', placed_on: `2026-11-${10 + id}` }),
        ),
      )
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'update orders set status = ?', count: 6 }],
  },
  {
    name: 'lines-of-a-file-inserted-at-once',
    request: { method: 'POST', body: { csv: 'a;1\nb;2\nc;3\nd;4\ne;5\nf;6\ng;7\nh;8\ni;9' } },
    async handler(db, req, res) {
      const rows = req.body.csv.split('\n').map((line: string) => line.split(';'))
      await Promise.all(rows.map(([name]: readonly string[]) => db('tags').insert({ name: `imported ${name}` }))) // hit: lines-of-a-file-inserted-at-once
      res.json({ count: rows.length })
    },
    findings: [{ kind: 'write-loop', statement: 'insert into tags', count: 9 }],
  },
  {
    name: 'crates-weighed-and-noted',
    why: 'a read and a write of each crate: two findings, which are put right in two ways',
    request: { method: 'POST', body: { skus: ['sku-2', 'sku-4', 'sku-6', 'sku-8', 'sku-10', 'sku-12', 'sku-14'] } },
    ...shelves,
    async handler(db, req, res) {
      for (const sku of req.body.skus) {
        const crate = await db('crates').where('sku', sku).first() // hit: crates-weighed-and-noted-read
        await db('crates') // hit: crates-weighed-and-noted-write
          .where('id', crate.id)
          .update({ weight: crate.weight + 1 })
      }
      res.json('ok')
    },
    findings: [
      { kind: 'n-plus-one', statement: 'from crates where sku = ?', count: 7, at: 'crates-weighed-and-noted-read' },
      { kind: 'write-loop', statement: 'update crates set weight = ?', count: 7, at: 'crates-weighed-and-noted-write' },
    ],
  },
  {
    name: 'crates-of-each-shelf',
    ...shelves,
    async handler(db, _req, res) {
      const rooms: Record<string, number> = {}
      for (const shelf of await db('shelves').orderBy('code')) {
        const crates = await db('crates').where('shelf_id', '=', shelf.id).select('weight') // hit: crates-of-each-shelf
        rooms[shelf.room] = (rooms[shelf.room] ?? 0) + crates.reduce((sum, { weight }) => sum + weight, 0)
      }
      res.json(rooms)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from crates where shelf_id = ?', count: 12 }],
  },
  {
    name: 'customer-loaded-by-guard-and-handler',
    mount(db, router) {
      router.use(async (req: WithCustomer, _res, next) => {
        req.customer = await db('customers').where({ id: 3 }).first()
        next()
      })
      router.get('/', async (_req, res) => {
        const customer = await db('customers').where({ id: 3 }).first() // hit: customer-loaded-by-guard-and-handler
        res.json({ hello: customer.name })
      })
    },
    findings: [{ kind: 'duplicate-query', statement: 'from customers where id = ?', count: 2 }],
  },
  {
    name: 'currency-read-by-three-formatters',
    async handler(db, _req, res) {
      const [net, tax, gross] = [100, 21, 121]
      const shown = []
      shown.push(`${net} ${await currencyOf(db)}`)
      shown.push(`${tax} ${await currencyOf(db)}`)
      shown.push(`${gross} ${await currencyOf(db)}`)
      res.json(shown)
    },
    findings: [{ kind: 'duplicate-query', statement: 'from settings where key = ?', count: 3 }],
  },
  {
    name: 'tax-rate-read-for-each-line',
    why: 'the value never varies: it is one read, six times',
    async handler(db, _req, res) {
      const lines = await db('order_lines').orderBy('id').limit(6)
      const taxed = []
      for (const line of lines) {
        const rate = await db('settings').where('key', 'tax_rate').first('value') // hit: tax-rate-read-for-each-line
        taxed.push({ ...line, rate: rate.value })
      }
      res.json(taxed)
    },
    findings: [{ kind: 'duplicate-query', statement: 'from settings where key = ?', count: 6 }],
  },
  {
    name: 'permission-asked-for-each-row',
    async handler(db, _req, res) {
      const orders = await db('orders').orderBy('id').limit(4)
      res.json(await Promise.all(orders.map(async (order) => ({ ...order, isEditable: await mayEdit(db, 5) }))))
    },
    findings: [{ kind: 'duplicate-query', statement: 'from customers where id = ?', count: 4 }],
  },
  {
    name: 'whole-log-to-the-browser',
    async handler(db, _req, res) {
      res.json(await db('logs').select('id', 'message').orderBy('id')) // hit: whole-log-to-the-browser
    },
    findings: [{ kind: 'unbounded-result', statement: 'from logs order by id', count: 1 }],
  },
  {
    name: 'errors-counted-in-the-app',
    async handler(db, _req, res) {
      const errors = await db('logs').where({ level: 'error' }).select('id') // hit: errors-counted-in-the-app
      res.json({ errors: errors.length })
    },
    findings: [{ kind: 'over-fetch', statement: 'from logs where level = ?', count: 1 }],
  },
  {
    name: 'audit-row-after-the-answer',
    lateMs: 200,
    request: { method: 'POST' },
    async handler(db, _req, res) {
      res.json('ok')
      await pause(40)
      await db('jobs').insert({ status: 'queued', attempts: 0, payload: 'audit' }) // hit: audit-row-after-the-answer
    },
    findings: [{ kind: 'late-query', statement: 'insert into jobs', count: 1 }],
  },
]

const nearMisses: readonly CorpusCase[] = [
  {
    name: 'order-with-all-lines-at-once',
    request: { method: 'POST', body: { lines: [3, 5, 7, 9, 11, 13] } },
    async handler(db, req, res) {
      await db.transaction(async (trx) => {
        await trx('orders').where({ id: 2 }).update({ status: 'open' })
        const rows = req.body.lines.map((id: number) => ({ order_id: 2, book_id: id, quantity: 1, price_cents: 700 }))
        await trx('order_lines').insert(rows)
      })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'checked-reviews-deleted-together',
    request: { method: 'DELETE', body: { ids: [4, 8, 15, 16, 23, 42, 50] } },
    async handler(db, req, res) {
      res.json({ deleted: await db('reviews').whereIn('id', req.body.ids).del() })
    },
    findings: [],
  },
  {
    name: 'settings-saved-together',
    request: { method: 'PUT', body: { currency: 'EUR', theme: 'dark', locale: 'es', timezone: 'CET', banner: 'none' } },
    async handler(db, req, res) {
      const rows = Object.entries(req.body).map(([key, value]) => ({ key, value }))
      await db('settings').insert(rows).onConflict('key').merge()
      res.json('saved')
    },
    findings: [],
  },
  {
    name: 'rows-in-batches-of-five',
    why: 'six inserts of five rows each',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const rows = Array.from({ length: 30 }, (_, at) => ({ name: `batch ${at}` }))
      await db.batchInsert('tags', rows, 5)
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'first-free-key-among-the-wanted',
    why: 'five fail, for they are there already; the sixth is taken',
    request: { method: 'POST', body: { keys: ['currency', 'theme', 'locale', 'timezone', 'tax_rate', 'my_own'] } },
    async handler(db, req, res) {
      for (const key of req.body.keys) {
        try {
          await db('settings').insert({ key, value: 'mine' })
          return res.json({ key })
        } catch {
          // Taken: the next one.
        }
      }
      return res.status(409).json('none')
    },
    findings: [],
  },
  {
    name: 'progress-of-one-import',
    why: 'one row, written again and again',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      for (let done = 1; done <= 6; done++) await db('jobs').where({ id: 2 }).update({ attempts: done })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'queue-emptied-job-by-job',
    why: 'a worker takes what is next until there is nothing: each question is another',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const done = []
      for (;;) {
        const job = await db('jobs').where({ status: 'queued' }).orderBy('id').first()
        if (!job) break
        await db('jobs').where({ id: job.id }).update({ status: 'done' })
        done.push(job.id)
      }
      res.json(done)
    },
    findings: [],
  },
  {
    name: 'customer-read-again-after-the-change',
    request: { method: 'PATCH' },
    async handler(db, _req, res) {
      const before = await db('customers').where({ id: 4 }).first()
      await db('customers').where({ id: 4 }).update({ name: 'another' })
      const after = await db('customers').where({ id: 4 }).first()
      res.json({ before, after })
    },
    findings: [],
  },
  {
    name: 'orders-counted-before-and-after',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const [before] = await db('orders').count('* as n')
      await db('orders').insert({ customer_id: 1, status: 'open', total_cents: 5, placed_on: '2026-11-22' })
      const [after] = await db('orders').count('* as n')
      res.json({ before, after })
    },
    findings: [],
  },
  {
    name: 'three-settings-of-the-stockroom',
    async handler(db, _req, res) {
      const currency = await settingOf(db, 'currency')
      const theme = await settingOf(db, 'theme')
      const locale = await settingOf(db, 'locale')
      res.json({ currency, theme, locale })
    },
    findings: [],
  },
  {
    name: 'rate-remembered-for-the-request',
    async handler(db, _req, res) {
      const known = new Map<string, Promise<{ value: string }>>()
      const rateOf = (key: string): Promise<{ value: string }> => {
        const rate = known.get(key) ?? db('settings').where({ key }).first('value').then()
        known.set(key, rate)
        return rate
      }
      const lines = await db('order_lines').limit(6)
      res.json(await Promise.all(lines.map(async (line) => ({ ...line, rate: (await rateOf('tax_rate')).value }))))
    },
    findings: [],
  },
  {
    name: 'log-with-a-limit-that-is-large',
    async handler(db, _req, res) {
      res.json(await db('logs').select('id', 'message').orderBy('id').limit(MORE_THAN_ENOUGH))
    },
    findings: [],
  },
  {
    name: 'errors-counted-in-sql',
    async handler(db, _req, res) {
      const [counted] = await db('logs').where({ level: 'error' }).count('* as errors')
      res.json({ errors: Number(counted?.errors) })
    },
    findings: [],
  },
  {
    name: 'audit-row-before-the-answer',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      await db('jobs').insert({ status: 'queued', attempts: 0, payload: 'audit' })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'crates-of-all-shelves-grouped',
    ...shelves,
    async handler(db, _req, res) {
      const rows = await db('crates')
        .join('shelves', 'shelves.id', 'crates.shelf_id')
        .groupBy('shelves.room')
        .select('shelves.room')
        .sum('crates.weight as weight')
      res.json(rows)
    },
    findings: [],
  },
  {
    name: 'crates-moved-shelf-by-shelf-in-lists',
    why: 'the crates of one room at once, and there are three rooms',
    request: { method: 'POST' },
    ...shelves,
    async handler(db, _req, res) {
      for (const room of [1, 2, 3]) {
        const ids = await db('shelves').where({ room }).pluck('id')
        await db('crates').whereIn('shelf_id', ids).increment('weight', 1)
      }
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'a-hundred-ids-in-one-list',
    async handler(db, _req, res) {
      const ids = Array.from({ length: 100 }, (_, at) => at * 3)
      res.json(await db('logs').whereIn('id', ids).select('id'))
    },
    findings: [],
  },
  {
    name: 'shelf-found-in-the-next-room',
    why: 'at most three rooms are asked',
    ...shelves,
    async handler(db, _req, res) {
      for (const room of [1, 2, 3]) {
        const shelf = await db('shelves').where({ room }).where('free', '>', 9).first()
        if (shelf) return res.json(shelf)
      }
      return res.json(null)
    },
    findings: [],
  },
]

export const cases: readonly CorpusCase[] = [...hits, ...nearMisses]
