import type { CorpusCase } from '../corpus-case.js'

/** Many rows by few queries, as it should be: all near-misses. */
export const cases: readonly CorpusCase[] = [
  {
    name: 'where-in-of-all',
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id')
      const books = await db('books').whereIn(
        'author_id',
        authors.map(({ id }) => id),
      )
      for (const author of authors) author.books = books.filter((book) => book.author_id === author.id)
      res.json(authors)
    },
    findings: [],
  },
  {
    name: 'chunked-where-in',
    why: 'six statements from one line, each for ten ids: the number of queries does not grow with each row',
    async handler(db, _req, res) {
      const ids: number[] = await db('books').orderBy('id').pluck('id')
      const reviews = []
      for (let at = 0; at < ids.length; at += 10) {
        reviews.push(...(await db('reviews').whereIn('book_id', ids.slice(at, at + 10))))
      }
      res.json(reviews.length)
    },
    findings: [],
  },
  {
    name: 'join-instead',
    async handler(db, _req, res) {
      const rows = await db('books')
        .join('authors', 'authors.id', 'books.author_id')
        .select('books.title', 'authors.name')
        .orderBy('books.id')
      res.json(rows)
    },
    findings: [],
  },
  {
    name: 'pages-by-offset',
    why: 'batch work that goes through a table page by page',
    async handler(db, _req, res) {
      let total = 0
      for (let offset = 0; ; offset += 10) {
        const page = await db('books').orderBy('id').limit(10).offset(offset)
        total += page.reduce((sum, book) => sum + book.stock, 0)
        if (page.length < 10) break
      }
      res.json(total)
    },
    findings: [],
  },
  {
    name: 'two-settings',
    async handler(db, _req, res) {
      const currency = await db('settings').where('key', 'currency').first()
      const theme = await db('settings').where('key', 'theme').first()
      res.json({ currency, theme })
    },
    findings: [],
  },
  {
    name: 'pages-by-key',
    why: 'each page begins after the last row of the one before',
    async handler(db, _req, res) {
      let stock = 0
      let last = 0
      for (;;) {
        const page = await db('books').where('id', '>', last).orderBy('id').limit(10)
        if (page.length === 0) break
        for (const book of page) stock += book.stock
        last = page.at(-1).id
      }
      res.json({ stock })
    },
    findings: [],
  },
  {
    name: 'pages-by-two-keys',
    async handler(db, _req, res) {
      const titles: string[] = []
      let last = { category_id: 0, id: 0 }
      for (;;) {
        const page = await db('books')
          .whereRaw('(category_id, id) > (?, ?)', [last.category_id, last.id])
          .orderBy(['category_id', 'id'])
          .limit(10)
        titles.push(...page.map(({ title }) => title))
        if (page.length < 10) break
        last = page.at(-1)
      }
      res.json(titles)
    },
    findings: [],
  },
  {
    name: 'pages-of-a-filter',
    why: 'a constant condition beside the key of the page',
    async handler(db, _req, res) {
      const ids: number[] = []
      let after = 0
      for (;;) {
        const page = await db('orders').where({ status: 'paid' }).andWhere('id', '>', after).orderBy('id').limit(5)
        ids.push(...page.map(({ id }) => id))
        if (page.length < 5) break
        after = ids.at(-1) ?? 0
      }
      res.json(ids)
    },
    findings: [],
  },
  {
    name: 'pages-at-once',
    async handler(db, _req, res) {
      const pages = await Promise.all(
        [0, 1, 2, 3, 4, 5].map((page) =>
          db('books')
            .select('id', 'title')
            .orderBy('id')
            .limit(10)
            .offset(page * 10),
        ),
      )
      res.json(pages.flat())
    },
    findings: [],
  },
  {
    name: 'page-and-total',
    request: { url: '?page=3' },
    async handler(db, req, res) {
      const page = Number(req.query.page)
      const items = await db('books')
        .orderBy('title')
        .limit(10)
        .offset((page - 1) * 10)
      const total = await db('books').count({ n: '*' }).first()
      res.json({ items, total })
    },
    findings: [],
  },
  {
    name: 'ranges-of-ids',
    why: 'five ranges of twelve rows each, from one line: chunks by another name',
    async handler(db, _req, res) {
      let cents = 0
      for (let from = 1; from <= 60; from += 12) {
        const books = await db('books').whereBetween('id', [from, from + 11])
        for (const book of books) cents += book.price_cents
      }
      res.json({ cents })
    },
    findings: [],
  },
  {
    name: 'chunks-with-a-last-one-of-one',
    why: 'fifty ids by seven: the eighth chunk is a single id',
    async handler(db, _req, res) {
      const ids: number[] = await db('books').orderBy('id').limit(50).pluck('id')
      const lines = []
      for (let at = 0; at < ids.length; at += 7) {
        lines.push(...(await db('order_lines').whereIn('book_id', ids.slice(at, at + 7))))
      }
      res.json(lines)
    },
    findings: [],
  },
  {
    name: 'chunks-at-once',
    async handler(db, _req, res) {
      const ids: number[] = await db('books').orderBy('id').pluck('id')
      const chunks = Array.from({ length: 12 }, (_, index) => ids.slice(index * 5, index * 5 + 5))
      const reviews = await Promise.all(chunks.map((chunk) => db('reviews').whereIn('book_id', chunk)))
      res.json(reviews.flat())
    },
    findings: [],
  },
  {
    name: 'chunks-of-a-filter',
    async handler(db, _req, res) {
      const ids: number[] = await db('customers').orderBy('id').pluck('id')
      const open = []
      for (let at = 0; at < ids.length; at += 3) {
        open.push(
          ...(await db('orders')
            .where('status', 'open')
            .whereIn('customer_id', ids.slice(at, at + 3))),
        )
      }
      res.json(open)
    },
    findings: [],
  },
  {
    name: 'chunks-by-any',
    why: 'a list as one binding',
    engines: ['PostgreSQL'],
    async handler(db, _req, res) {
      const ids: number[] = await db('books').orderBy('id').pluck('id')
      const reviews = []
      for (let at = 0; at < ids.length; at += 10) {
        const { rows } = await db.raw('select * from reviews where book_id = any(?)', [ids.slice(at, at + 10)])
        reviews.push(...rows)
      }
      res.json(reviews)
    },
    findings: [],
  },
  {
    name: 'a-long-in-list',
    async handler(db, _req, res) {
      const ids = Array.from({ length: 500 }, (_, index) => index + 1)
      res.json(await db('orders').whereIn('id', ids).orderBy('id'))
    },
    findings: [],
  },
  {
    name: 'three-relations-eagerly',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id').limit(20)
      const ids = books.map(({ id }) => id)
      const authorIds = books.map(({ author_id }) => author_id)
      const authors = await db('authors').whereIn('id', authorIds)
      const reviews = await db('reviews').whereIn('book_id', ids)
      const links = await db('book_tags').whereIn('book_id', ids)
      res.json({ books, authors, reviews, links })
    },
    findings: [],
  },
  {
    name: 'subquery-instead-of-ids',
    async handler(db, _req, res) {
      const french = db('authors').select('id').where('country', 'FR')
      res.json(await db('books').whereIn('author_id', french).orderBy('id'))
    },
    findings: [],
  },
  {
    name: 'window-function',
    why: 'the two dearest of each author, by one query',
    async handler(db, _req, res) {
      const ranked = db('books')
        .select('id', 'author_id', 'title')
        .rowNumber('place', (over) => {
          over.partitionBy('author_id').orderBy('price_cents', 'desc')
        })
        .as('ranked')
      res.json(await db.from(ranked).where('place', '<=', 2).orderBy('id'))
    },
    findings: [],
  },
  {
    name: 'union-of-all',
    async handler(db, _req, res) {
      const ids = [1, 2, 3, 4, 5, 6]
      const queries = ids.map((id) => db('books').where('author_id', id).max({ dearest: 'price_cents' }))
      const [first, ...others] = queries
      res.json(await first?.unionAll(others))
    },
    findings: [],
  },
  {
    name: 'batch-insert',
    why: 'six statements of ten rows each, from one line, by knex’s batchInsert',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const rows = Array.from({ length: 60 }, (_, index) => ({ level: 'info', message: `imported ${index}` }))
      await db.batchInsert('logs', rows, 10)
      res.json({ inserted: rows.length })
    },
    findings: [],
  },
  {
    name: 'upsert-of-many',
    request: { method: 'PUT', body: { currency: 'EUR', theme: 'dark', locale: 'pt', motto: 'read' } },
    async handler(db, req, res) {
      const rows = Object.entries(req.body).map(([key, value]) => ({ key, value }))
      await db('settings').insert(rows).onConflict('key').merge()
      res.json(await db('settings').whereIn('key', Object.keys(req.body)))
    },
    findings: [],
  },
  {
    name: 'updates-by-chunks',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const ids: number[] = await db('books').where('stock', 0).orWhere('stock', '>', 3).orderBy('id').pluck('id')
      let changed = 0
      for (let at = 0; at < ids.length; at += 6) {
        changed += await db('books')
          .whereIn('id', ids.slice(at, at + 6))
          .increment('price_cents', 10)
      }
      res.json({ changed })
    },
    findings: [],
  },
  {
    name: 'deletes-until-none-is-left',
    why: 'twenty at a time, so that no lock is held for long',
    request: { method: 'DELETE' },
    async handler(db, _req, res) {
      let total = 0
      for (;;) {
        const old = db('logs').select('id').where('level', 'error').limit(20)
        const deleted = await db('logs').whereIn('id', old).delete()
        total += deleted
        if (deleted < 20) break
      }
      res.json({ total })
    },
    findings: [],
  },
  {
    name: 'batch-job-in-a-request',
    why: 'page by page: read ten, write about the ten, note that it is done; the queries grow by pages, not by rows',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      let last = 0
      let pages = 0
      for (;;) {
        const books = await db('books').where('id', '>', last).orderBy('id').limit(10)
        if (books.length === 0) break
        const ids = books.map(({ id }) => id)
        const reviews = await db('reviews').whereIn('book_id', ids)
        await db('books').whereIn('id', ids).update({ stock: reviews.length })
        await db('logs').insert(ids.map((id) => ({ level: 'info', message: `book ${id}` })))
        last = ids.at(-1)
        pages++
      }
      res.json({ pages })
    },
    findings: [],
  },
]
