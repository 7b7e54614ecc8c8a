import type { Express } from 'express'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { expressVersions } from '../support/express-versions.js'
import { naiveRecording } from './support/build-recordings.js'
import { dashboard, visit } from './support/dashboard-host.js'
import { type MemoryStore, memoryStore } from './support/memory-reader.js'

interface Form {
  readonly app: Express
  readonly store: MemoryStore
  readonly cookie: string
  readonly token: string
}

async function openForm(express: (typeof expressVersions)[number]['express'], mountPath = '/silk'): Promise<Form> {
  const store = memoryStore(naiveRecording(), naiveRecording())
  const app = express()
  app.use(mountPath, dashboard({ store }))
  const page = await visit(app, `${mountPath}/settings/clear`)
  const cookie = String(page.headers['set-cookie'])
  const token = /name="_csrf" value="([\w-]{43})"/.exec(page.text)?.[1] ?? ''
  return { app, store, cookie, token }
}

function send({ app, cookie }: Form, fields: object, headers: Readonly<Record<string, string>> = {}): request.Test {
  const post = request(app).post('/silk/settings/clear').type('form').set('host', 'localhost:3000')
  return post.set({ cookie: cookie.split(';')[0] ?? '', ...headers }).send(fields)
}

describe.each(expressVersions)('clearing under $version', ({ express }) => {
  test('the page names the count, its form deletes everything and goes back to the settings', async () => {
    const form = await openForm(express)
    const { text } = await visit(form.app, '/silk/settings/clear')
    const { status, headers } = await send(form, { _csrf: form.token })
    expect(text).toContain('<h1>Delete 2 recordings?</h1>')
    expect([status, headers.location, form.store.stored.length]).toEqual([303, '/silk/settings?cleared=2', 0])
    expect((await visit(form.app, headers.location ?? '')).text).toContain('2 recordings were deleted.')
  })

  test('the cookie is for the dashboard alone', async () => {
    const { cookie } = await openForm(express, '/base/silk')
    expect(cookie).toMatch(/^silk_csrf=[\w-]{43}; Path=\/base\/silk; HttpOnly; SameSite=Strict$/)
  })

  test('the JSON twin of the page has the token, and that of the form the count', async () => {
    const form = await openForm(express)
    const page = await visit(form.app, '/silk/settings/clear.json').set('cookie', form.cookie)
    const { body } = await request(form.app)
      .post('/silk/settings/clear.json')
      .set({ host: 'localhost:3000', cookie: form.cookie })
      .type('form')
      .send({ _csrf: page.body.csrf })
    expect([page.body, body]).toEqual([{ recordingCount: 2, fileBytes: 38_200_000, csrf: form.token }, { cleared: 2 }])
  })

  test.each([
    ['no field', () => ({}), {}],
    ['a wrong field', () => ({ _csrf: 'x'.repeat(43) }), {}],
    ['a field of another length', () => ({ _csrf: 'x' }), {}],
    ['two fields', ({ token }: Form) => ({ _csrf: [token, token] }), {}],
    ['no cookie', ({ token }: Form) => ({ _csrf: token }), { cookie: 'other=1' }],
    ['an empty cookie and field', () => ({ _csrf: '' }), { cookie: 'silk_csrf=' }],
    ['another origin', ({ token }: Form) => ({ _csrf: token }), { origin: 'http://evil.example' }],
    ['another port', ({ token }: Form) => ({ _csrf: token }), { origin: 'http://localhost:4000' }],
    ['an origin that is none', ({ token }: Form) => ({ _csrf: token }), { origin: 'nonsense' }],
    ['a cross-site fetch', ({ token }: Form) => ({ _csrf: token }), { 'sec-fetch-site': 'cross-site' }],
    ['a sibling domain', ({ token }: Form) => ({ _csrf: token }), { 'sec-fetch-site': 'same-site' }],
  ])('a form with %s is refused and deletes nothing', async (_, fields, headers: Record<string, string>) => {
    const form = await openForm(express)
    const { status, text } = await send(form, fields(form), headers)
    expect([status, form.store.stored.length]).toEqual([403, 2])
    expect(text).toContain('Nothing was changed.')
  })

  test.each([
    [{ origin: 'http://localhost:3000' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'same-origin', origin: 'null' }],
  ])('a form of our own with %j is accepted', async (headers) => {
    const form = await openForm(express)
    expect((await send(form, { _csrf: form.token }, headers as unknown as Record<string, string>)).status).toEqual(303)
  })

  test('a body that the app has parsed already is taken as it is', async () => {
    const store = memoryStore(naiveRecording())
    const app = express()
    app.use(express.urlencoded({ extended: true }))
    app.use('/silk', dashboard({ store }))
    const page = await visit(app, '/silk/settings/clear.json')
    const form = { app, store, cookie: String(page.headers['set-cookie']), token: page.body.csrf }
    expect([(await send(form, { _csrf: form.token })).status, store.stored.length]).toEqual([303, 0])
  })

  test('no GET changes anything', async () => {
    const form = await openForm(express)
    await visit(form.app, `/silk/settings/clear?_csrf=${form.token}`).set('cookie', form.cookie)
    expect(form.store.stored.length).toEqual(2)
  })

  test.each(['post', 'put', 'patch', 'delete'] as const)('%s on a page is not answered', async (method) => {
    const form = await openForm(express)
    const { status } = await request(form.app)[method]('/silk/requests').set('host', 'localhost')
    expect(status).toEqual(405)
  })
})

test('a store that cannot be cleared says so, and that the app is unaffected', async () => {
  const [, five] = expressVersions
  if (five === undefined) throw new Error('Express 5 is not installed')
  const store = memoryStore(naiveRecording())
  store.writer.clear = () => Promise.reject(new Error('database is locked'))
  const heard: unknown[] = []
  const app = five.express()
  app.use('/silk', dashboard({ store, onError: (error) => heard.push(error) }))
  const page = await visit(app, '/silk/settings/clear.json')
  const form = { app, store, cookie: String(page.headers['set-cookie']), token: page.body.csrf }
  const { status, text } = await send(form, { _csrf: form.token })
  expect(status).toEqual(503)
  expect(text).toContain('database is locked')
  expect(heard).toEqual([new Error('database is locked')])
})

test('single keys are switched off and on for this browser', async () => {
  const [, five] = expressVersions
  if (five === undefined) throw new Error('Express 5 is not installed')
  const form = await openForm(five.express)
  const switched = (keys: string): request.Test =>
    request(form.app)
      .post('/silk/settings/keys')
      .type('form')
      .set({ host: 'localhost:3000', cookie: form.cookie })
      .send({ _csrf: form.token, keys })
  const off = await switched('off')
  const page = await visit(form.app, '/silk/').set('cookie', 'silk_keys=off')
  expect(String(off.headers['set-cookie'])).toMatch(
    /^silk_keys=off; Path=\/silk; Max-Age=\d+; HttpOnly; SameSite=Strict/,
  )
  expect(page.text).toContain('<body data-keys="off">')
  expect((await visit(form.app, '/silk/')).text).toContain('<body>')
  expect((await switched('maybe')).status).toEqual(400)
})
