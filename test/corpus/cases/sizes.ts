import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'

/** 60 of 4,000 characters: 240 kB, in a table of their own, since the strings of the shared ones are short. */
async function createManuscripts(db: Knex): Promise<void> {
  await db.schema.createTable('manuscripts', (table) => {
    table.increments('id')
    table.string('title')
    table.integer('pages')
    table.text('body')
  })
  await db('manuscripts').insert(
    Array.from({ length: 60 }, (_, n) => ({ title: `title ${n}`, pages: n, body: 'long '.repeat(800) })),
  )
}

const manuscripts: Pick<CorpusCase, 'tables' | 'dropTables'> = {
  tables: createManuscripts,
  dropTables: (db) => db.schema.dropTable('manuscripts'),
}

const unbounded: readonly CorpusCase[] = [
  {
    name: 'the-whole-log',
    async handler(db, _req, res) {
      res.json(await db('logs').orderBy('id')) // hit: the-whole-log
    },
    findings: [{ kind: 'unbounded-result', statement: 'select * from logs order by id', count: 1 }],
  },
  {
    name: 'most-of-the-log',
    why: 'a condition that most rows fulfil is no bound',
    async handler(db, _req, res) {
      const rows = await db('logs').where('level', 'info').select('id', 'message') // hit: most-of-the-log
      res.json(rows)
    },
    findings: [{ kind: 'unbounded-result', statement: 'select id, message from logs where level = ?', count: 1 }],
  },
  {
    name: 'pairs-by-a-join',
    why: 'two small tables and a join that multiplies them: 1,800 rows',
    async handler(db, _req, res) {
      const pairs = await db('book_tags as a') // hit: pairs-by-a-join
        .join('book_tags as b', 'a.tag_id', 'b.tag_id')
        .select('a.book_id as book', 'b.book_id as related')
      res.json(pairs)
    },
    findings: [{ kind: 'unbounded-result', statement: 'from book_tags as a inner join book_tags as b', count: 1 }],
  },
  {
    name: 'all-ids-plucked',
    async handler(db, _req, res) {
      const ids: number[] = await db('logs').pluck('id') // hit: all-ids-plucked
      res.json(ids)
    },
    findings: [{ kind: 'unbounded-result', statement: 'select id from logs', count: 1 }],
  },
  {
    name: 'raw-select-of-all',
    async handler(db, _req, res) {
      const answer = await db.raw('select message, created_on from logs') // hit: raw-select-of-all
      res.json(answer.rows ?? answer)
    },
    findings: [{ kind: 'unbounded-result', statement: 'select message, created_on from logs', count: 1 }],
  },
  {
    name: 'five-hundred-and-one-rows',
    why: 'one above the threshold',
    async handler(db, _req, res) {
      res.json(await db('logs').where('id', '<=', 501)) // hit: five-hundred-and-one-rows
    },
    findings: [{ kind: 'unbounded-result', statement: 'from logs where id <= ?', count: 1 }],
  },
  {
    name: 'five-hundred-rows',
    why: 'at the threshold, not above it',
    async handler(db, _req, res) {
      res.json(await db('logs').where('id', '<=', 500))
    },
    findings: [],
  },
  {
    name: 'limit-of-a-thousand',
    why: 'many rows, and a limit that somebody has thought about',
    async handler(db, _req, res) {
      res.json(await db('logs').orderBy('id', 'desc').limit(1_000))
    },
    findings: [],
  },
  {
    name: 'limit-inside-a-subquery',
    why: 'bounded by the inner statement',
    async handler(db, _req, res) {
      const recent = db('logs').orderBy('id', 'desc').limit(800).as('recent')
      res.json(await db.from(recent).orderBy('id'))
    },
    findings: [],
  },
  {
    name: 'first-six-hundred-by-the-standard',
    why: 'a limit in the words of the SQL standard',
    engines: ['PostgreSQL'],
    async handler(db, _req, res) {
      const { rows } = await db.raw('select * from logs order by id fetch first 600 rows only')
      res.json(rows)
    },
    findings: [],
  },
  {
    name: 'six-hundred-ids-in-a-list',
    why: 'as many rows as were asked for by their ids',
    request: { method: 'POST', body: { ids: Array.from({ length: 600 }, (_, n) => n + 1) } },
    async handler(db, req, res) {
      res.json(await db('logs').whereIn('id', req.body.ids))
    },
    findings: [],
  },
  {
    name: 'update-that-returns-its-rows',
    why: 'a write: what it changes it has to change',
    request: { method: 'PUT' },
    async handler(db, _req, res) {
      const changed = await db('logs').where('level', 'info').update({ level: 'debug' }).returning(['id', 'level'])
      res.json(changed)
    },
    findings: [],
  },
  {
    name: 'the-whole-log-as-it-is-read',
    why: 'an export: no more than a few rows are held at any time',
    async handler(db, _req, res) {
      res.type('text/plain')
      for await (const row of db('logs').orderBy('id').stream()) res.write(`${row.message}\n`)
      res.end()
    },
    findings: [],
  },
  {
    name: 'log-by-level-and-day',
    why: 'goes through 1,200 rows and returns few',
    async handler(db, _req, res) {
      res.json(await db('logs').select('level', 'created_on').count('* as count').groupBy('level', 'created_on'))
    },
    findings: [],
  },
  {
    name: 'log-in-three-pages',
    why: '1,200 rows in all, 400 at a time',
    async handler(db, _req, res) {
      const messages: string[] = []
      for (let offset = 0; offset < 1_200; offset += 400) {
        const page = await db('logs').orderBy('id').limit(400).offset(offset)
        messages.push(...page.map(({ message }) => message))
      }
      res.json(messages)
    },
    findings: [],
  },
]

