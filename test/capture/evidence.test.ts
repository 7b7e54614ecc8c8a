import express, { type Express } from 'express'
import silk from 'express-silk'
import { type Knex, knex } from 'knex'
import request from 'supertest'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { RecordedQuery } from '../../src/model/query.js'
import type { Recording } from '../../src/model/recording.js'
import { type Harness, siteLine, startCapture } from '../support/capture-harness.js'
import { fillLibrary, sqliteLibrary } from '../support/databases.js'

let harness: Harness
let db: Knex

beforeEach(async () => {
  harness = startCapture()
  db = await sqliteLibrary()
  harness.take()
})
afterEach(async () => {
  harness.close()
  await db.destroy()
})

const line = (name: string): number => siteLine(import.meta.url, name)

type Handler = (req: express.Request, res: express.Response) => unknown

function appOf(handler: Handler, before?: express.RequestHandler): Express {
  const app = express()
  app.use(harness.capture.middleware)
  if (before) app.use(before)
  app.get('/{*any}', async (req, res, next) => {
    try {
      await handler(req, res)
    } catch (error) {
      next(error)
    }
  })
  return app
}

async function recordingOf(handler: Handler, path = '/'): Promise<Recording> {
  await request(appOf(handler)).get(path)
  const [recording] = harness.takeRequests()
  if (recording === undefined) throw new Error('nothing was recorded')
  return recording
}

async function queriesOf(handler: Handler): Promise<readonly RecordedQuery[]> {
  return (await recordingOf(handler)).queries
}

describe('the size of a result', () => {
  test('is that of the values in its rows', async () => {
    await db('books').update({ title: 'x'.repeat(1_000) })

    const [all, one, none] = await queriesOf(async (_req, res) => {
      await db('books').select('title')
      await db('books').where('id', 1).select('title')
      await db('books').where('id', 0)
      res.json('ok')
    })

    expect(all?.resultBytes).toBe(10_000)
    expect(one?.resultBytes).toBe(1_000)
    expect(none?.resultBytes).toBe(null)
  })

  test('is reckoned from some rows when there are many', async () => {
    await db.batchInsert(
      'books',
      Array.from({ length: 500 }, () => ({ author_id: 1, title: 'y'.repeat(100) })),
      50,
    )
    harness.take()

    const [query] = await queriesOf(async (_req, res) =>
      res.json(await db('books').where('id', '>', 10).select('title')),
    )

    expect(query?.resultBytes).toBe(50_000)
  })

  test('is not known of a write', async () => {
    const [query] = await queriesOf(async (_req, res) => res.json(await db('books').insert({ title: 'new' })))

    expect(query?.resultBytes).toBe(null)
  })
})

describe('the sources of a query’s values', () => {
  const sourcesOf = (queries: readonly RecordedQuery[]): unknown =>
    queries.map(({ evidence }) => evidence.sourceIndexes)

  test('are the queries in whose rows they were first seen', async () => {
    const queries = await queriesOf(async (_req, res) => {
      await db('books').where('id', 10)
      const author = await db('authors').where('name', 'author 4').first()
      res.json(await db('books').where('author_id', author.id))
    })

    expect(sourcesOf(queries)).toEqual([[], [], [1]])
  })

  test('are not those that were asked with the same value themselves', async () => {
    const queries = await queriesOf(async (_req, res) => {
      await db('authors').where('id', 3)
      res.json(await db('books').where('author_id', 3))
    })

    expect(sourcesOf(queries)).toEqual([[], []])
    expect(queries.map(({ evidence }) => evidence.areValuesExplained)).toEqual([false, true])
  })

  test('are found beyond the kinds of numbers that drivers give', async () => {
    const queries = await queriesOf(async (_req, res) => {
      await db.raw("select '77' as big")
      res.json(await db('books').where('author_id', 77))
    })

    expect(sourcesOf(queries)).toEqual([[], [0]])
  })
})

describe('the answer', () => {
  test.each<[string, Handler, number | null, number | null]>([
    ['an object with a number', (_req, res) => res.json({ total: 120 }), 13, 120],
    ['a number as text', (_req, res) => res.send('120'), 3, 120],
    ['a sentence with a number', (_req, res) => res.type('text').send('120 books found'), 15, 120],
    ['a number deeper down, and a word of success', (_req, res) => res.json({ ok: true, data: { n: '7' } }), 28, 7],
    ['an object with other values', (_req, res) => res.json({ total: 120, first: 'a' }), 25, null],
    ['two numbers', (_req, res) => res.json({ total: 120, page: 1 }), 22, null],
    ['a list', (_req, res) => res.json([120]), 5, null],
    ['nothing', (_req, res) => res.status(204).end(), 0, null],
    ['a page of bytes', (_req, res) => res.send(Buffer.alloc(5_000)), 5_000, null],
    [
      'pieces',
      (_req, res) => {
        res.write('1')
        res.end('20')
      },
      null,
      null,
    ],
  ])('%s', async (_name, handler, bodyBytes, onlyNumber) => {
    const { response } = await recordingOf(async (req, res) => {
      await db('books')
      return handler(req, res)
    })

    expect({ bodyBytes: response?.bodyBytes, onlyNumber: response?.onlyNumber }).toEqual({ bodyBytes, onlyNumber })
  })

  test('is not looked at for a number where no rows were read that it could count', async () => {
    const { response } = await recordingOf(async (_req, res) => {
      await db('books').where({ id: 1 })
      res.json({ total: 120 })
    })

    expect(response?.onlyNumber).toBe(null)
  })

  test('is handed on as it was, with all that `end` takes and returns', async () => {
    const outcomes: unknown[] = []
    const { text } = await request(
      appOf((_req, res) => {
        outcomes.push(res.end('dG8=', 'base64', () => outcomes.push('called back')) === res)
      }),
    ).get('/')

    expect(text).toBe('to')
    await expect.poll(() => outcomes).toEqual([true, 'called back'])
  })
})

