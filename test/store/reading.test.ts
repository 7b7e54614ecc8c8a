import { beforeAll, describe, expect, test } from 'vitest'
import { openSqliteStore } from '#dist/store/sqlite-store.js'
import type { AnalyzedRecording } from '../../src/model/finding.js'
import type { Store } from '../../src/model/store.js'
import { fingerprint } from '../../src/sql/fingerprint.js'
import { buildRecording, callSite, query } from '../support/build-recording.js'
import { ALL_TIME, analyzed, COLLECTIONS, idAt, NOON, naive, PRODUCTS, request } from './sample-recordings.js'
import { openStore } from './temp-store.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND

const first = naive({ durationMs: 100 }, 0)
const late = naive({ durationMs: 300 }, 2 * MINUTE)
const second = { ...late, recording: { ...late.recording, poolWaitMs: 12.5 } }
const product = request(
  {
    url: '/products/7?q=50%25_off',
    route: '/products/:id',
    durationMs: 10,
    queries: [query(PRODUCTS, [7], { rowCount: 20, callSite: callSite(30) })],
  },
  3 * MINUTE,
)
const failed = request(
  { method: 'POST', url: '/products', route: '/products', status: 500, durationMs: 40 },
  4 * MINUTE,
)
const lost = request({ url: '/favicon.ico', route: null, status: 404, durationMs: 1 }, 5 * MINUTE)
const background = analyzed(
  buildRecording({
    id: idAt(NOON + 6 * MINUTE),
    kind: 'background',
    startedAt: NOON + 6 * MINUTE,
    queries: [query(COLLECTIONS, [1], { durationMs: 5, callSite: null })],
  }),
)
const all = [first, second, product, failed, lost, background]
const newestFirst = [lost, failed, product, second, first].map(({ recording }) => recording.id)

let store: Store

beforeAll(async () => {
  store = openSqliteStore({
    file: ':memory:',
    // Seldom looked after: sums of long ago would become coarser, and these are of a day that has passed.
    retentionCount: 10_000_000,
    onWarning: (error) => {
      throw error
    },
  })
  for (const one of all) store.writer.push(one)
  await store.writer.flush()
  return () => store.writer.close()
})

describe('a recording', () => {
  test('knows the lines that led to each query', async () => {
    const callers = [
      { file: 'src/db.ts', line: 7, function: 'find', through: [] },
      {
        file: 'src/app.ts',
        line: 3,
        function: null,
        through: [{ file: 'objection/lib/q.js', line: 9, function: 'then' }],
      },
    ]
    const one = request(
      { queries: [query(PRODUCTS, [1], { evidence: { callers } }), query(PRODUCTS, [2], { callPath: 1 })] },
      7 * MINUTE,
    )
    const { store: own } = openStore()
    own.writer.push(one)
    await own.writer.flush()
    const stored = await own.reader.request(one.recording.id)
    expect(stored?.recording.queries.map(({ evidence }) => evidence.callers)).toEqual([callers, []])
  })

  test.each(all)('$recording.request.url comes back as it was pushed', async ({ recording, occurrences }) => {
    const stored = await store.reader.request(recording.id)
    expect(stored?.recording).toEqual(recording)
    expect(stored?.occurrences).toEqual(occurrences)
  })

  test('has one row per statement and call site, costliest first', async () => {
    const stored = await store.reader.request(first.recording.id)
    expect(
      stored?.statements.map(({ callSite: site, calls, totalMs, maxMs, rowCount }) => ({
        line: site?.line,
        calls,
        totalMs,
        maxMs,
        rowCount,
      })),
    ).toEqual([
      { line: 30, calls: 50, totalMs: 50, maxMs: 1, rowCount: 1000 },
      { line: 20, calls: 1, totalMs: 1, maxMs: 1, rowCount: 50 },
    ])
  })

  test('knows its neighbours; queries outside any request are none of them', async () => {
    const neighbours = await Promise.all(
      [lost, product, first, background].map(async ({ recording }) => {
        const stored = await store.reader.request(recording.id)
        return [stored?.newerId, stored?.olderId]
      }),
    )
    expect(neighbours).toEqual([
      [null, failed.recording.id],
      [failed.recording.id, second.recording.id],
      [second.recording.id, null],
      [null, null],
    ])
  })

  test('that is not there is null', async () => {
    expect(await store.reader.request(idAt(NOON))).toEqual(null)
    expect(await store.reader.request(`'; DROP TABLE recordings; --`)).toEqual(null)
  })
})

