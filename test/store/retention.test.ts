import { existsSync, statSync } from 'node:fs'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { compactStep, dropOldRollups } from '#dist/store/compaction.js'
import { HostConnection } from '#dist/store/host-connection.js'
import { sweepOrphans } from '#dist/store/maintenance.js'
import { WorkerConnection } from '#dist/store/worker-connection.js'
import type { AnalyzedRecording } from '../../src/model/finding.js'
import type { Overview } from '../../src/model/overview.js'
import { buildRecording, query } from '../support/build-recording.js'
import { ALL_TIME, analyzed, idAt, NOON, naive, request } from './sample-recordings.js'
import { openStore } from './temp-store.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('the newest recordings are kept', () => {
  test('as many as the cap says, with all that belongs to them', async () => {
    const { store, file } = openStore({ retentionCount: 50 })
    const pushed = Array.from({ length: 330 }, (_, at) => naive({}, at, 6))
    for (const one of pushed) store.writer.push(one)
    await store.writer.flush()
    await vi.waitFor(async () => expect((await store.reader.status()).recordingCount).toEqual(50), { timeout: 10_000 })
    const { items } = await store.reader.requests({ limit: 200 })
    expect(items.map(({ id }) => id)).toEqual(
      pushed
        .slice(-50)
        .map(({ recording }) => recording.id)
        .toReversed(),
    )
    const newest = pushed.at(-1)
    expect((await store.reader.request(newest?.recording.id ?? ''))?.occurrences).toEqual(newest?.occurrences)
    const handle = await new WorkerConnection({ path: file, temporary: false }).handle()
    const counts = ['recording_details', 'recording_statements', 'occurrences'].map(
      (table) => handle.get<{ count: number }>(`SELECT count(*) AS count FROM ${table}`)?.count,
    )
    expect(counts).toEqual([50, 100, 50])
    handle.db.close()
  })

  test('and the sums go on counting what was pruned', async () => {
    const { store } = openStore({ retentionCount: 10 })
    for (let at = 0; at < 40; at++) store.writer.push(request({}, at))
    await store.writer.flush()
    await vi.waitFor(async () => expect((await store.reader.status()).recordingCount).toEqual(10), { timeout: 10_000 })
    expect((await store.reader.overview(ALL_TIME)).requestCount).toEqual(40)
  })

  test('all of them below the cap', async () => {
    const { store } = openStore({ retentionCount: 40 })
    for (let at = 0; at < 40; at++) store.writer.push(request({}, at))
    await store.writer.flush()
    expect((await store.reader.status()).recordingCount).toEqual(40)
  })
})

describe('of the oldest, those worth more are kept longer', () => {
  async function keptAfter(pushed: readonly AnalyzedRecording[], retentionCount: number): Promise<readonly string[]> {
    const { store } = openStore({ retentionCount })
    for (const one of pushed) store.writer.push(one)
    await store.writer.flush()
    const settled = async () => expect((await store.reader.status()).recordingCount).toEqual(retentionCount)
    await vi.waitFor(settled, { timeout: 10_000 })
    const { items } = await store.reader.requests({ limit: 200 })
    return items.map(({ id }) => id).toReversed()
  }
  const ids = (of: readonly AnalyzedRecording[]): readonly string[] => of.map(({ recording }) => recording.id)

  test('failed, slow, with a finding, with an exception: as long as they are a fifth of all at most', async () => {
    const worthMore = [
      request({ status: 503 }, 0),
      request({ durationMs: 1_000 }, 1),
      naive({}, 2, 6),
      request({ error: { class: 'TypeError', message: 'no', stack: [], callSite: null } }, 3),
    ]
    const others = Array.from({ length: 100 }, (_, at) => request({ status: 404, durationMs: 999 }, 10 + at))
    expect(await keptAfter([...worthMore, ...others], 20)).toEqual([...ids(worthMore), ...ids(others.slice(-16))])
  })

  test('of more of them, the oldest go', async () => {
    const failed = Array.from({ length: 30 }, (_, at) => request({ status: 500 }, at))
    const others = Array.from({ length: 100 }, (_, at) => request({}, 100 + at))
    expect(await keptAfter([...failed, ...others], 20)).toEqual([...ids(failed.slice(-4)), ...ids(others.slice(-16))])
  })

  test('until they are a week older than the newest', async () => {
    const old = [request({ status: 500 }, -7 * DAY - 1), request({ status: 500 }, -7 * DAY + 200)]
    const others = Array.from({ length: 100 }, (_, at) => request({}, at))
    expect(await keptAfter([...old, ...others], 20)).toEqual([...ids(old.slice(1)), ...ids(others.slice(-19))])
  })
})

