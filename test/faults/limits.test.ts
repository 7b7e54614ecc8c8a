import express from 'express'
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
