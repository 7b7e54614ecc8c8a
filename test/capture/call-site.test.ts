import express from 'express'
import type { Knex } from 'knex'
import request from 'supertest'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RecordedQuery } from '../../src/model/query.js'
import { type Harness, linesOf, siteLine, startCapture } from '../support/capture-harness.js'
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

const line = (name: string): number => siteLine(import.meta.url, name)

/** Queries outside a request go to the background recording: enough to look at their call sites. */
function takeQueries(): readonly RecordedQuery[] {
  return harness.take().flatMap((recording) => recording.queries)
}

const booksOf = (id: number): Knex.QueryBuilder => db('books').where({ author_id: id }) // site: helper

describe('the call site is the line of the app that built the query', () => {
  test('in a plain await', async () => {
    await db('authors').select('*') // site: plain await

    const [query] = takeQueries()

    expect(query?.callSite).toEqual({
      file: 'test/capture/call-site.test.ts',
      line: line('plain await'),
      column: expect.any(Number),
      function: null,
      source: 'captured',
    })
  })

  test('in an awaiting loop', async () => {
    for (const id of [1, 2, 3]) {
      await db('books').where('author_id', id) // site: loop
    }

    expect(linesOf(takeQueries())).toEqual(Array(3).fill(line('loop')))
  })

  test('in Promise.all(rows.map(…)), where nothing is awaited at the line itself', async () => {
    await Promise.all(
      [1, 2, 3].map(
        (id) => db('books').where('author_id', id), // site: promise all
      ),
    )

    expect(linesOf(takeQueries())).toEqual(Array(3).fill(line('promise all')))
  })

  test('in a .then() chain', async () => {
    await db('authors')
      .first() // site: first of chain
      .then((author) => db('books').where('author_id', author.id)) // site: then chain

    const lines = linesOf(takeQueries())

    expect(lines).toEqual([line('first of chain') - 1, line('then chain')])
  })

  test('in the helper that makes the builder, not in its caller', async () => {
    await booksOf(1)

    expect(linesOf(takeQueries())).toEqual([line('helper')])
  })

  test('with the name of the enclosing function', async () => {
    async function loadAuthors(): Promise<unknown> {
      return await db('authors')
    }
    await loadAuthors()

    const [query] = takeQueries()

    expect(query?.callSite?.function).toBe('loadAuthors')
  })

  test('in a transaction, for its queries and for its BEGIN and COMMIT', async () => {
    // site: transaction
    await db.transaction(async (trx) => {
      await trx('authors').where('id', 1) // site: in transaction
      await trx.raw('select 1 as one') // site: raw in transaction
    })

    const queries = takeQueries()

    expect(queries.map((query) => [query.statement, query.callSite?.line])).toEqual([
      ['BEGIN;', line('transaction') + 1],
      ['select * from `authors` where `id` = ?', line('in transaction')],
      ['select 1 as one', line('raw in transaction')],
      ['COMMIT;', line('transaction') + 1],
    ])
  })

  test('at the clone, for a builder kept by the app', async () => {
    const base = db('books')
    await base.clone().where('id', 1) // site: clone

    expect(linesOf(takeQueries())).toEqual([line('clone')])
  })

  test('for raw, schema, insert, stream and a callback', async () => {
    await db.raw('select 2 as two') // site: raw
    await db.schema.hasTable('books') // site: schema
    await db('books').insert({ author_id: 1, title: 'new' }) // site: insert
    const stream = db('authors').stream() // site: stream
    for await (const _row of stream) {
      // read it to the end
    }
    const builder = db('authors') // site: callback
    await new Promise((resolve) => builder.asCallback(resolve))

    const names = ['raw', 'schema', 'insert', 'stream', 'callback']
    expect(linesOf(takeQueries())).toEqual(names.map((name) => line(name)))
  })

  test('of the await, for a builder made before silk listened', async () => {
    harness.close()
    const builder = db('authors')
    harness = startCapture()
    await builder // site: await of old builder

    expect(linesOf(takeQueries())).toEqual([line('await of old builder')])
  })
})

describe('the path of calls that led to a query', () => {
  const pathsOf = (queries: readonly RecordedQuery[]): readonly number[] => queries.map(({ callPath }) => callPath)
  const bookOf = async (id: number): Promise<unknown> => await db('books').where({ id })

  test('is one for all turns of a loop, though a helper builds the query', async () => {
    await db('authors')
    for (const id of [1, 2, 3]) {
      await bookOf(id)
    }

    const [, ...paths] = pathsOf(takeQueries())
    expect(new Set(paths).size).toBe(1)
  })

  test('names the packages that stand between two lines of the app', async () => {
    const app = express()
    app.use(function guard(_req, _res, next) {
      next()
    })
    app.get('/', async function handler(_req, res) {
      res.json(await booksOf(1))
    })

    await request(app).get('/')
    const [query] = takeQueries()
    const [helper, handler, guard] = query?.evidence.callers ?? []

    expect([helper?.function, handler?.function, guard?.function]).toEqual(['booksOf', 'handler', 'guard'])
    expect([helper?.through, handler?.through]).toEqual([[], []])
    expect(guard?.through.length).toBeGreaterThan(2)
    expect(new Set(guard?.through.map(({ file }) => file.split('/')[0]))).toEqual(new Set(['router', 'express-silk']))
  })

  test('is another one for each line that calls the helper', async () => {
    await bookOf(1)
    await bookOf(2)
    await Promise.all([
      bookOf(3), //
      bookOf(4),
    ])

    expect(new Set(pathsOf(takeQueries())).size).toBe(4)
  })

  test('is one for a recursion, however deep it goes', async () => {
    const descend = async (depth: number): Promise<void> => {
      await db('books').where('author_id', depth)
      if (depth < 5) await descend(depth + 1)
    }
    await descend(0)

    const [, ...paths] = pathsOf(takeQueries())
    expect(new Set(paths).size).toBe(1)
  })
})
