import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { ownTables, rowsOf } from './support/own-tables.js'

class TenantRepository {
  constructor(db: Knex, tenantId: number) {
    this.db = db
    this.tenantId = tenantId
  }
  protected readonly db: Knex
  protected readonly tenantId: number

  protected tenant(): Promise<{ readonly currency: string }> {
    return this.db('tenants').where('id', this.tenantId).first() // hit: tenant-asked-for-by-three-repositories
  }
}

class Invoices extends TenantRepository {
  async total(): Promise<string> {
    const { currency } = await this.tenant()
    const row = await this.db('invoices').where('tenant_id', this.tenantId).sum('cents as cents').first()
    return `${row?.cents} ${currency}`
  }
}

class Plans extends TenantRepository {
  async price(): Promise<string> {
    return `49 ${(await this.tenant()).currency}`
  }
}

class Credits extends TenantRepository {
  async left(): Promise<string> {
    return `7 ${(await this.tenant()).currency}`
  }
}

async function flag(db: Knex, key: string): Promise<boolean> {
  const row = await db('settings').where({ key }).first()
  return row !== undefined
}

async function header(db: Knex): Promise<object> {
  const banner = await flag(db, 'banner')
  return { banner, localised: await flag(db, 'locale') }
}

async function footer(db: Knex): Promise<object> {
  return { theme: await flag(db, 'theme'), clock: await flag(db, 'timezone') }
}

async function isEnabled(db: Knex, feature: string): Promise<boolean> {
  const row = await db('settings').where('key', feature).first() // hit: same-flag-for-each-book
  return row !== undefined
}

async function isGranted(db: Knex, userId: number, documentId: number): Promise<boolean> {
  const grant = await db('grants').where({ user_id: userId, document_id: documentId }).first() // hit: documents-shared-with-one-user
  return grant !== undefined
}

function ownerOf(db: Knex, id: number): Promise<{ readonly name: string }> {
  return db('customers').where({ id }).first('name')
}

const TENANTS = {
  tenants: { rows: rowsOf(7, (n) => ({ name: `tenant ${n}`, currency: n % 2 === 0 ? 'EUR' : 'CHF' })) },
  invoices: { rows: rowsOf(84, (n) => ({ tenant_id: ((n - 1) % 7) + 1, cents: 100 * n })) },
}

