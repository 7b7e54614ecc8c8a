import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Express } from 'express'
import type { Browser, Page } from 'playwright-core'
import request from 'supertest'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteStore } from '#dist/store/sqlite-store.js'
import type { AnalyzedRecording } from '../../src/model/finding.js'
import type { Store } from '../../src/model/store.js'
import { launchBrowser } from '../support/chromium.js'
import { naiveRecording, query, recording } from './support/build-recordings.js'
import { dashboard, host, listen, visit } from './support/dashboard-host.js'

let made = 0

/** As if it was recorded just now. */
function ordered(at: number): AnalyzedRecording {
  made += 1
  const startedAt = Date.now()
  const time = startedAt.toString(16).padStart(12, '0')
  const one = recording({
    id: `${time.slice(0, 8)}-${time.slice(8)}-7${String(made).padStart(3, '0')}-8000-000000000000`,
    startedAt,
    request: {
      url: `/orders/${at}?token=%5Bredacted%5D`,
      route: '/orders/:id',
      headers: { host: 'shop.test', accept: ['a', 'b'] },
    },
    response: { status: at % 2 === 0 ? 200 : 500, headers: { 'content-type': 'application/json' } },
    queries: [query({ statement: 'select * from `orders` where `id` = ?', bindings: [at] })],
  })
  return { recording: one, occurrences: [] }
}

let folder = ''
let store: Store
let app: Express
let closing: AbortController

function open(file: string): Store {
  return openSqliteStore({
    file,
    retentionCount: 10_000,
    flushIntervalMs: 20,
    onWarning: (error) => {
      throw error
    },
  })
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'silk-requests-'))
  store = open(join(folder, 'silk.db'))
  closing = new AbortController()
  app = host(
    dashboard({
      reader: store.reader,
      writer: store.writer,
      beforeRead: () => store.writer.flush(),
      signal: closing.signal,
    }),
  )
})
afterEach(async () => {
  closing.abort()
  await store.writer.close()
  rmSync(folder, { recursive: true })
})

/** The form token of a browser, with the cookie that goes with it. */
async function token(): Promise<{ readonly csrf: string; readonly cookie: string }> {
  const { headers, body } = await visit(app, '/silk/settings/clear.json')
  return { csrf: body.csrf, cookie: String(headers['set-cookie']).split(';')[0] ?? '' }
}

async function post(
  path: string,
  fields: Readonly<Record<string, string | readonly string[]>>,
): Promise<request.Response> {
  const { csrf, cookie } = await token()
  return request(app)
    .post(`/silk${path}`)
    .set({ host: 'localhost:3000', cookie })
    .type('form')
    .send({ _csrf: csrf, ...fields })
}

function record(...given: readonly AnalyzedRecording[]): readonly string[] {
  for (const one of given) store.writer.push(one)
  return given.map(({ recording: { id } }) => id)
}

describe('the address of the list', () => {
  test.each([
    ['min_ms=fast', 'min_ms', 'a number of milliseconds, such as 250 or 0.5'],
    ['min_queries=1.5', 'min_queries', 'a whole number from 0 to 1000000'],
    ['errors=yes', 'errors', '1'],
    [
      'since=yesterday',
      'since',
      'so long ago, such as 30m, 24h or 7d, or a time such as 2026-11-22 or 2026-11-22T08:40',
    ],
    [
      'until=2026-13-40',
      'until',
      'so long ago, such as 30m, 24h or 7d, or a time such as 2026-11-22 or 2026-11-22T08:40',
    ],
    ['sort=size', 'sort', '-time, time, -duration, duration, -queries, queries, -sql, sql, route, -route'],
  ])('%s is refused with what is allowed', async (search, name, allowed) => {
    const { status, body } = await visit(app, `/silk/requests.json?${search}`)
    expect(status).toEqual(400)
    expect(body.error.message).toContain(`The parameter "${name}" has the value`)
    expect(body.error.message).toContain(`allowed: ${allowed}.`)
  })

  test('keeps all filters while one sorts and pages', async () => {
    record(ordered(1), ordered(3), ordered(5))
    const { body } = await visit(app, '/silk/requests.json?errors=1&table=orders&since=1h&sort=-duration&limit=2')
    expect(body).toMatchObject({ total: 3, searchedTo: null })
    expect(body.next).toMatch(/^\/silk\/requests\.json\?table=orders&errors=1&since=1h&sort=-duration&limit=2&before=/)
    const next = await visit(app, body.next)
    expect(next.body.items.length).toEqual(1)
  })
})

test('the head of the requests sorts them by route, and pages follow one another both ways', async () => {
  record(ordered(1), naiveRecording(), ordered(2))
  const first = await visit(app, '/silk/requests.json?sort=route&limit=2')
  const second = await visit(app, first.body.next)
  const back = await visit(app, second.body.previous)
  const { text } = await visit(app, '/silk/requests?sort=route&limit=2')
  const routes = (body: { readonly items: readonly { readonly request: { readonly route: string } }[] }) =>
    body.items.map(({ request }) => request.route)

  expect(routes(first.body)).toEqual(['/collections/', '/orders/:id'])
  expect(routes(second.body)).toEqual(['/orders/:id'])
  expect([second.body.next, back.body.items]).toEqual([null, first.body.items])
  expect(text).toContain('aria-sort="ascending"><a href="/silk/requests?sort=-route&amp;limit=2">Request')
  expect(text).toContain('by route, the newest of each first')
})

