import { describe, expect, test } from 'vitest'
import type { CpuProfile } from '../../src/model/cpu-profile.js'
import type { AnalyzedRecording } from '../../src/model/finding.js'
import { request } from '../store/sample-recordings.js'
import { openStore } from '../store/temp-store.js'
import { type CallSketch, sampleProfile } from './sample-profile.js'

function profiled(afterMs: number, cpuProfile: CpuProfile = sampleProfile([{ name: 'a', ms: 3 }])): AnalyzedRecording {
  const made = request({ url: `/${afterMs}` }, afterMs)
  return { ...made, recording: { ...made.recording, cpuProfile } }
}

/** Profiles of one size, which gzip cannot make smaller. */
function large(bytes: number): CpuProfile {
  return { ...sampleProfile([]), file: Buffer.from(Array.from({ length: bytes }, (_, at) => at % 251)) }
}

const ALL = { frame: null, order: 'self' } as const

describe('a profile', () => {
  test('is stored with its recording, which names it without its file', async () => {
    const { store } = openStore()
    const one = profiled(1, sampleProfile([{ name: 'a', ms: 3 }], { otherRequestCount: 2 }))
    store.writer.push(one)
    store.writer.push(request({}, 2))
    await store.writer.flush()

    const stored = await store.reader.request(one.recording.id)
    expect(stored?.recording.cpuProfile).toEqual({
      ...{ trigger: 'page', startMs: 5, durationMs: 3, intervalUs: 1_000, sampleCount: 3 },
      ...{ otherRequestCount: 2, isCut: false, keptOneIn: 1 },
    })
    expect(await store.reader.cpuProfileFile(one.recording.id)).toEqual(
      Uint8Array.from((one.recording.cpuProfile as CpuProfile).file),
    )
    expect(await store.reader.cpuProfiles()).toMatchObject([{ recording: { id: one.recording.id, path: '/1' } }])
  })

  test('is of nobody who has none', async () => {
    const { store } = openStore()
    const one = request({}, 1)
    store.writer.push(one)
    await store.writer.flush()

    expect(await store.reader.cpuProfileView(one.recording.id, ALL)).toBe(null)
    expect(await store.reader.cpuProfileFile('none')).toBe(null)
    expect((await store.reader.request(one.recording.id))?.recording).not.toHaveProperty('cpuProfile')
  })

  test.each<[string, (store: ReturnType<typeof openStore>['store'], id: string) => Promise<unknown>]>([
    ['deleted', (store, id) => store.writer.remove([id])],
    ['pruned', (store) => store.writer.prune({ keep: 1 })],
    ['cleared', (store) => store.writer.clear()],
  ])('goes when its recording is %s', async (_, go) => {
    const { store } = openStore()
    const one = profiled(1)
    store.writer.push(one)
    store.writer.push(request({}, 2))
    await store.writer.flush()

    await go(store, one.recording.id)

    expect(await store.reader.cpuProfiles()).toEqual([])
    expect(await store.reader.cpuProfileFile(one.recording.id)).toBe(null)
  })
})

describe('the oldest go, and their recordings stay,', () => {
  test('beyond the number that is kept', async () => {
    const { store } = openStore({ cpuProfiles: { count: 2, bytes: 1_000_000 } })
    for (const afterMs of [1, 2, 3, 4]) store.writer.push(profiled(afterMs))
    await store.writer.flush()

    expect((await store.reader.cpuProfiles()).map(({ recording }) => recording.path)).toEqual(['/4', '/3'])
    expect((await store.reader.status()).recordingCount).toBe(4)
  })

  test('beyond the bytes that they may have together', async () => {
    const { store } = openStore({ cpuProfiles: { count: 100, bytes: 25_000 } })
    for (const afterMs of [1, 2, 3]) store.writer.push(profiled(afterMs, large(10_000)))
    await store.writer.flush()

    expect((await store.reader.cpuProfiles()).map(({ recording }) => recording.path)).toEqual(['/3', '/2'])
  })
})

