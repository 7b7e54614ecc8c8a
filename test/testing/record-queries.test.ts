import express, { type Express } from 'express'
import silk, { type Profiler } from 'express-silk'
import { recordQueries } from 'express-silk/testing'
import type { Knex } from 'knex'
import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serve } from '../support/capture-harness.js'
import { sqliteLibrary } from '../support/databases.js'

let db: Knex
beforeAll(async () => {
  db = await sqliteLibrary()
})
afterAll(() => db.destroy())

function library(): Express {
  const app = express()
  app.get('/authors', async (_req, res) => {
    const authors = await db.transaction((trx) => trx('authors'))
    for (let id = 0; id < 6; id++) await db('authors').where({ id })
    res.json(authors)
  })
  app.get('/later', (_req, res) => {
    res.write('begun')
    setTimeout(async () => {
      await db('authors')
      res.end('done')
    }, 50)
  })
  return app
}

test('recordQueries says that nobody records', async () => {
  await expect(recordQueries(() => db('authors'))).rejects.toThrow('no silk() records in this process')
})

describe('recordQueries', () => {
  let profiler: Profiler
  let app: Express
  beforeAll(() => {
    profiler = silk({ store: ':memory:', onFinding: false })
    app = express().use(profiler, library())
  })
  afterAll(() => profiler.close())

  test('tells the queries of a request, what they are, and what is wrong with them', async () => {
    const { result, queryCount, queries, occurrences, recordings } = await recordQueries(() =>
      supertest(app).get('/authors'),
    )

    expect(result.status).toBe(200)
    expect(queryCount).toBe(7)
    expect(queries.map(({ operation }) => operation).slice(0, 4)).toEqual([
      'transaction',
      'select',
      'transaction',
      'select',
    ])
    expect(occurrences.map(({ kind }) => kind)).toEqual(['n-plus-one'])
    expect(recordings.map(({ request }) => request?.route)).toEqual(['/authors'])
  })

  test('counts those of all requests, and those outside of any, and none from before', async () => {
    await db('authors')
    const { queryCount } = await recordQueries(async () => {
      await db('authors').first()
      await Promise.all([supertest(app).get('/authors'), supertest(app).get('/authors')])
    })

    expect(queryCount).toBe(15)
  })

  test('sees the end of an answer that its caller does not wait for', async () => {
    const server = await serve(app)
    const { queryCount } = await recordQueries(() => fetch(`${server.origin}/later`))
    await server.close()

    expect(queryCount).toBe(1)
  })

  test('hands on what the function throws', async () => {
    await expect(recordQueries(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  })
})
