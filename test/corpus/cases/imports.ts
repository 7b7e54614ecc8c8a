import { setTimeout as pause } from 'node:timers/promises'
import type { CorpusCase } from '../corpus-case.js'
import { ownTables, rowsOf } from './support/own-tables.js'

function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
}

interface RemoteBook {
  readonly id: number
  readonly price: number
}

const imports: readonly CorpusCase[] = [
  {
    name: 'find-or-create-per-row',
    why: 'each author is looked for, and made where there is none',
    request: { method: 'POST', body: { authors: ['Ann', 'Ben', 'Cleo', 'Dan', 'Eve', 'Finn'] } },
    async handler(db, req, res) {
      const ids = []
      for (const name of req.body.authors) {
        const known = await db('authors').where({ name }).first('id') // hit: find-or-create-per-row/find
        const [author] = known ? [known] : await db('authors').insert({ name, country: 'ES' }).returning('id') // hit: find-or-create-per-row/create
        ids.push(author.id)
      }
      res.json(ids)
    },
    findings: [
      { kind: 'n-plus-one', statement: 'from authors where name = ?', count: 6, at: 'find-or-create-per-row/find' },
      { kind: 'write-loop', statement: 'insert into authors', count: 6, at: 'find-or-create-per-row/create' },
    ],
  },
  {
    name: 'events-known-already',
    why: 'six are looked for; the one that is new is saved',
    ...ownTables({ events: { rows: rowsOf(5, (n) => ({ external_id: `e${n}` })) } }),
    request: { method: 'POST', body: { events: ['e1', 'e2', 'e3', 'e4', 'e9', 'e5'] } },
    async handler(db, req, res) {
      for (const external of req.body.events) {
        const known = await db('events').where('external_id', external).first() // hit: events-known-already
        if (!known) await db('events').insert({ external_id: external })
      }
      res.json('ok')
    },
    findings: [{ kind: 'n-plus-one', statement: 'from events where external_id = ?', count: 6 }],
  },
  {
    name: 'upserted-in-chunks',
    why: 'twenty-six rows by fives: the last chunk is a single row',
    ...ownTables({ contacts: { rows: [{ email: 'n1@example.com', name: 'before' }], unique: ['email'] } }),
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const rows = rowsOf(26, (n) => ({ email: `n${n}@example.com`, name: `contact ${n}` }))
      for (const chunk of chunksOf(rows, 5)) await db('contacts').insert(chunk).onConflict('email').merge()
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'old-lines-deleted-in-chunks',
    async handler(db, _req, res) {
      const old = await db('logs').where('created_on', '<=', '2026-10-10').orderBy('id').limit(22).pluck('id')
      let deleted = 0
      for (const ids of chunksOf(old, 4)) deleted += await db('logs').whereIn('id', ids).delete()
      res.json({ deleted })
    },
    findings: [],
  },
  {
    name: 'chunks-read-and-written',
    why: 'six chunks, for each of which something is read and something written, in one statement each',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const ids = await db('books').orderBy('id').pluck('id')
      for (const chunk of chunksOf(ids, 10)) {
        const reviews = await db('reviews').whereIn('book_id', chunk).where('stars', '>', 1)
        const lines = reviews.map(({ id }) => ({ level: 'info', message: `review ${id}`, created_on: '2026-11-22' }))
        await db('logs').insert(lines)
      }
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'visit-counted-per-event',
    ...ownTables({ counters: { rows: [{ path: '/', visits: 4 }], unique: ['path'] } }),
    request: { method: 'POST', body: { paths: ['/a', '/b', '/', '/c', '/d', '/a', '/e'] } },
    async handler(db, req, res) {
      for (const path of req.body.paths) {
        await db('counters') // hit: visit-counted-per-event
          .insert({ path, visits: 1 })
          .onConflict('path')
          .merge({ visits: db.raw('counters.visits + 1') })
      }
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'insert into counters', count: 7 }],
  },
  {
    name: 'visits-summed-first',
    ...ownTables({ counters: { rows: [{ path: '/', visits: 4 }], unique: ['path'] } }),
    request: { method: 'POST', body: { paths: ['/a', '/b', '/', '/c', '/d', '/a', '/e'] } },
    async handler(db, req, res) {
      const visits = new Map<string, number>()
      for (const path of req.body.paths) visits.set(path, (visits.get(path) ?? 0) + 1)
      await db('counters')
        .insert([...visits].map(([path, count]) => ({ path, visits: count })))
        .onConflict('path')
        .merge({ visits: db.raw('counters.visits + excluded.visits') })
      res.json('ok')
    },
    findings: [],
  },
]