describe('what a page shows', () => {
  const APP = 'src/reports.ts'
  const fib = (depth: number): CallSketch => ({
    ...{ name: 'fib', url: APP, line: 3, ms: 10 },
    calls: depth === 0 ? [] : [fib(depth - 1)],
  })
  async function viewOf(calls: readonly CallSketch[], look: { frame: number | null; order: 'self' | 'total' } = ALL) {
    const { store } = openStore()
    const one = profiled(1, sampleProfile(calls))
    store.writer.push(one)
    await store.writer.flush()
    const view = await store.reader.cpuProfileView(one.recording.id, look)
    if (view === null) throw new Error('There is no profile.')
    return view
  }

  test('is what ran, by whose code it is, without what was idle', async () => {
    const { busyMs, idleMs, byOwner } = await viewOf([
      { name: 'handler', url: APP, line: 1, ms: 20 },
      { name: 'first', url: 'node_modules/knex/lib/x.js', line: 1, ms: 7 },
      { name: 'send', url: 'node_modules/pg-protocol/dist/x.js', line: 1, ms: 2 },
      { name: 'send', url: 'node_modules/express/lib/x.js', line: 1, ms: 5 },
      { name: 'near miss', url: 'node_modules/pgsomething/x.js', line: 1, ms: 1 },
      { name: 'note', url: 'node_modules/express-silk/capture/x.js', line: 1, ms: 3 },
      { name: 'emit', url: 'node:events', line: 1, ms: 4 },
      { name: '(garbage collector)', ms: 6 },
      { name: '(idle)', ms: 50 },
    ])

    expect({ busyMs, idleMs }).toEqual({ busyMs: 48, idleMs: 50 })
    expect(byOwner).toEqual({ app: 20, driver: 9, package: 6, silk: 3, node: 4, engine: 6 })
  })

  test('adds up functions, in which calls of themselves count once', async () => {
    const { functions } = await viewOf([fib(4), { name: 'other', url: APP, line: 9, ms: 5, calls: [fib(0)] }])

    expect(functions.map(({ name, selfMs, totalMs, line, column }) => [name, selfMs, totalMs, line, column])).toEqual([
      ['fib', 60, 60, 3, 5],
      ['other', 5, 15, 9, 5],
    ])
  })

  test('is in the order that was asked for', async () => {
    const calls = [{ name: 'a', ms: 1, calls: [{ name: 'b', ms: 9 }] }]

    const orderOf = async (order: 'self' | 'total') =>
      (await viewOf(calls, { frame: null, order })).functions.map(({ name }) => name)
    expect([await orderOf('self'), await orderOf('total')]).toEqual([
      ['b', 'a'],
      ['a', 'b'],
    ])
  })

  test('are boxes, the costliest call first, in shares of the width', async () => {
    const { boxes } = await viewOf([
      { name: 'a', ms: 25 },
      { name: 'b', ms: 25, calls: [{ name: 'c', ms: 50 }] },
    ])

    expect(boxes.map(({ name, depth, from, width }) => [name, depth, from, width])).toEqual([
      ['b', 0, 0, 0.75],
      ['a', 0, 0.75, 0.25],
      ['c', 1, 0, 0.5],
    ])
  })

  test('is one call and what is below it, with the way there', async () => {
    const calls = [
      { name: 'a', ms: 50, calls: [{ name: 'b', ms: 10, calls: [{ name: 'c', ms: 40 }] }] },
      { name: 'd', ms: 900 },
    ]
    const whole = await viewOf(calls)
    const frame = whole.functions.find(({ name }) => name === 'b')?.frameId ?? null

    const { zoom, shownMs, boxes, functions } = await viewOf(calls, { frame, order: 'self' })

    expect(zoom.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(shownMs).toBe(50)
    expect(boxes.map(({ name, depth, width }) => [name, depth, width])).toEqual([
      ['b', 0, 1],
      ['c', 1, 0.8],
    ])
    expect(functions.map(({ name }) => name)).toEqual(['c', 'b'])
  })

  test('is all of it where the frame is not in it', async () => {
    expect(await viewOf([{ name: 'a', ms: 1 }], { frame: 999, order: 'self' })).toMatchObject({ zoom: [], shownMs: 1 })
  })

  test('is bounded: 300 functions side by side, and a stack of 2,000 calls', async () => {
    const many = Array.from({ length: 300 }, (_, at) => ({ name: `f${at}`, ms: 1 }))
    let deep: CallSketch = { name: 'deepest', ms: 100 }
    for (let at = 0; at < 2_000; at++) deep = { name: `deep${at}`, calls: [deep] }

    const { boxes, undrawnCount, functions, functionCount } = await viewOf([...many, deep])

    expect(boxes.length).toBe(60)
    expect(undrawnCount).toBeGreaterThan(300)
    expect([functions.length, functionCount]).toEqual([30, 2_301])
  })

  test('is nothing where nothing ran', async () => {
    expect(await viewOf([])).toMatchObject({ busyMs: 0, boxes: [], functions: [] })
  })
})
