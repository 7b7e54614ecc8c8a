import { describe, expect, test } from 'vitest'
import type { Occurrence } from '../../src/model/finding.js'
import { fingerprint } from '../../src/sql/fingerprint.js'
import { callSite, query } from '../support/build-recording.js'
import { ALL_TIME, idAt, NOON, naive, PRODUCTS, request } from './sample-recordings.js'
import { openStore } from './temp-store.js'

const HOUR = 3_600_000

/** An occurrence as history finds it: nothing in the recording alone says so. */
function found(more: Partial<Occurrence> = {}): Occurrence {
  const { text, hash } = fingerprint(PRODUCTS)
  return {
    findingKey: 'a0b1c2d3e4f50',
    kind: 'duplicate-query',
    message: 'Found later',
    statements: [text],
    fingerprints: [hash],
    count: 1,
    queryIndexes: [0],
    callSite: callSite(30),
    parent: null,
    totalMs: 4,
    savingMs: 3,
    savingBasis: 'measured',
    fix: { summary: 'Mend it.', code: null },
    ...more,
  }
}

const single = (afterMs = 0) =>
  request({ route: '/products', durationMs: 10, queries: [query(PRODUCTS, [1], { durationMs: 4 })] }, afterMs)

describe('an occurrence that is found later', () => {
  test('is told with its recording, in lists, and as a finding with its cost', async () => {
    const { store } = openStore()
    const recorded = single()
    store.writer.push(recorded)
    const { id } = recorded.recording
    await store.writer.addFinding(id, found())
    expect((await store.reader.request(id))?.occurrences).toEqual([found()])
    const { items } = await store.reader.requests({ limit: 10, findingKey: found().findingKey })
    expect(items.map(({ findings }) => findings)).toMatchObject([
      [{ key: found().findingKey, kind: 'duplicate-query', count: 1 }],
    ])
    expect(await store.reader.finding(found().findingKey)).toMatchObject({
      recordingCount: 1,
      routeRecordingCount: 1,
      route: '/products',
      latest: found(),
      latestRecordingId: id,
      totalMs: 4,
      savingMs: 3,
      share: 0.3,
    })
    const { timeline } = await store.reader.overview(ALL_TIME)
    expect(timeline.map(({ count, withFindingCount }) => ({ count, withFindingCount }))).toEqual([
      { count: 1, withFindingCount: 1 },
    ])
  })

  test('added again, by two processes too, is there once', async () => {
    const { store, file } = openStore()
    const other = openStore({ file })
    const recorded = single()
    store.writer.push(recorded)
    await store.writer.flush()
    const { id } = recorded.recording
    await Promise.all([store, other.store, store].map(({ writer }) => writer.addFinding(id, found())))
    expect((await store.reader.request(id))?.occurrences).toEqual([found()])
    expect(await store.reader.finding(found().findingKey)).toMatchObject({ recordingCount: 1, savingMs: 3 })
  })

  test('stands behind those that were found at once, and counts the recording with findings once', async () => {
    const { store } = openStore()
    const recorded = naive()
    store.writer.push(recorded)
    const { id } = recorded.recording
    await store.writer.addFinding(id, found())
    expect((await store.reader.request(id))?.occurrences).toEqual([...recorded.occurrences, found()])
    const [bucket] = (await store.reader.overview(ALL_TIME)).timeline
    expect(bucket).toMatchObject({ count: 1, withFindingCount: 1 })
  })

  test('in an older recording leaves the newest occurrence of its finding as it is', async () => {
    const { store } = openStore()
    const [older, newer] = [single(), single(HOUR)]
    store.writer.push(older)
    store.writer.push(newer)
    await store.writer.addFinding(newer.recording.id, found({ message: 'newest' }))
    await store.writer.addFinding(older.recording.id, found({ message: 'oldest' }))
    expect(await store.reader.finding(found().findingKey)).toMatchObject({
      firstSeen: NOON,
      lastSeen: NOON + HOUR,
      recordingCount: 2,
      latest: { message: 'newest' },
      latestRecordingId: newer.recording.id,
    })
  })

  test('of a recording that is gone, or never was, changes nothing', async () => {
    const { store } = openStore()
    await store.writer.addFinding(idAt(NOON), found())
    await store.writer.addFinding("'; DROP TABLE recordings; --", found())
    expect(await store.reader.findings(ALL_TIME)).toEqual([])
  })
})