const syncing: readonly CorpusCase[] = [
  {
    name: 'books-synced-by-cursor',
    why: 'page by page, and where it is is noted: both grow by pages, not by rows',
    ...ownTables({ sync_state: { rows: [{ name: 'books', last_id: 0 }] } }),
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const { last_id } = await db('sync_state').where('name', 'books').first()
      let cursor = last_id
      for (let size = 10; size === 10; ) {
        const page = await db('books').where('id', '>', cursor).orderBy('id').limit(10)
        size = page.length
        cursor = page.at(-1)?.id ?? cursor
        if (size > 0) await db('sync_state').where('name', 'books').update({ last_id: cursor })
      }
      res.json({ cursor })
    },
    findings: [],
  },
  {
    name: 'remote-books-updated-or-inserted',
    why: 'an update for each, and an insert where there was nothing to change: one loop of writes',
    request: { method: 'POST', body: { books: rowsOf(12, (n) => ({ id: 54 + n, price: 700 + n })) } },
    async handler(db, req, res) {
      for (const { id, price } of req.body.books as RemoteBook[]) {
        const changed = await db('books').where({ id }).update({ price_cents: price }) // hit: remote-books-updated-or-inserted
        if (changed === 0) await db('books').insert({ id, author_id: 1, title: `book ${id}`, price_cents: price })
      }
      res.json('ok')
    },
    findings: [
      {
        kind: 'write-loop',
        statement: ['update books set price_cents = ? where id = ?', 'insert into books'],
        count: 18,
      },
    ],
  },
  {
    name: 'webhook-handled-once',
    ...ownTables({ deliveries: { rows: [{ event: 'e1', state: 'done' }] } }),
    request: { method: 'POST', body: { event: 'e7', orderId: 3 } },
    async handler(db, req, res) {
      const { event, orderId } = req.body
      if (await db('deliveries').where({ event }).first()) return res.json('known')
      await db('deliveries').insert({ event, state: 'new' })
      await db('orders').where('id', orderId).update({ status: 'paid' })
      await db('logs').insert({ level: 'info', message: `order ${orderId} paid`, created_on: '2026-11-22' })
      await db('deliveries').where({ event }).update({ state: 'done' })
      res.json(await db('deliveries').where({ event }).first())
    },
    findings: [],
  },
  {
    name: 'outbox-drained-by-twos',
    why: 'the same question again, after what it gave was marked as sent',
    ...ownTables({ outbox: { rows: rowsOf(12, (n) => ({ state: 'waiting', payload: `message ${n}` })) } }),
    request: { method: 'POST' },
    async handler(db, _req, res) {
      let sent = 0
      for (;;) {
        const batch = await db('outbox').where('state', 'waiting').orderBy('id').limit(2)
        if (batch.length === 0) break
        const ids = batch.map(({ id }) => id)
        sent += await db('outbox').whereIn('id', ids).update({ state: 'sent' })
      }
      res.json({ sent })
    },
    findings: [],
  },
  {
    name: 'progress-noted-per-chunk',
    why: 'chunks, and one row that says how far it is',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const ids = await db('books').orderBy('id').pluck('id')
      let done = 0
      for (const chunk of chunksOf(ids, 8)) {
        await db('books').whereIn('id', chunk).increment('price_cents', 5)
        done += chunk.length
        await db('jobs').where('id', 1).update({ attempts: done })
      }
      res.json({ done })
    },
    findings: [],
  },
  {
    name: 'version-conflict-until-it-fits',
    why: 'six tries to write one row: what is read in between is read for the version',
    ...ownTables({ drafts: { rows: [{ title: 'draft', version: 6 }] } }),
    request: { method: 'PUT' },
    async handler(db, _req, res) {
      for (let seen = 1; ; seen++) {
        const changed = await db('drafts')
          .where({ id: 1, version: seen })
          .update({ title: 'better', version: seen + 1 })
        if (changed === 1) break
        await db('drafts').where('id', 1).first('version')
      }
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'back-off-until-done',
    why: 'waits for another’s work, longer each time',
    async handler(db, _req, res) {
      const working = pause(60).then(() => db('jobs').where('id', 2).update({ status: 'done' }))
      let job = await db('jobs').where('id', 2).first()
      for (let wait = 1; job.status !== 'done'; wait *= 2) {
        await pause(wait)
        job = await db('jobs').where('id', 2).first()
      }
      await working
      res.json(job)
    },
    findings: [],
  },
  {
    name: 'transaction-run-again',
    why: 'a conflict rolls it back, and the second run has to see what is there now',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const keys = ['theme', 'motto']
      for (const key of keys) {
        const saved = await db
          .transaction(async (trx) => {
            const { value } = await trx('settings').where('key', 'banner').first()
            await trx('settings').insert({ key, value })
            return true
          })
          .catch(() => false)
        if (saved) break
      }
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'fetched-from-a-cursor',
    why: 'a cursor of the database goes on with each fetch',
    engines: ['PostgreSQL'],
    async handler(db, _req, res) {
      const titles = await db.transaction(async (trx) => {
        await trx.raw('declare shelf cursor for select title from books order by id')
        const all = []
        for (;;) {
          const { rows } = await trx.raw('fetch 12 from shelf')
          if (rows.length === 0) return all
          all.push(...rows)
        }
      })
      res.json(titles)
    },
    findings: [],
  },
]

/** Imports, webhooks, queues and jobs that keep two sides the same. */
export const cases: readonly CorpusCase[] = [...imports, ...syncing]
