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
]
