import type { Server } from 'node:http'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '../support/chromium.js'
import { fingerprintOf, naiveRecording, REPEATED_SQL } from './support/build-recordings.js'
import { dashboard, host, listen } from './support/dashboard-host.js'
import { memoryStore } from './support/memory-reader.js'

const one = naiveRecording()
const store = memoryStore(naiveRecording(), naiveRecording(), one)
let browser: Browser
let server: Server
let origin = ''

beforeAll(async () => {
  browser = await launchBrowser()
  const listening = await listen(host(dashboard({ store })), '127.0.0.1')
  server = listening.server
  origin = `http://127.0.0.1:${listening.port}`
})
afterAll(async () => {
  await browser?.close()
  server?.close()
})

const paths = [
  '/',
  '/requests',
  '/requests?status=5xx',
  `/requests/${one.recording.id}`,
  `/requests/${one.recording.id}?queries=all`,
  '/statements',
  `/statements/${fingerprintOf(REPEATED_SQL)}`,
  '/findings',
  `/findings/${one.occurrences[0]?.findingKey}`,
  '/settings',
  '/settings/clear',
]

interface Opened {
  readonly page: Page
  /** All that the console, the CSP or a script had to complain of. */
  readonly complaints: readonly string[]
}

async function openIn(context: BrowserContext, path: string): Promise<Opened> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('requestfailed', (request) => complaints.push(request.url()))
  await page.goto(`${origin}/silk${path}`)
  return { page, complaints }
}

async function open(path: string, options: BrowserContextOptions = {}): Promise<Opened> {
  return openIn(await browser.newContext(options), path)
}

describe.each([
  { name: 'light, 1440 px', width: 1440, colorScheme: 'light' as const },
  { name: 'dark, 390 px', width: 390, colorScheme: 'dark' as const },
  { name: 'light, 320 px', width: 320, colorScheme: 'light' as const },
])('$name', ({ width, colorScheme }) => {
  let context: BrowserContext
  beforeAll(async () => {
    context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } })
  })
  afterAll(() => context.close())

  test.each(paths)('%s: a silent console under the CSP, and nothing sticks out sideways', async (path) => {
    const { page, complaints } = await openIn(context, path)
    const contentWidth = await page.evaluate('document.documentElement.scrollWidth')
    await page.close()
    expect({ complaints, contentWidth }).toEqual({ complaints: [], contentWidth: width })
  })
})

test('from the overview, one click shows the offending line within the first screen', async () => {
  const { page } = await open('/', { viewport: { width: 1440, height: 1000 } })
  await page.locator('.finds [data-nav] a').first().click()
  await page.waitForURL(/\/silk\/requests\//)
  const hit = page.locator('.l.hit').first()
  const box = await hit.boundingBox()
  expect(await hit.getAttribute('data-n')).toEqual('79')
  expect((box?.y ?? 1000) + (box?.height ?? 0)).toBeLessThan(1000)
  await page.context().close()
})

test('with script off the same click leads there, and no dead button stands about', async () => {
  const { page } = await open('/', { javaScriptEnabled: false })
  await page.locator('.finds [data-nav] a').first().click()
  await page.waitForURL(/\/silk\/requests\//)
  expect(await page.locator('.l.hit').first().isVisible()).toEqual(true)
  expect(await page.locator('button:visible:not(form button)').count()).toEqual(0)
  await page.context().close()
})

test('the navigation of a narrow page fades out where there is more of it, never over the link that has the focus', async () => {
  const { page } = await open('/', { viewport: { width: 390, height: 800 } })
  const nav = page.getByRole('navigation', { name: 'Main' })
  const maskAt = async (width: number): Promise<string> => {
    await page.setViewportSize({ width, height: 800 })
    return nav.evaluate((element) => getComputedStyle(element).maskImage)
  }
  await nav.getByRole('link', { name: 'Settings' }).focus()
  const [link, whole] = [await nav.getByRole('link', { name: 'Settings' }).boundingBox(), await nav.boundingBox()]
  const restPx = (whole?.x ?? 0) + (whole?.width ?? 0) - (link?.x ?? 0) - (link?.width ?? 0)
  expect(restPx).toBeGreaterThan(30)
  expect(await maskAt(390)).toContain('linear-gradient')
  expect(await maskAt(1440)).toEqual('none')
  await page.context().close()
})

test('the fix is copied as code alone', async () => {
  const { page } = await open(`/requests/${one.recording.id}`, { permissions: ['clipboard-read', 'clipboard-write'] })
  await page.getByRole('button', { name: 'Copy fix' }).click()
  await page.getByText('Copied').first().waitFor()
  expect(await page.evaluate('navigator.clipboard.readText()')).toEqual(one.occurrences[0]?.fix?.code)
  await page.context().close()
})

test('keys search, move through rows, unfold the band, and go to pages', async () => {
  const { page } = await open(`/requests/${one.recording.id}`)
  await page.keyboard.press('u')
  expect(await page.locator('.wf details').first().getAttribute('open')).toEqual('')
  await page.keyboard.press('j')
  expect(await page.evaluate("document.activeElement.closest('[data-nav]') !== null")).toEqual(true)
  await page.keyboard.press('/')
  expect(await page.evaluate('document.activeElement.type')).toEqual('search')
  await page.keyboard.press('Escape')
  await page.keyboard.press('g')
  await page.keyboard.press('s')
  await page.waitForURL(/\/silk\/statements$/)
  await page.context().close()
})

test('keys that were switched off in the settings do nothing', async () => {
  const { page } = await open('/settings')
  await page.getByRole('button', { name: 'Switch single keys off' }).click()
  await page.getByRole('button', { name: 'Switch single keys on' }).waitFor()
  await page.keyboard.press('/')
  expect(await page.evaluate('document.activeElement.type')).not.toEqual('search')
  await page.context().close()
})

// Last in the file: it empties the store.
test.each([true, false])('everything is cleared after a page that asks, script: %s', async (javaScriptEnabled) => {
  store.stored.push(naiveRecording())
  const { page } = await open('/settings', { javaScriptEnabled })
  await page.getByRole('link', { name: /Clear all recordings/ }).click()
  await page.getByRole('button', { name: /^Delete \d+ recordings?$/ }).click()
  await page.getByText(/were deleted|was deleted/).waitFor()
  expect(store.stored.length).toEqual(0)
  await page.context().close()
})
