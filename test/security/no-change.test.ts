import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from './support/raw-request.js'
import { type RecordedApp, startRecordedApp } from './support/recorded-app.js'

const MOST_PAGES = 150
const FORM = 'Content-Type: application/x-www-form-urlencoded'

let recorded: RecordedApp
let pages: ReadonlySet<string>
let forms: ReadonlySet<string>
let before: unknown
let cookie = ''
let token = ''

const own = (): string => `Host: localhost:${recorded.port}`

/** Follows every link from page to page, and notes where forms go. */
async function crawl(): Promise<void> {
  const seen = new Set<string>()
  const posted = new Set<string>()
  const left = ['/silk']
  for (let path = left.shift(); path !== undefined && seen.size < MOST_PAGES; path = left.shift()) {
    if (seen.has(path)) continue
    seen.add(path)
    const { body, headers } = await ask({ port: recorded.port, target: path, headers: [own(), `Cookie: ${cookie}`] })
    cookie ||= /silk_csrf=[\w-]+/.exec(headers['set-cookie'] ?? '')?.[0] ?? ''
    for (const [, name = '', address = ''] of body.matchAll(/\b(href|action|formaction)="([^"#]*)[^"]*"/g)) {
      const target = address.replaceAll('&amp;', '&')
      // Live rows have no end.
      if (!target.startsWith('/silk') || target.startsWith('/silk/requests/live')) continue
      if (name !== 'href') posted.add(target)
      left.push(target)
    }
  }
  pages = seen
  forms = posted
  token = cookie.slice('silk_csrf='.length)
}

beforeAll(async () => {
  recorded = await startRecordedApp()
  before = recorded.state()
  await crawl()
}, 120_000)
afterAll(() => recorded.close())

describe('what is recorded, and what people decided', () => {
  test('does not change by looking at any page that a link or an address of a form leads to', async () => {
    expect(pages.size).toBeGreaterThan(40)
    for (const address of ['/silk/recording', '/silk/sessions', '/silk/settings/clear', '/silk/requests/delete']) {
      expect([...forms, ...pages]).toContain(address)
      await ask({ port: recorded.port, target: `${address}?sure=yes&_csrf=${token}&state=ignored&on=yes` })
    }
    expect(recorded.state()).toEqual(before)
  }, 120_000)

  test('does not change by any form that was not sent from a page of silk', async () => {
    const id = /\/requests\/([\da-f-]{36})/.exec([...pages].join('\n'))?.[1] ?? ''
    const fields = `sure=yes&id=${id}&state=ignored&pause=yes&label=x&theme=dark`
    const sent: readonly (readonly string[])[] = [
      [own(), FORM],
      [own(), FORM, `Cookie: ${cookie}`],
      [own(), FORM, `Cookie: ${cookie}`, 'Origin: https://evil.example'],
      [own(), FORM, `Cookie: ${cookie}`, 'Sec-Fetch-Site: cross-site'],
      [own(), FORM, `Cookie: ${cookie}`, 'Sec-Fetch-Site: same-site'],
      ['Host: evil.example', FORM, `Cookie: ${cookie}`, 'Origin: http://evil.example'],
    ]
    for (const target of forms) {
      for (const [at, headers] of sent.entries()) {
        // With the right token where another header says that it came from elsewhere.
        const body = `${fields}&_csrf=${at < 2 ? 'x'.repeat(43) : token}`
        const { status } = await ask({ port: recorded.port, method: 'POST', target, headers, body })
        expect([target, at, status]).toEqual([target, at, expect.toBeOneOf([403, 404, 405])])
      }
    }
    expect(recorded.state()).toEqual(before)
  }, 120_000)

  test('does not change by other methods', async () => {
    for (const target of [...forms, ...[...pages].slice(0, 20)]) {
      for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
        const answer = await ask({ port: recorded.port, method, target })
        expect([method, target, answer.status]).toEqual([method, target, expect.toBeOneOf([200, 400, 404, 405])])
        expect(answer.body).not.toContain('silk_csrf')
      }
    }
    expect(recorded.state()).toEqual(before)
  }, 120_000)

  test('does change by a form of a page: the forms that were tried are those that work', async () => {
    const headers = [
      own(),
      FORM,
      `Cookie: ${cookie}`,
      'Sec-Fetch-Site: same-origin',
      `Origin: http://localhost:${recorded.port}`,
    ]
    const target = [...forms].find((address) => /\/findings\/[^/]+\/state/.test(address)) ?? ''
    const { status } = await ask({
      port: recorded.port,
      method: 'POST',
      target,
      headers,
      body: `state=ignored&_csrf=${token}`,
    })
    expect(status).toBe(303)
    expect(recorded.state()).not.toEqual(before)
  })
})