describe('the list of requests', () => {
  const ids = async (filter: object): Promise<readonly string[]> => {
    const { items } = await store.reader.requests({ limit: 50, ...filter })
    return items.map(({ id }) => id)
  }
  const [n1] = first.occurrences
  const idOf = (one: AnalyzedRecording): string => one.recording.id

  test('is newest first, without the background', async () => {
    const { items, ...paging } = await store.reader.requests({ limit: 50 })
    expect(items.map(({ id }) => id)).toEqual(newestFirst)
    expect(paging).toEqual({ searchedTo: null, nextBefore: null, previousAfter: null, total: 5 })
  })

  test('shows of each what lists need', async () => {
    const { items } = await store.reader.requests({ limit: 1, findingKind: 'n-plus-one' })
    const { recording } = second
    expect(items).toEqual([
      {
        id: recording.id,
        name: null,
        errorClass: null,
        session: null,
        ...{ tags: [], pinned: false, user: null },
        kind: 'request',
        startedAt: NOON + 2 * MINUTE,
        method: 'GET',
        url: '/collections/?load=naive',
        path: '/collections/',
        route: '/collections/',
        status: 200,
        aborted: false,
        durationMs: 300,
        overheadMs: 0.1,
        queryCount: 51,
        sqlMs: 51,
        sqlWallMs: 51,
        poolWaitMs: 12.5,
        contentLength: null,
        findings: [{ key: n1?.findingKey, kind: 'n-plus-one', count: 50, state: 'open' }],
      },
    ])
  })

  test.each<[string, object, readonly AnalyzedRecording[]]>([
    ['a method', { method: 'POST' }, [failed]],
    ['a method that nobody used', { method: 'PUT' }, []],
    ['a status', { status: '404' }, [lost]],
    ['a class of statuses', { status: '2xx' }, [product, second, first]],
    ['a status that is none', { status: 'x; --' }, []],
    ['a route', { route: '/collections/' }, [second, first]],
    ['a route that is only the beginning of one', { route: '/collections' }, []],
    ['no route', { route: null }, [lost]],
    ['a text in the URL, whatever its case', { search: 'LOAD=naive' }, [second, first]],
    ['the wildcard %, which means itself', { search: '%' }, [product]],
    ['the wildcard _, which means itself', { search: '_' }, [product]],
    ['a backslash', { search: '\\' }, []],
    ['a finding', { findingKey: n1?.findingKey }, [second, first]],
    ['a finding that is not there', { findingKey: '0000000000000' }, []],
    ['a kind of finding', { findingKind: 'n-plus-one' }, [second, first]],
    ['a statement', { fingerprint: fingerprint(PRODUCTS).hash }, [product, second, first]],
    ['a statement and a route', { fingerprint: fingerprint(PRODUCTS).hash, route: '/products/:id' }, [product]],
    ['the background', { kind: 'background' }, [background]],
    ['requests alone', { kind: 'request', method: 'GET' }, [lost, product, second, first]],
  ])('can be filtered by %s', async (_, filter, expected) => {
    expect(await ids(filter)).toEqual(expected.map(idOf))
    expect((await store.reader.requests({ limit: 1, ...filter })).total).toEqual(expected.length)
  })

  test('is paged by the id of a neighbour, in both directions', async () => {
    const [a, b, c, d, e] = newestFirst
    const page = async (more: object) => {
      const { items, nextBefore, previousAfter } = await store.reader.requests({ limit: 2, ...more })
      return [items.map(({ id }) => id), nextBefore, previousAfter]
    }
    expect(await page({})).toEqual([[a, b], b, null])
    expect(await page({ before: b })).toEqual([[c, d], d, c])
    expect(await page({ before: d })).toEqual([[e], null, e])
    expect(await page({ after: e })).toEqual([[c, d], d, c])
    expect(await page({ after: c })).toEqual([[a, b], b, null])
    expect(await page({ before: e })).toEqual([[], null, null])
    expect(await page({ before: idAt(NOON + 4 * MINUTE + 1), limit: 1 })).toEqual([[b], b, b])
    expect(await page({ route: '/collections/', limit: 1 })).toEqual([[d], d, null])
    expect(await page({ route: '/collections/', limit: 1, before: d })).toEqual([[e], null, e])
  })

  test('offers for filtering what was recorded', async () => {
    expect(await store.reader.requestFacets()).toEqual({
      methods: ['GET', 'POST'],
      statuses: ['200', '404', '500'],
      routes: ['/collections/', '/products', '/products/:id'],
      tags: [],
    })
  })
})

