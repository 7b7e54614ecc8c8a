import type { Express } from 'express'
import request from 'supertest'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openSqliteStore } from '#dist/store/sqlite-store.js'
import type { AnalyzedRecording } from '../../src/model/finding.js'
import type { Store } from '../../src/model/store.js'
import { idAt, naive } from '../store/sample-recordings.js'
import { dashboard, host, visit } from './support/dashboard-host.js'

const MINUTE = 60_000
const key = naive().occurrences[0]?.findingKey ?? ''

interface Opened {
  readonly app: Express
  readonly store: Store
  readonly record: (fromNowMs: number) => Promise<AnalyzedRecording>
  /** Sends the form of the finding's page as a browser does. */
  readonly mark: (fields: Readonly<Record<string, string>>, of?: string) => Promise<request.Response>
}

/** A dashboard over a real store with one N+1 of a minute ago. */
async function open(): Promise<Opened> {
  const store = openSqliteStore({
    file: ':memory:',
    retentionCount: 100,
    onWarning: (error) => {
      throw error
    },
  })
  onTestFinished(() => store.writer.close())
  const { reader, writer } = store
  const app = host(dashboard({ reader, writer, beforeRead: () => writer.flush() }))
  const record: Opened['record'] = async (fromNowMs) => {
    const startedAt = Date.now() + fromNowMs
    const recorded = naive({ id: idAt(startedAt), startedAt })
    writer.push(recorded)
    await writer.flush()
    return recorded
  }
  await record(-MINUTE)
  const page = await visit(app, `/silk/findings/${key}`)
  const cookie = String(page.headers['set-cookie']).split(';')[0] ?? ''
  const token = /name="_csrf" value="([\w-]{43})"/.exec(page.text)?.[1] ?? ''
  const mark: Opened['mark'] = (fields, of = `${key}/state`) =>
    request(app)
      .post(`/silk/findings/${of}`)
      .type('form')
      .set({ host: 'localhost:3000', cookie })
      .send({ _csrf: token, ...fields })
  return { app, store, record, mark }
}

describe('the state of a finding', () => {
  test('is set on its page, which shows it then', async () => {
    const { app, mark } = await open()
    const { status, headers } = await mark({ state: 'fixed' })
    expect([status, headers.location]).toEqual([303, `/silk/findings/${key}?changed=${key}&from=open&to=fixed`])
    const { text } = await visit(app, `/silk/findings/${key}`)
    expect(text).toContain('<span class="badge">fixed</span>')
    expect(text).toMatch(/seen 1 time, first <time.*last <time.*marked fixed <time/)
    expect(text).toContain('>Open again</button>')
    expect(text).not.toContain('>Mark fixed</button>')
  })

  test.each([
    ['/silk/', '/'],
    ['/silk/findings?window=all', '/findings?window=all'],
  ])('is set on a row of %s, and the browser goes back there', async (address, back) => {
    const { app, mark } = await open()
    const { text } = await visit(app, address)
    expect(text).toContain(`action="/silk/findings/${key}/state"`)
    expect(text).toContain(`name="back" value="${back}"`)
    const change = `${back.includes('?') ? '&' : '?'}changed=${key}&from=open&to=ignored`
    expect((await mark({ state: 'ignored', back })).headers.location).toEqual(`/silk${back}${change}`)
    expect((await visit(app, address)).text).not.toContain(`action="/silk/findings/${key}/state"`)
  })

  test('is set by any form of a page, by a browser that has no cookie yet', async () => {
    const { app, store } = await open()
    const another = naive({ id: idAt(Date.now()), startedAt: Date.now() })
    store.writer.push({
      ...another,
      occurrences: another.occurrences.map((of) => ({ ...of, findingKey: 'another00000' })),
    })
    const page = await visit(app, '/silk/findings')
    const cookies = page.get('set-cookie') ?? []
    const tokens = [...page.text.matchAll(/name="_csrf" value="([\w-]{43})"/g)].map(([, token]) => token)
    expect(tokens.length).toBeGreaterThan(1)
    expect(cookies).toEqual([expect.stringContaining(`silk_csrf=${tokens[0]};`)])
    expect(new Set(tokens).size).toBe(1)
  })

  test('is taken back by one button of the page that comes then', async () => {
    const { app, store, mark } = await open()
    const { headers } = await mark({ state: 'ignored', back: '/findings?window=all' })
    const { text } = await visit(app, headers.location ?? '')
    expect(text).toContain('The finding is ignored.')
    const undo = /<form class="banner undo".*?<\/form>/s.exec(text)?.[0] ?? ''
    expect(undo).toContain(`action="/silk/findings/${key}/state"`)
    expect(undo).toContain('name="back" value="/findings?window=all"')
    expect(undo).toContain('<button name="state" value="open">Undo</button>')
    await mark({ state: 'open', back: '/findings?window=all' })
    expect(await store.reader.finding(key)).toMatchObject({ state: 'open' })
  })

  test.each(['changed=x&from=open&to=gone', 'changed=%3Cb%3E&from=open&to=fixed', 'changed=x&from=open&to=open'])(
    'is not told to be changed by an address that makes it up: %s',
    async (search) => {
      const { app } = await open()
      expect((await visit(app, `/silk/findings?${search}`)).text).not.toContain('Undo')
    },
  )

  test('is set and told as JSON', async () => {
    const { app, mark } = await open()
    expect((await mark({ state: 'fixed' }, `${key}/state.json`)).body).toEqual({ key, state: 'fixed' })
    const { body } = await visit(app, `/silk/findings/${key}.json`)
    expect(body).toMatchObject({ state: 'fixed', fixedAt: expect.stringMatching(/^\d{4}-.*Z$/), regressedAt: null })
  })

  test.each([
    ['without a token', { _csrf: '' }, 403],
    ['to a word that is none', { state: 'gone' }, 400],
    ['to nothing', { state: '' }, 400],
    ['with a way back to another site', { state: 'fixed', back: '//evil.example/' }, 400],
    ['with a way back to another page', { state: 'fixed', back: '/settings/clear' }, 400],
  ])('is not set %s', async (_, fields, status) => {
    const { store, mark } = await open()
    expect((await mark({ state: 'fixed', ...fields })).status).toEqual(status)
    expect(await store.reader.finding(key)).toMatchObject({ state: 'open' })
  })

  test('of a finding that is not there: 404', async () => {
    const { mark } = await open()
    expect((await mark({ state: 'fixed' }, '0123456789abc/state')).status).toEqual(404)
  })

  test('is not set by GET', async () => {
    const { app, store } = await open()
    await visit(app, `/silk/findings/${key}/state?state=fixed`)
    expect(await store.reader.finding(key)).toMatchObject({ state: 'open' })
  })
})