describe('two selected requests', () => {
  test('are compared, the older one first', async () => {
    const [a = '', b = ''] = record(ordered(1), ordered(2))
    const { status, headers } = await post('/requests/compare', { id: [b, a] })
    expect([status, headers.location]).toEqual([303, `/silk/compare?a=${a}&b=${b}`])
  })

  test.each([[[]], [['one']], [['one', 'two', 'three']]])('are two: %j are refused', async (id) => {
    const { status } = await post('/requests/compare.json', { id })
    expect(status).toEqual(400)
  })
})

describe('deleting', () => {
  test('asks first, says what stays, and deletes what was selected', async () => {
    const ids = record(ordered(1), ordered(2), ordered(3))
    const asked = await post('/requests/delete', { id: ids.slice(1) })
    const [, twin = ''] = /href="([^"]+)">This page as JSON/.exec(asked.text) ?? []
    const asJson = await visit(app, twin.replaceAll('&amp;', '&'))
    const before = await visit(app, '/silk/requests.json')
    const done = await post('/requests/delete', { id: ids.slice(1), sure: 'yes' })
    const after = await visit(app, '/silk/requests.json')
    const overview = await visit(app, '/silk/overview.json')
    expect(asked.text).toContain('Delete 2 requests?')
    expect([asJson.status, asJson.body.ids]).toEqual([200, ids.slice(1)])
    expect(asked.text).toContain('What was added up of them stays')
    expect([before.body.total, done.status, done.headers.location]).toEqual([3, 303, '/silk/requests?deleted=2'])
    expect(after.body.items.map(({ id }: { id: string }) => id)).toEqual([ids[0]])
    expect(overview.body.requestCount).toEqual(3)
  })

  test('of one is asked for by an address too', async () => {
    const [id] = record(naiveRecording())
    await store.writer.flush()
    const { status, text } = await visit(app, `/silk/requests/delete?id=${id}`)
    expect([status, text.includes('Delete 1 request?')]).toEqual([200, true])
  })

  test('needs a form of ours', async () => {
    const [id = ''] = record(ordered(1))
    const refused = await request(app)
      .post('/silk/requests/delete')
      .set({ host: 'localhost:3000' })
      .type('form')
      .send({ id, sure: 'yes' })
    expect(refused.status).toEqual(403)
    expect((await visit(app, '/silk/requests.json')).body.total).toEqual(1)
  })
})

describe('exported', () => {
  test('as JSON, selected requests are whole recordings', async () => {
    const [id = ''] = record(naiveRecording(), ordered(1))
    await store.writer.flush()
    const { headers, body } = await post('/requests/export', { id, format: 'json' })
    const page = await visit(app, `/silk/requests/${id}.json`)
    expect(headers['content-disposition']).toEqual('attachment; filename="silk-requests.json"')
    expect(body).toMatchObject({ next: null, previous: null, total: 1 })
    expect(body.items[0]).toEqual(page.body)
  })

  test('as HAR, the list at an address is a valid archive of what was stored', async () => {
    record(naiveRecording(), ordered(1), ordered(2))
    const { body } = await visit(app, '/silk/requests/export?format=har&route=/orders/:id')
    expect(body.log).toMatchObject({ version: '1.2', creator: { name: 'express-silk', version: '0.1.0' } })
    expect(body.log.entries.length).toEqual(2)
    for (const entry of body.log.entries) expectHarEntry(entry)
    const [entry] = body.log.entries
    expect(entry.request).toMatchObject({ method: 'GET', url: 'http://shop.test/orders/2?token=%5Bredacted%5D' })
    expect(entry.request.queryString).toEqual([{ name: 'token', value: '[redacted]' }])
    expect(entry.request.headers.filter(({ name }: { name: string }) => name === 'accept').length).toEqual(2)
    expect(entry._queries[0].bindings).toEqual([2])
  })

  test('in another format is refused', async () => {
    const { status } = await visit(app, '/silk/requests/export?format=csv')
    expect(status).toEqual(400)
  })
})

/** What HAR 1.2 demands of an entry. */
function expectHarEntry(entry: Record<string, unknown>): void {
  const pair = { name: expect.any(String), value: expect.any(String) }
  const { request, response } = entry as Record<'request' | 'response', Record<string, object[]>>
  expect(new Date(String(entry.startedDateTime)).toISOString()).toEqual(entry.startedDateTime)
  expect(entry).toMatchObject({
    time: expect.any(Number),
    cache: {},
    timings: { send: expect.any(Number), wait: expect.any(Number), receive: expect.any(Number) },
    request: {
      url: expect.stringMatching(/^http/),
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headersSize: -1,
      bodySize: expect.any(Number),
    },
    response: {
      ...{ status: expect.any(Number), statusText: expect.any(String), httpVersion: 'HTTP/1.1', cookies: [] },
      ...{ redirectURL: expect.any(String), headersSize: -1, bodySize: expect.any(Number) },
      content: { size: expect.any(Number), mimeType: expect.any(String) },
    },
  })
  for (const one of [...(request.headers ?? []), ...(response.headers ?? []), ...(request.queryString ?? [])]) {
    expect(one).toEqual(pair)
  }
}

