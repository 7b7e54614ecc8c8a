import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadSqliteDriver } from '#dist/store/sqlite-driver.js'
import type { AnalyzedRecording } from '../../src/model/finding.js'
import type { Store } from '../../src/model/store.js'
import { ALL_TIME, idAt, NOON, naive } from './sample-recordings.js'
import { openStore, tempFolder } from './temp-store.js'

const MINUTE = 60_000

/** An N+1 of so many milliseconds from now: states are set by the clock. */
function naiveAt(fromNowMs: number): AnalyzedRecording {
  const startedAt = Date.now() + fromNowMs
  return naive({ id: idAt(startedAt), startedAt })
}

const [found] = naive().occurrences
const key = found?.findingKey ?? ''

async function record(store: Store, ...recordings: readonly AnalyzedRecording[]): Promise<void> {
  for (const one of recordings) store.writer.push(one)
  await store.writer.flush()
}

describe('the state of a finding', () => {
  test('is open at first, and set for every process on the store', async () => {
    const one = openStore()
    const two = openStore({ file: one.file })
    await record(one.store, naiveAt(-MINUTE))
    expect(await two.store.reader.finding(key)).toMatchObject({ state: 'open', fixedAt: null, regressedAt: null })
    expect(await one.store.writer.setFindingState(key, 'ignored')).toEqual(true)
    expect((await two.store.reader.findings(ALL_TIME)).map(({ state }) => state)).toEqual(['ignored'])
    await two.store.writer.setFindingState(key, 'fixed')
    const fixed = await one.store.reader.finding(key)
    expect(fixed).toMatchObject({ state: 'fixed', regressedAt: null })
    expect(fixed?.fixedAt).toBeGreaterThan(Date.now() - MINUTE)
    await one.store.writer.setFindingState(key, 'open')
    expect(await one.store.reader.finding(key)).toMatchObject({ state: 'open', fixedAt: null })
  })

  test('stands on the badges of lists, of routes and of the recording itself', async () => {
    const { store } = openStore()
    const recorded = naiveAt(-MINUTE)
    await record(store, recorded)
    await store.writer.setFindingState(key, 'ignored')
    const badge = { key, kind: 'n-plus-one', count: 50, state: 'ignored' }
    expect((await store.reader.requests({ limit: 1 })).items[0]?.findings).toEqual([badge])
    expect((await store.reader.overview(ALL_TIME)).routes[0]?.findings).toEqual([badge])
    expect((await store.reader.request(recorded.recording.id))?.badges).toEqual([badge])
  })

  test('of a finding that is not there is not set', async () => {
    const { store } = openStore()
    expect(await store.writer.setFindingState('0123456789abc', 'fixed')).toEqual(false)
    expect(await store.writer.setFindingState("'; DROP TABLE findings; --", 'fixed')).toEqual(false)
  })

  test('stays ignored, however often it occurs again', async () => {
    const { store } = openStore()
    await record(store, naiveAt(-MINUTE))
    await store.writer.setFindingState(key, 'ignored')
    await record(store, naiveAt(MINUTE))
    expect(await store.reader.finding(key)).toMatchObject({ state: 'ignored', regressedAt: null, recordingCount: 2 })
  })
})