describe('the list of findings', () => {
  test('is filtered by kind and by route, and offers what there is', async () => {
    const { app } = await open()
    const total = async (search: string) => (await visit(app, `/silk/findings.json?${search}`)).body.total
    expect(await total('kind=n-plus-one')).toEqual(1)
    expect(await total('kind=slow-query')).toEqual(0)
    expect(await total('route=/collections/&method=get')).toEqual(1)
    expect(await total('route=/products')).toEqual(0)
    const { text } = await visit(app, '/silk/findings?kind=slow-query')
    expect(text).toContain('<option value="n-plus-one">N+1</option>')
    expect(text).toContain('<option>/collections/</option>')
    expect(text).toContain('No finding passes these filters')
    expect((await visit(app, '/silk/findings?kind=none')).status).toEqual(400)
  })

  test('is that of a session, as the overview and the statements are', async () => {
    const { app, store } = await open()
    const startedAt = Date.now()
    store.writer.push(naive({ id: idAt(startedAt), startedAt, session: 'second' }))
    await store.writer.flush()
    const json = async (path: string) => (await visit(app, `/silk${path}`)).body
    expect((await json('/findings.json?session=second')).items).toMatchObject([{ recordingCount: 1 }])
    expect((await json('/findings.json?session=(none)')).items).toMatchObject([{ recordingCount: 1 }])
    expect((await json('/findings.json')).items).toMatchObject([{ recordingCount: 2 }])
    const overview = await json('/overview.json?session=second')
    expect(overview).toMatchObject({ requestCount: 1, window: { name: 'all', session: 'second' } })
    expect((await json('/statements.json?session=second')).items[0]).toMatchObject({ calls: 50 })
    const { text } = await visit(app, '/silk/?session=second')
    expect(text).toContain('<h1>Session second</h1>')
    expect(text).toContain('<a href="/silk/?session=second" aria-current="true">session</a>')
    expect(text).toContain('route=%2Fcollections%2F&amp;session=second')
    expect((await visit(app, '/silk/')).text).toContain('<a href="/silk/compare">session</a>')
  })
})

describe('a finding that is ignored', () => {
  test('is left out of the overview, its count and its ranking', async () => {
    const { app, mark } = await open()
    await mark({ state: 'ignored' })
    expect((await visit(app, '/silk/overview.json')).body.findings).toEqual([])
    expect((await visit(app, '/silk/')).text).toContain('<span class="strong">No finding.</span>')
  })

  test('is listed under its state, and counted on the tabs', async () => {
    const { app, mark } = await open()
    await mark({ state: 'ignored' })
    const open_ = await visit(app, '/silk/findings.json')
    const ignored = await visit(app, '/silk/findings.json?state=ignored')
    expect([open_.body.items.length, ignored.body.items.length]).toEqual([0, 1])
    expect(ignored.body).toMatchObject({ total: 1, states: { open: 0, ignored: 1, fixed: 0 } })
    const { text } = await visit(app, '/silk/findings?state=ignored')
    expect(text).toContain('<a href="/silk/findings?state=ignored" aria-current="true">Ignored <span>1</span>')
    expect((await visit(app, '/silk/findings?state=none')).status).toEqual(400)
  })

  test('keeps its badge on requests, without emphasis', async () => {
    const { app, record, mark } = await open()
    const before = (await visit(app, '/silk/requests')).text
    await mark({ state: 'ignored' })
    const after = (await visit(app, '/silk/requests')).text
    expect([before.includes('class="is-finding"'), after.includes('class="is-finding"')]).toEqual([true, false])
    expect(after).toMatch(/<span class="badge lo" title="[^"]*\(marked ignored\)">N\+1/)
    const { recording } = await record(-MINUTE)
    const { text } = await visit(app, `/silk/requests/${recording.id}`)
    expect(text).toContain('<span class="badge">ignored</span>')
  })
})

test('a finding that comes back after it was marked fixed is told as regressed, with both times', async () => {
  const { app, record, mark } = await open()
  await mark({ state: 'fixed' })
  await record(MINUTE)
  const { text } = await visit(app, `/silk/findings/${key}`)
  expect(text).toContain('<span class="badge err">regressed</span>')
  expect(text).toMatch(/Fixed <time[^>]*>[^<]*<\/time>, back since <time/)
  expect((await visit(app, '/silk/')).text).toContain('regressed: back since <time')
  const { body } = await visit(app, '/silk/findings.json')
  expect(body.items[0]).toMatchObject({ state: 'open', fixedAt: expect.any(String), regressedAt: expect.any(String) })
  await mark({ state: 'ignored' })
  expect((await visit(app, `/silk/findings/${key}.json`)).body).toMatchObject({ state: 'ignored', regressedAt: null })
})