describe('the overview', () => {
  test('adds up all requests, and not the background', async () => {
    const overview = await store.reader.overview(ALL_TIME)
    const { requestCount, errorCount, queryMedian, totalMs, sqlWallMs, maxMs } = overview
    expect({ requestCount, errorCount, queryMedian, totalMs, sqlWallMs, maxMs }).toEqual({
      requestCount: 5,
      errorCount: 1,
      queryMedian: 1,
      totalMs: 451,
      sqlWallMs: 103,
      maxMs: 300,
    })
    expect(overview.firstRecordingAt).toEqual(NOON)
    expect(overview.lastRecordingAt).toEqual(NOON + 6 * MINUTE)
    expect(Math.abs(overview.p50Ms - 40) / 40).toBeLessThanOrEqual(0.025)
  })

  test('has a row per route, costliest first', async () => {
    const { routes } = await store.reader.overview(ALL_TIME)
    expect(
      routes.map(({ method, route, count, errorCount, totalMs, queryCount, queryMedian, queryMax, findings }) => [
        `${method} ${route}`,
        { count, errorCount, totalMs, queryCount, queryMedian, queryMax, findings: findings.map(({ count: n }) => n) },
      ]),
    ).toEqual([
      [
        'GET /collections/',
        { count: 2, errorCount: 0, totalMs: 400, queryCount: 102, queryMedian: 51, queryMax: 51, findings: [50] },
      ],
      [
        'POST /products',
        { count: 1, errorCount: 1, totalMs: 40, queryCount: 0, queryMedian: 0, queryMax: 0, findings: [] },
      ],
      [
        'GET /products/:id',
        { count: 1, errorCount: 0, totalMs: 10, queryCount: 1, queryMedian: 1, queryMax: 1, findings: [] },
      ],
      ['GET null', { count: 1, errorCount: 0, totalMs: 1, queryCount: 0, queryMedian: 0, queryMax: 0, findings: [] }],
    ])
  })

  test('counts only what lies in the window, both minutes included', async () => {
    const window = { since: NOON + 2 * MINUTE + 30 * SECOND, until: NOON + 4 * MINUTE + 1 }
    const { requestCount, totalMs, findings } = await store.reader.overview(window)
    expect([requestCount, totalMs, findings.length]).toEqual([3, 350, 1])
    const empty = await store.reader.overview({ since: NOON + 60 * MINUTE, until: null })
    expect([empty.requestCount, empty.p95Ms, empty.timeline, empty.findings, empty.routes]).toEqual([0, 0, [], [], []])
  })

  test('tells of each route how long it took over time, and how long its queries waited', async () => {
    const { routes, poolWaitMs } = await store.reader.overview({ since: NOON, until: NOON + 5 * MINUTE })
    const told = routes.map(({ route, trend, poolWaitMs: waited }) => ({ route, trend, waited }))
    expect(told[0]).toEqual({ route: '/collections/', trend: [100, null, 300, null, null, null], waited: 12.5 })
    expect(poolWaitMs).toEqual(12.5)
  })

  test('has a timeline of buckets without gaps', async () => {
    const { timeline } = await store.reader.overview({ since: NOON, until: NOON + 5 * MINUTE })
    expect(
      timeline.map(({ startedAt, widthMs, ...counts }) => [startedAt - NOON, widthMs, ...Object.values(counts)]),
    ).toEqual(
      [
        [0, 1, 1, 0],
        [1, 0, 0, 0],
        [2, 1, 1, 0],
        [3, 1, 0, 0],
        [4, 1, 0, 1],
        [5, 1, 0, 0],
      ].map(([minute = 0, ...counts]) => [minute * MINUTE, MINUTE, ...counts]),
    )
  })
})

