import { gzipSync } from 'node:zlib'
import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '../support/chromium.js'
import { pagesOf, type RecordedExample, startRecordedExample } from './support/recorded-example.js'

const example: RecordedExample = await startRecordedExample()
const pages = await pagesOf(example)
let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await example.close()
})

/** Opens a page, and notes all that the console, the CSP or a script has to complain of. */
async function open(context: BrowserContext, path: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await context.newPage()
  const complaints: string[] = []
  const isOwnAnswer = (text: string): boolean => /status of (?:400|404)/.test(text)
  page.on('console', (message) => isOwnAnswer(message.text()) || complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('requestfailed', (request) => complaints.push(request.url()))
  await page.goto(`${example.origin}/silk${path}`)
  return { page, complaints }
}

interface AxeResult {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

const ALL_RULES = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }
/** The only rule for which it matters whether the page is light or dark. */
const COLOURS = { type: 'rule', values: ['color-contrast'] }

/** On a busy machine axe takes its time for a page with hundreds of lines of code, all unfolded. */
const SLOW_MS = 180_000

/** What axe has against the page, one line for each place. */
async function violations(page: Page, runOnly: object): Promise<readonly string[]> {
  const options = JSON.stringify({ runOnly, resultTypes: ['violations'] })
  const found: readonly AxeResult[] = await page.evaluate(`axe.run(document, ${options}).then((all) => all.violations)`)
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)}: ${failureSummary}`),
  )
}

describe.each([{ width: 1440 }, { width: 390 }])('at $width px', ({ width }) => {
  let context: BrowserContext
  beforeAll(async () => {
    context = await browser.newContext({ colorScheme: 'light', viewport: { width, height: 900 } })
  })
  afterAll(() => context.close())

  test.each(pages)(
    '$name: axe finds nothing, light or dark; a silent console; nothing sticks out',
    async ({ path }) => {
      const { page, complaints } = await open(context, path)
      await page.evaluate("for (const folded of document.querySelectorAll('main details')) folded.open = true")
      await page.evaluate(axe.source)
      const light = await violations(page, ALL_RULES)
      await page.emulateMedia({ colorScheme: 'dark' })
      const dark = await violations(page, COLOURS)
      const contentWidth = await page.evaluate('document.documentElement.scrollWidth')
      await page.close()
      expect({ light, dark, complaints, contentWidth }).toEqual({
        light: [],
        dark: [],
        complaints: [],
        contentWidth: width,
      })
    },
    SLOW_MS,
  )
})

/** Whether the page is drawn dark. */
const IS_DARK = "getComputedStyle(document.documentElement).getPropertyValue('color-scheme') === 'dark'"

describe('a theme', () => {
  test.each([true, false])(
    'is chosen in the settings and holds on every page, script: %s',
    async (javaScriptEnabled) => {
      const context = await browser.newContext({ colorScheme: 'light', javaScriptEnabled })
      const { page } = await open(context, '/settings')
      await page.getByRole('button', { name: 'dark', exact: true }).click()
      await page.waitForURL(/settings#theme$/)
      const elsewhere = await open(context, '/nowhere')
      expect(await elsewhere.page.locator('html').getAttribute('data-theme')).toEqual('dark')
      if (javaScriptEnabled) expect(await elsewhere.page.evaluate(IS_DARK)).toEqual(true)
      await page.getByRole('button', { name: 'as the system' }).click()
      await page.waitForURL(/settings#theme$/)
      expect(await page.locator('html').getAttribute('data-theme')).toEqual(null)
      await context.close()
    },
  )
})

describe('the keys', () => {
  test('are shown by ?, and nothing behind them moves until they are closed', async () => {
    const context = await browser.newContext()
    const { page } = await open(context, '')
    await page.keyboard.press('?')
    const dialog = page.getByRole('dialog', { name: 'Keys' })
    await dialog.waitFor()
    await page.keyboard.press('j')
    expect(await page.evaluate("document.activeElement.closest('dialog') !== null")).toEqual(true)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    await context.close()
  })

  test('move to rows and open them, from wherever the focus is', async () => {
    const context = await browser.newContext()
    const { page } = await open(context, '/requests')
    await page.locator('[data-nav] a').nth(2).focus()
    await page.keyboard.press('j')
    const next = await page.locator('[data-nav] a').nth(3).getAttribute('href')
    expect(await page.evaluate('document.activeElement.getAttribute("href")')).toEqual(next)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${example.origin}${next}`)
    await context.close()
  })

  test('are all that is needed from the start of a page to its content', async () => {
    const context = await browser.newContext()
    const { page } = await open(context, '/requests')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toEqual('Skip to content')
    await page.keyboard.press('Enter')
    expect(page.url()).toMatch(/#main$/)
    await context.close()
  })
})

test('a page that takes its time shows that it is on its way, until it is there', async () => {
  const context = await browser.newContext()
  const { page } = await open(context, '')
  await page.evaluate(`
    const main = document.querySelector('main')
    const note = () => sessionStorage.setItem('busy', main.getAttribute('aria-busy'))
    new MutationObserver(note).observe(main, { attributeFilter: ['aria-busy'] })`)
  await page.route('**/silk/statements', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await route.continue()
  })
  await page.getByRole('link', { name: 'Statements', exact: true }).click()
  await page.waitForURL(/statements$/)
  expect(await page.evaluate("sessionStorage.getItem('busy')")).toEqual('true')
  expect(await page.locator('main[aria-busy="true"]').count()).toEqual(0)
  await context.close()
})

describe('without script', () => {
  test.each(pages)('$name can be read: what it tells is there, and no button that does nothing', async ({ path }) => {
    const plain = await browser.newContext({ javaScriptEnabled: false })
    const { page } = await open(plain, path)
    expect((await page.getByRole('main').innerText()).length).toBeGreaterThan(40)
    expect(await page.locator('button[type="button"]:visible').count()).toEqual(0)
    await plain.close()
  })
})

describe.each(pages)('$name', ({ path }) => {
  test('has one heading of the first level, landmarks, and names that tell its parts apart', async () => {
    const context = await browser.newContext({ viewport: { width: 1920, height: 1000 } })
    const { page } = await open(context, path)
    expect(await page.locator('h1').count()).toEqual(1)
    expect(await page.getByRole('main').count()).toEqual(1)
    expect(await page.getByRole('navigation', { name: 'Main' }).count()).toEqual(1)
    expect(await page.locator('table:not(:has(caption))').count()).toEqual(0)
    expect(await page.locator('th:not([scope])').count()).toEqual(0)
    await context.close()
  })

  test('ships less than 100 kB compressed, with all that it loads', async () => {
    const html = await (await fetch(`${example.origin}/silk${path}`)).text()
    const assets = [...html.matchAll(/(?:src|href)="([^"]*\/assets\/[^"]+)"/g)].map(([, address]) => address ?? '')
    const bodies = await Promise.all(
      [...new Set(assets)].map(async (address) => (await fetch(new URL(address, example.origin))).text()),
    )
    const compressed = [html, ...bodies].reduce((sum, body) => sum + gzipSync(body).length, 0)
    expect(assets.length).toBeGreaterThan(2)
    expect(compressed).toBeLessThan(100_000)
  })
})
