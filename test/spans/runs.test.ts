import silk from 'express-silk'
import { expect, test } from 'vitest'
import { type Started, start } from './support.js'

interface ToldRun {
  readonly kind: string
  readonly name: string
  readonly startedAt: string
  readonly durationMs: number
  readonly queryCount: number
  readonly sqlMs: number
  readonly callSite: { readonly file: string } | null
  readonly recording: { readonly id: string; readonly name: string | null; readonly kind: string }
}
interface ToldRuns {
  readonly items: readonly ToldRun[]
  readonly next: string | null
  readonly previous: string | null
  readonly total: number | string | null
  readonly searchedTo: string | null
  readonly further: string | null
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Three jobs: in each a span `outer` with a query for each turn, and two short ones in it, of which one fails. */
async function recorded(): Promise<Started> {
  const started = await start()
  for (const turn of [3, 1, 2]) {
    await silk.record(`job ${turn}`, () =>
      silk.span(`outer ${turn}`, async () => {
        for (let query = 0; query < turn; query++) await started.db('authors')
        await silk.span('inner', () => pause(turn * 15))
        await silk.span('failing', () => Promise.reject(new Error('no'))).catch(() => {})
      }),
    )
  }
  await started.profiler.flush()
  return started
}

async function names({ json }: Started, query: string): Promise<readonly string[]> {
  return (await json<ToldRuns>(`/profiling/runs.json?${query}`)).items.map(({ name }) => name)
}

/** All pages of a list, by following `next`; and back again, by `previous`. */
async function walked({ origin }: Started, query: string): Promise<readonly [readonly string[], readonly string[]]> {
  const ask = async (path: string) => (await (await fetch(origin + path)).json()) as ToldRuns
  const texts = ({ items }: ToldRuns) => items.map(({ name, recording }) => `${recording.name} ${name}`)
  let page = await ask(`/silk/profiling/runs.json?${query}`)
  const on = [texts(page)]
  while (page.next !== null) {
    page = await ask(page.next)
    on.push(texts(page))
  }
  const back = [texts(page)]
  while (page.previous !== null) {
    page = await ask(page.previous)
    back.unshift(texts(page))
  }
  return [on.flat(), back.flat()]
}

test('single runs of spans are listed, the newest first, each with its recording and its line', async () => {
  const started = await recorded()
  const { items, total, next, searchedTo } = await started.json<ToldRuns>('/profiling/runs.json')
  const text = await started.page('/profiling/runs')

  expect([total, next, searchedTo]).toEqual([9, null, null])
  expect(items.map(({ name }) => name).slice(0, 4)).toEqual(['failing', 'inner', 'outer 2', 'failing'])
  expect(items[2]).toMatchObject({ queryCount: 2, recording: { kind: 'job', name: 'job 2' } })
  expect(items[2]?.callSite?.file).toContain('runs.test.ts')
  expect(Date.parse(items[0]?.startedAt ?? '')).toBeGreaterThan(Date.parse(items[2]?.startedAt ?? ''))
  expect(text).toContain(`/silk/requests/${items[0]?.recording.id}#h-wf`)
  expect(text).toContain('<span class="badge err" title="Error: no">error</span>')
})

test('they are filtered by name, kind, route or job, and by a least time and number of queries', async () => {
  const started = await recorded()
  const lengths = (await started.json<ToldRuns>('/profiling/runs.json?sort=duration')).items.map(
    ({ durationMs }) => durationMs,
  )
  const long = await started.json<ToldRuns>(`/profiling/runs.json?sort=duration&min_ms=${lengths[1]}`)

  expect(await names(started, 'q=NNE')).toEqual(['inner', 'inner', 'inner'])
  expect(await names(started, 'q=outer&min_queries=2')).toEqual(['outer 2', 'outer 3'])
  expect(long.items.map(({ durationMs }) => durationMs)).toEqual(lengths.filter((ms) => ms >= (lengths[1] ?? 0)))
  expect(await names(started, 'q=outer&min_sql_ms=10000')).toEqual([])
  expect(await names(started, 'route=job%201')).toEqual(['failing', 'inner', 'outer 1'])
  expect(await names(started, 'kind=http')).toEqual([])
  expect(await names(started, 'session=none-such')).toEqual([])
  expect(await started.page('/profiling/runs?kind=http')).toContain('No run matches')
})

test('they are ordered by duration, number of queries, time on queries and when they ran', async () => {
  const started = await recorded()
  const { items } = await started.json<ToldRuns>('/profiling/runs.json?sort=-sql')
  const longest = await started.json<ToldRuns>('/profiling/runs.json?sort=-duration')
  const lengths = longest.items.map(({ durationMs }) => durationMs)

  expect(lengths).toEqual(lengths.toSorted((a, b) => b - a))
  expect((await names(started, 'sort=-queries')).slice(0, 3)).toEqual(['outer 3', 'outer 2', 'outer 1'])
  expect(items.map(({ sqlMs }) => sqlMs)).toEqual(items.map(({ sqlMs }) => sqlMs).toSorted((a, b) => b - a))
  expect(await names(started, 'sort=time')).toEqual((await names(started, '')).toReversed())
  expect(await names(started, 'sort=duration')).toEqual((await names(started, 'sort=-duration')).toReversed())
})

test.each(['', 'sort=time', 'sort=-duration', 'sort=duration', 'sort=-queries', 'sort=queries'])(
  'no page of ?%s repeats or leaves out one, and one goes back as one came',
  async (query) => {
    const started = await recorded()
    const all = (await started.json<ToldRuns>(`/profiling/runs.json?${query}`)).items
    const [on, back] = await walked(started, `${query}&limit=2`)

    expect(on).toEqual(all.map(({ name, recording }) => `${recording.name} ${name}`))
    expect(back).toEqual(on)
  },
)

test('where there are many recordings, a bounded number is looked into, and the list goes on from there', async () => {
  const started = await start()
  await silk.record('rare', () => silk.span('rare', () => started.db('authors')))
  for (let job = 0; job < 500; job++) await silk.record('job', () => silk.span('often', () => null))
  await started.profiler.flush()

  const found = await started.json<ToldRuns>('/profiling/runs.json?q=rare')
  const text = await started.page('/profiling/runs?q=rare')
  const on = (await (await fetch(started.origin + found.next)).json()) as ToldRuns
  const sorted = await started.json<ToldRuns>('/profiling/runs.json?sort=-queries&limit=10')
  const [all] = await walked(started, 'sort=-queries&limit=200')

  expect([found.items, found.total]).toEqual([[], null])
  expect(Date.parse(found.searchedTo ?? '')).toBeGreaterThan(0)
  expect(text).toMatch(/Searched back to \d\d:\d\d – <a [^>]+>continue/)
  expect(on.items.map(({ name }) => name)).toEqual(['rare'])
  expect(sorted.items[0]?.name).toBe('often')
  expect(((await (await fetch(started.origin + sorted.further)).json()) as ToldRuns).items[0]?.name).toBe('rare')
  expect(await started.page('/profiling/runs?sort=-queries')).toMatch(
    /In order are the runs since [^<]+<a [^>]+>those before/,
  )
  expect([all.length, new Set(all).size]).toEqual([501, 2])
})

test.each([
  ['sort=best', 'The parameter "sort" has the value "best"; allowed: -time, time, -duration'],
  ['min_ms=slow', 'The parameter "min_ms"'],
  ['before=1:1&after=1:1', 'cannot both be given'],
])('an address with %s is refused with what is allowed', async (query, message) => {
  const { origin } = await start()
  const answer = await fetch(`${origin}/silk/profiling/runs.json?${query}`)

  expect(answer.status).toBe(400)
  expect(((await answer.json()) as { error: { message: string } }).error.message).toContain(message)
})