describe('findings', () => {
  test('have the numbers of the window', async () => {
    const [finding, ...others] = await store.reader.findings(ALL_TIME)
    const saving = (first.occurrences[0]?.savingMs ?? 0) + (second.occurrences[0]?.savingMs ?? 0)
    expect(others).toEqual([])
    expect(finding).toEqual({
      key: first.occurrences[0]?.findingKey,
      kind: 'n-plus-one',
      state: 'open',
      fixedAt: null,
      regressedAt: null,
      firstSeen: NOON,
      lastSeen: NOON + 2 * MINUTE,
      recordingCount: 2,
      routeRecordingCount: 2,
      method: 'GET',
      route: '/collections/',
      latest: second.occurrences[0],
      latestRecordingId: second.recording.id,
      latestDurationMs: 300,
      latestQueryCount: 51,
      totalMs: 100,
      savingMs: saving,
      share: saving / 451,
    })
  })

  test('are found by their key', async () => {
    const [finding] = await store.reader.findings(ALL_TIME)
    expect(await store.reader.finding(finding?.key ?? '')).toEqual(finding)
    expect(await store.reader.finding('0000000000000')).toEqual(null)
  })

  test('are ranked by what could be saved', async () => {
    const busy = openSqliteStore({ file: ':memory:', retentionCount: 1_000, onWarning: () => {} })
    busy.writer.push(naive({ route: '/small' }, 0, 6))
    const costly = analyzed({
      ...naive({ id: idAt(NOON), route: '/big' }, 0, 60).recording,
    })
    const renamed = costly.occurrences.map((one) => ({ ...one, findingKey: '00000000000ff' }))
    busy.writer.push({ recording: costly.recording, occurrences: renamed })
    await busy.writer.flush()
    const findings = await busy.reader.findings(ALL_TIME)
    expect(findings.map(({ route }) => route)).toEqual(['/big', '/small'])
    await busy.writer.close()
  })
})