describe('a query that waits for a connection', () => {
  test('knows that its own request had it, and from which line', async () => {
    const [, second] = await queriesOf(async (_req, res) => {
      const first = db('authors').then() // site: first
      res.json(await Promise.all([first, db('books')]))
    })

    expect(second?.evidence.heldBy).toMatchObject({
      isSameRecording: true,
      request: 'GET /{*any}',
      statement: 'select * from authors',
      callSite: { line: line('first') },
    })
    expect(second?.evidence.poolSize).toBe(1)
  })

  test('knows which other request had it', async () => {
    let commit = (): void => {}
    const app = appOf(async (req, res) => {
      if (req.path === '/second') return res.json(await db('books'))
      const trx = await db.transaction() // site: holder
      commit = () => trx.commit()
      await trx('authors')
      return res.json('held')
    })
    await request(app).get('/first')
    const [holder] = harness.takeRequests()
    const waiting = request(app).get('/second').then()
    await vi.waitFor(() => expect(db.client.pool.numPendingAcquires()).toBe(1), { timeout: 10_000 })
    await new Promise((resolve) => setTimeout(resolve, 40))

    commit()
    await waiting

    const [waiter] = harness.takeRequests()
    const [query] = waiter?.queries ?? []
    expect(query?.poolWaitMs).toBeGreaterThan(20)
    expect(query?.evidence.heldBy).toMatchObject({
      recordingId: holder?.id,
      isSameRecording: false,
      request: 'GET /{*any}',
      statement: 'begin',
      callSite: { line: line('holder') },
    })
  })

  test('knows of nobody when there was a free one', async () => {
    const [query] = await queriesOf(async (_req, res) => res.json(await db('books')))

    expect(query?.evidence.heldBy).toBe(null)
  })

  test('and gets none is recorded with its error, its wait and its line', async () => {
    const impatient = knex({
      client: 'better-sqlite3',
      connection: { filename: ':memory:' },
      useNullAsDefault: true,
      acquireConnectionTimeout: 30,
      log: { warn: () => {} },
    })
    await fillLibrary(impatient)
    harness.take()

    const queries = await queriesOf(async (_req, res) => {
      await impatient.transaction(async (trx) => {
        await trx('authors').first()
        const reading = impatient('books').where('id', 7) // site: in vain
        await reading.catch(() => {})
        await impatient.transaction().catch(() => {}) // site: no transaction
      })
      res.json('ok')
    })
    await impatient.destroy()

    const unsent = queries.filter(({ error }) => error !== null)
    expect(unsent).toMatchObject([
      {
        fingerprintText: 'select * from books where id = ?',
        bindings: [7],
        durationMs: null,
        late: false,
        error: expect.stringContaining('Timeout acquiring a connection'),
        callSite: { line: line('in vain') },
        evidence: { heldBy: { isSameRecording: true, statement: 'begin' } },
      },
      { fingerprintText: 'begin', durationMs: null, callSite: { line: line('no transaction') } },
    ])
    expect(unsent[0]?.poolWaitMs).toBeGreaterThan(25)
  })
})

describe('what the app says to be no finding', () => {
  const ignored = (queries: readonly RecordedQuery[]): unknown => queries.map(({ evidence }) => evidence.ignoredKinds)

  test('by silk.ignore: all that is sent inside, also later', async () => {
    const queries = await queriesOf(async (_req, res) => {
      await db('authors')
      const later = await silk.ignore(async () => {
        await db('books')
        return { send: db('books').where('id', 2) }
      })
      await later.send
      res.json('ok')
    })

    expect(ignored(queries)).toEqual([[], ['all'], ['all']])
  })

  test('by silk.ignore around what was built outside', async () => {
    const queries = await queriesOf(async (_req, res) => {
      const built = db('books')
      await silk.ignore(async () => await built)
      res.json('ok')
    })

    expect(ignored(queries)).toEqual([['all']])
  })

  test('silk.ignore gives back what the function gives, outside a request too', () => {
    expect(silk.ignore(() => 7)).toBe(7)
    expect(() =>
      silk.ignore(() => {
        throw new Error('of the app')
      }),
    ).toThrow('of the app')
  })

  test('by comments: on the line, above it, for some kinds or for all', async () => {
    const queries = await queriesOf(async (_req, res) => {
      await db('books') // silk-ignore n-plus-one: few
      // silk-ignore n-plus-one, late-query
      await db('books')
      // silk-ignore: it has to be
      // and there is more to say
      await db('books')

      await db('books')
      /* silk-ignore duplicate-query for a reason */
      await db('books')
      await db('books').where('title', 'silk-ignore n-plus-one')
      res.json('ok')
    })

    expect(ignored(queries)).toEqual([
      ['n-plus-one'],
      ['n-plus-one', 'late-query'],
      ['all'],
      [],
      ['duplicate-query'],
      [],
    ])
  })

  test('a comment with an unknown kind is told of, and ignores nothing', async () => {
    const queries = await queriesOf(async (_req, res) => {
      await db('books') // silk-ignore n+1
      res.json('ok')
    })

    expect(ignored(queries)).toEqual([[]])
    expect(harness.errors.map(String)).toEqual([
      expect.stringMatching(
        /Unknown kind `n\+1` in the silk-ignore comment at .*evidence\.test\.ts:\d+\. Known: n-plus-one, /,
      ),
    ])
  })
})
