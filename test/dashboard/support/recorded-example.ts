import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type NextFunction, type Request, type Response } from 'express'
import silk, { type Profiler } from 'express-silk'
import { startExample } from '../../support/example.js'

/** The example app with silk, listening, and with requests recorded. */
export interface RecordedExample {
  readonly origin: string
  readonly profiler: Profiler
  /** A page of the dashboard as JSON: `json('/requests')`. */
  json(path: string): Promise<Json>
  close(): Promise<void>
}

// biome-ignore lint/suspicious/noExplicitAny: the tests look into it
type Json = any

/** Made of two, since pages show this source. */
export const SECRET = ['hunter', '2'].join('')
export const NAIVE = '/collections/?include=products&load=naive'

/** What a page is there for, and where it is. Whoever adds a page to the dashboard adds it here. */
export async function pagesOf({ json }: RecordedExample): Promise<readonly { name: string; path: string }[]> {
  const [requests, statements, findings, spans] = await Promise.all([
    json('/requests'),
    json('/statements'),
    json('/findings'),
    json('/profiling'),
  ])
  const spanned = requests.items.find((item: Json) => item.request?.path === '/reports')
  const job = requests.items.find((item: Json) => item.kind === 'job')
  const naive = requests.items.find((item: Json) => item.request?.url === NAIVE)
  const mixed = requests.items.find((item: Json) => item.request?.url === '/mixed')
  const gallery = requests.items.find((item: Json) => item.request?.url === '/gallery/')
  const { functions } = await json(`/requests/${mixed.id}/cpu-profile`)
  const quiet = requests.items.find((item: Json) => item.findings.length === 0)
  return [
    { name: 'overview', path: '' },
    { name: 'overview of a window without requests', path: '?window=1h&sort=-queries' },
    { name: 'overview of a session', path: '?session=(none)' },
    { name: 'requests', path: '/requests' },
    { name: 'requests, filtered', path: '/requests?method=GET&status=2xx' },
    { name: 'requests, none found', path: '/requests?q=no-such-address' },
    { name: 'request', path: `/requests/${naive.id}` },
    { name: 'request, queries in order', path: `/requests/${naive.id}?queries=all` },
    { name: 'request with transactions and failures', path: `/requests/${mixed.id}` },
    { name: 'its queries in order', path: `/requests/${mixed.id}?queries=all` },
    { name: 'request without a finding', path: `/requests/${quiet.id}` },
    { name: 'request as code', path: `/requests/${naive.id}/replay` },
    { name: 'request with spans, an exception and bodies', path: `/requests/${spanned.id}` },
    { name: 'its code', path: `/requests/${spanned.id}/replay` },
    { name: 'job', path: `/requests/${job.id}` },
    { name: 'CPU profiles', path: '/cpu-profiles' },
    { name: 'CPU profile', path: `/requests/${gallery.id}/cpu-profile` },
    {
      name: 'CPU profile, one call',
      path: `/requests/${mixed.id}/cpu-profile?frame=${functions[0].frameId}&order=total`,
    },
    { name: 'profiling', path: '/profiling' },
    { name: 'profiling, none found', path: '/profiling?q=no-such-span' },
    { name: 'profiling of one span', path: `/profiling/${spans.items[0].id}` },
    { name: 'single runs of spans', path: '/profiling/runs?sort=-duration' },
    { name: 'single runs, none found', path: '/profiling/runs?q=no-such-span' },
    { name: 'statements', path: '/statements' },
    { name: 'statements, none found', path: '/statements?q=no-such-table' },
    { name: 'statement', path: `/statements/${statements.items[0].id}` },
    { name: 'findings', path: '/findings' },
    {
      name: 'findings, one just ignored',
      path: `/findings?kind=n-plus-one&changed=${findings.items[0].key}&from=open&to=ignored`,
    },
    { name: 'findings, none ignored', path: '/findings?state=ignored' },
    { name: 'finding', path: `/findings/${findings.items[0].key}` },
    { name: 'compare, what to choose from', path: '/compare' },
    { name: 'compare two requests', path: `/compare?a=${naive.id}&b=previous` },
    { name: 'health', path: '/health' },
    { name: 'settings', path: '/settings' },
    { name: 'settings, clear', path: '/settings/clear' },
    { name: 'error: no such page', path: '/nowhere' },
    { name: 'error: no such request', path: '/requests/none' },
    { name: 'error: a request that is not kept any more', path: '/requests/01932f00-0000-7000-8000-000000000000' },
    { name: 'error: no such CPU profile', path: `/requests/${naive.id}/cpu-profile` },
    { name: 'error: no such span', path: '/profiling/none' },
    { name: 'error: an address that makes no sense', path: '/requests?limit=many' },
  ]
}

