import type { Express } from 'express'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openSqliteStore } from '#dist/store/sqlite-store.js'
import type { AnalyzedRecording } from '../../src/model/finding.js'
import { COLLECTIONS, idAt, naive, request } from '../store/sample-recordings.js'
import { callSite, query } from '../support/build-recording.js'
import { dashboard, host, visit } from './support/dashboard-host.js'

const HOUR = 3_600_000
const EAGER = 'select * from "products" where "collection_id" in (?, ?)'
const route = { url: '/collections/?load=eager', route: '/collections/' }

interface Opened {
  readonly app: Express
  readonly record: (...recordings: readonly AnalyzedRecording[]) => Promise<readonly string[]>
}

async function open(): Promise<Opened> {
  const store = openSqliteStore({
    file: ':memory:',
    retentionCount: 1_000,
    onWarning: (error) => {
      throw error
    },
  })
  onTestFinished(() => store.writer.close())
  const { reader, writer } = store
  const app = host(dashboard({ reader, writer, beforeRead: () => writer.flush() }))
  return {
    app,
    record: async (...recordings) => {
      for (const one of recordings) writer.push(one)
      await writer.flush()
      return recordings.map(({ recording }) => recording.id)
    },
  }
}

let moment = Date.now() - HOUR
const now = () => {
  moment += 10
  return { startedAt: moment, id: idAt(moment) }
}
const slow = (more: object = {}) => naive({ ...now(), durationMs: 60, ...more })
/** The same data with two queries. */
const fast = (more: object = {}) =>
  request({
    ...{ ...now(), ...route, durationMs: 6 },
    queries: [query(COLLECTIONS, [50], { callSite: callSite(20) }), query(EAGER, [1, 2], { callSite: callSite(40) })],
    ...more,
  })
const other = (more: object = {}) => request({ ...now(), url: '/health', route: '/health', durationMs: 1, ...more })

describe('two requests', () => {
  test('are told apart by their numbers, their statements, and what has become of findings', async () => {
    const { app, record } = await open()
    const [a, b] = await record(slow(), fast())
    const { body } = await visit(app, `/silk/compare.json?a=${a}&b=${b}`)
    expect([body.before.id, body.after.id]).toEqual([a, b])
    expect(body.measures.slice(0, 2)).toMatchObject([
      { name: 'queryCount', before: 51, after: 2, verdict: 'better' },
      { name: 'durationMs', unit: 'ms', before: 60, after: 6, change: -0.9, verdict: 'better' },
    ])
    expect(body.statements.map(({ change }: { change: string }) => change)).toEqual(['gone', 'new', 'same'])
    expect(body.statements[0]).toMatchObject({ before: { calls: 50 }, after: null })
    expect(body.findings).toMatchObject({ solved: [{ kind: 'n-plus-one' }], new: [], remaining: [] })
    const { text } = await visit(app, `/silk/compare?a=${a}&b=${b}`)
    expect(text).toContain('10 × faster:')
    expect(text).toContain('51 → 2 queries')
    expect(text).toContain('1 finding solved:')
  })

  test('the other way round, what was better is worse', async () => {
    const { app, record } = await open()
    const [a, b] = await record(slow(), fast())
    const { body } = await visit(app, `/silk/compare.json?a=${b}&b=${a}`)
    expect(body.measures[0]).toMatchObject({ before: 2, after: 51, verdict: 'worse' })
    expect(body.findings).toMatchObject({ solved: [], new: [{ kind: 'n-plus-one' }] })
    expect((await visit(app, `/silk/compare?a=${b}&b=${a}`)).text).toContain('1 new finding:')
  })

  test('that hardly differ are the same, which is not called a success', async () => {
    const { app, record } = await open()
    const [a, b] = await record(fast(), fast({ durationMs: 6.3 }))
    const { text } = await visit(app, `/silk/compare?a=${a}&b=${b}`)
    expect(text).toContain('As fast as before:')
    expect(text).not.toContain('c-save strong')
  })

  test.each([
    ['newest', 0, [0, 3]],
    ['previous', 2, [1, 2]],
    ['next', 1, [1, 2]],
    // The newest itself has none that is newer: it is compared with the newest of the others, which stands before.
    ['newest', 3, [2, 3]],
  ] as const)('of one route are found by the word %s from number %i', async (word, from, expected) => {
    const { app, record } = await open()
    const ids = await record(slow(), slow(), slow(), fast())
    await record(other(), other())
    const { body } = await visit(app, `/silk/compare.json?a=${ids[from]}&b=${word}`)
    expect([body.before.id, body.after.id]).toEqual(expected.map((at) => ids[at]))
    const page = await visit(app, `/silk/requests/${ids[from]}`)
    expect(page.text).toContain(`href="/silk/compare?a=${ids[from]}&amp;b=${word}"`)
  })

  test.each([
    ['a=ID', 400, 'The parameter &quot;b&quot; is missing'],
    ['a=ID&b=ID', 400, 'name one and the same recording'],
    ['a=ID&b=019a0000-0000-7000-8000-000000000001', 404, 'No recording has the id'],
    ['a=ID&b=next', 404, 'No next request of GET /collections/ is recorded'],
    ['a=ID&b=ID&session=x&with=y', 400, 'Either &quot;a&quot; and &quot;b&quot; are given'],
    ['session=x&with=y', 404, 'Nothing is recorded with the session &quot;x&quot;'],
    ['session=x&with=x', 400, 'name one and the same session'],
  ])('that cannot be had, as by ?%s, are answered by %i with what is wrong', async (address, status, message) => {
    const { app, record } = await open()
    const [id = ''] = await record(slow())
    const page = await visit(app, `/silk/compare?${address.replaceAll('ID', id)}`)
    expect(page.status).toEqual(status)
    expect(page.text.replaceAll('&#34;', '&quot;')).toContain(message)
  })
})

