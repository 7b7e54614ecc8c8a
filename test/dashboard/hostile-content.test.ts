import { beforeAll, describe, expect, test } from 'vitest'
import type { Recording } from '../../src/model/recording.js'
import { callSite, fingerprintOf, nPlusOne, query, recording } from './support/build-recordings.js'
import { dashboard, host, visit } from './support/dashboard-host.js'
import { memoryStore } from './support/memory-reader.js'

const SCRIPT = '<script>alert(1)</script>'
const ATTRIBUTE = `" onmouseover="alert(2)" x='`
const RIGHT_TO_LEFT = '\u202Eevil\u2066'
const EVIL = `${SCRIPT}${ATTRIBUTE}</code></pre></style><%= 7*7 %>&lt;${RIGHT_TO_LEFT}\u0000 🦆 שלום \ud800`

const statement = `select '${EVIL}' -- ${SCRIPT}\n/* ${SCRIPT} */ from "t${ATTRIBUTE}"`
const site = callSite({ file: `src/${EVIL}/${SCRIPT}.ts`, function: EVIL })

function hostileRecording(): Recording {
  const queries = Array.from({ length: 8 }, (_, index) =>
    query({
      index,
      statement,
      bindings: [EVIL, index],
      connection: EVIL,
      transactionId: EVIL,
      error: EVIL,
      callSite: site,
    }),
  )
  return recording({
    queries,
    request: {
      method: 'GET',
      url: `/x${EVIL}?q=${EVIL}`,
      path: `/x${EVIL}`,
      route: `/${EVIL}`,
      headers: { [EVIL]: EVIL },
    },
    response: { headers: { 'content-type': EVIL, 'set-cookie': [EVIL, SCRIPT] } },
  })
}

const evil = hostileRecording()
const KEY = 'hostile-key'
const occurrence = nPlusOne(evil, {
  findingKey: KEY,
  message: `${EVIL} \`${EVIL}\``,
  statements: [statement],
  fingerprints: [fingerprintOf(statement)],
  callSite: site,
  savingBasis: EVIL,
  fix: { summary: `${EVIL} \`${SCRIPT}\``, code: `const a = \`${EVIL}\n${SCRIPT}\`` },
})
const store = memoryStore({ recording: evil, occurrences: [occurrence] })
store.status = { problem: EVIL, file: EVIL, droppedCount: 1 }
const settings = [{ name: EVIL, value: EVIL, origin: 'code' as const }]
const app = host(dashboard({ store, settings }))

describe.each([
  '/',
  '/requests',
  `/requests?q=${encodeURIComponent(SCRIPT + ATTRIBUTE)}`,
  `/requests?route=${encodeURIComponent(SCRIPT + ATTRIBUTE)}`,
  `/requests/${evil.id}`,
  `/requests/${evil.id}?queries=all`,
  '/statements',
  `/statements?q=${encodeURIComponent(SCRIPT + ATTRIBUTE)}`,
  `/statements/${fingerprintOf(statement)}`,
  '/findings',
  `/findings/${KEY}`,
  '/settings',
  '/settings/clear',
  `/?window=${encodeURIComponent(SCRIPT + ATTRIBUTE)}`,
  `/requests/${encodeURIComponent(SCRIPT + ATTRIBUTE)}`,
  `/${encodeURIComponent(SCRIPT)}`,
])('hostile content on %s', (path) => {
  let html = ''
  beforeAll(async () => {
    html = (await visit(app, `/silk${path}`)).text
  })

  test('is text: no tag, attribute or template of it comes alive', () => {
    const tags = html.match(/<[a-z][^>]*>/gi) ?? []
    expect({
      scripts: tags.filter((tag) => tag.startsWith('<script') && !tag.startsWith('<script src="/silk/assets/')).length,
      handlers: tags.filter((tag) => /\son\w+=/i.test(tag.replace(/"[^"]*"/g, '""'))),
      evaluated: html.includes('49&lt;') || html.includes('>49<'),
      whole: html.trimEnd().endsWith('</html>'),
    }).toEqual({ scripts: 0, handlers: [], evaluated: false, whole: true })
  })

  test('has its control and direction characters shown, not obeyed', () => {
    expect(html.match(/(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu)).toEqual(null)
  })
})

test('the pages do show it', async () => {
  const { text } = await visit(app, `/silk/requests/${evil.id}`)
  expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(text).toContain('\\u202eevil\\u2066')
  expect(text).toContain('🦆 שלום')
})

test('a URL of the app never becomes an address to click on', async () => {
  const script = {
    recording: recording({ request: { url: 'javascript:alert(1)', path: 'javascript:alert(1)' } }),
    occurrences: [],
  }
  const { text } = await visit(host(dashboard({ store: memoryStore(script) })), '/silk/requests')
  expect((text.match(/href="[^"]*"/g) ?? []).filter((href) => !href.startsWith('href="/silk'))).toEqual([
    'href="#main"',
  ])
})

test('a hostile Host header is text too', async () => {
  const empty = host(dashboard({ access: { authorize: () => true } }))
  const { text } = await visit(empty, '/silk/').set('host', 'x"><script>alert(1)</script>')
  expect(text.match(/<script/g)?.length).toEqual(1)
})

test('JSON is sent as JSON, unchanged, and no browser takes it for a page', async () => {
  const { body, headers } = await visit(app, `/silk/requests/${evil.id}.json`)
  expect(body.queries[0].connection).toEqual(EVIL)
  expect([headers['content-type'], headers['x-content-type-options']]).toEqual([
    'application/json; charset=utf-8',
    'nosniff',
  ])
})
