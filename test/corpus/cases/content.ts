import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { createLoader } from '../fixtures/flow.js'
import { ownTables, rowsOf } from './support/own-tables.js'

async function translation(db: Knex, bookId: number, locale: string): Promise<string | null> {
  const row = await db('translations').where({ book_id: bookId, locale }).first() // hit: translations-with-fallback
  return row?.title ?? null
}

async function leftSidebar(db: Knex): Promise<unknown> {
  return { title: 'Tags', tags: await db('tags').orderBy('name') }
}

async function rightSidebar(db: Knex): Promise<unknown> {
  const cloud = await db('tags').orderBy('name') // hit: tags-in-both-sidebars
  return { title: 'Cloud', cloud }
}

/** Asked for by their ids, here for the by-lines and there for the box about the authors. */
async function byLines(db: Knex, ids: readonly number[]): Promise<readonly string[]> {
  const authors = await db('authors').whereIn('id', ids)
  return authors.map(({ name }) => `by ${name}`)
}

async function aboutBox(db: Knex, ids: readonly number[]): Promise<readonly string[]> {
  const authors = await db('authors').whereIn('id', ids) // hit: authors-for-by-lines-and-box
  return authors.map(({ name, country }) => `${name} (${country})`)
}

const NOTICES = {
  notices: {
    rows: rowsOf(12, (n) => ({ subject_type: n % 2 === 0 ? 'books' : 'customers', subject_id: n })),
  },
}

