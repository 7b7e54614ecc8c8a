import express, { type Express } from 'express'
import type { Knex } from 'knex'
import request from 'supertest'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { RecordedQuery } from '../../src/model/query.js'
import { type Harness, linesOf, settle, siteLine, startCapture } from '../support/capture-harness.js'
import { sqliteLibrary } from '../support/databases.js'

let harness: Harness
let db: Knex

beforeAll(async () => {
  db = await sqliteLibrary()
})
afterAll(() => db.destroy())
afterEach(() => harness.close())

const line = (name: string): number => siteLine(import.meta.url, name)

/** Two requests make a route known; from then on stacks are taken for a reason only. */
const SAMPLING = { learnCount: 2, againCount: 1, firstEvery: 1_000_000, idleMs: Number.POSITIVE_INFINITY }

function start(sampling: Parameters<typeof startCapture>[0] = { sampling: SAMPLING }): Express {
  harness = startCapture(sampling)
  const app = express()
  app.use(harness.capture.middleware)
  return app
}

async function queriesOf(app: Express, path: string): Promise<readonly RecordedQuery[]> {
  await request(app).get(path)
  const [recording] = harness.takeRequests()
  return recording?.queries ?? []
}

async function times(count: number, step: () => Promise<unknown>): Promise<void> {
  for (let turn = 0; turn < count; turn++) await step()
}

const sourcesOf = (queries: readonly RecordedQuery[]): readonly unknown[] => queries.map((q) => q.callSite?.source)

describe('call sites of a route that is known', () => {
  test('are inferred, with the same line, function and callers as before', async () => {
    const app = start()
    app.get('/authors', async function listAuthors(_req, res) {
      for (const { id } of await db('authors').select('id')) {
        await db('books').where({ author_id: id }) // site: loop
      }
      res.json([])
    })
    const first = await queriesOf(app, '/authors')
    await queriesOf(app, '/authors')

    const third = await queriesOf(app, '/authors')

    expect(new Set(sourcesOf(first))).toEqual(new Set(['captured']))
    expect(new Set(sourcesOf(third))).toEqual(new Set(['inferred']))
    expect(third.map((query) => ({ ...query.callSite, source: null }))).toEqual(
      first.map((query) => ({ ...query.callSite, source: null })),
    )
    expect(third.map(({ callPath }) => callPath)).toEqual(first.map(({ callPath }) => callPath))
    expect(third.map(({ evidence }) => evidence.callers)).toEqual(first.map(({ evidence }) => evidence.callers))
    expect(third[1]?.callSite).toMatchObject({ line: line('loop'), function: 'listAuthors' })
  })

  test('are read from the first ten requests by default', async () => {
    const app = start({ sampling: { idleMs: Number.POSITIVE_INFINITY } })
    app.get('/one', async (_req, res) => res.json(await db('authors').first()))
    const sources: unknown[] = []

    await times(12, async () => sources.push(...sourcesOf(await queriesOf(app, '/one'))))

    expect(sources).toEqual([...Array(10).fill('captured'), 'inferred', 'inferred'])
  })

  test('are read after a pause, as between the clicks of a person', async () => {
    const app = start({ sampling: { ...SAMPLING, idleMs: 40 } })
    app.get('/clicked', async (_req, res) => res.json(await db('authors').first()))
    const clicked: unknown[] = []

    await times(4, async () => {
      clicked.push(...sourcesOf(await queriesOf(app, '/clicked')))
      await settle(50)
    })

    expect(clicked).toEqual(Array(4).fill('captured'))
  })

  test('keep what a comment at the line says', async () => {
    const app = start()
    app.get('/ignored', async (_req, res) => {
      // silk-ignore n-plus-one: for the test
      res.json(await db('authors').where('id', 1))
    })
    await times(2, () => queriesOf(app, '/ignored'))

    const [query] = await queriesOf(app, '/ignored')

    expect(query?.callSite?.source).toBe('inferred')
    expect(query?.evidence.ignoredKinds).toEqual(['n-plus-one'])
  })

  test('are known for lists of any length', async () => {
    const app = start()
    app.get('/in', async (req, res) => {
      res.json(await db('books').whereIn('id', String(req.query.ids).split(','))) // site: list
    })
    await queriesOf(app, '/in?ids=1,2')
    await queriesOf(app, '/in?ids=1,2,3')

    const queries = await queriesOf(app, '/in?ids=1,2,3,4')

    expect(sourcesOf(queries)).toEqual(['inferred'])
    expect(linesOf(queries)).toEqual([line('list')])
  })

  test('are those of the route, though another one sends the same statement', async () => {
    const app = start()
    app.get('/a', async (_req, res) => res.json(await db('authors').where('id', 1))) // site: route a
    app.get('/b', async (_req, res) => res.json(await db('authors').where('id', 1))) // site: route b
    await times(2, async () => [await queriesOf(app, '/a'), await queriesOf(app, '/b')])

    const queries = [...(await queriesOf(app, '/a')), ...(await queriesOf(app, '/b'))]

    expect(sourcesOf(queries)).toEqual(['inferred', 'inferred'])
    expect(linesOf(queries)).toEqual([line('route a'), line('route b')])
  })

  test('are known of a loop whose first turn runs before the first await', async () => {
    const app = start()
    app.use((_req, _res, next) => next())
    app.get('/sync', async (_req, res) => {
      for (const id of [1, 2, 3]) await db('books').where({ id }) // site: loop from the start
      res.json([])
    })
    await times(2, () => queriesOf(app, '/sync'))

    const queries = await queriesOf(app, '/sync')

    expect(sourcesOf(queries)).toEqual(['inferred', 'inferred', 'inferred'])
    expect(linesOf(queries)).toEqual(Array(3).fill(line('loop from the start')))
  })

  test('are known of middleware, before a route has matched', async () => {
    const app = start()
    app.use(async (_req, _res, next) => {
      await db('authors').where('id', 2) // site: middleware
      next()
    })
    app.get('/after', async (_req, res) => res.json(await db('books').first())) // site: after middleware
    await times(2, () => queriesOf(app, '/after'))

    const queries = await queriesOf(app, '/after')

    expect(sourcesOf(queries)).toEqual(['inferred', 'inferred'])
    expect(linesOf(queries)).toEqual([line('middleware'), line('after middleware')])
  })
})

