import { describe, expect, test } from 'vitest'
import type { RecordingSummary, RequestFilter, RequestMeasure } from '../../src/model/request-list.js'
import { query } from '../support/build-recording.js'
import { COLLECTIONS, naive, PRODUCTS, request } from './sample-recordings.js'
import { openStore } from './temp-store.js'

/**
 * Sixty requests, one a second: every third is slow, every fifth failed, of every seventh the client went away, every
 * tenth asks for products.
 */
function mixed(at: number) {
  const durationMs = at % 3 === 0 ? 500 + at : 5
  return request(
    {
      url: at % 2 === 0 ? `/collections/${at}` : `/orders/${at}`,
      route: at % 2 === 0 ? '/collections/:id' : '/orders/:id',
      durationMs,
      status: at % 5 === 0 ? 500 : 200,
      aborted: at % 7 === 0,
      queries: at % 10 === 0 ? [query(PRODUCTS, [at])] : [],
    },
    at * 1000,
  )
}

const sixty = Array.from({ length: 60 }, (_, at) => mixed(at))

async function filled(recordings = sixty) {
  const { store } = openStore()
  for (const one of recordings) store.writer.push(one)
  await store.writer.flush()
  return store
}

/** All pages of a list, in the order of the list, by following its places. */
async function allPages(store: Awaited<ReturnType<typeof filled>>, filter: RequestFilter): Promise<RecordingSummary[]> {
  const found: RecordingSummary[] = []
  let place: Pick<RequestFilter, 'before' | 'after'> = {}
  for (;;) {
    const page = await store.reader.requests({ ...filter, ...place })
    found.push(...page.items)
    const next = filter.order?.ascending ? page.previousAfter : page.nextBefore
    if (next === null) return found
    place = filter.order?.ascending ? { after: next } : { before: next }
  }
}

const numberOf = ({ url }: RecordingSummary): number => Number(url?.split('/')[2])

describe('requests are found', () => {
  test.each<[string, Omit<RequestFilter, 'limit'>, (at: number) => boolean]>([
    ['by a least duration', { minMs: 500 }, (at) => at % 3 === 0],
    ['by a least number of queries', { minQueries: 1 }, (at) => at % 10 === 0],
    ['by errors', { errorsOnly: true }, (at) => at % 5 === 0],
    ['by a class of status', { status: '5xx' }, (at) => at % 5 === 0],
    ['by a client that went away', { status: 'aborted' }, (at) => at % 7 === 0],
    ['by route and duration', { route: '/orders/:id', minMs: 500 }, (at) => at % 3 === 0 && at % 2 === 1],
    ['by method and route', { method: 'GET', route: '/orders/:id' }, (at) => at % 2 === 1],
    ['by a method that nobody used', { method: 'PATCH' }, () => false],
    ['by SQL text', { sql: 'WHERE "collection_id"' }, (at) => at % 10 === 0],
    ['by table', { table: 'Products' }, (at) => at % 10 === 0],
    ['by a part of a table’s name, which is another table', { table: 'product' }, () => false],
    ['by SQL that nobody sent', { sql: 'drop table' }, () => false],
    ['by text in the URL', { search: 'ORDERS/1' }, (at) => at % 2 === 1 && (at === 1 || (at > 9 && at < 20))],
    ['by a wildcard, which means itself', { search: '%' }, () => false],
    [
      'by time',
      { since: sixty[10]?.recording.startedAt ?? 0, until: sixty[20]?.recording.startedAt ?? 0 },
      (at) => at >= 10 && at <= 20,
    ],
    ['without a session', { session: null, errorsOnly: true }, (at) => at % 5 === 0],
    ['in a session that nobody recorded in', { session: 'before' }, () => false],
  ])('%s', async (_, filter, passes) => {
    const store = await filled()
    const { items, total } = await store.reader.requests({ ...filter, limit: 200 })
    const expected = sixty
      .map((_, at) => at)
      .filter(passes)
      .reverse()
    expect(items.map(numberOf)).toEqual(expected)
    expect(total).toEqual(expected.length)
  })

  test('by any kind of finding, or a certain one', async () => {
    const store = await filled([naive({}, 1), request({}, 2)])
    const count = async (findingKind: 'any' | 'n-plus-one' | 'late-query'): Promise<number> =>
      (await store.reader.requests({ findingKind, limit: 10 })).items.length
    expect([await count('any'), await count('n-plus-one'), await count('late-query')]).toEqual([1, 1, 0])
  })

  test('by time in SQL, as the list shows it', async () => {
    const store = await filled([request({ queries: [query(COLLECTIONS, [1], { durationMs: 40 })] }, 1), request({}, 2)])
    expect((await store.reader.requests({ minSqlMs: 39, limit: 10 })).items.length).toEqual(1)
  })
})

