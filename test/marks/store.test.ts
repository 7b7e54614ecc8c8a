import { describe, expect, test, vi } from 'vitest'
import { sweepOrphans } from '#dist/store/maintenance.js'
import { WorkerConnection } from '#dist/store/worker-connection.js'
import type { AnalyzedRecording } from '../../src/model/finding.js'
import type { RequestFilter } from '../../src/model/request-list.js'
import { NOON, naive, request } from '../store/sample-recordings.js'
import { type OpenedStore, openStore } from '../store/temp-store.js'
import { query } from '../support/build-recording.js'

const DAY = 86_400_000

async function filled(options: Parameters<typeof openStore>[0], recordings: readonly AnalyzedRecording[]) {
  const opened = openStore(options)
  await add(opened, recordings)
  return opened
}

async function add({ store }: OpenedStore, recordings: readonly AnalyzedRecording[]): Promise<void> {
  for (const one of recordings) store.writer.push(one)
  await store.writer.flush()
}

async function ids({ store }: OpenedStore, filter: Partial<RequestFilter> = {}): Promise<readonly string[]> {
  return (await store.reader.requests({ limit: 200, ...filter })).items.map(({ id }) => id).toReversed()
}

const idsOf = (of: readonly AnalyzedRecording[]): readonly string[] => of.map(({ recording }) => recording.id)
const many = (count: number, fromMs = 0) => Array.from({ length: count }, (_, at) => request({}, fromMs + at))

describe('what is said of a recording', () => {
  test('comes back as it was, and is found by it', async () => {
    const said = {
      tags: ['checkout', 'largé'],
      pinned: true,
      user: { id: '42', name: 'Ada' },
      usage: { memoryBytes: -1_200, eventLoopShare: 0.125, cpuMs: 1.5 },
    }
    const [plain, marked, other] = [
      request({}, 0),
      request({ said }, 1),
      request({ said: { tags: ['other'], user: { id: '4', name: null } } }, 2),
    ]
    const opened = await filled({}, [plain, marked, other])
    const { reader } = opened.store
    const id = marked.recording.id

    expect((await reader.request(id))?.recording).toEqual(marked.recording)
    expect((await reader.request(plain.recording.id))?.recording).toEqual(plain.recording)
    for (const filter of [{ tag: 'checkout' }, { pinnedOnly: true }, { user: '42' }, { tag: 'largé', user: '42' }]) {
      expect([filter, await ids(opened, filter)]).toEqual([filter, [id]])
    }
    for (const filter of [{ tag: 'check' }, { user: '2' }, { user: 'Ada' }, { tag: 'checkout', user: '4' }]) {
      expect([filter, await ids(opened, filter)]).toEqual([filter, []])
    }
    const { items } = await reader.requests({ limit: 9 })
    expect(items.map(({ tags, pinned, user }) => ({ tags, pinned, user }))).toEqual([
      { tags: ['other'], pinned: false, user: { id: '4', name: null } },
      { tags: said.tags, pinned: true, user: said.user },
      { tags: [], pinned: false, user: null },
    ])
    expect((await reader.requestFacets()).tags).toEqual(['checkout', 'largé', 'other'])
  })

  test('goes with the recording', async () => {
    const one = request({ said: { tags: ['a'], pinned: true } })
    const opened = await filled({}, [one])
    await opened.store.writer.remove(idsOf([one]))
    const handle = await new WorkerConnection({ path: opened.file, temporary: false }).handle()

    expect(handle.all('SELECT number FROM pins UNION ALL SELECT number FROM recording_tags')).toEqual([])
    handle.db.close()
  })

  test('a user has the name that was told last', async () => {
    const named = (name: string | null, at: number) => request({ said: { user: { id: '1', name } } }, at)
    const opened = await filled({}, [named(null, 0), named('Ada', 1), named('Ada L.', 2)])

    const { items } = await opened.store.reader.requests({ limit: 9, user: '1' })
    expect(items.map(({ user }) => user?.name)).toEqual(['Ada L.', 'Ada L.', 'Ada L.'])
  })
})

