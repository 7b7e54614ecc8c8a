import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSqliteStore } from '#dist/store/sqlite-store.js'
import { createDashboard } from '../../src/dashboard/dashboard.js'
import type { RecordedBody } from '../../src/model/body.js'
import type { CallSite } from '../../src/model/call-site.js'
import type { AnalyzedRecording } from '../../src/model/finding.js'
import { type RecordedSpan, SPAN_KINDS } from '../../src/model/span.js'
import type { Store } from '../../src/model/store.js'
import { sampleProfile } from '../cpu-profile/sample-profile.js'
import { callSite, fingerprintOf, nPlusOne, query, recording } from '../dashboard/support/build-recordings.js'
import { host, listen } from '../dashboard/support/dashboard-host.js'
import { launchBrowser } from '../support/chromium.js'
import { PAYLOADS } from './support/payloads.js'

/** Together in one text, so that pages of one thing show them all too. */
const GROUP = 100
const joined = Array.from({ length: PAYLOADS.length / GROUP }, (_, at) =>
  PAYLOADS.slice(at * GROUP, (at + 1) * GROUP).join(' '),
)

function bodyOf(text: string): RecordedBody {
  return { type: text, bytes: text.length, format: 'text', text, truncated: true, omitted: null }
}

/** As a client sends it: the page lays it out as JSON, with the text in names and values, and not as JSON alone. */
function sentBody(text: string): RecordedBody {
  const json = `${JSON.stringify({ [text]: text, list: [text, { [text]: 1 }] })}${text}`
  return { type: 'application/json', bytes: json.length, format: 'json', text: json, truncated: true, omitted: null }
}

/** Spans of each kind, with a text in all that they have. */
function spansOf(text: string, site: CallSite): readonly RecordedSpan[] {
  return SPAN_KINDS.map((kind, index) => ({
    ...{ index, kind, parentIndex: index === 0 ? null : 0, name: text, startMs: index, durationMs: 1, ownMs: 1 },
    ...{ queryCount: 1, sqlMs: 1, error: text, tags: { [text]: text }, callSite: site },
  }))
}

/** A recording with a text wherever a recording has a text of the app. */
function hostile(text: string, at: number): AnalyzedRecording {
  const site = callSite({ file: `src/${text}.ts`, function: text })
  const queries = Array.from({ length: 3 }, (_, index) =>
    query({
      ...{ index, statement: `select '${text}', ${at}`, bindings: [text, index], connection: text },
      ...{ transactionId: index === 2 ? text : null, error: index === 1 ? text : null, callSite: site },
    }),
  )
  // Each of a millisecond of its own, as the store wants it.
  const time = (0x01_93_2f_00_00_00 + at).toString(16).padStart(12, '0')
  const made = recording({
    id: `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000001`,
    queries,
    // A label is of one line, and of 80 characters.
    session: text.replace(/[\p{Cc}\u2028\u2029]/gu, '').slice(0, 80),
    request: {
      ...{ method: text, url: `/x?${text}`, path: `/x${text}`, route: `/${text}` },
      headers: { [text]: text },
      body: sentBody(text),
    },
    response: { status: 500, headers: { 'content-type': text, 'set-cookie': [text, text] }, body: bodyOf(text) },
    error: { class: text, message: text, stack: [text, text], callSite: site },
    cpuProfile: sampleProfile([
      { name: text, url: `src/${text}.ts`, line: 3, ms: 50, calls: [{ name: text, url: text, line: 1, ms: 50 }] },
    ]),
    tags: [text],
    user: { id: text, name: text },
    spans: spansOf(text, site),
    spanSums: [{ kind: 'http', name: text, count: 2, totalMs: 1 }],
  })
  const occurrence = nPlusOne(made, {
    findingKey: `${at}`.padStart(32, 'f'),
    message: `${text} \`${text}\``,
    statements: [`select '${text}', ${at}`],
    fingerprints: [fingerprintOf(`select '${text}', ${at}`)],
    callSite: site,
    savingBasis: text,
    fix: { summary: `${text} \`${text}\``, code: `const a = \`${text}\n` },
  })
  return { recording: made, occurrences: [occurrence] }
}

const folder = mkdtempSync(join(tmpdir(), 'silk-xss-'))
const single = PAYLOADS.map((text, at) => hostile(text, at))
const together = joined.map((text, at) => hostile(text, 1_000 + at))
/** All of them in one recording: each query has a text of its own. */
const long = hostile(joined[0] ?? '', 2_000)
const many: AnalyzedRecording = {
  ...long,
  recording: {
    ...long.recording,
    queries: single
      .flatMap(({ recording: { queries } }) => queries.slice(0, 1))
      .map((one, index) => ({ ...one, index })),
  },
}

