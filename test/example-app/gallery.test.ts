import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import silk, { type Profiler } from 'express-silk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gallery } from '../../example-app/gallery/index.js'
import { type Pair, runsOn } from '../../example-app/gallery/pair.js'
import type { FindingKind } from '../../src/model/finding.js'
import { serve } from '../support/capture-harness.js'
import { describeEngines, type Example, startExample } from '../support/example.js'

interface Expected {
  readonly name: string
  readonly kind: FindingKind
  /** Below example-app/gallery; the line to blame ends in `// silk: <kind>`. */
  readonly file: string
}

/** What silk must say about each slow route: this, and no more. About the fast ones nothing. */
const EXPECTED: readonly Expected[] = [
  { name: 'foreign-key', kind: 'n-plus-one', file: 'foreign-key.ts' },
  { name: 'reverse-foreign-key', kind: 'n-plus-one', file: 'reverse-foreign-key.ts' },
  { name: 'many-to-many', kind: 'n-plus-one', file: 'many-to-many.ts' },
  { name: 'columns', kind: 'over-fetch', file: 'columns.ts' },
  { name: 'counting', kind: 'over-fetch', file: 'counting.ts' },
  { name: 'bulk-insert', kind: 'write-loop', file: 'bulk-insert.ts' },
  { name: 'bulk-update', kind: 'write-loop', file: 'bulk-update.ts' },
  { name: 'index', kind: 'missing-index', file: 'database-index.ts' },
  { name: 'raw-sql', kind: 'n-plus-one', file: 'raw-sql.ts' },
  { name: 'cache-in-request', kind: 'duplicate-query', file: 'cache-in-request.ts' },
  { name: 'cache-across-requests', kind: 'repeated-across-requests', file: 'cache-across-requests.ts' },
  { name: 'parallel-reads', kind: 'sequential-queries', file: 'parallel-reads.ts' },
]

const FOUND_LATER: ReadonlySet<FindingKind> = new Set(['repeated-across-requests'])

/** Enough of them for what silk says about many requests of a route. */
const REQUESTS: Readonly<Record<string, number>> = { 'cache-across-requests': 25 }

const WAYS = ['slow', 'fast'] as const
type Way = (typeof WAYS)[number]

interface Finding {
  readonly kind: string
  readonly method: string
  readonly route: string
  readonly callSite: { readonly file: string; readonly line: number } | null
}

test('the gallery has a pair for each expectation, and tells its kind', () => {
  expect(gallery.map(({ name, finding }) => [name, finding])).toEqual(EXPECTED.map(({ name, kind }) => [name, kind]))
})

