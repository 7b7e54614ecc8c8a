import { setTimeout as pause } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { ownTables, rowsOf } from './support/own-tables.js'
import { slowViews } from './support/slow-views.js'
import { smallPool } from './support/small-pool.js'

/** A firm: staff, of whom each has a team and a role, and what they have claimed. */
const firm = ownTables({
  teams: { rows: rowsOf(6, (n) => ({ team_name: `team ${n}`, budget_cents: n * 10_000 })) },
  roles: { rows: rowsOf(5, (n) => ({ role_name: `role ${n}` })) },
  grants: { rows: rowsOf(15, (n) => ({ role_id: ((n - 1) % 5) + 1, permission: `permission ${n}` })) },
  staff: {
    rows: rowsOf(18, (n) => ({
      team_id: ((n - 1) % 6) + 1,
      role_id: ((n - 1) % 5) + 1,
      login: `login${n}`,
      salary_cents: 200_000 + n,
      state: 'active',
    })),
  },
  claims: {
    rows: rowsOf(36, (n) => ({ staff_id: ((n - 1) % 18) + 1, month: 1 + (n % 12), cents: n * 100, state: 'filed' })),
  },
})

/** What was done by whom: 700 lines with a note of 300 characters each, 210 kB. */
const auditTrail: Pick<CorpusCase, 'tables' | 'dropTables'> = {
  async tables(db) {
    await db.schema.createTable('audit_trail', (table) => {
      table.increments('id')
      table.integer('actor_id')
      table.string('action')
      table.text('note')
    })
    const lines = rowsOf(700, (n) => ({ actor_id: n % 18, action: `action ${n % 7}`, note: 'because'.repeat(43) }))
    await db.batchInsert('audit_trail', [...lines], 100)
  },
  dropTables: (db) => db.schema.dropTable('audit_trail'),
}

const salesReports = slowViews({
  sales_by_day: { table: 'orders', ms: 55 },
  returns_by_day: { table: 'reviews', ms: 55 },
  stock_by_day: { table: 'books', ms: 55 },
})

const twoConnections = smallPool({ connections: 2 })

interface ImportRow {
  readonly login: string
  readonly salary: number
}

/** Each login is looked up, and then changed or added. */
async function importRow(db: Knex, { login, salary }: ImportRow): Promise<void> {
  const known = await db('staff').where('login', login).first('id') // hit: import-that-looks-up-each-login
  if (known) {
    await db('staff').where('id', known.id).update({ salary_cents: salary }) // hit: import-that-writes-each-login
  } else {
    await db('staff').insert({ login, salary_cents: salary, team_id: 1, role_id: 1, state: 'new' })
  }
}

const staffRepository = (knex: Knex) => ({
  active: () => knex('staff').where({ state: 'active' }).orderBy('login'),
  latestClaim: (staffId: number) => knex('claims').where('staff_id', staffId).orderBy('id', 'desc').first(), // hit: admin-table-with-the-latest-claim
})

async function permissionsOfRole(db: Knex, roleId: number): Promise<readonly string[]> {
  return await db('grants').where('role_id', roleId).pluck('permission') // hit: permissions-three-calls-down
}

async function describeRole(db: Knex, role: { readonly id: number; readonly role_name: string }): Promise<string> {
  const permissions = await permissionsOfRole(db, role.id)
  return `${role.role_name}: ${permissions.join(', ')}`
}

async function readSetting(db: Knex, key: string): Promise<string> {
  const row = await db('settings').where({ key }).first()
  return row.value
}

function csvOf(rows: readonly Record<string, unknown>[]): string {
  return rows.map((row) => Object.values(row).join(';')).join('\n')
}

const MONTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]