describe('a finding that was marked fixed', () => {
  test('is open again and regressed when a request that came later has it', async () => {
    const { store } = openStore()
    await record(store, naiveAt(-MINUTE))
    await store.writer.setFindingState(key, 'fixed')
    const [first, second] = [naiveAt(MINUTE), naiveAt(2 * MINUTE)]
    await record(store, second, first)
    const regressed = await store.reader.finding(key)
    expect(regressed).toMatchObject({ state: 'open', regressedAt: first.recording.startedAt })
    expect(regressed?.fixedAt).toBeLessThan(first.recording.startedAt)
    await record(store, naiveAt(3 * MINUTE))
    expect(await store.reader.finding(key)).toMatchObject({ state: 'open', regressedAt: first.recording.startedAt })
  })

  test('stays fixed when a request of before comes to be written', async () => {
    const { store } = openStore()
    await record(store, naiveAt(-2 * MINUTE))
    await store.writer.setFindingState(key, 'fixed')
    await record(store, naiveAt(-MINUTE))
    expect(await store.reader.finding(key)).toMatchObject({ state: 'fixed', regressedAt: null, recordingCount: 2 })
  })

  test('is back since the first request after it, of a batch with older ones too', async () => {
    const { store } = openStore()
    await record(store, naiveAt(-2 * MINUTE))
    await store.writer.setFindingState(key, 'fixed')
    const later = naiveAt(MINUTE)
    await record(store, naiveAt(-MINUTE), later)
    expect(await store.reader.finding(key)).toMatchObject({ state: 'open', regressedAt: later.recording.startedAt })
  })

  test.each(['fixed', 'ignored'] as const)('and marked %s once more is no longer regressed', async (state) => {
    const { store } = openStore()
    await record(store, naiveAt(-MINUTE))
    await store.writer.setFindingState(key, 'fixed')
    await record(store, naiveAt(MINUTE))
    await store.writer.setFindingState(key, state)
    expect(await store.reader.finding(key)).toMatchObject({ state, regressedAt: null })
  })

  test('is back when another process has it, or when it is added later', async () => {
    const one = openStore()
    const two = openStore({ file: one.file })
    await record(one.store, naiveAt(-MINUTE))
    await one.store.writer.setFindingState(key, 'fixed')
    const later = naiveAt(MINUTE)
    await record(two.store, { ...later, occurrences: [] })
    expect(await one.store.reader.finding(key)).toMatchObject({ state: 'fixed' })
    if (found) await two.store.writer.addFinding(later.recording.id, found)
    expect(await one.store.reader.finding(key)).toMatchObject({ state: 'open', recordingCount: 2 })
  })
})

test('a store of before there were states is brought up to date with all that is in it', async () => {
  const file = `${tempFolder()}/.silk/silk.db`
  mkdirSync(dirname(file), { recursive: true })
  await writeFirstSchema(file)
  const { store, warnings } = openStore({ file })
  expect(await store.reader.finding(key)).toMatchObject({ state: 'open', firstSeen: NOON, fixedAt: null })
  await store.writer.setFindingState(key, 'fixed')
  await record(store, naiveAt(MINUTE))
  expect(await store.reader.finding(key)).toMatchObject({ state: 'open', recordingCount: 2 })
  expect(warnings).toEqual([])
})

/** The file as the first version leaves it, with one finding in it. */
async function writeFirstSchema(file: string): Promise<void> {
  const { up } = (await import('../../migrations/001-recordings.js')) as { up: (knex: unknown) => Promise<void> }
  const Driver = loadSqliteDriver()
  const db = new Driver(file)
  await up({ raw: async (sql: string) => db.exec(sql) })
  db.exec(`CREATE TABLE silk_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, batch INTEGER, migration_time INTEGER);
    CREATE TABLE silk_migrations_lock ("index" INTEGER PRIMARY KEY AUTOINCREMENT, is_locked INTEGER);
    INSERT INTO silk_migrations (name, batch) VALUES ('001-recordings.js', 1)`)
  const id = Number.parseInt(key, 16)
  const place = [NOON * 1000, NOON * 1000, 1, JSON.stringify(found)]
  db.prepare(
    `INSERT INTO findings (id, key, kind, first_seen_us, last_seen_us, latest_number, latest) VALUES (?, ?, 'n-plus-one', ?, ?, ?, ?)`,
  ).run(id, key, ...place)
  db.prepare('INSERT INTO finding_rollups VALUES (?, 1, ?, 0, 1, 50, 50000, 49000, 50000, ?)').run(
    Math.floor(NOON / MINUTE),
    id,
    Buffer.alloc(0),
  )
  db.close()
}
