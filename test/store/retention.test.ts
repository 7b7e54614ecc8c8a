import { statSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { compactStep, dropOldRollups } from '#dist/store/compaction.js'
import { HostConnection } from '#dist/store/host-connection.js'
import { sweepOrphans } from '#dist/store/maintenance.js'
import { WorkerConnection } from '#dist/store/worker-connection.js'
import type { Overview } from '../../src/model/store.js'
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
    expect(await store.reader.requestFacets()).toEqual({ methods: [], statuses: [], routes: [] })
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
  sweepOrphans(handle)
  const left = handle.all<{ id: number }>(
    'SELECT id FROM texts WHERE id = 1 UNION ALL SELECT id FROM call_sites WHERE id = 1',
  )
  expect(left).toEqual([])
  expect((await store.reader.request(kept.recording.id))?.recording).toEqual(kept.recording)
  handle.db.close()
})