describe('call sites are read again', () => {
  test('always, where one statement is built at two lines', async () => {
    const app = start()
    app.get('/two', async (_req, res) => {
      await db('authors').where('id', 1) // site: first of two
      await db('authors').where('id', 2) // site: second of two
      res.json([])
    })
    await times(5, () => queriesOf(app, '/two'))

    const queries = await queriesOf(app, '/two')

    expect(sourcesOf(queries)).toEqual(['captured', 'captured'])
    expect(linesOf(queries)).toEqual([line('first of two'), line('second of two')])
  })

  test('after a statement that the route had not sent before; it has a line itself', async () => {
    const app = start()
    app.get('/rare', async (req, res) => {
      await db('authors').where('id', 1)
      if (req.query.rare) await db('books').where('id', 1) // site: rare
      res.json([])
    })
    await times(3, () => queriesOf(app, '/rare'))

    const rare = await queriesOf(app, '/rare?rare=1')
    const next = await queriesOf(app, '/rare?rare=1')

    expect(sourcesOf(rare)).toEqual(['inferred', 'inferred'])
    expect(linesOf(rare)[1]).toBe(line('rare'))
    expect(sourcesOf(next)).toEqual(['captured', 'captured'])
  })

  test('after a statement was sent more often than before', async () => {
    const app = start()
    app.get('/more', async (req, res) => {
      for (let turn = 0; turn < Number(req.query.turns); turn++) await db('authors').where('id', turn)
      res.json([])
    })
    await times(3, () => queriesOf(app, '/more?turns=1'))

    const unusual = await queriesOf(app, '/more?turns=6')
    const next = await queriesOf(app, '/more?turns=6')

    expect(new Set(sourcesOf(unusual))).toEqual(new Set(['inferred']))
    expect(new Set(sourcesOf(next))).toEqual(new Set(['captured']))
  })

  test('after a query that failed', async () => {
    const app = start()
    app.get('/fails', async (_req, res) => {
      await db('no_such_table').catch(() => {})
      res.json([])
    })
    await times(2, () => queriesOf(app, '/fails'))

    const sources = [sourcesOf(await queriesOf(app, '/fails')), sourcesOf(await queriesOf(app, '/fails'))]

    expect(sources).toContainEqual(['captured'])
  })
})

describe('a request of very many queries', () => {
  test('has the detail of ten thousand, and the count and the time of all', async () => {
    const app = start()
    app.get('/huge', async (_req, res) => {
      for (let turn = 0; turn < 10_100; turn++) await db.raw('select 1')
      res.json([])
    })

    await request(app).get('/huge')
    const [recording] = harness.takeRequests()

    expect(recording?.queries).toHaveLength(10_000)
    expect(recording?.droppedQueryCount).toBe(100)
    expect(recording?.queryCount).toBe(10_100)
    const keptMs = recording?.queries.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0) ?? 0
    expect(recording?.sqlMs).toBeGreaterThan(keptMs)
    expect(recording?.sqlWallMs).toBeGreaterThan(keptMs)
  })
})
