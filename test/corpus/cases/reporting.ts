import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { ownTables, rowsOf } from './support/own-tables.js'

async function pageAndTotal(db: Knex, page: number, size: number): Promise<{ rows: unknown[]; total: number }> {
  const total = await db('books').where('stock', '>', 0).count('* as count').first() // hit: total-counted-again-for-each-page
  const rows = await db('books')
    .where('stock', '>', 0)
    .orderBy('id')
    .limit(size)
    .offset(page * size)
  return { rows, total: Number(total?.count) }
}

const figures: readonly CorpusCase[] = [
  {
    name: 'visits-per-day-of-a-week',
    why: 'a list in the code: one groupBy instead',
    async handler(db, _req, res) {
      const days: Record<string, number> = {}
      for (let day = 12; day < 19; day++) {
        const row = await db('logs').where('created_on', `2026-10-${day}`).count('* as count').first() // hit: visits-per-day-of-a-week
        days[day] = Number(row?.count)
      }
      res.json(days)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from logs where created_on = ?', count: 7 }],
  },
  {
    name: 'open-books-of-each-category',
    why: 'one value varies, another one is always the same',
    async handler(db, _req, res) {
      const categories = await db('categories').where('id', '>=', 5).orderBy('id')
      for (const category of categories) {
        const row = await db('books') // hit: open-books-of-each-category
          .where('category_id', category.id)
          .where('stock', '>', 0)
          .count('* as count')
          .first()
        category.available = Number(row?.count)
      }
      res.json(categories)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where category_id = ? and stock > ?', count: 9 }],
  },
  {
    name: 'rank-of-each-player',
    why: 'a comparison with what each row has, and no page: a window function would rank them all',
    ...ownTables({ players: { rows: rowsOf(8, (n) => ({ name: `player ${n}`, score: (n * 37) % 100 })) } }),
    async handler(db, _req, res) {
      const players = await db('players').orderBy('score', 'desc')
      for (const player of players) {
        const row = await db('players').where('score', '>', player.score).count('* as count').first() // hit: rank-of-each-player
        player.rank = Number(row?.count) + 1
      }
      res.json(players)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from players where score > ?', count: 8 }],
  },
  {
    name: 'bookings-that-clash-with-each-slot',
    why: 'a range of its own for each row, in a room of its own',
    ...ownTables({
      slots: { rows: rowsOf(6, (n) => ({ room_id: n, begins: 8 + n, ends: 10 + n })) },
      bookings: { rows: rowsOf(12, (n) => ({ room_id: 1 + (n % 6), begins: 7 + n, ends: 8 + n })) },
    }),
    async handler(db, _req, res) {
      const slots = await db('slots').orderBy('id')
      for (const slot of slots) {
        slot.clashes = await db('bookings') // hit: bookings-that-clash-with-each-slot
          .where('room_id', slot.room_id)
          .where('begins', '<', slot.ends)
          .where('ends', '>', slot.begins)
      }
      res.json(slots)
    },
    findings: [
      { kind: 'n-plus-one', statement: 'from bookings where room_id = ? and begins < ? and ends > ?', count: 6 },
    ],
  },
  {
    name: 'revenue-per-month-by-range',
    why: 'ranges of time, one after the other',
    async handler(db, _req, res) {
      const months = []
      for (let month = 1; month <= 9; month++) {
        const range: [string, string] = [`2026-0${month}-01`, `2026-0${month}-31`]
        months.push(await db('orders').whereBetween('placed_on', range).sum('total_cents as cents').first())
      }
      res.json(months)
    },
    findings: [],
  },
  {
    name: 'price-histogram',
    why: 'adjoining ranges of prices',
    async handler(db, _req, res) {
      const buckets = await Promise.all(
        [500, 600, 700, 800, 900, 1_000].map((from) =>
          db('books')
            .where('price_cents', '>=', from)
            .where('price_cents', '<', from + 100)
            .count('* as count')
            .first(),
        ),
      )
      res.json(buckets)
    },
    findings: [],
  },
]

const exports_: readonly CorpusCase[] = [
  {
    name: 'log-exported-by-date-ranges',
    async handler(db, _req, res) {
      const lines = []
      for (let day = 10; day < 22; day += 2) {
        const from = `2026-10-${day}`
        const to = `2026-10-${day + 2}`
        const errors = db('logs').where('level', 'error').where('created_on', '>=', from).where('created_on', '<', to)
        lines.push(...(await errors.orderBy('id')))
      }
      res.json(lines)
    },
    findings: [],
  },
  {
    name: 'windows-of-ids-with-a-filter',
    async handler(db, _req, res) {
      const total = await db('reviews').max('id as last').first()
      const good = []
      for (let from = 0; from < total?.last; from += 10) {
        const slice = await db('reviews')
          .where('id', '>', from)
          .where('id', '<=', from + 10)
          .where('stars', '>=', 4)
        good.push(...slice)
      }
      res.json(good)
    },
    findings: [],
  },
  {
    name: 'keyset-by-an-or',
    why: 'pages by two columns, as it is written where rows cannot be compared',
    async handler(db, _req, res) {
      const titles = []
      let last = { category_id: 0, id: 0 }
      for (;;) {
        const { category_id, id } = last
        const page = await db('books')
          .where('category_id', '>', category_id)
          .orWhere((same) => same.where('category_id', category_id).where('id', '>', id))
          .orderBy(['category_id', 'id'])
          .limit(9)
        if (page.length === 0) break
        titles.push(...page.map(({ title }) => title))
        last = page.at(-1)
      }
      res.json(titles)
    },
    findings: [],
  },
  {
    name: 'feed-newest-first-by-cursor',
    async handler(db, _req, res) {
      const feed = []
      let page = await db('reviews').orderBy('stars', 'desc').orderBy('id', 'desc').limit(8)
      while (page.length === 8) {
        feed.push(...page)
        const { stars, id } = page[7]
        page = await db('reviews')
          .where((older) =>
            older.where('stars', '<', stars).orWhere((same) => same.where({ stars }).where('id', '<', id)),
          )
          .orderBy('stars', 'desc')
          .orderBy('id', 'desc')
          .limit(8)
      }
      res.json([...feed, ...page])
    },
    findings: [],
  },
  {
    name: 'row-values-with-a-filter',
    async handler(db, _req, res) {
      const ids = []
      let last = [0, 0]
      for (;;) {
        const page = await db('books')
          .where('stock', '>', 1)
          .whereRaw('(author_id, id) > (?, ?)', last)
          .orderBy(['author_id', 'id'])
          .limit(7)
        ids.push(...page.map(({ id }) => id))
        if (page.length < 7) break
        last = [page[6].author_id, page[6].id]
      }
      res.json(ids)
    },
    findings: [],
  },
  {
    name: 'pages-by-key-backwards',
    async handler(db, _req, res) {
      const titles = []
      let before = 1_000_000
      for (;;) {
        const page = await db('books').where('id', '<', before).orderBy('id', 'desc').limit(10)
        if (page.length === 0) break
        titles.push(...page.map(({ title }) => title))
        before = page.at(-1).id
      }
      res.json(titles)
    },
    findings: [],
  },
  {
    name: 'total-counted-again-for-each-page',
    why: 'pages are none; the same number again for each of them is a duplicate',
    async handler(db, _req, res) {
      const rows = []
      for (let page = 0; ; page++) {
        const part = await pageAndTotal(db, page, 10)
        rows.push(...part.rows)
        if (rows.length >= part.total) break
      }
      res.json(rows)
    },
    findings: [{ kind: 'duplicate-query', statement: 'select count(*) as count from books where stock > ?', count: 6 }],
  },
  {
    name: 'archived-range-by-range',
    why: 'ranges of days, which are copied and then deleted',
    ...ownTables({ archive: { rows: [{ message: 'first' }] } }),
    request: { method: 'POST' },
    async handler(db, _req, res) {
      for (let day = 10; day < 22; day += 2) {
        const range: [string, string] = [`2026-10-${day}`, `2026-10-${day + 1}`]
        await db.transaction(async (trx) => {
          const errors = trx('logs').where('level', 'error').whereBetween('created_on', range)
          await trx(trx.raw('archive (message)')).insert(errors.clone().select('message'))
          await errors.delete()
        })
      }
      res.json('ok')
    },
    findings: [],
  },
]

/** Figures, and whole tables that leave in parts. */
export const cases: readonly CorpusCase[] = [...figures, ...exports_]
