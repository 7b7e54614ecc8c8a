import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RequestHandler } from 'express'
import * as silkPackage from 'express-silk'
import silk, { type Profiler, type SilkOptions } from 'express-silk'
import type { Knex } from 'knex'
import { afterEach, describe, expect, test } from 'vitest'
import { serve } from '../support/capture-harness.js'
import { sqliteLibrary } from '../support/databases.js'
import { expressVersions } from '../support/express-versions.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Running {
  readonly origin: string
  readonly db: Knex
  json<T>(path: string): Promise<T>
}

/** An app with one route that runs one query, below the given handlers. */
async function run(
  express: (typeof expressVersions)[number]['express'],
  handlers: readonly RequestHandler[],
  base = '/',
) {
  const db = await sqliteLibrary()
  const app = express()
  for (const handler of handlers) app.use(base, handler)
  app.get('/authors', async (_req, res) => {
    res.json(await db('authors'))
  })
  app.use((_req, res) => {
    res.status(404).send('the app’s own 404')
  })
  const server = await serve(app)
  cleanups.push(() => db.destroy(), server.close)
  const json = async <T>(path: string): Promise<T> => (await (await fetch(server.origin + path)).json()) as T
  return { origin: server.origin, db, json } satisfies Running
}

function start(options: SilkOptions = {}): Profiler {
  const profiler = silk({ store: ':memory:', ...options })
  cleanups.push(() => profiler.close())
  return profiler
}

interface List {
  readonly items: readonly { readonly kind: string; readonly request: { readonly url: string } | null }[]
}

const urlsOf = ({ items }: List): readonly (string | undefined)[] =>
  items.filter(({ kind }) => kind === 'request').map(({ request }) => request?.url)

test('the package is the function itself, under two names', () => {
  expect(Object.keys(silkPackage).sort()).toEqual(['default', 'module.exports', 'silk'])
  expect(silkPackage.default).toBe(silkPackage.silk)
})

describe.each(expressVersions)('on $version', ({ express }) => {
  test('requests are listed, the dashboard’s own are not, and neither are silk’s own queries', async () => {
    const profiler = start()
    const app = await run(express, [profiler])

    await fetch(`${app.origin}/authors`)
    await fetch(`${app.origin}/silk`)
    await fetch(`${app.origin}/silk/statements`)
    await profiler.flush()

    expect(urlsOf(await app.json('/silk/requests.json'))).toEqual(['/authors'])
    const statements = await app.json<{ items: { text: string }[] }>('/silk/statements.json')
    const texts = statements.items.map(({ text }) => text)
    expect(texts).toContain('select * from authors')
    expect(texts.filter((text) => /recordings|silk|pragma|findings/i.test(text))).toEqual([])
  })

  test('queries of authorize() belong to nobody', async () => {
    const db = await sqliteLibrary()
    cleanups.push(() => db.destroy())
    const profiler = start({ authorize: async () => (await db('books').first()) !== undefined })
    const app = await run(express, [profiler])
    await profiler.flush()

    await fetch(`${app.origin}/silk`)
    await profiler.flush()

    const { items } = await app.json<{ items: { text: string }[] }>('/silk/statements.json')
    expect(items.map(({ text }) => text)).not.toContain('select * from books limit ?')
  })

  test('below a base path, the dashboard and its links are there', async () => {
    const profiler = start({ path: '/_profiler' })
    const app = await run(express, [profiler], '/api')

    const page = await (await fetch(`${app.origin}/api/_profiler`)).text()
    const asset = await fetch(`${app.origin}/api/_profiler/assets/silk.css`)

    expect(page).toContain('href="/api/_profiler/requests"')
    expect(asset.status).toBe(200)
    expect((await fetch(`${app.origin}/silk`)).status).toBe(404)
    expect((await fetch(`${app.origin}/api/_profilers`)).status).toBe(404)
  })

  test('after close() everything passes through, also a second close()', async () => {
    const profiler = start()
    const app = await run(express, [profiler])
    await profiler.close()
    await profiler.close()

    const authors = await app.json<unknown[]>('/authors')
    const dashboard = await (await fetch(`${app.origin}/silk`)).text()

    expect(authors).toHaveLength(5)
    expect(dashboard).toBe('the app’s own 404')
  })

  test('two profilers keep separate stores, and a request is recorded by the first it meets', async () => {
    const first = start({ path: '/first', ignore: ['/second', '/third'] })
    const second = start({ path: '/second' })
    const app = await run(express, [first, second])

    await fetch(`${app.origin}/authors`)
    await fetch(`${app.origin}/third`)
    await Promise.all([first.flush(), second.flush()])

    expect(urlsOf(await app.json('/first/requests.json'))).toEqual(['/authors'])
    expect(urlsOf(await app.json('/second/requests.json'))).toEqual(['/third'])
  })

  test('a store that cannot be used is told once, and the app runs on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'silk-trouble-'))
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'silk.db'), 'this is no database, but it is long enough to look at'.repeat(100))
    const errors: Error[] = []
    const profiler = start({ store: join(folder, 'silk.db'), onError: (error) => errors.push(error) })
    const app = await run(express, [profiler])

    const statuses = []
    for (let n = 0; n < 5; n++) statuses.push((await fetch(`${app.origin}/authors`)).status)
    await profiler.flush()
    const page = await fetch(`${app.origin}/silk`)

    expect(statuses).toEqual([200, 200, 200, 200, 200])
    expect(errors.length).toBeGreaterThan(0)
    expect(page.status).toBe(503)
    expect(await page.text()).toContain('unaffected')
  })

  test('an app’s own error handler and catch-all never see the dashboard', async () => {
    const profiler = start()
    const app = await run(express, [profiler])

    const missing = await fetch(`${app.origin}/silk/no/such/page`)

    expect(missing.status).toBe(404)
    expect(await missing.text()).not.toContain('the app’s own 404')
  })
})

test('mistakes in options are errors that name the option, the value and what is allowed', () => {
  expect(() => silk({ detect: { nPlusOne: { treshold: 3 } } } as SilkOptions)).toThrow(/treshold.*threshold/s)
  expect(() => silk({ retention: { count: 0 } })).toThrow(/retention\.count.*0/s)
  expect(() => silk({ path: 'silk' })).toThrow(/path.*silk/s)
})
