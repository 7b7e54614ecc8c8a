import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import silk, { type Profiler } from 'express-silk'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serve } from './support/capture-harness.js'
import { launchBrowser } from './support/chromium.js'
import { describeEngines, type Example, startExample } from './support/example.js'

const ROUTES_FILE = 'example-app/routes/collections.ts'
const MODES = ['naive', 'naive-parallel', 'eager', 'join'] as const

/** The line, as a person finds it: the query on products in the function of this name. */
function productsLine(functionName: string): number {
  return lineAfter(`function ${functionName}(`, "db<Product>('products')")
}

function lineAfter(start: string, text: string): number {
  const source = readFileSync(fileURLToPath(new URL(`../${ROUTES_FILE}`, import.meta.url)), 'utf8').split('\n')
  const startIndex = source.findIndex((line) => line.includes(start))
  return source.findIndex((line, index) => index > startIndex && line.includes(text)) + 1
}

const NAIVE_LINE = productsLine('loadNaive')
const PARALLEL_LINE = productsLine('loadNaiveParallel')
/** Where the builder of the join is made. */
const JOIN_LINE = lineAfter('function loadJoin(', ".from(query.as('collections'))")

interface Recording {
  readonly id: string
  readonly queryCount: number
  readonly request: { readonly method: string; readonly url: string; readonly route: string }
  readonly occurrences: readonly {
    readonly kind: string
    readonly message: string
    readonly count: number
    readonly callSite: { readonly file: string; readonly line: number }
    readonly parent: { readonly statement: string; readonly rowCount: number }
    readonly fix: { readonly summary: string }
  }[]
}

await describeEngines('The main job', (engine) => {
  let example: Example
  let profiler: Profiler
  let server: Awaited<ReturnType<typeof serve>>
  let browser: Browser
  const bodies = new Map<string, string>()
  const recordings = new Map<string, Recording>()

  async function json<T>(path: string): Promise<T> {
    const response = await fetch(`${server.origin}${path}`)
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  beforeAll(async () => {
    // Whether a query is slow, a busy machine decides.
    profiler = silk({ store: ':memory:', detect: { slowQuery: false } })
    example = await startExample(engine, { profiler })
    server = await serve(example.app)
    browser = await launchBrowser()
    for (const mode of MODES) {
      const response = await fetch(`${server.origin}/collections/?include=products&load=${mode}`)
      bodies.set(mode, await response.text())
    }
    await profiler.flush()
    const { items } = await json<{ items: Recording[] }>('/silk/requests.json')
    for (const mode of MODES) {
      const item = items.find(({ request }) => request.url.endsWith(`load=${mode}`))
      recordings.set(mode, await json<Recording>(`/silk/requests/${item?.id}.json`))
    }
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await profiler?.close()
    await example?.close()
  })

  test('the four ways to load give the same answer', () => {
    expect(JSON.parse(bodies.get('naive') ?? '')).toHaveLength(50)
    for (const mode of MODES) expect(bodies.get(mode)).toBe(bodies.get('naive'))
  })

  test('they are recorded with 51, 51, 2 and 1 queries', () => {
    expect(MODES.map((mode) => recordings.get(mode)?.queryCount)).toEqual([51, 51, 2, 1])
    expect(MODES.map((mode) => recordings.get(mode)?.request.route)).toEqual(Array(4).fill('/collections'))
  })

  test.each([
    ['naive', NAIVE_LINE],
    ['naive-parallel', PARALLEL_LINE],
  ])('%s has one N+1, at the exact line of the loop’s query', (mode, line) => {
    const occurrences = recordings.get(mode)?.occurrences ?? []

    expect(occurrences).toHaveLength(1)
    expect(occurrences[0]).toMatchObject({
      kind: 'n-plus-one',
      message: '50 of 51 queries are the same statement, one per row of `collections`',
      count: 50,
      callSite: { file: ROUTES_FILE, line },
      parent: { rowCount: 50, statement: 'select * from collections order by id asc' },
      fix: { summary: expect.stringContaining("whereIn('collection_id', …)`: 2 queries instead of 51") },
    })
  })

  test('eager has none', () => {
    expect(recordings.get('eager')?.occurrences).toEqual([])
  })

  test('join has no loop; that its 1,000 rows have no limit is all there is to say', () => {
    expect(recordings.get('join')?.occurrences).toMatchObject([
      { kind: 'unbounded-result', count: 1, callSite: { file: ROUTES_FILE, line: JOIN_LINE } },
    ])
  })

  test('the overview names route, sentence, file and line, and shows the line itself', async () => {
    const page = await browser.newPage()
    await page.goto(`${server.origin}/silk`)

    const text = await page.getByRole('main').innerText()
    await page.close()

    expect(text).toContain('GET /collections')
    expect(text).toContain('50 of 51 queries are the same statement, one per row of collections')
    expect(text).toContain(`collections.ts:${NAIVE_LINE}`)
    expect(text).toContain("db<Product>('products').where('collection_id', collection.id)")
  })

  test('one click leads from the overview to the offending line, lit, with its fix', async () => {
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(`${server.origin}/silk`)

    await page
      .locator('li', { hasText: `collections.ts:${NAIVE_LINE}` })
      .getByRole('link')
      .first()
      .click()
    await page.waitForURL(/\/silk\/requests\//)
    const lit = await page.locator('pre.code .hit').first().innerText()
    const text = await page.getByRole('main').innerText()
    await page.close()

    expect(lit).toContain("await db<Product>('products').where('collection_id', collection.id)")
    expect(text).toContain('whereIn')
    expect(complaints).toEqual([])
  })

  test('the statement’s page tells its calls and where they come from', async () => {
    const { items } = await json<{ items: { id: string; text: string; calls: number }[] }>('/silk/statements.json')
    const statement = items.find(({ text }) => text.includes('where collection_id = ?'))
    const page = await browser.newPage()
    await page.goto(`${server.origin}/silk/statements/${statement?.id}`)

    const text = await page.getByRole('main').innerText()
    await page.close()

    expect(statement?.calls).toBe(100)
    expect(text).toContain(`collections.ts:${NAIVE_LINE}`)
    expect(text).toContain(`collections.ts:${PARALLEL_LINE}`)
  })
})
