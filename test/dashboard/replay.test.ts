import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RecordedExample, SECRET, startRecordedExample } from './support/recorded-example.js'

let example: RecordedExample
let id: string
beforeAll(async () => {
  example = await startRecordedExample()
  const login = await fetch(`${example.origin}/auth/login/?q=<b>&token=${SECRET}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${SECRET}`, cookie: `sid=${SECRET}` },
    body: JSON.stringify({ username: 'admin', password: SECRET }),
  })
  id = login.headers.get('x-silk-id') ?? ''
  await login.arrayBuffer()
  await example.profiler.flush()
}, 60_000)
afterAll(() => example.close())

const page = async (path: string): Promise<string> => (await fetch(`${example.origin}/silk${path}`)).text()

describe('a request as code', () => {
  test('stands on its page, in five forms, each with a button to copy it', async () => {
    const html = await page(`/requests/${id}`)

    for (const target of ['curl', 'fetch', 'httpie', 'http', 'test']) {
      expect(html).toContain(`<code id="replay-${target}">`)
      expect(html).toContain(`data-copy="replay-${target}"`)
    }
  })

  test('is JSON at the address of its own page', async () => {
    const replay = await example.json(`/requests/${id}/replay`)

    expect(Object.keys(replay.code)).toEqual(['curl', 'fetch', 'httpie', 'http', 'test'])
    expect(replay.code.curl).toContain(`'${example.origin}/auth/login/?q=%3Cb%3E&token='"\${QUERY_TOKEN:?}"`)
    expect(replay.placeholders.slice(0, 1)).toEqual(['QUERY_TOKEN'])
    expect(await page(`/requests/${id}/replay`)).toContain('Set them in the environment: <code>QUERY_TOKEN</code>')
  })

  test('holds no secret, and no mask in the place of one', async () => {
    const { code } = await example.json(`/requests/${id}/replay`)

    expect(JSON.stringify(code)).not.toContain(SECRET)
    expect(JSON.stringify(code)).not.toContain('[redacted]')
    expect(await page(`/requests/${id}`)).not.toContain(SECRET)
  })

  test('of queries outside any request there is none', async () => {
    const { items } = await example.json('/requests')
    const missing = await fetch(`${example.origin}/silk/requests/nonsense/replay`)

    expect(items.length).toBeGreaterThan(0)
    expect(missing.status).toBe(404)
  })
})

test('a finding has a regression test, with the budget that its fix leaves', async () => {
  const { items } = await example.json('/findings')
  const { key } = items.find(({ kind }: { kind: string }) => kind === 'n-plus-one')
  const { regressionTest } = await example.json(`/findings/${key}`)

  expect(regressionTest).toContain('expect(queryCount).toBeLessThanOrEqual(2)')
  expect(await page(`/findings/${key}`)).toContain('data-copy="regression-test"')
})