await describeEngines('The gallery', (engine) => {
  let example: Example
  let profiler: Profiler
  let server: Awaited<ReturnType<typeof serve>>
  let findings: readonly Finding[]
  const answers = new Map<string, { readonly status: number; readonly text: string }>()
  const isRunnable = ({ needs }: Pair): boolean => needs === undefined || needs === engine
  const runnable = gallery.filter(isRunnable)
  const expected = EXPECTED.filter(({ name }) => runnable.some((pair) => pair.name === name))

  async function json<T>(path: string): Promise<T> {
    return (await (await fetch(`${server.origin}${path}`)).json()) as T
  }

  async function ask(pair: Pair, way: Way): Promise<void> {
    const path = `/gallery/${pair.name}/${way}`
    const response = await fetch(`${server.origin}${path}`, { method: pair.method.toUpperCase() })
    answers.set(path, { status: response.status, text: await response.text() })
  }

  /** Presses Explain on the page of each statement that has the button. */
  async function explainAll(): Promise<void> {
    const { items } = await json<{ items: readonly { id: string }[] }>('/silk/statements.json?limit=200')
    for (const { id } of items) {
      const address = `${server.origin}/silk/statements/${id}`
      const page = await fetch(address)
      const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? ''
      const [form = ''] = /<form(?:(?!<form).)*<button>Explain<\/button>/s.exec(await page.text()) ?? []
      const [, token] = /name="_csrf" value="([^"]+)"/.exec(form) ?? []
      if (token === undefined) continue
      const body = new URLSearchParams({ _csrf: token })
      const response = await fetch(address, { method: 'POST', headers: { cookie }, body })
      if (!response.ok) throw new Error(`Explain answered ${response.status}`)
    }
  }

  /** What is found in history comes a while after the requests. */
  async function allFindings(): Promise<readonly Finding[]> {
    const awaited = expected.filter(({ kind }) => FOUND_LATER.has(kind))
    for (const deadline = Date.now() + 20_000; ; await pause(100)) {
      const { items } = await json<{ items: readonly Finding[] }>('/silk/findings.json')
      const isComplete = awaited.every((row) => items.some(({ kind }) => kind === row.kind))
      if (isComplete || Date.now() > deadline) return items
    }
  }

  function foundIn(name: string, way: Way): readonly (readonly [string, string])[] {
    return findings
      .filter(({ route }) => route === `/gallery/${name}/${way}`)
      .map(({ kind, callSite }) => [kind, `${callSite?.file}:${callSite?.line}`])
  }

  beforeAll(async () => {
    // What is slow by itself, or waits for long, a busy machine decides.
    const detect = { slowQuery: false, poolWait: { ms: 2_000 }, longTransaction: { ms: 2_000 } } as const
    profiler = silk({ store: ':memory:', detect })
    example = await startExample(engine, { profiler })
    server = await serve(example.app)
    for (const pair of runnable) {
      for (const way of WAYS) {
        for (let sent = 0; sent < (REQUESTS[pair.name] ?? 1); sent++) await ask(pair, way)
      }
    }
    await profiler.flush()
    await explainAll()
    findings = await allFindings()
  })
  afterAll(async () => {
    await server?.close()
    await profiler?.close()
    await example?.close()
  })

  test.each(runnable.map(({ name }) => [name]))('%s: slow and fast give the same answer', (name) => {
    const slow = answers.get(`/gallery/${name}/slow`)

    expect(slow?.status).toBe(200)
    expect(slow?.text.length).toBeGreaterThan(10)
    expect(answers.get(`/gallery/${name}/fast`)).toEqual(slow)
  })

  describe.each(expected)('$name', ({ name, kind, file }) => {
    test(`slow is found: ${kind}, at the line that says so`, () => {
      expect(foundIn(name, 'slow')).toEqual([[kind, blamedLine(file, kind)]])
    })
  })

  test.each(expected.map(({ name }) => [name]))('%s: about fast silk says nothing', (name) => {
    expect(foundIn(name, 'fast')).toEqual([])
  })

  test('only pairs that make their point on this database have routes', () => {
    expect(gallery.filter((pair) => runsOn(example.db, pair))).toEqual(runnable)
  })

  test('the page at / leads to slow and fast of each pair, and to what silk says', async () => {
    const page = await (await fetch(server.origin)).text()

    for (const pair of gallery) {
      const [slow, fast] = WAYS.map(
        (way) => `${pair.method === 'get' ? 'href' : 'action'}="/gallery/${pair.name}/${way}"`,
      )
      const part = page.split('<li>').find((item) => item.includes(`<h3>${pair.title}</h3>`)) ?? ''
      expect(part).toContain(`<code>${pair.finding}</code>`)
      expect([part.includes(`${slow}`), part.includes(`${fast}`)]).toEqual([isRunnable(pair), isRunnable(pair)])
    }
    const links = [...page.matchAll(/href="(\/[^"]*)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'))
    const statuses = await Promise.all(links.map(async (href) => (await fetch(server.origin + href)).status))
    expect(statuses).toEqual(links.map(() => 200))
  })

  test('the writes are the same too', async () => {
    const tables = { 'bulk-insert': 'stock_counts', 'bulk-update': 'prices' }
    for (const [name, table] of Object.entries(tables)) {
      const pair = gallery.find((other) => other.name === name) as Pair
      await pair.slow(example.db)
      const written = await example.db(table).orderBy('product_id')
      await pair.fast(example.db)

      expect(await example.db(table).orderBy('product_id')).toEqual(written)
    }
  })
})

/** `<file>:<line>` of the only line that ends in `// silk: <kind>`, as call sites name it. */
function blamedLine(file: string, kind: string): string {
  const path = `example-app/gallery/${file}`
  const lines = readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8').split('\n')
  const marked = lines.flatMap((text, index) => (text.endsWith(` // silk: ${kind}`) ? [index + 1] : []))
  if (marked.length !== 1) throw new Error(`${path} has ${marked.length} lines that end in "// silk: ${kind}"`)
  return `${path}:${marked[0]}`
}