describe('by age', () => {
  test('recordings go, whatever they are, and with nothing new being recorded', async () => {
    const now = Date.now()
    const at = (ago: number) => now - NOON - ago
    const { store, file } = openStore({ retentionAgeHours: 1 / 60 })
    const [old, fresh] = [naive({ status: 500 }, at(61_000), 6), request({}, at(0))]
    store.writer.push(old)
    store.writer.push(fresh)
    await store.writer.flush()
    const kept = async () => (await store.reader.requests({ limit: 9 })).items.map(({ id }) => id)
    await vi.waitFor(async () => expect(await kept()).toEqual([fresh.recording.id]), { timeout: 10_000 })
    const handle = await new WorkerConnection({ path: file, temporary: false }).handle()
    expect(handle.all('SELECT number FROM occurrences')).toEqual([])
    handle.db.close()
  })

  test('a store that nobody has written is not made for it', async () => {
    const { file } = openStore({ retentionAgeHours: 0.01 })
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(existsSync(file)).toEqual(false)
  })
})

describe('by size', () => {
  /** A recording that nothing else shares its texts with. */
  const large = (at: number) => {
    const values = Array.from({ length: 40 }, (_, of) => `${at} ${of} ${'x'.repeat(400)}`)
    return request({ status: at % 25 === 0 ? 500 : 200, queries: [query('select ?', values)] }, at)
  }

  test('the file stays below it, and what was recorded last is there', async () => {
    const maxBytes = 4_000_000
    const { store, file } = openStore({ retentionBytes: maxBytes })
    const pushed = Array.from({ length: 600 }, (_, at) => large(at))
    for (let at = 0; at < pushed.length; at += 100) {
      for (const one of pushed.slice(at, at + 100)) store.writer.push(one)
      await store.writer.flush()
    }
    // Looked at every hundred recordings, each of some 17 kB.
    const most = maxBytes + 100 * 20_000
    const settled = async () => {
      expect((await store.reader.status()).usedBytes).toBeLessThanOrEqual(most)
      expect(statSync(file).size).toBeLessThanOrEqual(most)
    }
    await vi.waitFor(settled, { timeout: 15_000 })
    const { recordingCount, keptLongerCount } = await store.reader.status()
    expect(recordingCount).toBeGreaterThan(150)
    expect(recordingCount).toBeLessThan(350)
    expect(keptLongerCount).toBeGreaterThan(5)
    const { items } = await store.reader.requests({ limit: 50 })
    expect(items.map(({ id }) => id)).toEqual(
      pushed
        .slice(-50)
        .map(({ recording }) => recording.id)
        .toReversed(),
    )
  })

  test('never fewer than a hundred recordings', async () => {
    const { store } = openStore({ retentionBytes: 1_000_000 })
    for (let at = 0; at < 250; at++) store.writer.push(large(at))
    await store.writer.flush()
    const settled = async () => expect((await store.reader.status()).recordingCount).toBeLessThan(200)
    await vi.waitFor(settled, { timeout: 10_000 })
    const { recordingCount, usedBytes } = await store.reader.status()
    expect(recordingCount).toBeGreaterThanOrEqual(100)
    expect(usedBytes).toBeGreaterThan(1_000_000)
  })

  test('a file that cannot give space back in slices can after a prune by hand', async () => {
    const { store, file } = openStore()
    for (let at = 0; at < 50; at++) store.writer.push(large(at))
    await store.writer.flush()
    const open = async () => (await new WorkerConnection({ path: file, temporary: false }).handle()).db
    const db = await open()
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.pragma('auto_vacuum = NONE')
    db.exec('VACUUM')
    expect(db.pragma('auto_vacuum', { simple: true })).toEqual(0)
    db.close()
    const { removed, bytesBefore, bytesAfter } = await store.writer.prune({ keep: 10 })
    const after = await open()
    expect([removed, after.pragma('auto_vacuum', { simple: true })]).toEqual([40, 2])
    expect(bytesAfter).toBeLessThan(bytesBefore / 2)
    after.close()
  })
})