describe('requests are sorted', () => {
  const orders = (['time', 'duration', 'queries', 'sql', 'route'] as const).flatMap((by) => [
    { by, ascending: false },
    { by, ascending: true },
  ])
  const measured: Readonly<Record<RequestMeasure, (one: RecordingSummary) => number>> = {
    time: ({ startedAt }) => startedAt,
    duration: ({ durationMs }) => durationMs,
    queries: ({ queryCount }) => queryCount,
    sql: ({ sqlWallMs }) => sqlWallMs,
    route: ({ route }) => ['/collections/:id', '/orders/:id'].indexOf(route ?? ''),
  }

  test.each(orders)('by $by, ascending: $ascending, and no page repeats or leaves out one', async (order) => {
    const store = await filled()
    const found = await allPages(store, { order, limit: 7 })
    const values = found.map(measured[order.by])
    expect(new Set(found.map(({ id }) => id)).size).toEqual(60)
    expect(values).toEqual(values.toSorted((a, b) => (order.ascending ? a - b : b - a)))
  })

  test.each(orders)('by $by, ascending: $ascending, with a filter that an index serves', async (order) => {
    const store = await filled()
    const found = await allPages(store, { order, errorsOnly: true, limit: 5 })
    const values = found.map(measured[order.by])
    expect(found.map(numberOf).toSorted((a, b) => a - b)).toEqual(sixty.map((_, at) => at).filter((at) => at % 5 === 0))
    expect(values).toEqual(values.toSorted((a, b) => (order.ascending ? a - b : b - a)))
  })

  test('one goes back as one came', async () => {
    const store = await filled()
    const order = { by: 'duration', ascending: false } as const
    const first = await store.reader.requests({ order, limit: 10 })
    const second = await store.reader.requests({ order, limit: 10, before: first.nextBefore ?? '' })
    const again = await store.reader.requests({ order, limit: 10, after: second.previousAfter ?? '' })
    expect(again.items.map(({ id }) => id)).toEqual(first.items.map(({ id }) => id))
    expect([first.previousAfter, again.previousAfter]).toEqual([null, null])
  })

  test('a place is found though its request was deleted', async () => {
    const store = await filled()
    const order = { by: 'duration', ascending: false } as const
    const first = await store.reader.requests({ order, limit: 10 })
    await store.writer.remove([first.items.at(-1)?.id ?? ''])
    const second = await store.reader.requests({ order, limit: 1, before: first.nextBefore ?? '' })
    expect(second.items.map(numberOf)).toEqual([27])
  })
})

describe('in the order of routes', () => {
  const of = (url: string, route: string | null, at: number, method = 'GET') => request({ url, route, method }, at)
  const several = [
    of('/nowhere', null, 1),
    of('/b/1', '/b/:id', 2),
    of('/a/1', '/a/:id', 3),
    of('/a/2', '/a/:id', 4),
    of('/b/2', '/b/:id', 5, 'POST'),
    of('/b/3', '/b/:id', 6),
    of('/a/b/1', '/a/:id/b', 7),
  ]
  const order = { by: 'route', ascending: true } as const

  test('the newest of each comes first, methods stand side by side, and what no route matched comes last', async () => {
    const store = await filled(several)
    const found = (await store.reader.requests({ order, limit: 10 })).items.map(({ url }) => url)
    const downwards = await store.reader.requests({ order: { by: 'route', ascending: false }, limit: 10 })
    expect(found).toEqual(['/a/2', '/a/1', '/a/b/1', '/b/3', '/b/1', '/b/2', '/nowhere'])
    expect(downwards.items.map(({ url }) => url)).toEqual(found.toReversed())
  })

  test('a page goes on from a place, back too, though new routes were seen and its request is gone', async () => {
    const store = await filled(several)
    const first = await store.reader.requests({ order, limit: 4 })
    await store.writer.remove([first.items.at(-1)?.id ?? ''])
    store.writer.push(of('/0', '/0', 8))
    await store.writer.flush()
    const second = await store.reader.requests({ order, limit: 4, after: first.previousAfter ?? '' })
    const back = await store.reader.requests({ order, limit: 4, before: second.nextBefore ?? '' })
    expect(second.items.map(({ url }) => url)).toEqual(['/b/1', '/b/2', '/nowhere'])
    expect(back.items.map(({ url }) => url)).toEqual(['/0', '/a/2', '/a/1', '/a/b/1'])
  })

  test.each([
    [{ kind: 'request' as const }, 7],
    [{ kind: 'job' as const }, 0],
    [{ method: 'POST' }, 1],
    [{ route: '/b/:id' }, 3],
    [{ route: null }, 1],
    [{ search: '/b/' }, 4],
  ])('%j are filtered', async (filter, count) => {
    const store = await filled(several)
    const page = await store.reader.requests({ ...filter, order, limit: 10 })
    expect(page.items).toHaveLength(count)
  })

  test('a search that finds little stops after its budget, tells at which route, and goes on from there', async () => {
    const many = Array.from({ length: 20_500 }, (_, at) => of(`/a/${at}`, '/a/:id', 10 + at))
    const { store } = openStore({ retentionCount: 50_000 })
    for (const [at, one] of [...several, ...many].entries()) {
      store.writer.push(one)
      if (at % 5_000 === 0) await store.writer.flush()
    }
    await store.writer.flush()
    const search = { search: '/b/', order, limit: 10 }
    const first = await store.reader.requests(search)
    const second = await store.reader.requests({ ...search, after: first.previousAfter ?? '' })
    expect(first).toMatchObject({ items: [], total: null, searchedTo: 'GET /a/:id' })
    expect(second.items.map(({ url }) => url)).toEqual(['/a/b/1', '/b/3', '/b/1', '/b/2'])
    expect([second.searchedTo, second.previousAfter]).toEqual([null, null])
  })
})

