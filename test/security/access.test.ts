import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from './support/raw-request.js'
import { RECORDED, type RecordedApp, startRecordedApp } from './support/recorded-app.js'

/** An address of this machine that is not loopback, as another machine would reach it by; none on a machine without network. */
const outer = Object.values(networkInterfaces())
  .flat()
  .find((found) => found?.family === 'IPv4' && !found.internal)?.address

const FORGED = [
  'X-Forwarded-For: 127.0.0.1',
  'X-Real-IP: 127.0.0.1',
  'Forwarded: for=127.0.0.1',
  'X-Client-IP: 127.0.0.1',
  'CF-Connecting-IP: 127.0.0.1',
  'True-Client-IP: 127.0.0.1',
  'X-Forwarded-Host: localhost',
  'X-HTTP-Method-Override: GET',
  'X-Original-URL: /silk',
  'X-Rewrite-URL: /silk',
]

let recorded: RecordedApp
let port = 0
beforeAll(async () => {
  recorded = await startRecordedApp()
  port = recorded.port
})
afterAll(() => recorded.close())

describe('without authorize', () => {
  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])('this machine may look, by %s', async (to) => {
    const { status, body } = await ask({ port, to, target: '/silk/requests' })
    expect([status, body.includes(RECORDED)]).toEqual([200, true])
  })

  test.skipIf(outer === undefined)('nobody else may, whatever is forged', async () => {
    for (const forged of [[], ...FORGED.map((header) => [header])]) {
      for (const target of ['/silk', '/silk/requests', '/silk.json', '/silk/requests.json', '/silk/requests/export']) {
        const { status, body } = await ask({ port, to: outer ?? '', target, headers: ['Host: localhost', ...forged] })
        expect([forged, target, status, body.includes(RECORDED)]).toEqual([forged, target, 403, false])
      }
    }
  })

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:3000',
    'localhost@evil.example',
    'localhost evil.example',
    '2130706433',
    '0x7f.1',
    'localhost.',
    '[::1].evil.example',
    '',
  ])('a page of another site that points its name here (Host: %s) sees nothing', async (name) => {
    const { status, body } = await ask({ port, target: '/silk/requests', headers: [`Host: ${name}`] })
    expect([status >= 400, body.includes(RECORDED)]).toEqual([true, false])
  })

  test('nor does one by an absolute address in the request line', async () => {
    const headers = ['Host: evil.example']
    const { status, body } = await ask({ port, target: 'http://localhost/silk/requests', headers })
    expect([status >= 400, body.includes(RECORDED)]).toEqual([true, false])
  })

  test.each(FORGED.slice(0, 3))('what came through a proxy (%s) is refused even from this machine', async (header) => {
    const { status, body } = await ask({ port, target: '/silk/requests', headers: ['Host: localhost', header] })
    expect([status, body.includes(RECORDED)]).toEqual([403, false])
  })

  test
    .skipIf(outer === undefined)
    .each([
      '/silk/../silk/requests',
      '/silk//requests',
      '/silk/./requests',
      '//silk/requests',
      '/SILK/requests',
      '/%73ilk/requests',
      '/silk%2frequests',
      '/silk;a=b/requests',
      '/silk/requests%00',
      '/silk/%2e%2e/silk/requests',
      '/items/../silk/requests',
      '/silk?/requests',
      '/silk#/requests',
    ])('no spelling of an address (%s) leads past the gate', async (target) => {
    const { body } = await ask({ port, to: outer ?? '', target, headers: ['Host: localhost'] })
    expect(body).not.toContain(RECORDED)
  })
})

describe('authorize', () => {
  test.each([
    ['never decides', () => new Promise<boolean>(() => {})],
    [
      'throws',
      () => {
        throw new Error('of authorize')
      },
    ],
    ['rejects', () => Promise.reject(new Error('of authorize'))],
    ['gives a promise of the text "true"', async () => 'true' as unknown as boolean],
    [
      'gives what looks like a promise, and throws',
      () =>
        Object.defineProperty({}, 'then', {
          get: () => {
            throw new Error('of then')
          },
        }) as unknown as boolean,
    ],
  ] as const)('that %s lets nobody in, and the app is not affected', async (_, authorize) => {
    const app = await startRecordedApp({ authorize, onError: () => {} })
    const { status, body } = await ask({ port: app.port, target: '/silk/requests' })
    expect([status, body.includes(RECORDED)]).toEqual([403, false])
    expect((await ask({ port: app.port, target: '/items?a=1' })).body).toContain('{"a":"1"}')
    await app.close()
  })
})