describe('texts that no recording has any more', () => {
  /** With texts that no other has: values are written into its SQL. */
  const literal = (at: number, count: number) =>
    request({ queries: Array.from({ length: count }, (_, of) => query(`select '${at}-${of}-${'x'.repeat(500)}'`)) }, at)

  test('go with their recordings, where there are many, and those of the kept ones stay', async () => {
    const { store, file } = openStore({ retentionCount: 100 })
    const callers = ['find', 'odd'].map((name, line) => ({
      file: 'odd.ts',
      line: line + 1,
      function: name,
      through: [],
    }))
    const kept = [
      naive({}, 10_000_000),
      request({ queries: [query('select 1', [1], { evidence: { callers } })] }, 10_000_001),
      literal(10_000_002, 20),
    ]
    for (const one of kept) store.writer.push(one)
    for (let at = 0; at < 2_250; at++) {
      store.writer.push(literal(at, 20))
      if (at % 250 === 0) await store.writer.flush()
    }
    await store.writer.flush()
    const { db } = await new WorkerConnection({ path: file, temporary: false }).handle()
    onTestFinished(() => void db.close())
    const textCount = () => db.prepare('SELECT count(*) FROM texts').pluck().get()

    // 45,000 came by. Those of the 100 kept are 2,000; 20,000 may wait, and those that came meanwhile.
    await vi.waitFor(() => expect(textCount()).toBeLessThan(32_000), { timeout: 15_000 })

    for (const { recording, occurrences } of kept) {
      const stored = await store.reader.request(recording.id)
      expect([stored?.recording, stored?.occurrences]).toEqual([recording, occurrences])
    }
  }, 60_000)

  test('go by a prune by hand, however few they are', async () => {
    const { store } = openStore()
    for (let at = 0; at < 200; at++) store.writer.push(literal(at, 20))
    await store.writer.flush()
    const { bytesBefore, bytesAfter } = await store.writer.prune({ keep: 10 })
    expect(bytesAfter).toBeLessThan(bytesBefore / 4)
    const { items } = await store.reader.requests({ limit: 20 })
    const { queries = [] } = (await store.reader.request(items[9]?.id ?? ''))?.recording ?? {}
    expect(queries[19]?.statement).toMatch(/^select '190-19-x{500}'$/)
  })

  test('do not keep a file above its size', async () => {
    const { store, file } = openStore({ retentionBytes: 3_000_000 })
    for (let at = 0; at < 2_500; at++) {
      store.writer.push(literal(at, 5))
      if (at % 500 === 0) await store.writer.flush()
    }
    await store.writer.flush()
    await vi.waitFor(() => expect(statSync(file).size).toBeLessThan(5_000_000), { timeout: 15_000 })
    const { recordingCount } = await store.reader.status()
    expect(recordingCount).toBeGreaterThan(300)
    const { items } = await store.reader.requests({ limit: 200 })
    for (const { id } of items) {
      const { queries = [] } = (await store.reader.request(id))?.recording ?? {}
      expect(queries.map(({ statement }) => statement.length)).toEqual(queries.map(() => expect.closeTo(515, -1)))
    }
  }, 60_000)
})

describe('clear', () => {
  test('deletes everything, what still waited included, and gives the space back', async () => {
    const { store, file } = openStore()
    for (let at = 0; at < 500; at++) store.writer.push(naive({}, at))
    await store.writer.flush()
    store.writer.push(naive({}, 1_000))
    await store.writer.clear()
    await store.writer.flush()
    expect(await store.reader.status()).toMatchObject({ recordingCount: 0, queuedCount: 0, droppedCount: 0 })
    const { requestCount, findings, routes, timeline } = await store.reader.overview(ALL_TIME)
    expect([requestCount, findings, routes, timeline]).toEqual([0, [], [], []])
    expect((await store.reader.statements({ window: ALL_TIME, sort: 'total', limit: 9 })).items).toEqual([])
    expect(await store.reader.requestFacets()).toEqual({ methods: [], statuses: [], routes: [], tags: [] })
    expect(statSync(file).size).toBeLessThan(200_000)
  })

  test('leaves a store that records on', async () => {
    const { store } = openStore()
    store.writer.push(naive())
    await store.writer.flush()
    await store.writer.clear()
    const next = naive({}, 1)
    store.writer.push(next)
    await store.writer.flush()
    expect((await store.reader.request(next.recording.id))?.recording).toEqual(next.recording)
  })
})

