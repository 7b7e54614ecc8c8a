import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import silk from 'express-silk'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serve } from '../support/capture-harness.js'
import { launchBrowser } from '../support/chromium.js'
import { startExample } from '../support/example.js'

/** Three slow routes of three kinds; what is to be seen after one click: the line to blame, and what to write instead. */
const ROUTES = [
  {
    ...{ method: 'GET', path: '/collections/?include=products&load=naive', route: 'GET /collections' },
    ...{ kind: 'n-plus-one', file: 'routes/collections.ts', line: "db<Product>('products')", fix: '.whereIn(' },
  },
  {
    ...{ method: 'GET', path: '/gallery/foreign-key/slow', route: 'GET /gallery/foreign-key/slow' },
    ...{ kind: 'n-plus-one', file: 'gallery/foreign-key.ts', line: '// silk: n-plus-one', fix: '.whereIn(' },
  },
  {
    ...{ method: 'POST', path: '/gallery/bulk-insert/slow', route: 'POST /gallery/bulk-insert/slow' },
    ...{ kind: 'write-loop', file: 'gallery/bulk-insert.ts', line: '// silk: write-loop', fix: '.insert(' },
  },
] as const

const profiler = silk({ store: ':memory:', detect: { slowQuery: false } })
const example = await startExample('SQLite', { profiler })
const server = await serve(example.app)
let browser: Browser

beforeAll(async () => {
  for (const { method, path } of ROUTES) await (await fetch(server.origin + path, { method })).arrayBuffer()
  await profiler.flush()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server.close()
  await profiler.close()
  await example.close()
})

const SIZES = [
  { width: 1440, height: 1000 },
  { width: 390, height: 844 },
]

describe.each(SIZES)('from /silk, at $width × $height, one click leads to the line and the fix', (viewport) => {
  test.each(ROUTES)('of $kind in $path', async ({ route, file, line, fix }) => {
    const page = await browser.newPage({ viewport })
    await page.goto(`${server.origin}/silk`)
    await page.locator('.finds li', { hasText: route }).locator('p a').first().click()
    await page.waitForURL(/\/silk\/requests\//)

    const card = page.locator('.card', { has: page.locator('.l.hit') }).first()
    const hit = card.locator('.l.hit')
    const number = Number(await hit.getAttribute('data-n'))
    const box = await hit.boundingBox()
    const source = readFileSync(fileURLToPath(new URL(`../../example-app/${file}`, import.meta.url)), 'utf8')
    expect(source.split('\n')[number - 1]).toContain(line)
    expect(await hit.innerText()).toContain(source.split('\n')[number - 1]?.trim().slice(0, 30))
    expect((box?.y ?? viewport.height) + (box?.height ?? 0)).toBeLessThan(viewport.height)
    expect(await card.getByRole('region', { name: 'Suggested code' }).innerText()).toContain(fix)
    await page.close()
  })
})
