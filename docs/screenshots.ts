/** Makes the pictures of the docs anew, from the built package: `npm run docs:screenshots`. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import silk from 'express-silk'
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

const db = connect(undefined)
await createSchema(db)
await seed(db)
const profiler = silk({ store: ':memory:' })
const server = createApp({ db, profiler }).listen(0)
await once(server, 'listening')
const origin = `http://localhost:${(server.address() as AddressInfo).port}`
// Warm code shows the times of a running app, not those of its first requests.
for (let round = 0; round < 20; round++) for (const path of TRAFFIC) await (await fetch(origin + path)).text()
await profiler.flush()

const browser = await launchBrowser()
const page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, colorScheme: 'light' })
await page.goto(`${origin}/silk`)
await shoot('overview')
await page.getByRole('listitem').filter({ hasText: 'N+1' }).getByRole('link').first().click()
await page.waitForURL(/requests/)
await shoot('request')

await browser.close()
server.close()
server.closeAllConnections()
await profiler.close()
await db.destroy()

async function shoot(name: string): Promise<void> {
  await page.screenshot({ path: fileURLToPath(new URL(`./${name}.png`, import.meta.url)) })
}