/** Spans in spans, deeper than the waterfall sets them in. */
function nested(name: string, depth: number, run: () => PromiseLike<unknown>): Promise<unknown> {
  return silk.span(`${name} ${depth}`, async () => (depth === 1 ? run() : nested(name, depth - 1, run)))
}

function postReport(address: string): Promise<globalThis.Response> {
  return fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Sales', years: [2024, 2025], password: SECRET, note: 'A long note. '.repeat(40) }),
  })
}

export async function startRecordedExample(): Promise<RecordedExample> {
  const profiled = new Set(['/gallery/', '/mixed'])
  const cpuProfile = { secret: 'f2c9b7d41e8a40d6', shouldProfile: (req: Request) => profiled.has(req.path) }
  const profiler = silk({ store: ':memory:', cpuProfile })
  const { app: api, db, close } = await startExample('SQLite')
  const app = express()
  app.use(profiler)
  // What the example has no route for: transactions that wait for each other, failures, a secret, a long list.
  app.get('/mixed', async (_, res) => {
    const countOf = async (name: string) => db('products').where({ name }).count()
    await countOf('Chair')
    const rename = (id: number) => db.transaction((trx) => trx('products').where({ id }).update({ name: "O'Neil" }))
    await Promise.all([rename(1), rename(2)])
    await db('products').where({ name: "O'Neil" }).select('id')
    await db('users').where({ username: 'ann', password_hash: SECRET }).first()
    await db.raw('select nowhere from products').catch(() => {})
    res.json({})
  })
  app.get('/many/:count', async (req, res) => {
    for (let id = 1; id <= Number(req.params.count); id++) await db('products').where({ id }).first()
    res.json({})
  })
  app.post('/reports', express.json(), async (req, _, next) => {
    const products = () => db('products').limit(3)
    await nested('build', 8, products)
    for (const year of [2024, 2025]) await silk.span('report of a year', products, { tags: { year } })
    await silk.span(`render every page of the report that ${'nobody has read for a long '.repeat(6)}time`, async () => {
      await products()
      await silk.span('fonts', () => Promise.reject(new Error('No font of that name.'))).catch(() => {})
    })
    await (await fetch(new URL('/nothing-here?token=none', `http://${req.get('host')}`))).arrayBuffer()
    next(new Error(`No printer is connected for ${req.body.title}`))
  })
  app.use(api)
  app.use((_error: unknown, _req: Request, res: Response, _next: NextFunction) => {
    res
      .status(500)
      .json({ problem: 'The report cannot be printed.', pages: [{ number: 1, lines: ['first', 'second'] }] })
  })
  const server: Server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const traffic = [
    NAIVE,
    NAIVE,
    '/collections/1/',
    '/products/?limit=20',
    '/nothing-here',
    '/gallery/',
    '/mixed',
    NAIVE,
  ]
  await (await postReport(`${origin}/reports`)).arrayBuffer()
  await silk.record('nightly report of the products', () =>
    silk.span('count', () => db('products').count(), { tags: { shop: 'Berlin' } }),
  )
  for (const path of traffic) await (await fetch(origin + path)).arrayBuffer()
  await profiler.flush()
  return {
    origin,
    profiler,
    json: async (path) => (await fetch(`${origin}/silk${path}.json`)).json(),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await profiler.close()
      await close()
    },
  }
}