const hits: readonly CorpusCase[] = [
  {
    name: 'import-that-looks-up-each-login',
    why: 'of nine rows six are known and changed, and three are new: reads of a loop, and its writes in two branches',
    request: {
      method: 'POST',
      body: { rows: [1, 2, 31, 3, 32, 4, 5, 33, 6].map((n) => ({ login: `login${n}`, salary: 300_000 + n })) },
    },
    ...firm,
    async handler(db, req, res) {
      for (const row of req.body.rows) await importRow(db, row)
      res.json({ imported: req.body.rows.length })
    },
    findings: [
      { kind: 'n-plus-one', statement: 'select id from staff where login = ?', count: 9 },
      {
        kind: 'write-loop',
        statement: ['update staff set salary_cents = ? where id = ?', 'insert into staff'],
        count: 9,
        at: 'import-that-writes-each-login',
      },
    ],
  },
  {
    name: 'admin-table-with-the-latest-claim',
    why: 'a repository of arrow functions',
    ...firm,
    async handler(db, _req, res) {
      const repository = staffRepository(db)
      const staff = await repository.active()
      const rows = []
      for (const one of staff) {
        const claim = await repository.latestClaim(one.id)
        rows.push({ login: one.login, claimed: claim?.cents ?? 0 })
      }
      res.json(rows)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from claims where staff_id = ? order by id', count: 18 }],
  },
  {
    name: 'permissions-three-calls-down',
    ...firm,
    async handler(db, _req, res) {
      const roles = await db('roles').orderBy('id')
      const lines = await Promise.all(roles.map((role) => describeRole(db, role)))
      res.type('text/plain').send(lines.join('\n'))
    },
    findings: [{ kind: 'n-plus-one', statement: 'select permission from grants where role_id = ?', count: 5 }],
  },
  {
    name: 'claims-month-by-month',
    why: 'twelve sums, where one statement that groups by month gives them',
    ...firm,
    async handler(db, _req, res) {
      const totals = []
      for (const month of MONTHS) {
        const sum = await db('claims').where({ month, state: 'filed' }).sum({ cents: 'cents' }).first() // hit: claims-month-by-month
        totals.push({ month, cents: Number(sum?.cents ?? 0) })
      }
      res.json(totals)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from claims where month = ? and state = ?', count: 12 }],
  },
  {
    name: 'teams-with-heads-and-costs-by-raw-sql',
    why: 'two raw statements per team',
    ...firm,
    async handler(db, _req, res) {
      const teams = await db('teams').orderBy('id')
      for (const team of teams) {
        const heads = await db.raw('select login from staff where team_id = ? order by id', [team.id]) // hit: teams-with-heads-and-costs-by-raw-sql
        const costs = await db.raw('select sum(salary_cents) as cents from staff where team_id = :team', {
          team: team.id,
        })
        team.heads = heads.rows ?? heads
        team.costs = (costs.rows ?? costs)[0].cents
      }
      res.json(teams)
    },
    findings: [
      {
        kind: 'n-plus-one',
        statement: ['select login from staff where team_id = ?', 'select sum(salary_cents) as cents from staff'],
        count: 12,
      },
    ],
  },
  {
    name: 'approve-each-in-its-own-transaction',
    why: 'BEGIN and COMMIT around each update do not make it less of a loop',
    request: { method: 'POST', body: { claimIds: [3, 6, 9, 12, 15, 18] } },
    ...firm,
    async handler(db, req, res) {
      for (const id of req.body.claimIds) {
        await db.transaction(async (trx) => {
          await trx('claims').where({ id }).update({ state: 'approved' }) // hit: approve-each-in-its-own-transaction
        })
      }
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'update claims set state = ? where id = ?', count: 6 }],
  },
  {
    name: 'preferences-merged-in-promise-all',
    why: 'onConflict takes a list just as well',
    request: {
      method: 'PUT',
      body: { currency: 'EUR', theme: 'dark', locale: 'pt', timezone: 'UTC', banner: '-', new: '1' },
    },
    async handler(db, req, res) {
      await Promise.all(
        Object.entries(req.body).map(([key, value]) =>
          db('settings') // hit: preferences-merged-in-promise-all
            .insert({ key, value: String(value) })
            .onConflict('key')
            .merge(),
        ),
      )
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into settings', count: 6 }],
  },
  {
    name: 'archive-with-a-copy-of-each-claim',
    why: 'two writes per row are one loop',
    request: { method: 'POST' },
    ...firm,
    async handler(db, _req, res) {
      const old = await db('claims').where('month', '<=', 2).orderBy('id')
      for (const claim of old) {
        await db('logs').insert({ level: 'archive', message: `claim ${claim.id}`, created_on: '2026-11-22' }) // hit: archive-with-a-copy-of-each-claim
        await db('claims').where('id', claim.id).delete()
      }
      res.json({ archived: old.length })
    },
    findings: [{ kind: 'write-loop', statement: ['insert into logs', 'delete from claims where id = ?'], count: 12 }],
  },
  {
    name: 'settings-for-the-page-and-its-mail',
    why: 'the template and the mail each read all settings',
    async handler(db, _req, res) {
      const all = (): Knex.QueryBuilder => db('settings').orderBy('key') // hit: settings-for-the-page-and-its-mail
      const page = Object.fromEntries((await all()).map(({ key, value }: Record<string, string>) => [key, value]))
      const orders = await db('orders').where('status', 'open').limit(5)
      const mail = (await all()).find(({ key }: { key: string }) => key === 'banner')
      res.json({ page, orders, mail })
    },
    findings: [{ kind: 'duplicate-query', statement: 'from settings order by key', count: 2 }],
  },
  {
    name: 'log-with-customers-exported',
    why: 'every line of the log, joined with the customer of the same number where there is one',
    async handler(db, _req, res) {
      const rows = await db('logs') // hit: log-with-customers-exported
        .leftJoin('customers', 'customers.id', 'logs.id')
        .select('logs.id', 'logs.message', 'customers.name')
      res.type('text/csv').send(csvOf(rows))
    },
    findings: [{ kind: 'unbounded-result', statement: 'from logs left join customers', count: 1 }],
  },
  {
    name: 'actions-of-the-audit-trail-by-name',
    why: '210 kB and 700 rows read for seven names: too many rows, and too much of each',
    ...auditTrail,
    async handler(db, _req, res) {
      const trail = await db('audit_trail').orderBy('id') // hit: actions-of-the-audit-trail-by-name
      res.json([...new Set(trail.map(({ action }) => action))])
    },
    findings: [
      { kind: 'unbounded-result', statement: 'from audit_trail order by id', count: 1 },
      { kind: 'over-fetch', statement: 'from audit_trail order by id', count: 1 },
    ],
  },
  {
    name: 'errors-of-the-log-as-a-number-in-a-sentence',
    why: '120 rows, and nothing of them but their number is in the answer',
    async handler(db, _req, res) {
      const errors = await db('logs').where({ level: 'error' }).whereNotNull('message') // hit: errors-of-the-log-as-a-number-in-a-sentence
      res.json({ status: 'ok', errors: errors.length })
    },
    findings: [{ kind: 'over-fetch', statement: 'from logs where level = ? and message is not null', count: 1 }],
  },
  {
    name: 'three-reports-of-a-day-in-turn',
    why: 'none of them is slow by itself, and none needs another',
    engines: ['PostgreSQL'],
    ...salesReports,
    async handler(db, _req, res) {
      const sales = await db('sales_by_day').where('placed_on', '2026-03-01').sum({ cents: 'total_cents' }).first() // hit: three-reports-of-a-day-in-turn
      const returned = await db('returns_by_day').where('stars', 1).count({ count: 'id' }).first()
      const low = await db('stock_by_day').where('stock', '<', 2).select('id', 'title')
      res.json({ sales, returned, low })
    },
    findings: [
      {
        kind: 'sequential-queries',
        statement: ['from sales_by_day where', 'from returns_by_day where', 'from stock_by_day where'],
        count: 3,
      },
    ],
  },
  {
    name: 'slow-delete-by-a-report',
    request: { method: 'DELETE' },
    ...slowViews({ abandoned: { table: 'orders', ms: 140 } }),
    async handler(db, _req, res) {
      const removed = await db('order_lines') // hit: slow-delete-by-a-report
        .whereIn('order_id', db('abandoned').where('status', 'open').select('id'))
        .delete()
      res.json({ removed })
    },
    findings: [{ kind: 'slow-query', statement: 'delete from order_lines where order_id in', count: 1 }],
  },
  {
    name: 'numbering-outside-its-transaction',
    why: 'the next number is read on a second connection, of two that there are',
    engines: ['PostgreSQL'],
    request: { method: 'POST' },
    tables: twoConnections.tables,
    dropTables: twoConnections.dropTables,
    async handler(_db, _req, res) {
      const pool = twoConnections.knex()
      const number = await pool.transaction(async (trx) => {
        await trx('jobs').insert({ status: 'queued', attempts: 0, payload: 'invoice' })
        const last = await pool('orders').max({ number: 'id' }).first() // hit: numbering-outside-its-transaction
        await trx('orders').where('id', 1).update({ status: 'invoiced' })
        return Number(last?.number) + 1
      })
      res.json({ number })
    },
    findings: [{ kind: 'long-transaction', statement: 'select max(id) as number from orders', count: 1 }],
  },
  {
    name: 'audit-line-when-the-response-is-finished',
    why: 'a listener of the response writes what the route was',
    lateMs: 200,
    mount(db, router) {
      router.use((req, res, next) => {
        res.on('finish', async () => {
          await pause(15)
          await db('logs').insert({ level: 'audit', message: req.method, created_on: '2026-11-22' }) // hit: audit-line-when-the-response-is-finished
        })
        next()
      })
      router.get('/', async (_req, res) => {
        res.json(await db('authors').limit(2))
      })
    },
    findings: [{ kind: 'late-query', statement: 'insert into logs', count: 1 }],
  },
  {
    name: 'matrix-of-teams-and-roles',
    why: 'the five roles are read again for each of the six teams: equal values belong to the loop',
    ...firm,
    async handler(db, _req, res) {
      const teams = await db('teams').orderBy('id')
      const roleIds: number[] = await db('roles').orderBy('id').pluck('id')
      const matrix: string[] = []
      for (const team of teams) {
        for (const roleId of roleIds) {
          const role = await db('roles').where('id', roleId).first() // hit: matrix-of-teams-and-roles
          matrix.push(`${team.team_name} / ${role.role_name}`)
        }
      }
      res.json(matrix)
    },
    findings: [{ kind: 'n-plus-one', statement: 'select * from roles where id = ?', count: 30 }],
  },
  {
    name: 'lines-of-the-most-recent-level',
    why: 'the limit is that of a subquery in the condition, and bounds nothing: 1,080 rows',
    async handler(db, _req, res) {
      const level = db('logs').select('level').orderBy('id').limit(1)
      res.json(await db('logs').where('level', level).select('id', 'message')) // hit: lines-of-the-most-recent-level
    },
    findings: [{ kind: 'unbounded-result', statement: 'select id, message from logs where level =', count: 1 }],
  },
]

const nearMisses: readonly CorpusCase[] = [
  {
    name: 'numbers-of-the-admin-home',
    why: 'seven counts, each of a table of its own',
    ...firm,
    async handler(db, _req, res) {
      const counts: Record<string, number> = {}
      for (const table of ['teams', 'roles', 'grants', 'staff', 'claims', 'orders', 'customers']) {
        const row = await db(table).count({ count: '*' }).first()
        counts[table] = Number(row?.count)
      }
      res.json(counts)
    },
    findings: [],
  },
  {
    name: 'six-settings-written-out',
    why: 'one helper, called six times by name: it does not grow with the data',
    async handler(db, _req, res) {
      const currency = await readSetting(db, 'currency')
      const theme = await readSetting(db, 'theme')
      const locale = await readSetting(db, 'locale')
      const timezone = await readSetting(db, 'timezone')
      const tax = await readSetting(db, 'tax_rate')
      const banner = await readSetting(db, 'banner')
      res.json({ currency, theme, locale, timezone, tax, banner })
    },
    findings: [],
  },
  {
    name: 'erase-a-member-of-staff-everywhere',
    why: 'one delete per table, all for the same person',
    request: { method: 'DELETE', route: '/:id', url: '/4' },
    ...firm,
    async handler(db, req, res) {
      const id = Number(req.params.id)
      await db.transaction(async (trx) => {
        await trx('claims').where('staff_id', id).delete()
        await trx('reviews').where('customer_id', id).delete()
        await trx('orders').where('customer_id', id).delete()
        await trx('logs').insert({ level: 'info', message: `erased ${id}`, created_on: '2026-11-22' })
        await trx('staff').where({ id }).delete()
      })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'raise-for-all-of-a-team',
    request: { method: 'POST', body: { teamIds: [1, 2, 3, 4, 5] } },
    ...firm,
    async handler(db, req, res) {
      const raised = await db('staff').whereIn('team_id', req.body.teamIds).increment('salary_cents', 500)
      res.json({ raised })
    },
    findings: [],
  },
  {
    name: 'import-with-one-look-up',
    why: 'who is known is read at once; the new ones are inserted and merged together',
    request: { method: 'POST', body: { logins: ['login1', 'login2', 'a', 'b', 'c', 'd', 'e'] } },
    ...firm,
    async handler(db, req, res) {
      const known: string[] = await db('staff').whereIn('login', req.body.logins).pluck('login')
      const fresh = req.body.logins.filter((login: string) => !known.includes(login))
      await db('staff').insert(
        fresh.map((login: string) => ({ login, team_id: 1, role_id: 1, salary_cents: 1, state: 'new' })),
      )
      res.json({ known: known.length, fresh: fresh.length })
    },
    findings: [],
  },
  {
    name: 'claims-grouped-by-month',
    ...firm,
    async handler(db, _req, res) {
      const totals = await db('claims').select('month').sum({ cents: 'cents' }).groupBy('month').orderBy('month')
      res.json(totals)
    },
    findings: [],
  },
  {
    name: 'export-of-the-audit-trail-as-a-stream',
    ...auditTrail,
    async handler(db, _req, res) {
      res.type('text/csv')
      const lines = db('audit_trail').select('id', 'actor_id', 'action', 'note').orderBy('id').stream()
      for await (const line of lines) res.write(`${Object.values(line).join(';')}\n`)
      res.end()
    },
    findings: [],
  },
  {
    name: 'export-in-pages-of-a-hundred',
    why: 'seven pages by offset',
    ...auditTrail,
    async handler(db, _req, res) {
      const ids: number[] = []
      for (let page = 0; page < 7; page++) {
        const lines = await db('audit_trail')
          .select('id')
          .orderBy('id')
          .limit(100)
          .offset(page * 100)
        ids.push(...lines.map(({ id }) => id))
      }
      res.json(ids)
    },
    findings: [],
  },
  {
    name: 'page-of-staff-with-its-total',
    why: 'the number and the rows of a page: two statements over one condition',
    request: { url: '/?page=2' },
    ...firm,
    async handler(db, req, res) {
      const active = (): Knex.QueryBuilder => db('staff').where('state', 'active')
      const [{ total }] = await active().count('* as total')
      const rows = await active()
        .orderBy('id')
        .limit(5)
        .offset((Number(req.query.page) - 1) * 5)
      res.json({ total: Number(total), rows })
    },
    findings: [],
  },
  {
    name: 'payroll-checked-deliberately-one-by-one',
    why: 'whoever wrote it knows, and says so at the call',
    ...firm,
    async handler(db, _req, res) {
      const staff = await db('staff').orderBy('id')
      const sums = []
      for (const { id } of staff) {
        // silk-ignore n-plus-one: eighteen at most, and the index on staff_id makes each of them cheap
        const sum = await db('claims').where('staff_id', id).sum({ cents: 'cents' }).first()
        sums.push(Number(sum?.cents))
      }
      res.json(sums)
    },
    findings: [],
  },
  {
    name: 'stepwise-form-of-one-claim',
    why: 'four updates of one row, written out, each when its part has been checked',
    request: { method: 'PUT', body: { month: 3, cents: 900, staffId: 2, state: 'filed' } },
    ...firm,
    async handler(db, req, res) {
      const claim = (): Knex.QueryBuilder => db('claims').where('id', 10)
      await claim().update({ month: req.body.month })
      await claim().update({ cents: req.body.cents })
      await claim().update({ staff_id: req.body.staffId })
      await claim().update({ state: req.body.state })
      res.json(await claim().first())
    },
    findings: [],
  },
  {
    name: 'reports-of-a-day-at-once',
    engines: ['PostgreSQL'],
    ...salesReports,
    async handler(db, _req, res) {
      const [sales, returned, low] = await Promise.all([
        db('sales_by_day').where('placed_on', '2026-03-01').sum({ cents: 'total_cents' }).first(),
        db('returns_by_day').where('stars', 1).count({ count: 'id' }).first(),
        db('stock_by_day').where('stock', '<', 2).select('id', 'title'),
      ])
      res.json({ sales, returned, low })
    },
    findings: [],
  },
  {
    name: 'report-that-depends-on-the-first',
    why: 'what is looked up in the second are the numbers that the first has found',
    engines: ['PostgreSQL'],
    ...salesReports,
    async handler(db, _req, res) {
      const low: number[] = await db('stock_by_day').where('stock', '<', 2).pluck('id')
      const returned = await db('returns_by_day').whereIn('book_id', low).andWhere('stars', '<', 3)
      res.json({ low, returned })
    },
    findings: [],
  },
  {
    name: 'invoice-numbered-inside-its-transaction',
    engines: ['PostgreSQL'],
    request: { method: 'POST' },
    tables: twoConnections.tables,
    dropTables: twoConnections.dropTables,
    async handler(_db, _req, res) {
      const pool = twoConnections.knex()
      const number = await pool.transaction(async (trx) => {
        await trx('jobs').insert({ status: 'queued', attempts: 0, payload: 'invoice' })
        const last = await trx('orders').max({ number: 'id' }).first()
        return Number(last?.number) + 1
      })
      res.json({ number })
    },
    findings: [],
  },
  {
    name: 'summary-of-lines-computed-in-the-app',
    why: '120 rows, of which each is looked at: the sum is not their number',
    async handler(db, _req, res) {
      const errors = await db('logs').where('level', 'error').select('id')
      const sum = errors.reduce((total, { id }) => total + id, 0)
      res.json({ sum })
    },
    findings: [],
  },
  {
    name: 'roles-with-their-grants-by-a-join',
    ...firm,
    async handler(db, _req, res) {
      const rows = await db('roles').leftJoin('grants', 'grants.role_id', 'roles.id').select('role_name', 'permission')
      const roles: Record<string, string[]> = {}
      for (const { role_name: name, permission } of rows) roles[name] = [...(roles[name] ?? []), permission]
      res.json(roles)
    },
    findings: [],
  },
  {
    name: 'is-the-database-there',
    why: 'asked again after a moment, as a probe does that wants to be sure',
    async handler(db, _req, res) {
      await db.raw('select 1')
      await pause(10)
      await db.raw('select 1')
      res.json({ isUp: true })
    },
    findings: [],
  },
  {
    name: 'salaries-set-by-one-case',
    why: 'a value of its own for each, in one statement',
    request: { method: 'PUT', body: { salaries: { 1: 10, 2: 20, 3: 30, 4: 40, 5: 50, 6: 60 } } },
    ...firm,
    async handler(db, req, res) {
      const salaries = Object.entries(req.body.salaries as Record<string, number>)
      const ids = salaries.map(([id]) => Number(id))
      const whens = salaries.map(([id, cents]) => `when ${Number(id)} then ${Number(cents)}`).join(' ')
      await db('staff')
        .whereIn('id', ids)
        .update({ salary_cents: db.raw(`case id ${whens} end`) })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'old-lines-of-the-log-in-batches',
    why: 'six deletes of a range each, so that none takes long',
    request: { method: 'DELETE' },
    async handler(db, _req, res) {
      let removed = 0
      for (let from = 1; from <= 1_200; from += 200) {
        removed += await db('logs')
          .where('id', '>=', from)
          .where('id', '<', from + 200)
          .delete()
      }
      res.json({ isEmpty: removed > 0 })
    },
    findings: [],
  },
  {
    name: 'errors-archived-and-their-number-told',
    why: 'only their number is in the answer, and yet the ids were needed: for the update',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const ids: number[] = await db('logs').where('level', 'error').pluck('id')
      await db('logs').whereIn('id', ids).update({ level: 'archived' })
      res.json({ archived: ids.length })
    },
    findings: [],
  },
  {
    name: 'budget-moved-between-two-teams',
    why: 'two updates of one statement, one per side',
    request: { method: 'POST', body: { from: 1, to: 2, cents: 500 } },
    ...firm,
    async handler(db, req, res) {
      const { from, to, cents } = req.body
      await db.transaction(async (trx) => {
        await trx('teams').where('id', from).decrement('budget_cents', cents)
        await trx('teams').where('id', to).increment('budget_cents', cents)
      })
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'errors-added-up-to-their-highest-number',
    why: 'the answer has a number of its own, which the database could give as well; it is not that of the rows',
    async handler(db, _req, res) {
      const errors = await db('logs').where('level', 'error')
      res.json({ highest: Math.max(...errors.map(({ id }) => id)) })
    },
    findings: [],
  },
]

/** Staff, claims, exports and imports. */
export const cases: readonly CorpusCase[] = [...hits, ...nearMisses]
