import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '../support/chromium.js'
import { NAIVE, SECRET, startRecordedExample } from './support/recorded-example.js'

const example = await startRecordedExample()
const { origin, json } = example
let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await example.close()
})

/** The id of the newest recording of an address. */
async function idOf(url: string): Promise<string> {
  const { items } = await json('/requests')
  return items.find((item: { request: { url: string } | null }) => item.request?.url === url).id
}

async function open(path: string): Promise<Page> {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await context.newPage()
  await page.goto(`${origin}/silk${path}`)
  return page
}

describe('the page of a request', () => {
  test('draws each transaction as a bracket over its queries, and says how it ended', async () => {
    const page = await open(`/requests/${await idOf('/mixed')}`)
    expect(await page.locator('.wf .bracket .lab').allInnerTexts()).toEqual([
      expect.stringMatching(/^T1\s+transaction of 1 query, committed$/),
      expect.stringMatching(/^T2\s+transaction of 1 query, committed$/),
    ])
    expect(await page.locator('.wf .f-wait').count()).toBeGreaterThan(0)
    await page.context().close()
  })

  test('sets spans in by their depth, each further than the one around it, and tells a deep one by its number', async () => {
    const page = await open(`/requests/${await idOf('/reports')}`)
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 })
      const rows = page.locator('.wf .span .lab').filter({ hasText: /build \d/ })
      const lefts: readonly number[] = await rows.evaluateAll((labels) =>
        labels.map((label) => Number.parseFloat(getComputedStyle(label).paddingLeft)),
      )
      expect(lefts).toHaveLength(8)
      expect(lefts).toEqual([...new Set(lefts)].sort((one, other) => one - other))
    }
    const numbers = await page.locator('.wf .depth').allInnerTexts()
    expect(numbers.map((text) => text.replace(/\s+/g, ' '))).toEqual(['depth 7', 'depth 8'])
    await page.context().close()
  })

  test('tells in full why a query failed', async () => {
    const page = await open(`/requests/${await idOf('/mixed')}`)
    expect(await page.locator('.wf-err').innerText()).toEqual('no such column: nowhere')
    await page.context().close()
  })

  test('copies SQL that runs, with its values', async () => {
    const page = await open(`/requests/${await idOf('/mixed')}?queries=all`)
    const row = page.locator('tr', { hasText: 'select `id` from `products`' })
    await row.getByText('SQL to run').click()
    await row.getByRole('button', { name: 'Copy' }).click()
    await row.getByText('Copied').waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toEqual(
      "select `id` from `products` where `name` = 'O''Neil';",
    )
    await page.context().close()
  })

  test('names what was masked in SQL to run, and never shows it', async () => {
    const address = `${origin}/silk/requests/${await idOf('/mixed')}?queries=all`
    const html = await (await fetch(address)).text()
    expect(html).toContain('`password_hash` = :password_hash limit 1;')
    expect(html).toContain('Not kept as sent, put in your own: <code>:password_hash</code>')
    expect(html).not.toContain(SECRET)
  })

  test('tells from which lines of the app a query came', async () => {
    const page = await open(`/requests/${await idOf('/mixed')}?queries=all`)
    const row = page.locator('tr', { hasText: 'count(*)' })
    await row.getByText('Called from').click()
    expect(await row.locator('.frames li').allInnerTexts()).toEqual([expect.stringMatching(/recorded-example\.ts:\d+/)])
    await page.context().close()
  })

  test('leads from a call site into the editor, by a link and by e', async () => {
    const page = await open(`/requests/${await idOf(NAIVE)}`)
    const link = page.getByRole('link', { name: 'Open collections.ts:79 in the editor' }).first()
    const href = (await link.getAttribute('href')) ?? ''
    const [, file = '', line] = /^vscode:\/\/file(\/.+):(\d+):\d+$/.exec(href) ?? []
    const lines = (await readFile(resolve('/', decodeURI(file)), 'utf8')).split('\n')
    expect(lines[Number(line) - 1]).toContain("db<Product>('products').where('collection_id', collection.id)")
    await page.evaluate(`
      window.opened = null
      document.addEventListener('click', (event) => {
        window.opened = event.target.closest('a').getAttribute('href')
        event.preventDefault()
      })`)
    await page.keyboard.press('e')
    expect(await page.evaluate('window.opened')).toEqual(href)
    await page.context().close()
  })

  test('shows the queries of one statement in order', async () => {
    const page = await open(`/requests/${await idOf(NAIVE)}`)
    await page.locator('.wf summary').first().click()
    await page.getByRole('link', { name: 'All 50 in order, with bindings' }).click()
    await page.waitForURL(/statement=/)
    expect(await page.locator('#queries tbody tr').count()).toEqual(50)
    await page.getByRole('link', { name: 'Of all statements' }).click()
    await page.waitForURL((url) => !url.search.includes('statement='))
    expect(await page.locator('#queries tbody tr').count()).toEqual(51)
    await page.context().close()
  })

  test('says what is wrong with an address', async () => {
    const answer = await fetch(`${origin}/silk/requests/${await idOf(NAIVE)}.json?queries=some`)
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('The parameter \\"queries\\" has the value \\"some\\"; allowed: grouped, all.'),
    ])
  })
})

describe('of 10,000 queries', () => {
  test('the page is a small one, and the JSON has them all', async () => {
    await (await fetch(`${origin}/many/10000`)).arrayBuffer()
    await example.profiler.flush()
    const id = await idOf('/many/10000')
    const [page, inOrder, whole] = await Promise.all([
      fetch(`${origin}/silk/requests/${id}`).then((answer) => answer.text()),
      fetch(`${origin}/silk/requests/${id}?queries=all&from=9900`).then((answer) => answer.text()),
      json(`/requests/${id}`),
    ])
    expect(page.length).toBeLessThan(100_000)
    expect(inOrder).toContain('9,901 – 10,000 of 10,000')
    expect(whole.queries.length).toEqual(10_000)
    expect(whole.queries.at(-1).bindings).toEqual([10_000, 1])
  })
})
