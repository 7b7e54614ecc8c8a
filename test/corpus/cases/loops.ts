import type { CorpusCase } from '../corpus-case.js'

const BOOKS_OF_AUTHOR = 'from books where author_id = ?'

/** A query in a loop, as it is written first. */
export const cases: readonly CorpusCase[] = [
  {
    name: 'for-of-with-await',
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id')
      for (const author of authors) {
        author.books = await db('books').where({ author_id: author.id }).orderBy('id') // hit: for-of-with-await
      }
      res.json(authors)
    },
    findings: [{ kind: 'n-plus-one', statement: BOOKS_OF_AUTHOR, count: 12 }],
  },
  {
    name: 'promise-all-map',
    async handler(db, _req, res) {
      const authors = await db('authors').select('id', 'name')
      const withBooks = await Promise.all(
        authors.map(async (author) => ({
          ...author,
          books: await db('books').where('author_id', author.id), // hit: promise-all-map
        })),
      )
      res.json(withBooks)
    },
    findings: [{ kind: 'n-plus-one', statement: BOOKS_OF_AUTHOR, count: 12 }],
  },
  {
    name: 'promise-all-of-builders',
    async handler(db, _req, res) {
      const authors = await db('authors').select('id')
      const lists = await Promise.all(
        authors.map(({ id }) => db('books').where('author_id', id)), // hit: promise-all-of-builders
      )
      res.json(lists.flat().length)
    },
    findings: [{ kind: 'n-plus-one', statement: BOOKS_OF_AUTHOR, count: 12 }],
  },
  {
    name: 'loop-with-early-exit-after-two',
    why: 'a loop that could run long and does not: two queries',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id').limit(20)
      let found = null
      for (const book of books) {
        const review = await db('reviews').where('book_id', book.id).first()
        if (review.stars >= 3) {
          found = review
          break
        }
      }
      res.json(found)
    },
    findings: [],
  },
  {
    name: 'four-items',
    why: 'one below the threshold of five',
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id').limit(4)
      for (const author of authors) author.books = await db('books').where('author_id', author.id)
      res.json(authors)
    },
    findings: [],
  },
]
