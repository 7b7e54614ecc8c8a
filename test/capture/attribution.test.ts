import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { type Knex, knex } from 'knex'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ContextKind } from '../../src/capture/context.js'
import type { Recording } from '../../src/model/recording.js'
import { type Harness, serve, settle, startCapture } from '../support/capture-harness.js'
import { sqliteLibrary } from '../support/databases.js'
import { expressVersions } from '../support/express-versions.js'
import { describePostgres } from '../support/servers.js'

const carriers: readonly ContextKind[] = ['async-local-storage', 'cls-hooked']
const cases = carriers.flatMap((context) => expressVersions.map((entry) => ({ context, ...entry })))

/** Sends `count` requests at once, each with its own number. */
async function burst(origin: string, path: string, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1)
  await Promise.all(numbers.map(async (n) => (await fetch(`${origin}${path}?n=${n}`)).text()))
  await settle()
}

/** For each recording, its own number and the numbers that its queries carry. */
function foreignQueries(recordings: readonly Recording[]): readonly unknown[] {
  return recordings.flatMap((recording) => {
    const own = Number(new URLSearchParams(recording.request?.url.split('?')[1]).get('n'))
    return recording.queries.filter((query) => query.bindings?.[0] !== own).map((query) => [own, query.bindings])
  })
}

describe.each(cases)('with $context on $version', ({ context, express }) => {
  let harness: Harness
  let db: Knex
  beforeEach(async () => {
    db = await sqliteLibrary({ min: 1, max: 1 })
    harness = startCapture({ context })
  })
  afterEach(async () => {
    harness.close()
    await db.destroy()
  })

  test('200 concurrent requests on a pool of one keep every query to themselves', async () => {
    const app = express()
    app.use(harness.capture.middleware)
    app.get('/', async (req, res) => {
      const n = Number(req.query.n)
      await db.raw('select ? as n', [n])
      await Promise.all([db.raw('select ? as a', [n]), db.raw('select ? as b', [n])])
      await db.transaction((trx) => trx.raw('select ? as c', [n]))
      res.json({ n })
    })
    const server = await serve(app)

    await burst(server.origin, '/', 200)
    const recordings = harness.take()
    await server.close()

    expect(recordings.length).toBe(200)
    expect(recordings.map((recording) => recording.queryCount)).toEqual(Array(200).fill(4))
    expect(recordings.map((recording) => recording.queries.length)).toEqual(Array(200).fill(6))
    const data = recordings.map((recording) => ({
      ...recording,
      queries: recording.queries.filter((query) => query.operation !== 'transaction'),
    }))
    expect(foreignQueries(data)).toEqual([])
  })

  test('a body in several packets, read by raw listeners, keeps its queries', async () => {
    const app = express()
    app.use(harness.capture.middleware)
    app.post('/', (req, res) => {
      req.on('data', () => {})
      req.on('end', async () => {
        await db.raw('select 1 as one')
        res.end()
      })
    })
    const server = await serve(app)

    const outgoing = httpRequest(`${server.origin}/`, { method: 'POST' })
    outgoing.write('first ')
    await settle()
    outgoing.end('second')
    const [response] = await once(outgoing, 'response')
    response.resume()
    await once(response, 'end')
    await settle()
    const recordings = harness.take()
    await server.close()

    expect(recordings.map((recording) => [recording.kind, recording.queryCount])).toEqual([['request', 1]])
  })

  test('queries outside any request go to the background', async () => {
    const app = express()
    app.use(harness.capture.middleware)
    app.get('/', async (_req, res) => {
      await db.raw('select 1 as inside')
      res.end()
    })
    const server = await serve(app)

    await db.raw('select 2 as outside')
    await burst(server.origin, '/', 1)
    const recordings = harness.take()
    await server.close()

    const seen = recordings.map((recording) => [recording.kind, recording.queries.map((query) => query.statement)])
    expect(seen).toEqual(
      expect.arrayContaining([
        ['background', ['select 2 as outside']],
        ['request', ['select 1 as inside']],
      ]),
    )
    expect(recordings.length).toBe(2)
  })

  test('a query that ends after the response is marked late', async () => {
    const app = express()
    app.use(harness.capture.middleware)
    app.get('/', async (_req, res) => {
      await db.raw('select 1 as before')
      res.end()
      await settle(30)
      await db.raw('select 2 as after')
    })
    const server = await serve(app)

    await burst(server.origin, '/', 1)
    await settle(60)
    const [recording] = harness.take()
    await server.close()

    expect(recording?.queries.map((query) => [query.statement, query.late])).toEqual([
      ['select 1 as before', false],
      ['select 2 as after', true],
    ])
  })

  test('a query sent after its recording was closed goes to the background, not to another request', async () => {
    const app = express()
    app.use(harness.capture.middleware)
    let release = (): void => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    app.get('/', async (_req, res) => {
      res.end()
      await released
      await db.raw('select 3 as much_later')
    })
    const server = await serve(app)

    await burst(server.origin, '/', 1)
    const first = harness.take()
    release()
    await settle(50)
    const second = harness.take()
    await server.close()

    expect(first.map((recording) => [recording.kind, recording.queryCount])).toEqual([['request', 0]])
    expect(second.map((recording) => [recording.kind, recording.queryCount])).toEqual([['background', 1]])
  })
})

await describePostgres('on PostgreSQL', (url) => {
  describe.each(carriers)('with %s', (context) => {
    const { express } = expressVersions[1] ?? {}

    test.each([1, 2])('200 concurrent requests on a pool of %i, streams with listeners included', async (max) => {
      const harness = startCapture({ context })
      const db = knex({ client: 'pg', connection: url, pool: { min: 0, max } })
      const app = express?.()
      if (!app) throw new Error('no express')
      app.use(harness.capture.middleware)
      app.get('/', async (req, res) => {
        const n = Number(req.query.n)
        await db.raw('select ?::int as n', [n])
        await Promise.all([db.raw('select ?::int as a', [n]), db.raw('select ?::int as b', [n])])
        // pg fires these listeners in the context of whoever opened the pooled connection.
        const rows = db.select(db.raw('?::int as c', [n])).stream()
        rows.on('data', () => {
          void db.raw('select ?::int as d', [n]).then(() => {})
        })
        rows.on('end', () => {
          void db.raw('select ?::int as e', [n]).then(() => res.json({ n }))
        })
      })
      const server = await serve(app)

      await burst(server.origin, '/', 200)
      const recordings = harness.take()
      await Promise.all([server.close(), db.destroy()])
      harness.close()

      expect(recordings.map((recording) => recording.queryCount)).toEqual(Array(200).fill(6))
      expect(foreignQueries(recordings)).toEqual([])
    })
  })
})
