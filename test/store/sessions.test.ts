import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadSqliteDriver } from '#dist/store/sqlite-driver.js'
import { ALL_TIME, NOON, naive, request } from './sample-recordings.js'
import { openStore, tempFolder } from './temp-store.js'

const MINUTE = 60_000

describe('the session of a recording', () => {
  test('is read with it, alone and in lists', async () => {
    const { store } = openStore()
    const [labelled, plain] = [naive({ session: 'before' }), request({}, 1)]
    store.writer.push(labelled)
    store.writer.push(plain)
    await store.writer.flush()
    expect((await store.reader.request(labelled.recording.id))?.recording).toEqual(labelled.recording)
    const { items } = await store.reader.requests({ limit: 10 })
    expect(items.map(({ session }) => session)).toEqual([null, 'before'])
  })

  test('filters lists, alone and with other filters', async () => {
    const { store } = openStore()
    const sketches = [{ session: 'a' }, { session: 'b' }, {}, { session: 'b', status: 500 }]
    sketches.forEach((sketch, at) => {
      store.writer.push(request(sketch, at))
    })
    await store.writer.flush()
    const found = async (filter: object) => (await store.reader.requests({ limit: 10, ...filter })).items.length
    expect(await found({ session: 'b' })).toEqual(2)
    expect(await found({ session: 'b', status: '5xx' })).toEqual(1)
    expect(await found({ session: null })).toEqual(1)
    expect(await found({ session: 'never recorded' })).toEqual(0)
  })

  test('divides the overview, the findings and the statements, which are whole without it', async () => {
    const { store } = openStore()
    store.writer.push(naive({ session: 'before' }))
    store.writer.push(request({ session: 'after', route: '/collections/' }, 1))
    store.writer.push(naive({ session: 'before' }, MINUTE))
    await store.writer.flush()
    const of = (session?: string | null) => ({ ...ALL_TIME, ...(session === undefined ? {} : { session }) })
    const overviews = await Promise.all([of(), of('before'), of('after'), of(null)].map(store.reader.overview))
    expect(overviews.map(({ requestCount }) => requestCount)).toEqual([3, 2, 1, 0])
    expect(overviews.map(({ findings }) => findings.map(({ recordingCount }) => recordingCount))).toEqual([
      [2],
      [2],
      [],
      [],
    ])
    expect(overviews.map(({ timeline }) => timeline.reduce((sum, { count }) => sum + count, 0))).toEqual([3, 2, 1, 0])
    expect(overviews[2]).toMatchObject({ firstRecordingAt: NOON + 1, lastRecordingAt: NOON + 1 })
    const statements = await store.reader.statements({ window: of('before'), sort: 'total', limit: 10 })
    expect(statements.items.map(({ calls }) => calls)).toEqual([100, 2])
    expect((await store.reader.statements({ window: of('after'), sort: 'total', limit: 10 })).items).toEqual([])
  })

  test('a finding that is added later counts for the session of its recording', async () => {
    const { store } = openStore()
    const recorded = request({ session: 'before' })
    const [occurrence] = naive().occurrences
    if (occurrence === undefined) throw new Error('naive has a finding')
    store.writer.push(recorded)
    await store.writer.addFinding(recorded.recording.id, occurrence)
    const overview = await store.reader.overview({ ...ALL_TIME, session: 'before' })
    expect(overview).toMatchObject({ requestCount: 1, findings: [{ recordingCount: 1 }] })
    expect(overview.timeline).toMatchObject([{ count: 1, withFindingCount: 1 }])
  })
})

test('of 120 sessions the newest 100 are listed; all are found by their label', async () => {
  const { store } = openStore()
  for (let at = 0; at < 120; at++) store.writer.push(request({ session: `run ${at}` }, at))
  await store.writer.flush()
  const labels = (await store.reader.sessions()).map(({ label }) => label)
  expect(labels).toEqual(Array.from({ length: 100 }, (_, at) => `run ${119 - at}`))
  expect((await store.reader.requests({ limit: 10, session: 'run 0' })).items).toHaveLength(1)
})

test('a store from before sessions keeps its roll-ups, and takes sessions from then on', async () => {
  const file = join(tempFolder(), 'silk.db')
  const knex = createRequire(import.meta.url)('knex')({
    client: 'better-sqlite3',
    connection: { filename: file },
    useNullAsDefault: true,
  })
  const migrations = ['001-recordings.js', '002-finding-states.js', '003-history.js']
  for (const name of migrations) await (await import(`../../migrations/${name}`)).up(knex)
  await knex.raw(
    'CREATE TABLE silk_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, batch INTEGER, migration_time INTEGER)',
  )
  await knex.raw('CREATE TABLE silk_migrations_lock ("index" INTEGER PRIMARY KEY AUTOINCREMENT, is_locked INTEGER)')
  for (const name of migrations) await knex('silk_migrations').insert({ name, batch: 1 })
  const rollup = { bucket: NOON / MINUTE, width: 1, route_id: 7, count: 3, error_count: 0, finding_count: 1 }
  const sums = { duration_us: 9000, max_us: 4000, sql_us: 0, sql_wall_us: 0, query_count: 0, query_max: 0 }
  const packed = { durations: Buffer.alloc(0), query_counts: Buffer.alloc(0) }
  await knex('route_rollups').insert({ ...rollup, ...sums, ...packed })
  await knex.destroy()

  const { store } = openStore({ file })
  store.writer.push(request({ session: 'after' }))
  await store.writer.flush()
  expect((await store.reader.overview(ALL_TIME)).requestCount).toEqual(4)
  expect((await store.reader.overview({ ...ALL_TIME, session: 'after' })).requestCount).toEqual(1)
  expect((await store.reader.overview({ ...ALL_TIME, session: null })).requestCount).toEqual(3)
  const Driver = loadSqliteDriver()
  const db = new Driver(file, { readonly: true })
  const { sql } = db.prepare("SELECT sql FROM sqlite_master WHERE name = 'route_rollups'").get() as { sql: string }
  db.close()
  expect(sql).toContain('PRIMARY KEY (bucket, width, route_id, session_id)')
})