describe('statements', () => {
  const list = async (filter: object) => {
    const { items, total } = await store.reader.statements({ window: ALL_TIME, sort: 'total', limit: 10, ...filter })
    return { total, items: items.map(({ text, calls, totalMs }) => [text, calls, totalMs]) }
  }
  const products = ['select * from products where collection_id = ?', 101, 101]
  const collections = ['select * from collections limit ?', 3, 7]

  test('are added up over all recordings, the background included', async () => {
    expect(await list({})).toEqual({ total: 2, items: [products, collections] })
    const { items } = await store.reader.statements({ window: ALL_TIME, sort: 'calls', limit: 1 })
    expect(
      items.map(({ rowCount, routeCount, callSiteCount, maxMs }) => [rowCount, routeCount, callSiteCount, maxMs]),
    ).toEqual([[2020, 2, 1, 1]])
  })

  test.each([
    ['calls', [products, collections]],
    ['max', [collections, products]],
    ['p95', [collections, products]],
  ])('are sorted by %s', async (sort, items) => {
    expect(await list({ sort })).toEqual({ total: 2, items })
  })

  test('can be searched, and limited to a window', async () => {
    expect(await list({ search: 'LIMIT ?' })).toEqual({ total: 1, items: [collections] })
    expect(await list({ search: 'xyz%' })).toEqual({ total: 0, items: [] })
    expect(await list({ window: { since: NOON + 6 * MINUTE, until: null } })).toEqual({
      total: 1,
      items: [['select * from collections limit ?', 1, 5]],
    })
    expect(await list({ limit: 1 })).toEqual({ total: 2, items: [products] })
  })

  test('have a page each', async () => {
    const statement = await store.reader.statement(fingerprint(PRODUCTS).hash)
    expect(statement?.example).toEqual(PRODUCTS)
    expect(statement?.routes).toEqual([
      { method: 'GET', route: '/collections/', recordingCount: 2, calls: 100, totalMs: 100 },
      { method: 'GET', route: '/products/:id', recordingCount: 1, calls: 1, totalMs: 1 },
    ])
    expect(statement?.callSites).toEqual([{ callSite: callSite(30), calls: 101, totalMs: 101, maxMs: 1 }])
    expect(statement?.trend.map(({ startedAt, calls, totalMs }) => [startedAt - NOON, calls, totalMs])).toEqual([
      [0, 50, 50],
      [MINUTE, 0, 0],
      [2 * MINUTE, 50, 50],
      [3 * MINUTE, 1, 1],
    ])
    expect(statement?.histogram.reduce((sum, { count }) => sum + count, 0)).toEqual(101)
    expect(statement?.findings.map(({ key }) => key)).toEqual([first.occurrences[0]?.findingKey])
    expect(statement?.recentRecordings.map(({ id }) => id)).toEqual(
      [product, second, first].map((one) => one.recording.id),
    )
    expect(await store.reader.statement('0000000000000')).toEqual(null)
  })
})

test('percentiles over many requests are within 2.5 %', async () => {
  const many = openSqliteStore({ file: ':memory:', retentionCount: 10_000, onWarning: () => {} })
  for (let ms = 1; ms <= 1000; ms++) many.writer.push(request({ durationMs: ms }, ms))
  await many.writer.flush()
  const { requestCount, p50Ms, p95Ms, p99Ms, maxMs } = await many.reader.overview(ALL_TIME)
  expect([requestCount, maxMs]).toEqual([1000, 1000])
  const off = [p50Ms / 500, p95Ms / 950, p99Ms / 990].map((ratio) => Math.abs(ratio - 1))
  expect(Math.max(...off)).toBeLessThanOrEqual(0.025)
  await many.writer.close()
})

test('a store that is told the same recording twice keeps and counts it once', async () => {
  const twice = openSqliteStore({ file: ':memory:', retentionCount: 10, onWarning: () => {} })
  twice.writer.push(first)
  twice.writer.push(first)
  await twice.writer.flush()
  expect((await twice.reader.status()).recordingCount).toEqual(1)
  expect((await twice.reader.overview(ALL_TIME)).requestCount).toEqual(1)
  await twice.writer.close()
})

test('recordings of one millisecond whose ids begin alike are all kept, in the order of their coming', async () => {
  const same = openSqliteStore({ file: ':memory:', retentionCount: 100, onWarning: () => {} })
  const ids = Array.from({ length: 20 }, (_, at) => `019a0000-0000-7000-8000-0000000000${10 + at}`)
  for (const id of ids) same.writer.push(request({ id }))
  await same.writer.flush()
  const { items } = await same.reader.requests({ limit: 100 })
  expect(items.map(({ id }) => id)).toEqual(ids.toReversed())
  const page = await same.reader.requests({ limit: 5, before: ids[10] ?? '' })
  expect(page.items.map(({ id }) => id)).toEqual(ids.slice(5, 10).toReversed())
  await same.writer.close()
})