describe('pins', () => {
  test('are set and taken off, and said of those that are not there', async () => {
    const [one, other] = many(2)
    const opened = await filled({}, [one, other] as AnalyzedRecording[])
    const { writer } = opened.store
    const both = idsOf([one, other] as AnalyzedRecording[])

    expect(await writer.setPinned([...both, '019a0000-0000-7000-8000-00000000ffff'], true)).toEqual({
      found: 2,
      changed: 2,
    })
    expect(await ids(opened, { pinnedOnly: true })).toEqual(both)
    expect(await writer.setPinned(both.slice(0, 1), false)).toEqual({ found: 1, changed: 1 })
    expect(await ids(opened, { pinnedOnly: true })).toEqual(both.slice(1))
    expect((await opened.store.reader.status()).pinnedCount).toBe(1)
  })

  test('are five hundred at most, by hand and by code', async () => {
    const pinned = Array.from({ length: 505 }, (_, at) => request({ said: { pinned: true } }, at))
    const opened = await filled({}, pinned)
    const { reader, writer } = opened.store

    expect((await reader.status()).pinnedCount).toBe(500)
    expect(await writer.setPinned(idsOf(pinned.slice(-2)), true)).toEqual({ found: 2, changed: 0 })
    expect(await writer.setPinned(idsOf(pinned.slice(0, 1)), true)).toEqual({ found: 1, changed: 1 })
    await writer.setPinned(idsOf(pinned.slice(0, 1)), false)
    expect(await writer.setPinned(idsOf(pinned.slice(-2)), true)).toEqual({ found: 2, changed: 1 })
  })

  test('outlive others by count, which does not count them', async () => {
    const pinned = Array.from({ length: 3 }, (_, at) => request({ said: { pinned: true } }, at))
    const others = many(60, 10)
    const opened = await filled({ retentionCount: 20 }, [...pinned, ...others])

    await expect.poll(() => ids(opened), { timeout: 10_000 }).toEqual(idsOf([...pinned, ...others.slice(-20)]))
  })

  test('outlive others by age, and by hand', async () => {
    const before = [
      request({ said: { pinned: true } }, -30 * DAY),
      request({}, -30 * DAY + 1),
      request({ status: 500 }, 0),
    ]
    const opened = await filled({}, before)
    const { writer } = opened.store

    expect((await writer.prune({ before: NOON - DAY })).removed).toBe(1)
    expect((await writer.prune({ keep: 0, maxBytes: 1 })).removed).toBe(1)
    expect(await ids(opened)).toEqual(idsOf(before.slice(0, 1)))
  })

  test('fall off when they are 90 days older than the newest', async () => {
    const old = [-90 * DAY - 60_000, -90 * DAY + 60_000].map((at) => request({ said: { pinned: true } }, at))
    const others = many(40)
    const opened = await filled({ retentionCount: 20 }, [...old, ...others])

    await expect.poll(() => ids(opened), { timeout: 10_000 }).toEqual(idsOf([...old.slice(1), ...others.slice(-20)]))
  })

  test('go last where the file has a bound', async () => {
    const large = (at: number, pinned: boolean) => {
      const values = Array.from({ length: 40 }, (_, of) => `${at} ${of} ${'x'.repeat(400)}`)
      return request({ said: { pinned }, queries: [query('select ?', values)] }, at)
    }
    const recordings = Array.from({ length: 400 }, (_, at) => large(at, at < 150))
    const opened = await filled({ retentionBytes: 1_500_000 }, recordings)
    await add(opened, many(150, 1_000))
    const status = () => opened.store.reader.status()

    await vi.waitFor(async () => expect((await status()).pinnedCount).toBeLessThan(150), { timeout: 15_000 })
    await vi.waitFor(async () => expect((await status()).recordingCount).toBeLessThan(350), { timeout: 15_000 })
    expect((await status()).pinnedCount).toBeGreaterThan(20)
    expect(await ids(opened)).toContain(recordings[149]?.recording.id)
  })

  test('keep the texts that they share, and not those of all since', async () => {
    const pinned = naive({ said: { pinned: true, user: { id: '1', name: null } } }, -60 * DAY, 6)
    const opened = await filled({}, [pinned, ...many(3)])
    const handle = await new WorkerConnection({ path: opened.file, temporary: false }).handle()
    const hour = Math.floor(NOON / 3_600_000)
    // As if written at their time, in which others came and went.
    handle.db.prepare('UPDATE texts SET seen_hour = ?').run(hour - 60 * 24)
    handle.db.prepare('UPDATE users SET seen_hour = ?').run(hour - 60 * 24)
    handle.db.prepare(`INSERT INTO texts (id, text, seen_hour) VALUES (1, 'of another', ?)`).run(hour - 50 * 24)
    sweepOrphans(handle)

    expect(handle.all('SELECT id FROM texts WHERE id = 1')).toEqual([])
    const { recording, occurrences } = (await opened.store.reader.request(pinned.recording.id)) ?? {}
    expect(recording).toEqual(pinned.recording)
    expect(occurrences).toEqual(pinned.occurrences)
    handle.db.close()
  })
})

describe('tags', () => {
  test('are added and taken off, twenty at most', async () => {
    const one = request()
    const opened = await filled({}, [one])
    const { writer } = opened.store
    const { id } = one.recording
    const twenty = Array.from({ length: 20 }, (_, at) => `t${String(at).padStart(2, '0')}`)

    expect(await writer.setTags(id, { add: ['b', 'a', 'a'], remove: [] })).toEqual({ tags: ['a', 'b'], isFull: false })
    expect(await writer.setTags(id, { add: [], remove: ['b', 'none'] })).toEqual({ tags: ['a'], isFull: false })
    expect(await writer.setTags(id, { add: twenty, remove: [] })).toEqual({ tags: ['a'], isFull: true })
    expect(await writer.setTags(id, { add: twenty, remove: ['a'] })).toEqual({ tags: twenty, isFull: false })
    expect(await writer.setTags('019a0000-0000-7000-8000-00000000ffff', { add: ['a'], remove: [] })).toBeNull()
  })
})