describe('files', () => {
  test.each([
    '/silk/assets/../../package.json',
    '/silk/assets/..%2f..%2fpackage.json',
    '/silk/assets/%2e%2e/%2e%2e/package.json',
    '/silk/assets/..%5c..%5cpackage.json',
    '/silk/assets/....//....//package.json',
    '/silk/assets/%252e%252e/%252e%252e/package.json',
    '/silk/assets//etc/passwd',
    '/silk/assets/%2fetc%2fpasswd',
    '/silk/assets/file:///etc/passwd',
    '/silk/assets/silk.css%00.html',
    '/silk/assets/../head.ejs',
    '/silk/assets/%2e%2e/partials/head.ejs',
    '/silk/assets/.gitignore',
    '/silk/assets/',
    '/silk/assets/%zz',
    '/silk/assets',
  ])('%s is none of those that are served', async (target) => {
    const { status, body } = await ask({ port, target })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(body).not.toMatch(/"name": "express-silk"|root:|<%/)
  })
})

describe('every kind of answer has the headers that keep others out', () => {
  test.each([
    ['a page', 'GET', '/silk', 200],
    ['JSON', 'GET', '/silk/requests.json', 200],
    ['a file', 'GET', '/silk/assets/silk.css', 200],
    ['a file that is not there', 'GET', '/silk/assets/none.css', 404],
    ['a head', 'HEAD', '/silk/requests', 200],
    ['an export', 'GET', '/silk/requests/export?format=json', 200],
    ['no such page', 'GET', '/silk/none', 404],
    ['no such recording', 'GET', '/silk/requests/none', 404],
    ['a question that makes no sense', 'GET', '/silk/requests?limit=many', 400],
    ['an address that cannot be read', 'GET', '/silk/requests/%zz', 400],
    ['a method that is none of its own', 'DELETE', '/silk/requests', 405],
    ['a form without its token', 'POST', '/silk/recording', 403],
    ['a form that is too large', 'POST', '/silk/settings/theme', 413],
  ])('%s (%s %s: %i)', async (name, method, target, expected) => {
    const body = name.includes('too large') ? `theme=${'x'.repeat(100_000)}` : ''
    const headers = [`Host: localhost:${port}`, 'Content-Type: application/x-www-form-urlencoded']
    const answer = await ask({ port, method, target, headers, body })
    expect(answer.status).toBe(expected)
    expect(answer.headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'; style-src 'self'; script-src 'self'"),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(answer.headers['x-powered-by']).toBeUndefined()
  })
})

test('databases are asked about a statement so many times a minute at most, however often someone asks', async () => {
  const { items } = JSON.parse((await ask({ port, target: '/silk/statements.json' })).body) as {
    items: { id: string; text: string }[]
  }
  const target = `/silk/statements/${items.find(({ text }) => text.startsWith('select'))?.id}`
  const page = await ask({ port, target })
  const cookie = /silk_csrf=[\w-]+/.exec(page.headers['set-cookie'] ?? '')?.[0] ?? ''
  const headers = [`Host: localhost:${port}`, 'Content-Type: application/x-www-form-urlencoded', `Cookie: ${cookie}`]
  const post = () => ask({ port, method: 'POST', target, headers, body: `_csrf=${cookie.slice('silk_csrf='.length)}` })
  const answers: string[] = []
  for (let turn = 0; turn < 65; turn++) answers.push((await post()).body)
  expect(answers[0]).toContain('SEARCH')
  expect(answers.filter((body) => body.includes('60 times a minute at most')).length).toBeGreaterThan(0)
}, 60_000)
