import { describe, expect, test } from 'vitest'
import type { AnalyzedRecording, FindingKind } from '../../src/model/finding.js'
import type { FindingSummary } from '../../src/model/finding-summary.js'
import type { Store } from '../../src/model/store.js'
import { callSite, DETECT, type QuerySketch, query } from '../support/build-recording.js'
import { ALL_TIME, idAt, request } from './sample-recordings.js'
import { type OpenedStore, openStore } from './temp-store.js'

const SETTINGS = 'select * from "settings" where "area" = ?'
const BY_USER = 'select * from "notes" where "user_id" = ?'
const PATIENCE = { timeout: 8_000, interval: 50 }
const MINUTE = 60_000
const started = Date.now() - 10 * MINUTE

/** A store that looks through its history at once. */
function open(options: Parameters<typeof openStore>[0] = {}): OpenedStore {
  const script = new URL('../../dist/store-worker.js', import.meta.url)
  return openStore({ history: { script, settings: DETECT }, historyIntervalMs: 20, ...options })
}

/** The `at`th request of a route, one each second. */
function page(at: number, queries: readonly QuerySketch[], route = '/start'): AnalyzedRecording {
  const startedAt = started + at * 1000
  return request({ id: idAt(startedAt), startedAt, route, url: `${route}?at=${at}`, durationMs: 20, queries })
}

const settings = (more: Parameters<typeof query>[2] = {}): QuerySketch =>
  query(SETTINGS, ['shop'], {
    rowCount: 3,
    resultBytes: 90,
    durationMs: 2,
    callSite: callSite(12, { function: 'loadSettings' }),
    ...more,
  })
const notes = (at: number): QuerySketch =>
  query(BY_USER, [at], { rowCount: 1, resultBytes: 30, callSite: callSite(40) })

async function record(store: Store, recordings: readonly AnalyzedRecording[]): Promise<void> {
  for (const one of recordings) store.writer.push(one)
  await store.writer.flush()
}

function pages(count: number, queriesOf: (at: number) => readonly QuerySketch[], from = 0): AnalyzedRecording[] {
  return Array.from({ length: count }, (_, at) => page(from + at, queriesOf(from + at)))
}

async function ofKind(store: Store, kind: FindingKind): Promise<readonly FindingSummary[]> {
  return (await store.reader.findings(ALL_TIME)).filter((finding) => finding.kind === kind)
}

/** Until everything that is stored now was looked at. */
async function lookedThrough(store: Store): Promise<void> {
  const marker = page(
    500,
    Array.from({ length: 1 }, () => query('select * from "marks"', [])),
    '/mark',
  )
  const marks = Array.from({ length: 20 }, (_, at) => ({
    ...marker,
    recording: { ...marker.recording, id: idAt(started + 600_000 + at), startedAt: started + 600_000 + at },
  }))
  await record(store, marks)
  await expect
    .poll(async () => (await ofKind(store, 'repeated-across-requests')).some((one) => one.route === '/mark'), PATIENCE)
    .toEqual(true)
}

