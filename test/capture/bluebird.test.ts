import bookshelf from 'bookshelf'
import express from 'express'
import type { Knex } from 'knex'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Recording } from '../../src/model/recording.js'
import { type Harness, serve, siteLine, startCapture } from '../support/capture-harness.js'
import { sqliteLibrary } from '../support/databases.js'

// What docs/compatibility.md says of Bluebird, on which Bookshelf stands.
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

interface Found {
  get(name: string): unknown
}
interface Model {
  where(condition: object): Model
  fetch(): Promise<Found>
}

/** An app whose routes send as many queries as the address says, one after the other, and all their sending lines. */
async function ask(paths: readonly string[], areAtOnce: boolean): Promise<readonly Recording[]> {
  const Book = bookshelf(db as never).model('Book', { tableName: 'books' }) as unknown as new () => Model
  const app = express().use(harness.capture.middleware)
  app.get('/bookshelf/:count', async (req, res) => {
    const titles: unknown[] = []
    for (let id = 1; id <= Number(req.params.count); id++) {
      titles.push((await new Book().where({ id }).fetch()).get('title')) // site: bookshelf
    }
    res.json(titles)
  })
  app.get('/knex/:count', async (req, res) => {
    for (let id = 1; id <= Number(req.params.count); id++) await db('books').where({ id })
    res.end()
  })
  const { origin, close } = await serve(app)
  const get = async (path: string): Promise<unknown> => (await fetch(origin + path)).text()
  if (areAtOnce) await Promise.all(paths.map(get))
  else for (const path of paths) await get(path)
  await close()
  return harness.take()
}

const counts = (of: string): readonly string[] => Array.from({ length: 20 }, (_, at) => `/${of}/${(at % 8) + 1}`)
const sentBy = ({ request }: Recording): number => Number(request?.url.split('/').at(-1))
const of = (recordings: readonly Recording[], name: string): readonly Recording[] =>
  recordings.filter(({ request }) => request?.url.startsWith(`/${name}/`))

describe('Bookshelf, whose promises are of Bluebird', () => {
  test('is exact for requests one after the other', async () => {
    const recordings = await ask(counts('bookshelf'), false)

    expect(recordings).toHaveLength(20)
    for (const recording of recordings) expect(recording.queryCount).toBe(sentBy(recording))
  })

  test('loses no query of concurrent requests, nor its line', async () => {
    const recordings = await ask(counts('bookshelf'), true)

    const queries = recordings.flatMap((recording) => recording.queries)
    expect(of(recordings, 'bookshelf')).toHaveLength(20)
    expect(queries).toHaveLength(of(recordings, 'bookshelf').reduce((sum, recording) => sum + sentBy(recording), 0))
    const line = siteLine(import.meta.url, 'bookshelf')
    expect(new Set(queries.map(({ callSite }) => callSite?.line))).toEqual(new Set([line]))
  })

  test('leaves requests that use knex itself all their own queries, at the same time', async () => {
    const recordings = of(await ask([...counts('bookshelf'), ...counts('knex')], true), 'knex')

    expect(recordings).toHaveLength(20)
    for (const recording of recordings) {
      const own = recording.queries.filter(({ callSite }) => callSite?.line !== siteLine(import.meta.url, 'bookshelf'))
      expect(own).toHaveLength(sentBy(recording))
    }
  })
})
