import express, { type ErrorRequestHandler } from 'express'
import silk from 'express-silk'
import knex from 'knex'
import { expect, onTestFinished, test } from 'vitest'
import { serve } from '../support/capture-harness.js'

/** What the limits are is told in docs/guarantees.md. */
async function startApp() {
  const profiler = silk({ store: ':memory:', onFinding: () => {} })
  const db = knex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true })
  const app = express()
  app.use(profiler)
  const server = await serve(app)
  onTestFinished(async () => {
    await server.close()
    await profiler.close()
    await db.destroy()
  })
  const get = async (path: string): Promise<string> => (await fetch(server.origin + path)).text()
  const newest = async () => {
    await profiler.flush()
    const { items } = JSON.parse(await get('/silk/requests.json?limit=1'))
    return JSON.parse(await get(`/silk/requests/${items[0].id}.json`))
  }
  return { app, db, get, newest, profiler }
}

test('beyond 10,000 queries of a request their detail is counted, and its sums are of all', async () => {
  const { app, db, get, newest } = await startApp()
  let slowMs = 0
  app.get('/very-many', async (_req, res) => {
    for (let at = 0; at < 10_000; at++) await db.raw('select 1')
    const startMs = performance.now()
    // Takes long enough to be seen in the sums.
    await db.raw(
      'with recursive c(x) as (select 1 union all select x + 1 from c where x < 300000) select count(*) from c',
    )
    slowMs = performance.now() - startMs
    res.end('done')
  })
  expect(await get('/very-many')).toBe('done')
  const { queries, ...recorded } = await newest()
  const keptMs = queries.reduce((sum: number, { durationMs }: { durationMs: number }) => sum + durationMs, 0)
  expect(queries).toHaveLength(10_000)
  expect(recorded.queryCount).toBe(10_001)
  expect(recorded.sqlMs - keptMs).toBeGreaterThan(slowMs * 0.5)
  expect(recorded.sqlWallMs).toBeLessThanOrEqual(recorded.durationMs)
  expect(recorded.sqlWallMs).toBeGreaterThan(slowMs * 0.5)
})

test('beyond 20 pages that show requests live the next is told to come later', async () => {
  const { get, profiler, app } = await startApp()
  app.get('/one', (_req, res) => void res.end())
  await get('/one')
  await profiler.flush()
  const server = await serve(app)
  const pages = await Promise.all(Array.from({ length: 20 }, () => fetch(`${server.origin}/silk/requests/live`)))
  expect(pages.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
  expect((await fetch(`${server.origin}/silk/requests/live`)).status).toBe(503)
  expect((await fetch(`${server.origin}/silk/requests`)).status).toBe(200)
  await Promise.all(pages.map(({ body }) => body?.cancel()))
  await server.close()
})

test('of an exception as much is kept as a page can show, and of several in one request the first', async () => {
  const { app, get, newest } = await startApp()
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 100
  onTestFinished(() => {
    Error.stackTraceLimit = stackTraceLimit
  })
  const dive = (depth: number): never => {
    if (depth > 0) return dive(depth - 1)
    const error = new Error(`no such thing\n    at nowhere (/a/b.js:1:1)\n${'x'.repeat(5_000_000)}`)
    error.name = 'N'.repeat(10_000)
    throw error
  }
  app.get('/deep', () => dive(90))
  const handler: ErrorRequestHandler = (_error, _req, _res, next) => next(new TypeError('the second'))
  app.use(handler)
  const last: ErrorRequestHandler = (_error, _req, res, _next) => void res.status(500).end('failed')
  app.use(last)

  expect(await get('/deep')).toBe('failed')

  const { error } = await newest()
  expect(error.class).toHaveLength(100)
  expect(error.message).toMatch(/^no such thing/)
  expect(error.message.length).toBeLessThanOrEqual(1_001)
  expect(error.stack).toHaveLength(40)
  expect(Math.max(...error.stack.map((line: string) => line.length))).toBeLessThanOrEqual(500)
})