let store: Store
let browser: Browser
/** Without the policy, which would hide what a page lets through. */
let open: BrowserContext
let underPolicy: BrowserContext
let server: Server
let origin = ''
beforeAll(async () => {
  store = openSqliteStore({
    file: join(folder, 'silk.db'),
    retentionCount: 10_000,
    onWarning: (error) => expect.fail(error.message),
  })
  for (const one of [...single, ...together, many]) store.writer.push(one)
  await store.writer.flush()
  expect((await store.reader.status()).recordingCount).toBe(single.length + together.length + 1)
  const dashboard = createDashboard({
    ...{ reader: store.reader, writer: store.writer, projectRoot: folder, version: '<b>1</b>' },
    access: { authorize: null, allowFrom: [], production: false },
    settings: PAYLOADS.slice(0, 60).map((value) => ({ name: value, value, origin: 'code' as const })),
    reasonNotKept: () => null,
    cpuProfiling: {
      await: async () => {},
      cancel: async () => {},
      state: () => ({
        awaited: PAYLOADS.slice(0, 50).map((route) => ({ method: route, route, trigger: 'slow' as const, since: 0 })),
        counts: { taken: 1, busy: 1, limited: 1, overloaded: 1, failed: 1, otherRoute: 1, tooLarge: 1 },
        askedBy: { header: PAYLOADS[0] ?? '', query: PAYLOADS[1] ?? '' },
        slowerThanMs: 1,
      }),
    },
    health: () => ({
      ...{ pid: 1, startedAt: 0, madeCount: 1, madeMs: 1 },
      choices: { ignored: 0, notAsked: 0, notSampled: 0, notWanted: 0, notKept: 0 },
      load: { level: 0, steps: [], left: { stacks: 0, bindings: 0, bodies: 0, requests: 0 } },
      troubles: PAYLOADS.map((message) => ({ message, doing: message, count: 1, firstAt: 0, lastAt: 0 })),
    }),
    onError: (error) => expect.fail(String(error)),
  } as Parameters<typeof createDashboard>[0])
  browser = await launchBrowser()
  open = await browser.newContext({ bypassCSP: true })
  underPolicy = await browser.newContext()
  const listening = await listen(host(dashboard), '127.0.0.1')
  server = listening.server
  origin = `http://127.0.0.1:${listening.port}`
})
afterAll(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
  await store?.writer.close()
  rmSync(folder, { recursive: true, force: true })
})

const about = (one: AnalyzedRecording | undefined): readonly string[] => {
  const { recording: of, occurrences } = one ?? many
  const statement = fingerprintOf(of.queries[0]?.statement ?? '')
  return [
    `/requests/${of.id}`,
    `/requests/${of.id}?queries=all`,
    `/requests/${of.id}/cpu-profile`,
    `/requests/${of.id}/cpu-profile?frame=3&order=total`,
    `/statements/${statement}`,
    `/findings/${occurrences[0]?.findingKey}`,
  ]
}

const asked = encodeURIComponent(PAYLOADS.slice(0, 40).join(' '))
const PATHS: readonly string[] = [
  '/',
  '/?session=(none)',
  ...['', '&before=', '&after='].map((part) => `/requests?limit=100${part && `${part}${single[150]?.recording.id}`}`),
  '/statements?limit=100',
  '/statements?limit=100&sort=text',
  '/findings?limit=100',
  ...together.flatMap(about),
  ...about(many),
  `/compare?a=${single[3]?.recording.id}&b=${together[1]?.recording.id}`,
  '/compare',
  '/profiling?limit=100',
  `/requests/${many.recording.id}/replay`,
  '/health',
  '/settings',
  '/settings/clear',
  '/cpu-profiles',
  `/requests?q=${asked}&route=${asked}&table=${asked}&method=${asked}&status=${asked}`,
  `/statements?q=${asked}`,
  `/findings?route=${asked}&kind=${asked}`,
  `/compare?a=${asked}&b=${asked}`,
  `/?window=${asked}&session=${asked}`,
  `/${asked}`,
  `/requests/${asked}`,
]

/** Pages of which it is known that the texts are on them. */
const SHOWING: ReadonlySet<string> = new Set([
  ...together.flatMap(about),
  '/requests?limit=100',
  '/statements?limit=100',
  '/settings',
  '/cpu-profiles',
])

interface Found {
  readonly shows: boolean
  readonly hits: readonly number[]
  readonly violations: readonly string[]
  readonly alive: readonly string[]
  readonly whole: boolean
}