describe('sums of long ago', () => {
  /** Written without a store's own maintenance, which would do what is to be tested. */
  async function filled() {
    const opened = openStore()
    const file = { path: opened.file, temporary: false }
    const handle = await new WorkerConnection(file).handle()
    const connection = new HostConnection(file)
    connection.open()
    // The same minute of 30 days, 3 hours a day.
    for (let day = 0; day < 30; day++) {
      for (let hour = 0; hour < 3; hour++) {
        for (let turn = 0; turn < 2; turn++) {
          const at = -day * DAY - hour * HOUR - turn * 60_000
          connection.write([naive({ durationMs: 100 + day, startedAt: NOON + at, id: idAt(NOON + at) }, 0, 6)])
        }
      }
    }
    connection.close()
    return { ...opened, handle }
  }

  test('are merged into hours, later into days, and stay the same sums', async () => {
    const { store, handle } = await filled()
    const before = await store.reader.overview(ALL_TIME)
    const statements = await store.reader.statements({ window: ALL_TIME, sort: 'total', limit: 9 })
    const rows = () => handle.get<{ count: number }>('SELECT count(*) AS count FROM route_rollups')?.count
    expect(rows()).toEqual(180)
    while (compactStep(handle, NOON));
    const widths = handle.all('SELECT width, count(*) AS count FROM route_rollups GROUP BY width ORDER BY width')
    expect(widths).toEqual([
      { width: 1, count: 3 },
      { width: 60, count: expect.any(Number) },
      { width: 180, count: expect.any(Number) },
      { width: 1440, count: expect.any(Number) },
    ])
    expect(rows()).toBeLessThan(100)
    // What is told by time is told in longer pieces.
    const withoutTime = ({ timeline: _, routes, ...told }: Overview) => ({
      ...told,
      routes: routes.map(({ trend: __, ...route }) => route),
    })
    const after = await store.reader.overview(ALL_TIME)
    const { timeline } = after
    expect(withoutTime(after)).toEqual(withoutTime(before))
    expect(timeline.reduce((sum, { count }) => sum + count, 0)).toEqual(180)
    expect(await store.reader.statements({ window: ALL_TIME, sort: 'total', limit: 9 })).toEqual(statements)
    handle.db.close()
  })

  test('count what is recorded after they were merged, of an old time too, and nothing that was cleared', async () => {
    const { store, handle } = await filled()
    while (compactStep(handle, NOON));
    const requests = async () => (await store.reader.overview(ALL_TIME)).requestCount
    const calls = async () => {
      const { items } = await store.reader.statements({ window: ALL_TIME, sort: 'total', limit: 9 })
      return items.map((statement) => statement.calls)
    }
    expect([await requests(), await calls()]).toEqual([180, [180 * 6, 180]])
    const late = NOON - 20 * DAY
    store.writer.push(naive({ startedAt: late, id: idAt(late) }, 0, 6))
    await store.writer.flush()
    expect([await requests(), await calls()]).toEqual([181, [181 * 6, 181]])
    while (compactStep(handle, NOON));
    expect([await requests(), await calls()]).toEqual([181, [181 * 6, 181]])
    await store.writer.clear()
    expect([await requests(), await calls()]).toEqual([0, []])
    handle.db.close()
  })

  test('go after half a year', async () => {
    const { store, handle } = await filled()
    dropOldRollups(handle, NOON + 150 * DAY)
    expect((await store.reader.overview(ALL_TIME)).requestCount).toEqual(180)
    dropOldRollups(handle, NOON + 180 * DAY)
    expect((await store.reader.overview(ALL_TIME)).requestCount).toEqual(19)
    handle.db.close()
  })
})

test('texts that no recording uses any more are swept, those in use stay', async () => {
  const { store, file } = openStore()
  const kept = analyzed(buildRecording({ id: idAt(NOON), startedAt: NOON, queries: [query('select 1 from kept')] }))
  store.writer.push(kept)
  await store.writer.flush()
  const handle = await new WorkerConnection({ path: file, temporary: false }).handle()
  const longAgo = Math.floor(NOON / HOUR) - 1_000
  handle.db.prepare(`INSERT INTO texts (id, text, seen_hour) VALUES (1, 'old', ?)`).run(longAgo)
  handle.db.prepare(`INSERT INTO call_sites VALUES (1, 'old.ts', 1, 1, NULL, ?)`).run(longAgo)
  handle.db.prepare(`INSERT INTO sessions (id, label, first_us, seen_hour) VALUES (1, 'old', 0, ?)`).run(longAgo)
  sweepOrphans(handle)
  const left = handle.all<{ id: number }>(
    'SELECT id FROM texts WHERE id = 1 UNION ALL SELECT id FROM call_sites WHERE id = 1 UNION ALL SELECT id FROM sessions WHERE id = 1',
  )
  expect(left).toEqual([])
  expect((await store.reader.request(kept.recording.id))?.recording).toEqual(kept.recording)
  handle.db.close()
})
