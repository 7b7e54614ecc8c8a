import bookshelf from 'bookshelf'
import type { Knex } from 'knex'
import { Model } from 'objection'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Harness, siteLine, startCapture } from '../support/capture-harness.js'
import { sqliteLibrary } from '../support/databases.js'

let harness: Harness
let db: Knex

beforeAll(async () => {
  db = await sqliteLibrary()
})
afterAll(() => db.destroy())
beforeEach(() => {
  harness = startCapture()
})
afterEach(() => harness.close())

class Book extends Model {
  static override tableName = 'books'
}
class Author extends Model {
  static override tableName = 'authors'
  static override relationMappings = {
    books: { relation: Model.HasManyRelation, modelClass: Book, join: { from: 'authors.id', to: 'books.author_id' } },
  }
}

const line = (name: string): number => siteLine(import.meta.url, name)

/** What a request sends, by table and line. */
async function sentBy(handler: () => Promise<unknown>): Promise<readonly (readonly [string, number | null])[]> {
  const { middleware } = harness.capture
  const { default: express } = await import('express')
  const { default: request } = await import('supertest')
  const app = express().use(middleware)
  app.get('/', async (_req, res) => {
    await handler()
    res.json('ok')
  })
  await request(app).get('/').expect(200)
  const [recording] = harness.takeRequests()
  return (recording?.queries ?? []).map(({ fingerprintText, callSite }) => [
    / (?:from|into) (\w+)/.exec(fingerprintText)?.[1] ?? '',
    callSite?.line ?? null,
  ])
}

describe('Objection: the line that asked for a relation is that of all its queries', () => {
  test('of an eager query', async () => {
    const sent = await sentBy(async () => {
      await Author.query(db).withGraphFetched('books') // site: eager
    })

    expect(sent).toEqual([
      ['authors', line('eager')],
      ['books', line('eager')],
    ])
  })

  test('of models that are there already', async () => {
    const sent = await sentBy(async () => {
      const author = await Author.query(db).findById(1) // site: find
      await author?.$fetchGraph('books', { transaction: db }) // site: graph
    })

    expect(sent).toEqual([
      ['authors', line('find')],
      ['books', line('graph')],
    ])
  })

  test('it is as it was when silk is closed', () => {
    const { QueryBuilder } = Author
    const patched = QueryBuilder.prototype.execute

    harness.close()

    expect(QueryBuilder.prototype.execute).not.toBe(patched)
  })
})

test('Bookshelf: the line of a save and of a fetch with relations', async () => {
  const shelf = bookshelf(db as never)
  const BookModel = shelf.model('Book', { tableName: 'books' })
  const AuthorModel = shelf.model('Author', {
    tableName: 'authors',
    books() {
      return (this as never as { hasMany(model: string, key: string): unknown }).hasMany('Book', 'author_id')
    },
  })

  const sent = await sentBy(async () => {
    await new BookModel({ title: 'new' }).save(undefined, { autoRefresh: false }) // site: save
    await new AuthorModel({ id: 1 }).fetch({ withRelated: ['books'] }) // site: fetch
  })

  expect(sent).toEqual([
    ['books', line('save')],
    ['authors', line('fetch')],
    ['books', line('fetch')],
  ])
})
