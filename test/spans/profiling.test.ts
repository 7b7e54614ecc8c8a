import silk from 'express-silk'
import { expect, test } from 'vitest'
import { start } from './support.js'

interface ToldSummary {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly calls: number
  readonly totalMs: number
  readonly ownMs: number
  readonly queryCount: number
  readonly errorCount: number
}
interface ToldSpans {
  readonly items: readonly ToldSummary[]
  readonly total: number
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function recorded() {
  const started = await start()
  for (const turn of [1, 2, 3]) {
    await silk.record(turn === 3 ? 'other job' : 'job', () =>
      silk.span('outer', async () => {
        await silk.span('inner', () => pause(turn * 10))
        await started.db('authors')
        if (turn === 2) await silk.span('failing', () => Promise.reject(new Error('no'))).catch(() => {})
      }),
    )
  }
  await started.profiler.flush()
  return started
}

test('spans are listed by name, with what they cost, filtered and sorted', async () => {
  const { json, page } = await recorded()

  const all = await json<ToldSpans>('/profiling.json')
  const names = async (query: string): Promise<readonly string[]> =>
    (await json<ToldSpans>(`/profiling.json?${query}`)).items.map(({ name }) => name)

  expect(all.total).toBe(3)
  expect(all.items.map(({ name }) => name)).toEqual(['outer', 'inner', 'failing'])
  expect(all.items[0]).toMatchObject({ kind: 'code', calls: 3, queryCount: 3, errorCount: 0 })
  expect(all.items[0]?.ownMs).toBeLessThan(all.items[0]?.totalMs ?? 0)
  expect(all.items[2]).toMatchObject({ calls: 1, errorCount: 1 })
  expect(await names('sort=total')).toEqual(['failing', 'inner', 'outer'])
  expect((await names('sort=-errors'))[0]).toBe('failing')
  expect(await names('sort=name')).toEqual(['failing', 'inner', 'outer'])
  expect(await names('sort=-name')).toEqual(['outer', 'inner', 'failing'])
  expect(await names('sort=-p50')).toEqual(['outer', 'inner', 'failing'])
  expect(await names('q=nn')).toEqual(['inner'])
  expect(await names('kind=http')).toEqual([])
  expect(await names('route=other%20job')).toEqual(['outer', 'inner'])
  expect(await page('/profiling')).toContain('inner')
  expect(await page('/profiling?kind=http')).toContain('No span matches')
})

test('a span has a page with its routes and jobs, and its slowest recordings', async () => {
  const { json, page, list } = await recorded()
  const { items } = await json<ToldSpans>('/profiling.json?q=inner')
  const address = `/profiling/${items[0]?.id}`

  const told = await json<{
    readonly routes: readonly { readonly route: string; readonly calls: number }[]
    readonly slowest: readonly {
      readonly maxMs: number
      readonly recording: { readonly id: string; readonly name: string }
    }[]
  }>(`${address}.json`)

  const [newest] = await list('kind=job')
  expect(told.routes.map(({ route, calls }) => [route, calls]).toSorted()).toEqual([
    ['job', 2],
    ['other job', 1],
  ])
  expect(told.slowest).toHaveLength(3)
  const lengths = told.slowest.map(({ maxMs }) => maxMs)
  expect(lengths).toEqual(lengths.toSorted((a, b) => b - a))
  expect(told.slowest.map(({ recording }) => recording.name).toSorted()).toEqual(['job', 'job', 'other job'])
  expect(await page(address)).toContain(`/silk/requests/${newest?.id}`)
})

test('a span’s page looks at a window or a session, its slowest recordings too', async () => {
  const { json, page } = await recorded()
  const { items } = await json<ToldSpans>('/profiling.json?q=inner')
  const told = async (query: string) => {
    const { calls, slowest } = await json<{ calls: number; slowest: readonly object[] }>(
      `/profiling/${items[0]?.id}.json?${query}`,
    )
    return [calls, slowest.length]
  }

  expect(await told('window=1h')).toEqual([3, 3])
  expect(await told('window=all&session=none-such')).toEqual([0, 0])
  expect(await page(`/profiling/${items[0]?.id}?session=none-such`)).toContain('None of its recordings in this window')
  expect(await page('/profiling?window=1h')).toContain(`/profiling/${items[0]?.id}?window=1h`)
})

test('a span that was never seen is not found', async () => {
  const { origin } = await start()

  expect((await fetch(`${origin}/silk/profiling/0000000000000`)).status).toBe(404)
  expect((await fetch(`${origin}/silk/profiling?sort=best`)).status).toBe(400)
})