test('a request tells its session, and leads to all of it', async () => {
  const { app, record } = await open()
  const [id] = await record(slow({ session: 'a & b' }))
  const { text } = await visit(app, `/silk/requests/${id}`)
  expect(text).toContain('href="/silk/?session=a+%26+b">session a &amp; b</a>')
})

describe('two sessions', () => {
  const many = (count: number, make: () => AnalyzedRecording) => Array.from({ length: count }, make)

  test('are told apart by route, statement and finding; what was not asked for again is not called solved', async () => {
    const { app, record } = await open()
    const [before, after] = [{ session: 'before' }, { session: 'after & more' }]
    const oldJob = { ...now(), ...before, url: '/reports', route: '/reports' }
    await record(...many(25, () => slow(before)), naive(oldJob), other(before))
    await record(...many(25, () => fast(after)), other(after))
    const address = '?session=before&with=after+%26+more'
    const { body } = await visit(app, `/silk/compare.json${address}`)
    expect([body.before.requestCount, body.after.requestCount]).toEqual([27, 26])
    expect(body.routes[0]).toMatchObject({
      route: '/collections/',
      before: { count: 25 },
      after: { count: 25 },
      p95: { verdict: 'better' },
      queries: { before: 51, after: 2, verdict: 'better' },
    })
    expect(body.routes.at(-1)).toMatchObject({ route: '/reports', after: null })
    const changes = body.statements.map(({ change }: { change: string }) => change)
    expect(changes.sort()).toEqual(['gone', 'new', 'same'])
    const { text } = await visit(app, `/silk/compare${address}`)
    expect(text).toContain('Of 2 routes that both were asked for:')
    expect(text).toContain('1 faster by p95')
    expect(text).toContain('1 with fewer queries')
  })

  test('a finding whose route nobody asked for again is neither solved nor remaining', async () => {
    const { app, record } = await open()
    await record(slow({ session: 'a' }), other({ session: 'a' }))
    await record(other({ session: 'b' }))
    const { body } = await visit(app, '/silk/compare.json?session=a&with=b')
    expect(body.findings).toMatchObject({ solved: [], new: [], remaining: [], notAsked: [{ kind: 'n-plus-one' }] })
    expect(body.statements.map(({ change }: { change: string }) => change)).toEqual(['not asked', 'not asked'])
  })

  test('that asked for other routes are not judged by sums over all of them', async () => {
    const { app, record } = await open()
    await record(...many(25, () => slow({ session: 'a' })), ...many(25, () => other({ session: 'a' })))
    await record(...many(25, () => slow({ session: 'b' })))
    const { body } = await visit(app, '/silk/compare.json?session=a&with=b')
    const verdicts = body.measures.map(({ verdict }: { verdict: string }) => verdict)
    expect(verdicts).toEqual(['neutral', 'same', 'same', 'same', 'same', 'same'])
    expect((await visit(app, '/silk/compare?session=a&with=b')).text).toContain('look at each route')
  })

  test('with few requests say nothing of times', async () => {
    const { app, record } = await open()
    await record(...many(5, () => slow({ session: 'a' })))
    await record(...many(5, () => fast({ session: 'b' })))
    const { body } = await visit(app, '/silk/compare.json?session=a&with=b')
    expect(body.routes[0].p95).toMatchObject({ verdict: 'same' })
    expect(body.routes[0].queries).toMatchObject({ verdict: 'better' })
  })

  test('may be what has no session', async () => {
    const { app, record } = await open()
    await record(slow(), fast({ session: 'b' }))
    const { body } = await visit(app, '/silk/compare.json?session=(none)&with=b')
    expect(body.before).toMatchObject({ label: null, requestCount: 1 })
    expect(body.findings.solved).toMatchObject([{ kind: 'n-plus-one' }])
  })
})

test('without anything to compare, the page has the newest requests and all sessions to choose from', async () => {
  const { app, record } = await open()
  expect((await visit(app, '/silk/compare')).text).toContain('Fewer than two requests are recorded')
  await record(slow({ session: 'a' }), fast({ session: '<b>' }))
  const { text } = await visit(app, '/silk/compare')
  expect(text).toContain('href="/silk/compare?session=a&amp;with=%3Cb%3E"')
  expect(text).toContain('value="&lt;b&gt;" checked')
  const { body } = await visit(app, '/silk/compare.json')
  expect(body.sessions).toMatchObject([{ label: '<b>' }, { label: 'a' }])
  expect(body.recent.length).toEqual(2)
})