describe('a search without an index', () => {
  test('stops after its budget, says how far it came, and goes on from there', async () => {
    const rare = request({ url: '/rare/0' }, 0)
    const many = Array.from({ length: 20_500 }, (_, at) => request({ url: `/often/${at}` }, 10 + at))
    const { store } = openStore({ retentionCount: 50_000 })
    for (const [at, one] of [rare, ...many].entries()) {
      store.writer.push(one)
      if (at % 5_000 === 0) await store.writer.flush()
    }
    await store.writer.flush()
    const first = await store.reader.requests({ search: '/rare/', limit: 10 })
    const second = await store.reader.requests({ search: '/rare/', limit: 10, before: first.nextBefore ?? '' })
    const stoppedAt = many[500]?.recording
    expect(first).toMatchObject({ items: [], total: null, nextBefore: stoppedAt?.id, searchedTo: stoppedAt?.startedAt })
    expect(second).toMatchObject({ items: [{ url: '/rare/0' }], nextBefore: null, searchedTo: null })
    expect((await store.reader.requests({ limit: 1 })).total).toEqual('10000+')
  })
})

describe('deleted requests', () => {
  test('are gone with their findings, while all sums stay', async () => {
    const store = await filled([naive({}, 1), naive({}, 2)])
    const window = { since: null, until: null }
    const [newest, older] = (await store.reader.requests({ limit: 10 })).items
    const before = await store.reader.overview(window)
    const removed = await store.writer.remove([newest?.id ?? '', newest?.id ?? '', 'nobody'])
    const after = await store.reader.overview(window)
    const key = before.findings[0]?.key ?? ''
    expect(removed).toEqual(1)
    expect(await store.reader.request(newest?.id ?? '')).toEqual(null)
    expect((await store.reader.requests({ findingKey: key, limit: 10 })).items.map(({ id }) => id)).toEqual([older?.id])
    expect([after.requestCount, after.findings[0]?.recordingCount]).toEqual([2, 2])
    expect(after.findings[0]?.latestRecordingId).toEqual(null)
  })

  test('that wait to be written are deleted too', async () => {
    const { store } = openStore({ flushIntervalMs: 60_000 })
    const one = request()
    store.writer.push(one)
    expect(await store.writer.remove([one.recording.id])).toEqual(1)
    expect((await store.reader.requests({ limit: 10 })).items).toEqual([])
  })
})

test('what is new is told by a text that changes with each recording', async () => {
  const store = await filled([request({}, 1)])
  const first = await store.reader.newest()
  const same = await store.reader.newest()
  const late = request({}, 0)
  store.writer.push(late)
  await store.writer.flush()
  const next = await store.reader.newest()
  expect(same).toEqual(first)
  expect(next.version).not.toEqual(first.version)
  expect(next.id).toEqual(first.id)
})

test('more combinations of filters than there are statements remembered are all answered, the first again at the end', async () => {
  const store = await filled()
  const parts: readonly Partial<RequestFilter>[] = [
    { method: 'GET' },
    { status: '2xx' },
    { minMs: 1 },
    { minQueries: 0 },
    { minSqlMs: 0 },
    { session: null },
    { search: 'o' },
    { since: 0 },
    { until: Date.UTC(2100, 0) },
  ]
  const combinations = Array.from({ length: 2 ** parts.length }, (_, bits) =>
    Object.assign({ limit: 200 }, ...parts.filter((_part, at) => bits & (2 ** at))),
  )
  const counts: number[] = []
  for (const filter of [...combinations, { limit: 200 }])
    counts.push((await store.reader.requests(filter)).items.length)
  expect(new Set(counts)).toEqual(new Set([60, 48]))
  expect([counts[0], counts.at(-1)]).toEqual([60, 60])
})