const tenants: readonly CorpusCase[] = [
  {
    name: 'price-list-of-one-tenant',
    why: 'the tenant is the same each time, the article is not',
    ...ownTables({
      price_list: { rows: rowsOf(20, (n) => ({ tenant_id: 1 + (n % 2), sku: `sku-${n}`, cents: 100 * n })) },
    }),
    request: { method: 'POST', body: { skus: [2, 4, 6, 8, 10, 12, 14, 16].map((n) => `sku-${n}`) } },
    async handler(db, req, res) {
      const tenantId = 1
      const prices = []
      for (const sku of req.body.skus) {
        prices.push(await db('price_list').where({ tenant_id: tenantId, sku }).first()) // hit: price-list-of-one-tenant
      }
      res.json(prices)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from price_list where tenant_id = ? and sku = ?', count: 8 }],
  },
  {
    name: 'totals-of-each-tenant',
    ...ownTables({ ...TENANTS, totals: { rows: [{ tenant_id: 0, cents: 0 }] } }),
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const all = await db('tenants').select('id')
      for (const { id } of all) {
        const row = await db('invoices').where('tenant_id', id).sum('cents as cents').first() // hit: totals-of-each-tenant/read
        await db('totals').insert({ tenant_id: id, cents: row?.cents }) // hit: totals-of-each-tenant/write
      }
      res.json('ok')
    },
    findings: [
      {
        kind: 'n-plus-one',
        statement: 'from invoices where tenant_id = ?',
        count: 7,
        at: 'totals-of-each-tenant/read',
      },
      { kind: 'write-loop', statement: 'insert into totals', count: 7, at: 'totals-of-each-tenant/write' },
    ],
  },
  {
    name: 'pages-of-one-tenant',
    why: 'pages, with a condition that stays the same',
    ...ownTables(TENANTS),
    async handler(db, _req, res) {
      const sums = []
      let last = 0
      for (;;) {
        const page = await db('invoices').where('tenant_id', 3).where('id', '>', last).orderBy('id').limit(2)
        if (page.length === 0) break
        sums.push(page[0].cents + page[1].cents)
        last = page[1].id
      }
      res.json(sums)
    },
    findings: [],
  },
  {
    name: 'pages-of-three-tenants',
    why: 'three tenants, and the pages of each: none of the two loops is one over rows with five turns',
    ...ownTables(TENANTS),
    async handler(db, _req, res) {
      const ids = []
      for (const tenantId of [2, 4, 6]) {
        let last = 0
        for (let size = 5; size === 5; ) {
          const page = await db('invoices').where('tenant_id', tenantId).where('id', '>', last).orderBy('id').limit(5)
          ids.push(...page.map(({ id }) => id))
          last = page.at(-1)?.id ?? last
          size = page.length
        }
      }
      res.json(ids)
    },
    findings: [],
  },
  {
    name: 'tenant-loaded-by-the-middleware',
    ...ownTables(TENANTS),
    mount(db, router) {
      router.use(async (_req, res, next) => {
        res.locals.tenant = await db('tenants').where('id', 5).first()
        next()
      })
      router.get('/', async (_req, res) => {
        const { tenant } = res.locals
        const invoices = await db('invoices').where('tenant_id', tenant.id).orderBy('id')
        res.json({ currency: tenant.currency, invoices })
      })
    },
    findings: [],
  },
  {
    name: 'tenant-asked-for-by-three-repositories',
    ...ownTables(TENANTS),
    async handler(db, _req, res) {
      const total = await new Invoices(db, 2).total()
      const price = await new Plans(db, 2).price()
      const left = await new Credits(db, 2).left()
      res.json({ total, price, left })
    },
    findings: [{ kind: 'duplicate-query', statement: 'from tenants where id = ?', count: 3 }],
  },
  {
    name: 'invoices-in-tables-of-tenants',
    why: 'a table for each tenant: one line and six statements, which no list would make one',
    ...ownTables(
      Object.fromEntries(rowsOf(6, (n) => [`tenant_${n}_invoices`, { rows: [{ cents: n }, { cents: 2 }] }])),
    ),
    async handler(db, _req, res) {
      const sums = []
      for (const n of [1, 2, 3, 4, 5, 6]) sums.push(await db(`tenant_${n}_invoices`).sum('cents as cents').first())
      res.json(sums)
    },
    findings: [],
  },
  {
    name: 'customers-over-four-shards',
    why: 'eight look-ups over four tables: two of each statement',
    ...ownTables(Object.fromEntries(rowsOf(4, (n) => [`profiles_${n - 1}`, { rows: [{ customer_id: n }] }]))),
    async handler(db, _req, res) {
      const customers = await db('customers').orderBy('id').limit(8)
      for (const customer of customers) {
        customer.profile = await db(`profiles_${customer.id % 4}`)
          .where('customer_id', customer.id)
          .first()
      }
      res.json(customers)
    },
    findings: [],
  },
  {
    name: 'tenant-set-for-each-transaction',
    why: 'row security asks for it at the begin of each transaction; it is no answer that could be kept',
    engines: ['PostgreSQL'],
    async handler(db, _req, res) {
      const asTenant = <T>(work: (trx: Knex.Transaction) => PromiseLike<T>): Promise<T> =>
        db.transaction(async (trx) => {
          await trx.raw(`select set_config('app.tenant_id', ?, true)`, ['4'])
          return await work(trx)
        })
      const authors = await asTenant((trx) => trx('authors').orderBy('id').limit(3))
      const tags = await asTenant((trx) => trx('tags').orderBy('id').limit(3))
      const reviews = await asTenant((trx) => trx('reviews').orderBy('id').limit(3))
      res.json({ authors, tags, reviews })
    },
    findings: [],
  },
]