/** Opens a page and says what of its content came alive. */
async function visit(path: string, context: BrowserContext): Promise<Found & { readonly foreign: readonly string[] }> {
  const page = await context.newPage()
  try {
    const foreign: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(`${origin}/silk`)) foreign.push(request.url())
    })
    page.on('dialog', (dialog) => void dialog.dismiss())
    await page.addInitScript(() => {
      const seen = { hits: [] as number[], violations: [] as string[] }
      Object.assign(window, { seen, hit: (at: number) => seen.hits.push(at) })
      document.addEventListener('securitypolicyviolation', (event) => {
        seen.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`)
      })
    })
    await page.goto(`${origin}/silk${path}`, { waitUntil: 'load' })
    // Handlers of focus, of what is loaded late, of links under a pointer.
    await page.keyboard.press('Tab')
    const found = await page.evaluate(async () => {
      for (const element of document.querySelectorAll('details')) element.open = true
      for (const element of document.querySelectorAll<HTMLElement>('a, button, input, [tabindex]')) element.focus()
      await new Promise((resolve) => setTimeout(resolve, 50))
      const alive = [...document.querySelectorAll('*')].flatMap((element) => {
        const name = element.localName
        const src = element.getAttribute('src')
        const isOwnScript = name === 'script' && src?.startsWith('/silk/assets/') === true && element.textContent === ''
        const isForbidden =
          (name === 'script' && !isOwnScript) ||
          (name === 'link' && !element.getAttribute('href')?.startsWith('/silk/assets/')) ||
          [
            'iframe',
            'object',
            'embed',
            'base',
            'img',
            'video',
            'audio',
            'style',
            'math',
            'marquee',
            'plaintext',
            'xmp',
            'image',
            'use',
            'animate',
            'x',
            'template',
          ].includes(name)
        const attributes = [...element.attributes].filter(
          ({ name: of, value }) =>
            of.startsWith('on') ||
            (/^(href|src|action|formaction|xlink:href|data)$/.test(of) && /^\s*(?!vscode:)[a-z]+:/i.test(value)),
        )
        return [
          ...(isForbidden ? [element.outerHTML.slice(0, 200)] : []),
          ...attributes.map((of) => `${name} ${of.name}=${of.value}`),
        ]
      })
      const { seen } = window as unknown as { seen: { hits: number[]; violations: string[] } }
      return {
        ...seen,
        alive,
        shows: document.body.textContent?.includes('hit(') === true,
        whole: document.querySelector('main') !== null && document.body.lastElementChild !== null,
      }
    })
    return { ...found, foreign }
  } finally {
    await page.close()
  }
}

const NOTHING = { hits: [], violations: [], alive: [], whole: true, foreign: [] }

test('the payloads are 300, and would come alive where a page did not escape them', async () => {
  expect(new Set(PAYLOADS).size).toBe(300)
  const page = await browser.newPage()
  await page.addInitScript(() =>
    Object.assign(window, {
      hits: new Set(),
      hit: (at: number) => (window as unknown as { hits: Set<number> }).hits.add(at),
    }),
  )
  await page.route('**/raw', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: PAYLOADS.slice(0, 60)
        .filter((text) => !text.includes('plaintext') && !text.includes('base'))
        .join('\n'),
    }),
  )
  await page.goto(`${origin}/raw`)
  await page.waitForTimeout(200)
  expect(await page.evaluate(() => (window as unknown as { hits: Set<number> }).hits.size)).toBeGreaterThan(10)
  await page.close()
})

describe('no recorded text comes alive', () => {
  test.each(PATHS.map((path) => [path.length > 100 ? `${path.slice(0, 100)}…` : path, path]))(
    'on %s',
    async (_, path) => {
      const { shows, ...found } = await visit(path, open)
      expect(found).toEqual(NOTHING)
      if (SHOWING.has(path)) expect(shows).toBe(true)
    },
  )

  test('in speedscope, under its own policy', async () => {
    const page = await underPolicy.newPage()
    const foreign: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(`${origin}/silk`)) foreign.push(request.url())
    })
    await page.addInitScript(() =>
      Object.assign(window, {
        hits: [],
        hit: (at: number) => (window as unknown as { hits: number[] }).hits.push(at),
      }),
    )
    const { id } = together[0]?.recording ?? many.recording
    const file = encodeURIComponent(`/silk/requests/${id}/cpu-profile.cpuprofile`)
    const title = encodeURIComponent(PAYLOADS.slice(0, 40).join(' '))
    await page.goto(`${origin}/silk/speedscope/index.html#profileURL=${file}&title=${title}`)
    // What it shows of the profile's own: the way to change its order.
    await page.getByText('Sandwich').click({ timeout: 30_000 })
    await page.getByText('hit(').first().waitFor()
    expect(await page.evaluate(() => (window as unknown as { hits: number[] }).hits)).toEqual([])
    expect(foreign).toEqual([])
    await page.close()
  }, 60_000)

  test('and the policy has nothing to stop', async () => {
    for (const path of ['/', '/requests?limit=100', '/settings', '/health', ...about(together[0]), ...about(many)]) {
      const { shows: _, ...found } = await visit(path, underPolicy)
      expect([path, found]).toEqual([path, NOTHING])
    }
  }, 60_000)
})
