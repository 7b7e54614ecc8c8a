import silk from 'express-silk'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Started, start } from '../spans/support.js'
import { launchBrowser } from '../support/chromium.js'

/** An app with some requests, and a form token. */
async function recorded(count = 2) {
  const started = await start({ user: (req) => ({ id: 7, name: `Ada ${req.query.n}` }) })
  started.app.get('/', (req, res) => {
    if (req.query.tag) silk.tag(String(req.query.tag))
    res.json(1)
  })
  for (let n = 0; n < count; n++) await (await fetch(`${started.origin}/?n=${n}`)).text()
  const ids = (await started.list()).map(({ id }) => id)
  const page = await fetch(`${started.origin}/silk/settings/clear.json`)
  const { csrf } = (await page.json()) as { csrf: string }
  const cookie = String(page.headers.get('set-cookie')).split(';')[0] ?? ''
  async function post(path: string, fields: readonly (readonly [string, string])[], token = csrf) {
    return fetch(`${started.origin}/silk${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie },
      body: new URLSearchParams([['_csrf', token], ...fields.map(([name, value]) => [name, value])]),
    })
  }
  return { ...started, ids, post }
}

const listed = async ({ list }: Pick<Started, 'list'>, query: string) => (await list(query)).map(({ id }) => id)

describe('the form of a request', () => {
  test('pins and unpins it, and goes back to it', async () => {
    const app = await recorded()
    const [id = ''] = app.ids
    const on = await app.post('/requests/pin', [
      ['id', id],
      ['pinned', 'on'],
      ['back', `/requests/${id}`],
    ])

    expect([on.status, on.headers.get('location')]).toEqual([303, `/silk/requests/${id}`])
    expect(await listed(app, 'pinned=1')).toEqual([id])
    expect(await app.page(`/requests/${id}`)).toMatch(/name="pinned" value="off"[^>]*>Pinned</)
    await app.post('/requests/pin', [
      ['id', id],
      ['pinned', 'off'],
    ])
    expect(await listed(app, 'pinned=1')).toEqual([])
  })

  test('tags it, and takes the tag off; what was tagged is found, shown and told as JSON', async () => {
    const app = await recorded()
    const [id = ''] = app.ids
    await app.post(`/requests/${id}/tags`, [['add', '  slow & odd ']])

    expect(await listed(app, 'tag=slow+%26+odd')).toEqual([id])
    expect(await app.json(`/requests/${id}.json`)).toMatchObject({ tags: ['slow & odd'], pinned: false })
    expect((await app.list('tag=slow+%26+odd'))[0]).toMatchObject({ tags: ['slow & odd'], user: { id: '7' } })
    const list = await app.page('/requests?tag=slow+%26+odd')
    expect(list).toContain('<span class="badge is-tag">slow &amp; odd</span>')
    expect(list).toContain('tag=slow &amp; odd')
    expect(await app.page(`/requests/${id}`)).toContain('/silk/requests?tag=slow+%26+odd')
    await app.post(`/requests/${id}/tags`, [['remove', 'slow & odd']])
    expect(await app.json(`/requests/${id}.json`)).toMatchObject({ tags: [] })
  })

  test.each([
    ['/requests/pin', [['pinned', 'maybe']], 400, 'pinned'],
    ['/requests/pin', [['pinned', 'on']], 400, 'Which requests?'],
    [
      '/requests/pin',
      [
        ['pinned', 'on'],
        ['back', '//evil.example'],
      ],
      400,
      'back',
    ],
    ['/requests/ID/tags', [], 400, 'add'],
    ['/requests/ID/tags', [['add', ' ']], 400, 'a tag of 1 to 60 characters'],
    ['/requests/ID/tags', [['add', 'x'.repeat(61)]], 400, 'a tag of 1 to 60 characters'],
    ['/requests/ID/tags', [['add', 'a\nb']], 400, 'a tag of 1 to 60 characters'],
    ['/requests/none/tags', [['add', 'a']], 404, 'none'],
  ] as const)('is refused: %s %j', async (path, fields, status, told) => {
    const app = await recorded(1)
    const answer = await app.post(path.replace('ID', app.ids[0] ?? ''), fields)

    expect([answer.status, (await answer.text()).includes(told)]).toEqual([status, true])
  })

  test('without the token of a page of ours changes nothing', async () => {
    const app = await recorded(1)
    const [id = ''] = app.ids
    const pin = await app.post(
      '/requests/pin',
      [
        ['id', id],
        ['pinned', 'on'],
      ],
      'x'.repeat(43),
    )
    const tag = await app.post(`/requests/${id}/tags`, [['add', 'a']], 'x'.repeat(43))

    expect([pin.status, tag.status]).toEqual([403, 403])
    expect(await app.json(`/requests/${id}.json`)).toMatchObject({ tags: [], pinned: false })
  })

  test('takes no twenty-first tag', async () => {
    const app = await recorded(1)
    const [id = ''] = app.ids
    for (let at = 0; at < 20; at++) await app.post(`/requests/${id}/tags`, [['add', `tag ${at}`]])
    const answer = await app.post(`/requests/${id}/tags`, [['add', 'one more']])

    expect([answer.status, await answer.text()]).toEqual([409, expect.stringContaining('at most 20 tags')])
    expect(await app.page(`/requests/${id}`)).not.toContain('name="add"')
  })
})

test('the list pins what is selected, and says so', async () => {
  const app = await recorded(3)
  const [first = '', second = ''] = app.ids
  const pinned = await app.post('/requests/pin', [
    ['id', first],
    ['id', second],
    ['pinned', 'on'],
  ])
  const location = pinned.headers.get('location') ?? ''

  expect(location).toBe('/silk/requests?nowPinned=2')
  expect(await (await fetch(app.origin + location)).text()).toContain('2 requests were pinned.')
  expect(await listed(app, 'pinned=1')).toEqual([first, second])
})

test('the page of a request tells who sent it, with the way to all of that user', async () => {
  const app = await recorded(2)
  const page = await app.page(`/requests/${app.ids[0]}`)

  expect(page).toContain('/silk/requests?user=7')
  expect(page).toContain('Ada 1')
  expect(await listed(app, 'user=7')).toHaveLength(2)
})

test('rows that come live pass the filter by tag and user', async () => {
  const app = await recorded(1)
  const cut = new AbortController()
  onTestFinished(() => cut.abort())
  const live = await fetch(`${app.origin}/silk/requests/live?tag=wanted&user=7&after=${app.ids[0]}`, {
    signal: cut.signal,
  })
  const seen: string[] = []
  const reading = (async () => {
    for await (const piece of live.body as unknown as AsyncIterable<Uint8Array>)
      seen.push(new TextDecoder().decode(piece))
  })().catch(() => {})
  await (await fetch(`${app.origin}/?n=unwanted`)).text()
  await (await fetch(`${app.origin}/?n=yes&tag=wanted`)).text()
  await app.profiler.flush()

  await expect.poll(() => seen.join(''), { timeout: 20_000 }).toContain('n=yes')
  expect(seen.join('')).not.toContain('n=unwanted')
  cut.abort()
  await reading
})

test('in a browser, without script: pin, tag, and find it by both', async () => {
  const app = await recorded(2)
  const browser = await launchBrowser()
  onTestFinished(() => browser.close())
  const page = await browser.newPage({ javaScriptEnabled: false })
  await page.goto(`${app.origin}/silk/requests/${app.ids[1]}`)
  await page.getByRole('button', { name: 'Pin', exact: true }).click()
  await page.getByLabel('New tag').fill('to be shown')
  await page.getByRole('button', { name: 'Add tag' }).click()
  await page.getByRole('link', { name: 'to be shown' }).click()
  await page.getByLabel('Pinned').check()
  await page.getByRole('button', { name: 'Apply' }).click()

  const { searchParams } = new URL(page.url())
  expect([searchParams.get('tag'), searchParams.get('pinned')]).toEqual(['to be shown', '1'])
  expect(await page.locator('tbody tr').count()).toBe(1)
  await page.locator('tbody a').first().click()
  await page.getByRole('button', { name: 'Take the tag to be shown off' }).click()
  await page.getByRole('button', { name: 'Pinned' }).click()
  expect(await app.json(`/requests/${app.ids[1]}.json`)).toMatchObject({ tags: [], pinned: false })
})