describe('what every request of a route asks', () => {
  test('is found in all of its recordings, and added up', async () => {
    const { store } = open()
    const recorded = pages(25, (at) => [settings(), notes(at)])
    await record(store, recorded)
    await expect
      .poll(async () => (await ofKind(store, 'repeated-across-requests'))[0]?.recordingCount, PATIENCE)
      .toEqual(25)
    const [found, ...others] = await ofKind(store, 'repeated-across-requests')
    expect(others).toEqual([])
    expect(found).toMatchObject({
      route: '/start',
      totalMs: 50,
      savingMs: 50,
      share: 0.1,
      latest: {
        message:
          '25 of the latest 25 requests ran this statement with the same values, and meanwhile nothing wrote to `settings`',
        callSite: { line: 12 },
      },
    })
    const stored = await store.reader.request(recorded[3]?.recording.id ?? '')
    expect(stored?.occurrences.map(({ kind, count, queryIndexes }) => ({ kind, count, queryIndexes }))).toEqual([
      { kind: 'repeated-across-requests', count: 1, queryIndexes: [0] },
    ])
  })

  test('is found when two processes have recorded a part each, once', async () => {
    const one = open()
    const two = open({ file: one.file })
    await record(
      one.store,
      pages(12, (at) => [settings(), notes(at)]),
    )
    await record(
      two.store,
      pages(13, (at) => [settings(), notes(at)], 12),
    )
    await expect
      .poll(async () => (await ofKind(two.store, 'repeated-across-requests'))[0]?.recordingCount, PATIENCE)
      .toEqual(25)
    await lookedThrough(one.store)
    const [found] = (await ofKind(one.store, 'repeated-across-requests')).filter(({ route }) => route === '/start')
    expect(found).toMatchObject({ recordingCount: 25, savingMs: 50 })
  })

  test('is found in what comes later, too', async () => {
    const { store } = open()
    await record(
      store,
      pages(20, (at) => [settings(), notes(at)]),
    )
    await expect
      .poll(async () => (await ofKind(store, 'repeated-across-requests'))[0]?.recordingCount, PATIENCE)
      .toEqual(20)
    await record(
      store,
      pages(5, (at) => [settings(), notes(at)], 20),
    )
    await expect
      .poll(async () => (await ofKind(store, 'repeated-across-requests'))[0]?.recordingCount, PATIENCE)
      .toEqual(25)
  })

  test('is nothing while another route writes to its table', async () => {
    const { store } = open()
    const reads = pages(25, (at) => [settings(), notes(at)])
    const writes = [3, 9, 17].map((at) =>
      page(at + 0.5, [query('update "settings" set "value" = ? where "area" = ?', [at, 'shop'])], '/admin'),
    )
    await record(
      store,
      [...reads, ...writes].toSorted((a, b) => a.recording.startedAt - b.recording.startedAt),
    )
    await lookedThrough(store)
    expect((await ofKind(store, 'repeated-across-requests')).filter(({ route }) => route === '/start')).toEqual([])
  })

  test('is nothing in 19 recordings', async () => {
    const { store } = open()
    await record(
      store,
      pages(19, (at) => [settings(), notes(at)]),
    )
    await lookedThrough(store)
    expect((await ofKind(store, 'repeated-across-requests')).filter(({ route }) => route === '/start')).toEqual([])
  })
})

describe('an execution far slower than its statement is', () => {
  const slow = (at: number, durationMs: number) => page(at, [notes(at), { ...notes(at + 1000), durationMs }])

  test('is found by the roll-ups', async () => {
    const { store } = open()
    const outlier = slow(60, 45)
    await record(store, [...pages(30, (at) => [notes(at)]), outlier])
    await expect
      .poll(async () => (await ofKind(store, 'slow-query'))[0]?.latestRecordingId, PATIENCE)
      .toEqual(outlier.recording.id)
    const [found] = await ofKind(store, 'slow-query')
    expect(found?.recordingCount).toEqual(1)
    expect(found?.latest.message).toMatch(
      /^One execution took 45\.0 ms, 4\d times the statement's own median of (?:0\.9|1\.0)\d ms \(32 known\)$/,
    )
    expect(found?.latest.queryIndexes).toEqual([1])
  })

  test('that was found in its recording at once is not found a second time', async () => {
    const { store } = open()
    await record(store, [...pages(30, (at) => [notes(at)]), slow(60, 450)])
    await lookedThrough(store)
    expect((await ofKind(store, 'slow-query')).length).toEqual(1)
    expect((await ofKind(store, 'slow-query'))[0]?.latest.message ?? '').not.toContain('median')
  })

  test.each([
    ['with too few known', 15, 45],
    ['under 20 ms', 30, 19],
  ])('is nothing %s', async (_, count, durationMs) => {
    const { store } = open()
    await record(store, [...pages(count, (at) => [notes(at)]), slow(60, durationMs)])
    await lookedThrough(store)
    expect(await ofKind(store, 'slow-query')).toEqual([])
  })
})