const access: readonly CorpusCase[] = [
  {
    name: 'flags-where-they-are-needed',
    why: 'six flags, each asked for once, where it is needed: written out',
    async handler(db, _req, res) {
      const top = await header(db)
      const taxed = await flag(db, 'tax_rate')
      const shipped = await flag(db, 'shipping')
      res.json({ top, taxed, shipped, bottom: await footer(db) })
    },
    findings: [],
  },
  {
    name: 'five-flags-on-one-line',
    why: 'written out, even if on one line',
    async handler(db, _req, res) {
      const is = (key: string) => flag(db, key)
      const flags = await Promise.all([is('theme'), is('banner'), is('locale'), is('shipping'), is('tax_rate')])
      res.json(flags)
    },
    findings: [],
  },
  {
    name: 'same-flag-for-each-book',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id').limit(9)
      for (const book of books) book.hasReviews = await isEnabled(db, 'banner')
      res.json(books)
    },
    findings: [{ kind: 'duplicate-query', statement: 'from settings where key = ?', count: 9 }],
  },
  {
    name: 'documents-shared-with-one-user',
    why: 'a grant and an owner for each document, by two helpers',
    ...ownTables({
      documents: { rows: rowsOf(6, (n) => ({ title: `document ${n}`, owner_id: n + 4 })) },
      grants: { rows: rowsOf(6, (n) => ({ user_id: 4, document_id: n })) },
    }),
    async handler(db, _req, res) {
      const shown = []
      for (const { id, title, owner_id } of await db('documents').orderBy('id')) {
        if (!(await isGranted(db, 4, id))) continue
        const owner = await ownerOf(db, owner_id)
        shown.push({ title, owner: owner.name })
      }
      res.json(shown)
    },
    findings: [
      {
        kind: 'n-plus-one',
        statement: ['from grants where user_id = ? and document_id = ?', 'from customers where id = ?'],
        count: 12,
      },
    ],
  },
  {
    name: 'guard-needs-one-column',
    why: 'two statements: the guard asks for whose it is, the page for all',
    mount(db, router) {
      router.get(
        '/',
        async (_req, _res, next) => {
          const order = await db('orders').where('id', 6).first('customer_id')
          next(order.customer_id === 6 ? undefined : new Error('not yours'))
        },
        async (_req, res) => {
          res.json(await db('orders').where('id', 6).first())
        },
      )
    },
    findings: [],
  },
  {
    name: 'session-touched-between',
    ...ownTables({ sessions: { rows: [{ user_id: 3, seen_at: '09:00' }] } }),
    mount(db, router) {
      router.use(async (_req, res, next) => {
        res.locals.session = await db('sessions').where('id', 1).first()
        await db('sessions').where('id', 1).update({ seen_at: '10:00' })
        next()
      })
      router.get('/', async (_req, res) => {
        res.json(await db('sessions').where('id', 1).first())
      })
    },
    findings: [],
  },
  {
    name: 'three-windows-of-a-rate-limit',
    ...ownTables({ hits: { rows: [{ bucket: 'none', amount: 0 }], unique: ['bucket'] } }),
    async handler(db, _req, res) {
      const counts = []
      for (const bucket of ['m:10:15', 'h:10', 'd:22']) {
        const [row] = await db('hits')
          .insert({ bucket, amount: 1 })
          .onConflict('bucket')
          .merge({ amount: db.raw('hits.amount + 1') })
          .returning('amount')
        counts.push(row.amount)
      }
      res.json(counts)
    },
    findings: [],
  },
  {
    name: 'change-and-audit-per-row',
    why: 'two writes per row, one loop',
    request: { method: 'PATCH', body: { stocks: [3, 1, 4, 1, 5, 9] } },
    async handler(db, req, res) {
      const books = await db('books').orderBy('id').limit(6)
      for (const [at, book] of books.entries()) {
        await db('books').where('id', book.id).update({ stock: req.body.stocks[at] }) // hit: change-and-audit-per-row
        await db('logs').insert({ level: 'audit', message: `stock of ${book.id}`, created_on: '2026-11-22' })
      }
      res.json('ok')
    },
    findings: [
      { kind: 'write-loop', statement: ['update books set stock = ? where id = ?', 'insert into logs'], count: 12 },
    ],
  },
  {
    name: 'roles-replaced',
    ...ownTables({ user_roles: { rows: rowsOf(4, (n) => ({ user_id: 1, role: `role ${n}` })) } }),
    request: { method: 'PUT', body: { roles: ['a', 'b', 'c', 'd', 'e', 'f'] } },
    async handler(db, req, res) {
      await db.transaction(async (trx) => {
        await trx('user_roles').where('user_id', 1).delete()
        await trx('user_roles').insert(req.body.roles.map((role: string) => ({ user_id: 1, role })))
      })
      res.json(await db('user_roles').where('user_id', 1))
    },
    findings: [],
  },
  {
    name: 'default-roles-written-out',
    why: 'what a new tenant begins with: six lines that add one each',
    ...ownTables({ roles: { rows: [{ name: 'root', level: 9 }] } }),
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const add = (name: string, level: number): Promise<unknown> => db('roles').insert({ name, level }).then()
      await add('owner', 5)
      await add('admin', 4)
      await add('editor', 3)
      await add('author', 2)
      await add('reader', 1)
      await add('guest', 0)
      res.json('ok')
    },
    findings: [],
  },
]

/** Many customers in one database, and who may see and change what. */
export const cases: readonly CorpusCase[] = [...tenants, ...access]
