/** Makes the pictures of the docs anew, from the built package: `npm run docs:screenshots`. */
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import silk from 'express-silk'
import type { Browser, Page } from 'playwright-core'
import { createApp } from '../example-app/app.js'
import { connect, createSchema } from '../example-app/database.js'
import { seed } from '../example-app/seed.js'
import { launchBrowser } from '../test/support/chromium.js'

const NAIVE = '/collections/?include=products&load=naive'
const TRAFFIC = [
  NAIVE,
  '/collections/1/',
  '/products/?limit=20',
  NAIVE,
  '/collections/?include=products&load=eager',
  NAIVE,
]
const SIZE = { width: 1440, height: 1000 }
/** Of the pictures of single pages, which nobody reads letter by letter. */
const SCALE = 0.75

interface Listed {
  readonly items: readonly {
    readonly id: string
    readonly key: string
    readonly request: { readonly url: string } | null
  }[]
}

const db = connect(undefined)
await createSchema(db)
await seed(db)
const PROFILE_SECRET = 'a-secret-of-the-pictures'
const profiler = silk({ store: ':memory:', editor: 'vscode', cpuProfile: { secret: PROFILE_SECRET } })
const server = createApp({ db, profiler }).listen(0)
await once(server, 'listening')
const origin = `http://localhost:${(server.address() as AddressInfo).port}`
// Warm code shows the times of a running app, not those of its first requests.
for (let round = 0; round < 20; round++) {
  if (round === 19) await (await fetch(origin + NAIVE, { headers: { 'x-silk-profile': PROFILE_SECRET } })).text()
  for (const path of TRAFFIC) await (await fetch(origin + path)).text()
}
for (let night = 0; night < 8; night++) await silk.record('nightly report', report)
await profiler.flush()

const browser = await launchBrowser()
await shootReadme(browser)
await shootPages(browser)
await browser.close()
server.close()
server.closeAllConnections()
await profiler.close()
await db.destroy()

/** A job, with spans. */
async function report(): Promise<void> {
  await silk.span('load products', () => db('products').select('id', 'collection_id').limit(400))
  await silk.span('totals of collections', async () => {
    for (const id of [1, 2, 3]) {
      await silk.span('one collection', () => db('products').where({ collection_id: id }).count(), { tags: { id } })
    }
  })
}

/** The two pictures at the top: how one gets from the overview to the line. */
async function shootReadme(browser: Browser): Promise<void> {
  const page = await browser.newPage({ viewport: SIZE, colorScheme: 'light' })
  await page.goto(`${origin}/silk`)
  await page.screenshot({ path: file('overview.png') })
  await page.getByRole('listitem').filter({ hasText: 'N+1' }).getByRole('link').first().click()
  await page.waitForURL(/requests/)
  await page.screenshot({ path: file('request.png') })
  await page.close()
}

/** One picture of each page: light on its left, dark on its right. A page that is new is a line here and in pages.md. */
async function shootPages(browser: Browser): Promise<void> {
  const [requests, statements, findings] = await Promise.all([list('requests'), list('statements'), list('findings')])
  const naive = requests.items.find(({ request }) => request?.url === NAIVE)?.id
  const addresses: Readonly<Record<string, string>> = {
    overview: '',
    requests: '/requests',
    request: `/requests/${naive}`,
    queries: `/requests/${naive}?queries=all#queries`,
    'cpu-profile': `/requests/${await profiledId()}/cpu-profile`,
    statements: '/statements',
    statement: `/statements/${statements.items[0]?.id}`,
    findings: '/findings',
    finding: `/findings/${findings.items[0]?.key}`,
    compare: `/compare?a=${naive}&b=${requests.items.find(({ request }) => request?.url.includes('load=eager'))?.id}`,
    profiling: '/profiling',
    'span-runs': '/profiling/runs?sort=-duration',
    health: '/health',
    settings: '/settings',
  }
  rmSync(file('pages'), { recursive: true, force: true })
  mkdirSync(file('pages'))
  const page = await browser.newPage({ viewport: SIZE })
  for (const [name, address] of Object.entries(addresses)) await shootBoth(page, `${origin}/silk${address}`, name)
  await page.close()
}

async function profiledId(): Promise<string | undefined> {
  const { items } = (await (await fetch(`${origin}/silk/cpu-profiles.json`)).json()) as {
    readonly items: readonly { readonly recording: { readonly id: string } }[]
  }
  return items[0]?.recording.id
}

async function shootBoth(page: Page, address: string, name: string): Promise<void> {
  await page.goto(address)
  const half = { x: 0, y: 0, ...SIZE, width: SIZE.width / 2 }
  const pictures: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const clip = colorScheme === 'light' ? half : { ...half, x: half.width }
    pictures.push((await page.screenshot({ clip })).toString('base64'))
  }
  const images = pictures.map((data) => `<img src="data:image/png;base64,${data}" width="${half.width * SCALE}">`)
  const joined = await browser.newPage()
  await joined.setViewportSize({ width: SIZE.width * SCALE, height: SIZE.height * SCALE })
  await joined.setContent(`<body style="margin:0;display:flex">${images.join('')}</body>`)
  await joined.screenshot({ path: file(`pages/${name}.jpg`), type: 'jpeg', quality: 72 })
  await joined.close()
}

async function list(name: string): Promise<Listed> {
  return (await (await fetch(`${origin}/silk/${name}.json`)).json()) as Listed
}

function file(name: string): string {
  return fileURLToPath(new URL(`./${name}`, import.meta.url))
}