describe('in a browser', () => {
  let browser: Browser
  let server: Server
  let origin = ''
  let page: Page

  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    const listening = await listen(app, '127.0.0.1')
    server = listening.server
    origin = `http://127.0.0.1:${listening.port}/silk`
    page = await browser.newPage()
  })
  afterEach(async () => {
    await page.close()
    server.close()
    server.closeAllConnections()
  })

  const firstRow = () => page.locator('#requests tbody tr').first()

  async function goLive(): Promise<void> {
    await page.goto(`${origin}/requests`)
    await page.mouse.move(2, 2)
    await page.getByRole('button', { name: /^Live/ }).click()
    await page.mouse.move(2, 2)
    await page.locator('#live[aria-pressed="true"]').waitFor()
  }

  test('new requests appear while live, those of another process too, and none after it was paused', async () => {
    record(ordered(1))
    await goLive()
    record(ordered(2))
    await page.getByRole('link', { name: '/orders/2' }).waitFor()
    const other = open(join(folder, 'silk.db'))
    other.writer.push(ordered(3))
    await other.writer.close()
    await page.getByRole('link', { name: '/orders/3' }).waitFor()
    expect(await firstRow().textContent()).toContain('/orders/3')
    await page.getByRole('button', { name: /^Live/ }).click()
    record(ordered(4))
    await store.writer.flush()
    await page.waitForTimeout(1500)
    expect(await page.getByRole('link', { name: '/orders/4' }).count()).toEqual(0)
    await page.reload()
    expect(await firstRow().textContent()).toContain('/orders/4')
  })

  test('a filter holds for what comes live', async () => {
    record(ordered(1))
    await page.goto(`${origin}/requests?errors=1&live=1`)
    await page.locator('#live[aria-pressed="true"]').waitFor()
    record(ordered(2), ordered(3))
    await page.getByRole('link', { name: '/orders/3' }).waitFor()
    expect(await page.getByRole('link', { name: '/orders/2' }).count()).toEqual(0)
  })

  test('while a row is selected, new ones wait behind one row', async () => {
    record(ordered(1))
    await goLive()
    await page.getByLabel(/^Select GET \/orders\/1/).check()
    await page.mouse.move(2, 2)
    record(ordered(2), ordered(3))
    await page.getByRole('button', { name: '2 newer requests' }).click()
    expect(await firstRow().textContent()).toContain('/orders/3')
    expect(await page.locator('#requests tbody tr').count()).toEqual(3)
    expect(await page.locator('#picked').textContent()).toEqual('1 selected')
  })

  test('two are selected by keys and compared', async () => {
    const [a, b] = record(ordered(1), ordered(2))
    await page.goto(`${origin}/requests`)
    const compare = page.getByRole('button', { name: 'Compare' })
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    expect(await compare.isDisabled()).toEqual(true)
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    expect(await page.locator('#picked').textContent()).toEqual('2 selected')
    await compare.click()
    await page.waitForURL(`${origin}/compare?a=${a}&b=${b}`)
  })

  test.each([true, false])(
    'selected ones are deleted after a page that asks, script: %s',
    async (javaScriptEnabled) => {
      record(ordered(1), ordered(2))
      const context = await browser.newContext({ javaScriptEnabled })
      const other = await context.newPage()
      await other.goto(`${origin}/requests`)
      await other.getByLabel(/^Select GET \/orders\/1/).check()
      await other.getByRole('button', { name: 'Delete…' }).click()
      await other.getByRole('button', { name: 'Delete 1 request' }).click()
      await other.getByText('1 request was deleted.').waitFor()
      expect(await other.locator('#requests tbody tr').count()).toEqual(1)
      expect(await other.locator('#live:visible').count()).toEqual(javaScriptEnabled ? 1 : 0)
      await context.close()
    },
  )

  test('an app that closes its server, or silk, is not held up by who watches', async () => {
    record(ordered(1))
    await goLive()
    const closed = new Promise((resolve) => server.once('close', resolve))
    server.close()
    await closed
    expect(server.listening).toEqual(false)
  })

  test('so many may watch, and one more is told so', async () => {
    const watch = (): Promise<Response> => fetch(`${origin}/requests/live`)
    const open = await Promise.all(Array.from({ length: 20 }, watch))
    const refused = await watch()
    expect([...new Set(open.map(({ status }) => status)), refused.status]).toEqual([200, 503])
    closing.abort()
    const ended = await Promise.all(open.map((answer) => answer.text()))
    expect(ended.every((text) => text.startsWith('retry: '))).toEqual(true)
  })
})