const overFetched: readonly CorpusCase[] = [
  {
    name: 'links-counted-in-the-app',
    why: '120 rows read for their number',
    async handler(db, _req, res) {
      const links = await db('book_tags').select('book_id') // hit: links-counted-in-the-app
      res.json({ total: links.length })
    },
    findings: [{ kind: 'over-fetch', statement: 'select book_id from book_tags', count: 1 }],
  },
  {
    name: 'errors-counted-for-a-badge',
    async handler(db, _req, res) {
      const errors = await db('logs').where('level', 'error') // hit: errors-counted-for-a-badge
      res.send(`${errors.length}`)
    },
    findings: [{ kind: 'over-fetch', statement: 'from logs where level = ?', count: 1 }],
  },
  {
    name: 'log-counted-in-the-app',
    why: 'read without a bound, and for nothing but the number of rows: two things to mend',
    async handler(db, _req, res) {
      const rows = await db('logs') // hit: log-counted-in-the-app
      res.json({ lines: rows.length })
    },
    findings: [
      { kind: 'over-fetch', statement: 'select * from logs', count: 1 },
      { kind: 'unbounded-result', statement: 'select * from logs', count: 1 },
    ],
  },
  {
    name: 'bodies-read-titles-sent',
    why: '240 kB read, 2 kB sent',
    ...manuscripts,
    async handler(db, _req, res) {
      const all = await db('manuscripts').orderBy('id') // hit: bodies-read-titles-sent
      res.json(all.map(({ id, title }) => ({ id, title })))
    },
    findings: [{ kind: 'over-fetch', statement: 'select * from manuscripts order by id', count: 1 }],
  },
  {
    name: 'longest-found-in-the-app',
    why: 'sixty rows read for the number of pages of one',
    ...manuscripts,
    async handler(db, _req, res) {
      const all = await db('manuscripts').whereNotNull('title') // hit: longest-found-in-the-app
      const longest = all.reduce((best, row) => (row.pages > best.pages ? row : best))
      res.json({ title: longest.title, pages: longest.pages })
    },
    findings: [{ kind: 'over-fetch', statement: 'from manuscripts where title is not null', count: 1 }],
  },
  {
    name: 'bodies-in-a-join-not-sent',
    ...manuscripts,
    async handler(db, _req, res) {
      const rows = await db('books') // hit: bodies-in-a-join-not-sent
        .join('manuscripts', 'manuscripts.id', 'books.id')
        .select('books.title as book', 'manuscripts.*')
      res.json(rows.map(({ book, pages }) => `${book}: ${pages}`))
    },
    findings: [{ kind: 'over-fetch', statement: 'from books inner join manuscripts', count: 1 }],
  },
  {
    name: 'lines-counted-in-the-app',
    why: 'ninety rows: below the threshold',
    async handler(db, _req, res) {
      const lines = await db('order_lines')
      res.json({ total: lines.length })
    },
    findings: [],
  },
  {
    name: 'tags-in-use-counted-in-the-app',
    why: '120 rows read; the number in the answer is not theirs',
    async handler(db, _req, res) {
      const links = await db('book_tags').select('tag_id')
      res.json({ used: new Set(links.map(({ tag_id }) => tag_id)).size })
    },
    findings: [],
  },
  {
    name: 'links-with-their-number',
    why: 'the rows are sent too',
    async handler(db, _req, res) {
      const links = await db('book_tags').orderBy(['book_id', 'tag_id'])
      res.json({ total: links.length, links })
    },
    findings: [],
  },
  {
    name: 'first-links-and-their-number',
    why: 'more than the number is in the answer',
    async handler(db, _req, res) {
      const links = await db('book_tags').orderBy(['book_id', 'tag_id'])
      res.json({ total: links.length, first: links.slice(0, 20) })
    },
    findings: [],
  },
  {
    name: 'links-counted-by-the-database',
    async handler(db, _req, res) {
      const counted = await db('book_tags').count('* as total').first()
      res.json({ total: Number(counted?.total) })
    },
    findings: [],
  },
  {
    name: 'bodies-read-and-sent',
    ...manuscripts,
    async handler(db, _req, res) {
      res.json(await db('manuscripts').orderBy('id'))
    },
    findings: [],
  },
  {
    name: 'a-fifth-of-the-bodies-sent',
    why: '240 kB read, 48 kB sent: more than a tenth',
    ...manuscripts,
    async handler(db, _req, res) {
      const all = await db('manuscripts').orderBy('id')
      res.json(all.filter(({ pages }) => pages % 5 === 0))
    },
    findings: [],
  },
  {
    name: 'some-bodies-read-titles-sent',
    why: '80 kB read: below the threshold',
    ...manuscripts,
    async handler(db, _req, res) {
      const some = await db('manuscripts').orderBy('id').limit(20)
      res.json(some.map(({ title }) => title))
    },
    findings: [],
  },
  {
    name: 'only-the-columns-needed',
    ...manuscripts,
    async handler(db, _req, res) {
      res.json(await db('manuscripts').select('id', 'title').orderBy('id'))
    },
    findings: [],
  },
]

/** More rows, or more of each row, than the answer needs. */
export const cases: readonly CorpusCase[] = [...unbounded, ...overFetched]