const reads: readonly CorpusCase[] = [
  {
    name: 'translations-with-fallback',
    why: 'six in French, and in English where there is none: one line, one loop',
    ...ownTables({
      translations: {
        rows: rowsOf(9, (n) =>
          n <= 6
            ? { book_id: n, locale: 'en', title: `book ${n}` }
            : { book_id: 2 * n - 13, locale: 'fr', title: `livre` },
        ),
      },
    }),
    async handler(db, _req, res) {
      const books = await db('books').where('id', '<=', 6).orderBy('id')
      for (const book of books) {
        book.title = (await translation(db, book.id, 'fr')) ?? (await translation(db, book.id, 'en'))
      }
      res.json(books)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from translations where book_id = ? and locale = ?', count: 9 }],
  },
  {
    name: 'subject-of-each-notice',
    why: 'one loop, which asks now this table and now that',
    ...ownTables(NOTICES),
    async handler(db, _req, res) {
      const notices = await db('notices').orderBy('id')
      for (const notice of notices) {
        notice.subject = await db(notice.subject_type).where('id', notice.subject_id).first() // hit: subject-of-each-notice
      }
      res.json(notices)
    },
    findings: [
      { kind: 'n-plus-one', statement: ['from books where id = ?', 'from customers where id = ?'], count: 12 },
    ],
  },
  {
    name: 'subjects-by-type',
    ...ownTables(NOTICES),
    async handler(db, _req, res) {
      const notices = await db('notices').orderBy('id')
      const subjects: unknown[] = []
      for (const type of new Set<string>(notices.map((notice) => notice.subject_type))) {
        const ids = notices.filter((notice) => notice.subject_type === type).map((notice) => notice.subject_id)
        subjects.push(...(await db(type).whereIn('id', ids)))
      }
      res.json({ notices, subjects })
    },
    findings: [],
  },
  {
    name: 'books-by-each-tag-of-each-book',
    why: 'a loop in a loop, both long',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id').limit(5)
      for (const book of books) {
        book.tags = await db('book_tags').where('book_id', book.id).orderBy('tag_id') // hit: books-by-each-tag-of-each-book/tags
        for (const tag of book.tags) {
          tag.books = await db('book_tags').where('tag_id', tag.tag_id).limit(3) // hit: books-by-each-tag-of-each-book/books
        }
      }
      res.json(books)
    },
    findings: [
      {
        kind: 'n-plus-one',
        statement: 'from book_tags where book_id = ?',
        count: 5,
        at: 'books-by-each-tag-of-each-book/tags',
      },
      {
        kind: 'n-plus-one',
        statement: 'from book_tags where tag_id = ?',
        count: 10,
        at: 'books-by-each-tag-of-each-book/books',
      },
    ],
  },
  {
    name: 'readers-of-each-document',
    why: 'a list for each row, long or short, that overlaps with others’',
    ...ownTables({
      documents: { rows: ['1,2,5', '2,3', '1,4,6', '7', '3,5,8', '2,9'].map((ids) => ({ reader_ids: ids })) },
    }),
    async handler(db, _req, res) {
      const documents = await db('documents').orderBy('id')
      for (const document of documents) {
        const ids = document.reader_ids.split(',').map(Number)
        document.readers = await db('customers').whereIn('id', ids).select('name') // hit: readers-of-each-document
      }
      res.json(documents)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from customers where id in', count: 6 }],
  },
  {
    name: 'books-of-each-order-by-ids',
    why: 'the lines of an order, and then its books by a list: two statements per order',
    async handler(db, _req, res) {
      const orders = await db('orders').orderBy('id').limit(6)
      for (const order of orders) {
        const lines = await db('order_lines').where('order_id', order.id) // hit: books-of-each-order-by-ids
        const ids = lines.map((line) => line.book_id)
        order.books = await db('books').whereIn('id', ids)
      }
      res.json(orders)
    },
    findings: [
      { kind: 'n-plus-one', statement: ['from order_lines where order_id = ?', 'from books where id in'], count: 12 },
    ],
  },
  {
    name: 'loader-made-anew-for-each-item',
    why: 'a loader that lives for one item has nothing to batch',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id').limit(6)
      for (const book of books) {
        const load = createLoader<number, unknown>(
          (ids) => db('authors').whereIn('id', ids), // hit: loader-made-anew-for-each-item
        )
        book.author = await load(book.author_id)
      }
      res.json(books)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from authors where id in', count: 6 }],
  },
  {
    name: 'two-loaders-for-one-list',
    async handler(db, _req, res) {
      const byIds = (table: string) => async (ids: readonly number[]) => {
        const rows = await db(table).whereIn('id', ids)
        return ids.map((id) => rows.find((row) => row.id === id))
      }
      const author = createLoader(byIds('authors'))
      const category = createLoader(byIds('categories'))
      const books = await db('books').orderBy('id').limit(20)
      const full = await Promise.all(
        books.map(async (book) => ({
          title: book.title,
          author: await author(book.author_id),
          category: await category(book.category_id),
        })),
      )
      res.json(full)
    },
    findings: [],
  },
  {
    name: 'tags-in-both-sidebars',
    async handler(db, _req, res) {
      const post = await db('books').where('id', 4).first()
      res.json({ post, left: await leftSidebar(db), right: await rightSidebar(db) })
    },
    findings: [{ kind: 'duplicate-query', statement: 'from tags order by name', count: 2 }],
  },
  {
    name: 'authors-for-by-lines-and-box',
    why: 'the same list of ids',
    async handler(db, _req, res) {
      const ids = [2, 5, 7]
      const [lines, box] = await Promise.all([byLines(db, ids), aboutBox(db, ids)])
      res.json({ lines, box })
    },
    findings: [{ kind: 'duplicate-query', statement: 'from authors where id in', count: 2 }],
  },
  {
    name: 'author-of-ten-posts-mostly-one',
    why: 'five authors, of whom one has six posts: equal values belong to the loop',
    ...ownTables({ posts: { rows: [1, 1, 1, 1, 2, 1, 3, 1, 4, 5].map((author_id) => ({ author_id })) } }),
    async handler(db, _req, res) {
      const posts = await db('posts').orderBy('id')
      for (const post of posts) post.author = await db('authors').where('id', post.author_id).first() // hit: author-of-ten-posts-mostly-one
      res.json(posts)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from authors where id = ?', count: 10 }],
  },
  {
    name: 'exists-by-raw-per-book',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id').limit(8)
      for (const book of books) {
        await db.raw('select exists (select 1 from reviews where book_id = ? and stars >= 4) as liked', [book.id]) // hit: exists-by-raw-per-book
      }
      res.json(books)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from reviews where book_id = ?', count: 8 }],
  },
]

const NOTES = { notes: { rows: rowsOf(8, (n) => ({ title: `note ${n}`, deleted_at: '' })) } }

const writes: readonly CorpusCase[] = [
  {
    name: 'soft-deletes-one-by-one',
    ...ownTables(NOTES),
    request: { method: 'DELETE', body: { ids: [1, 2, 3, 5, 6, 7, 8] } },
    async handler(db, req, res) {
      const now = '2026-11-22T10:00:00Z'
      for (const id of req.body.ids) await db('notes').where({ id }).update({ deleted_at: now }) // hit: soft-deletes-one-by-one
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'update notes set deleted_at = ? where id = ?', count: 7 }],
  },
  {
    name: 'soft-delete-by-a-list',
    ...ownTables(NOTES),
    request: { method: 'DELETE', body: { ids: [1, 2, 3, 5, 6, 7, 8] } },
    async handler(db, req, res) {
      const deleted = await db('notes').whereIn('id', req.body.ids).update({ deleted_at: '2026-11-22T10:00:00Z' })
      await db('logs').insert({ level: 'info', message: `${deleted} deleted`, created_on: '2026-11-22' })
      res.json({ deleted })
    },
    findings: [],
  },
  {
    name: 'positions-after-a-drag',
    ...ownTables({ cards: { rows: rowsOf(6, (n) => ({ title: `card ${n}`, position: n })) } }),
    request: { method: 'PUT', body: { ids: [4, 1, 6, 2, 3, 5] } },
    async handler(db, req, res) {
      await db.transaction(async (trx) => {
        const ids = req.body.ids as number[]
        const moves = ids.map((id, at) => {
          const position = at + 1
          return trx('cards').where({ id }).update({ position }) // hit: positions-after-a-drag
        })
        await Promise.all(moves)
      })
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'update cards set position = ? where id = ?', count: 6 }],
  },
  {
    name: 'expired-drafts-deleted-by-reduce',
    async handler(db, _req, res) {
      const expired = await db('logs').where('created_on', '<', '2026-10-11').orderBy('id').limit(6)
      await expired.reduce(async (before, { id }) => {
        await before
        await db('logs').where('id', id).del() // hit: expired-drafts-deleted-by-reduce
      }, Promise.resolve())
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'delete from logs where id = ?', count: 6 }],
  },
]

/** A CMS: posts, translations, tags, notices. */
export const cases: readonly CorpusCase[] = [...reads, ...writes]
