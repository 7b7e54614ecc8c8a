import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '../support/chromium.js'
import { burn, type ProfiledApp, SECRET, start } from './support.js'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
}, 60_000)
afterAll(() => browser?.close())

function outer(ms: number): void {
  burn(ms / 2)
  inner(ms / 2)
}

function inner(ms: number): void {
  burn(ms)
}

/** An app with one request that was profiled. */
async function startProfiled(): Promise<ProfiledApp & { readonly id: string }> {
  const app = await start({ cpuProfile: { secret: SECRET, perMinute: 100 } }, (express) => {
    express.get('/reports/:id', (_req, res) => {
      outer(120)
      res.json(1)
    })
  })
  await app.get('/reports/1', { 'x-silk-profile': SECRET })
  const [one] = await app.recorded()
  return { ...app, id: one?.id ?? '' }
}

describe('the flamegraph', () => {
  test('is gone into and out of by links, without script', async () => {
    const { origin, id } = await startProfiled()
    const page = await browser.newPage({ javaScriptEnabled: false })
    await page.goto(`${origin}/silk/requests/${id}/cpu-profile`)

    await page.locator('svg.flame a', { hasText: 'inner' }).first().click()
    const crumbs = page.getByRole('navigation', { name: 'Calls that lead here' })
    expect(await crumbs.locator('[aria-current]').innerText()).toBe('inner')
    // What is above the call is not drawn any more.
    expect(await page.locator('svg.flame a', { hasText: 'outer' }).count()).toBe(0)
    await crumbs.getByRole('link', { name: 'outer' }).click()
    expect(await crumbs.locator('[aria-current]').innerText()).toBe('outer')
    await crumbs.getByRole('link', { name: 'whole profile' }).click()
    expect(await crumbs.count()).toBe(0)
    await page.close()
  }, 60_000)

  test('has a table beside it, with the lines, which the editor opens, and the way in', async () => {
    const { origin, id, json } = await startProfiled()
    const page = await browser.newPage()
    await page.goto(`${origin}/silk/requests/${id}/cpu-profile?order=total`)

    const row = page.getByRole('row', { name: /^outer / })
    expect(await row.innerText()).toMatch(/your code[\s\S]*pages\.test\.ts:\d+/)
    const href = await row.getByRole('link', { name: /in the editor/ }).getAttribute('href')
    expect(href).toMatch(/^vscode:\/\/file\/.*\/test\/cpu-profile\/pages\.test\.ts:\d+:\d+$/)
    await row.getByRole('link', { name: 'outer' }).click()
    await page.waitForURL(/frame=\d+/)

    const { functions } = await json(`/requests/${id}/cpu-profile?order=total`)
    const names = functions.map(({ name }: { name: string }) => name)
    expect(names.indexOf('outer')).toBeLessThan(names.indexOf('inner'))
    await page.close()
  }, 60_000)

  test('stands on the page of its request, which others have not', async () => {
    const { origin, id, get } = await startProfiled()
    const plain = (await get('/items/1')).headers.get('x-silk-id')
    const page = await browser.newPage()

    await page.goto(`${origin}/silk/requests/${id}`)
    await page.locator('#cpu svg.flame a').first().click()
    await page.waitForURL(/cpu-profile\?frame=/)

    await page.goto(`${origin}/silk/requests/${plain}`)
    await page.getByRole('button', { name: 'Profile the next GET /items/:id' }).click()
    await page.getByText('Waiting for the next GET /items/:id').waitFor()
    await page.getByRole('button', { name: 'Wait no longer' }).click()
    await page.getByRole('button', { name: 'Profile the next GET /items/:id' }).waitFor()
    await page.close()
  }, 60_000)

  test.each(['frame=x', 'order=name', 'frame=-1'])('refuses an address that makes no sense: %s', async (query) => {
    const { get, id } = await startProfiled()

    expect((await get(`/silk/requests/${id}/cpu-profile?${query}`)).status).toBe(400)
  })
})

describe('speedscope', () => {
  test('shows the profile, from this process alone, under a policy without foreign or inline script', async () => {
    const { origin, id, get } = await startProfiled()
    const page = await browser.newPage()
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(`${origin}/silk/requests/${id}/cpu-profile`)
    await page.getByRole('link', { name: 'Open in speedscope' }).click()

    await page.getByText('GET /reports/1').waitFor({ timeout: 30_000 })
    await page.getByText('Sandwich').click()
    await page.getByText('outer', { exact: true }).waitFor()
    expect(asked.filter((address) => !address.startsWith(origin))).toEqual([])
    expect(asked).toContain(`${origin}/silk/requests/${id}/cpu-profile.cpuprofile`)
    const policy = (await get('/silk/speedscope/index.html')).headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'; script-src 'self';")
    await page.close()
  }, 60_000)

  test.each([
    '/silk/speedscope/file-format-schema',
    '/silk/speedscope/..%2f..%2fpackage.json',
    '/silk/speedscope/release.txt',
    '/silk/speedscope/',
  ])('serves nothing else of its package: %s', async (path) => {
    const { get } = await start()

    expect((await get(path)).status).toBe(404)
  })
})
