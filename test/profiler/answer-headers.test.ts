import express, { type Express } from 'express'
import silk, { type SilkOptions } from 'express-silk'
import { describe, expect, onTestFinished, test } from 'vitest'
import { serve } from '../support/capture-harness.js'
import { sqliteLibrary } from '../support/databases.js'

/** An app with a route of two queries, with silk at a base path. */
async function start(options: SilkOptions = {}, base = '/') {
  const db = await sqliteLibrary()
  const profiler = silk({ store: ':memory:', ignore: ['/healthz'], ...options })
  const app: Express = express()
  app.use(base, profiler)
  app.get(['/authors', '/api/authors'], async (_req, res) => {
    await db('authors').first()
    res.json(await db.transaction((trx) => trx('authors')))
  })
  app.get('/healthz', (_req, res) => void res.json('well'))
  const server = await serve(app)
  onTestFinished(async () => {
    await server.close()
    await profiler.close()
    await db.destroy()
  })
  const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> => {
    // All that was answered before can be looked at.
    await profiler.flush()
    return fetch(server.origin + path, { headers })
  }
  return { profiler, origin: server.origin, get }
}

describe('a recorded answer', () => {
  test('carries the id of its recording, and a link to its page', async () => {
    const { get } = await start()
    const answer = await get('/authors')
    const id = answer.headers.get('x-silk-id') ?? ''
    const [, address = ''] = /^<(.*)>; rel="silk"$/.exec(answer.headers.get('link') ?? '') ?? []

    const json = (await (await get(`${address}.json`)).json()) as { id: string; request: { path: string } }
    expect(json).toMatchObject({ id, request: { path: '/authors' } })
  })

  test('links to where the dashboard is, below a base path and under a name of its own', async () => {
    const { get } = await start({ path: '/_profiler' }, '/api')
    const link = (await get('/api/authors')).headers.get('link') ?? ''

    expect(link).toMatch(/^<\/api\/_profiler\/requests\/[\da-f-]{36}>; rel="silk"$/)
    expect((await get(link.slice(1, link.indexOf('>')))).status).toBe(200)
  })

  test('links to an address, whatever the base path holds', async () => {
    const { get } = await start({}, '/:shop')
    const answer = await get('/a%3E%22b<%C3%A9/silk')
    const recorded = await get(`/${encodeURIComponent('>"\r\n<é')}/x>y`)

    expect(answer.status).toBe(200)
    expect(recorded.headers.get('link')).toMatch(/^<\/[\w%.-]+\/silk\/requests\/[\da-f-]{36}>; rel="silk"$/)
  })

  test('tells how long it took, in SQL too, with the number of queries', async () => {
    const { get } = await start()
    const timing = (await get('/authors')).headers.get('server-timing') ?? ''

    const [, total, sql] = /^total;dur=([\d.]+), sql;dur=([\d.]+);desc="2 queries", pool;dur=[\d.]+$/.exec(timing) ?? []
    expect(Number(sql)).toBeGreaterThan(0)
    expect(Number(total)).toBeGreaterThan(Number(sql))
  })

  test.each([
    ['id', 'x-silk-id'],
    ['link', 'link'],
    ['serverTiming', 'server-timing'],
  ])('does without %s where that is switched off', async (name, header) => {
    const { get } = await start({ headers: { [name]: false } })
    const { headers } = await get('/authors')
    const sent = ['x-silk-id', 'link', 'server-timing'].filter((one) => headers.has(one))

    expect(sent).toEqual(['x-silk-id', 'link', 'server-timing'].filter((one) => one !== header))
  })

  test('is recorded with the headers of the app alone', async () => {
    const { get } = await start()
    const { headers } = await get('/authors')
    const json = (await (await get(`/silk/requests/${headers.get('x-silk-id')}.json`)).json()) as {
      response: { headers: object }
    }

    expect(json.response.headers).toHaveProperty('content-type', headers.get('content-type'))
    expect(json.response.headers).toHaveProperty('etag', headers.get('etag'))
    for (const name of ['x-silk-id', 'link', 'server-timing']) expect(json.response.headers).not.toHaveProperty(name)
  })
})

test('answers that are not recorded carry nothing of silk', async () => {
  const { get } = await start()

  for (const path of ['/healthz', '/silk', '/silk/requests.json']) {
    const { headers } = await get(path)
    expect(['x-silk-id', 'link', 'server-timing'].filter((name) => headers.has(name))).toEqual([])
  }
})

describe('an id that is not in the store', () => {
  const idAt = (at: number): string => {
    const time = at.toString(16).padStart(12, '0')
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`
  }

  test('of a request that has just begun says that it may still be running', async () => {
    const { get } = await start()
    const answer = await get(`/silk/requests/${idAt(Date.now())}`)

    expect(answer.status).toBe(404)
    expect(await answer.text()).toContain('It may still be running')
  })

  test('of an older time than all that is stored says so', async () => {
    const { get } = await start({ retention: { count: 7 } })
    await get('/authors')
    const answer = await get(`/silk/requests/${idAt(Date.now() - 3_600_000)}.json`)

    const { error } = (await answer.json()) as { error: { title: string; message: string; advice: string[] } }
    expect([answer.status, error.title]).toEqual([404, 'Not kept'])
    expect(error.message).toContain('(1 h ago)')
    expect(error.advice).toEqual([expect.stringContaining('silk keeps the newest 7 recordings')])
  })

  test('that nobody ever gave out is just not found', async () => {
    const { get } = await start()
    const text = await (await get('/silk/requests/nonsense')).text()

    expect(text).toContain('No recording has the id')
    expect(text).not.toContain('Not kept')
  })
})

describe('a request with a traceparent', () => {
  const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

  test('shows its trace, and is found by its id', async () => {
    const { get } = await start()
    const traced = await get('/authors', { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` })
    await get('/authors', { traceparent: '00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-00f067aa0ba902b7-01' })
    const id = traced.headers.get('x-silk-id')

    const page = await (await get(`/silk/requests/${id}`)).text()
    expect(page).toContain(`href="/silk/requests?q=${TRACE}"`)
    for (const asked of [TRACE, `00-${TRACE}-00f067aa0ba902b7-01`]) {
      const list = (await (await get(`/silk/requests.json?q=${asked}`)).json()) as { items: { id: string }[] }
      expect(list.items.map((item) => item.id)).toEqual([id])
    }
  })
})
