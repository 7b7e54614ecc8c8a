import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadSqliteDriver } from '#dist/store/sqlite-driver.js'
import { ALL_TIME, naive, request } from './sample-recordings.js'
import { openStore, tempFolder } from './temp-store.js'

async function makeStore(file: string): Promise<void> {
  const { store } = openStore({ file })
  store.writer.push(request())
  await store.writer.flush()
  await store.writer.close()
}

function change(file: string, sql: string): void {
  const Driver = loadSqliteDriver()
  const db = new Driver(file)
  db.exec(sql)
  db.close()
}

/** Tries to record, and says what became of it. */
async function tryToRecord(file: string) {
  const { store, warnings } = openStore({ file })
  store.writer.push(request())
  await store.writer.flush()
  store.writer.push(request())
  store.writer.flushNow()
  const { problem, droppedCount, queuedCount } = await store.reader.status()
  return { store, warnings, problem, lost: droppedCount + queuedCount }
}

describe('a file that cannot be used is a problem told once, and the app runs on', () => {
  test('of a newer silk', async () => {
    const file = join(tempFolder(), 'silk.db')
    await makeStore(file)
    change(file, `INSERT INTO silk_migrations (name, batch) VALUES ('999-tomorrow.js', 2)`)
    change(file, `UPDATE silk_properties SET value = '9.8.7' WHERE name = 'version'`)
    const { store, problem, warnings, lost } = await tryToRecord(file)
    expect(problem).toContain('was written by a newer express-silk (version 9.8.7, schema 999-tomorrow.js)')
    expect(problem).toMatch(/this one knows schemas up to \d{3}-[\w-]+\.js/)
    expect(warnings).toEqual([problem])
    expect(lost).toEqual(2)
    await expect(store.reader.overview(ALL_TIME)).rejects.toThrow('written by a newer express-silk')
  })

  test('that becomes a newer one while it is open', async () => {
    const { store, file, warnings } = openStore()
    store.writer.push(request())
    await store.writer.flush()
    change(file, `INSERT INTO silk_migrations (name, batch) VALUES ('999-tomorrow.js', 2)`)
    change(file, 'ALTER TABLE recording_details ADD COLUMN later INTEGER')
    store.writer.push(request())
    await store.writer.flush()
    expect((await store.reader.status()).problem).toContain('newer express-silk')
    expect(warnings.length).toEqual(1)
  })

  test('that is no database', async () => {
    const file = join(tempFolder(), 'silk.db')
    writeFileSync(file, 'Dear diary, today I wrote a profiler. '.repeat(500))
    const { problem, warnings, lost } = await tryToRecord(file)
    expect(problem).toContain('is damaged or not a database')
    expect(problem).toContain('Delete the file, or set `store` (SILK_STORE) to another one')
    expect(warnings).toEqual([problem])
    expect(lost).toEqual(2)
  })

  test("that is the app's own database, which is left as it was", async () => {
    const file = join(tempFolder(), 'app.db')
    change(file, 'CREATE TABLE products (id INTEGER)')
    const before = readFileSync(file)
    const { problem } = await tryToRecord(file)
    expect(problem).toContain('is a database of something else')
    expect(readFileSync(file)).toEqual(before)
  })

  test('whose list of migrations is impossible', async () => {
    const file = join(tempFolder(), 'silk.db')
    await makeStore(file)
    change(file, `UPDATE silk_migrations SET name = '000-nonsense.js' WHERE name = '001-recordings.js'`)
    expect((await tryToRecord(file)).problem).toContain('has an impossible list of migrations (000-nonsense.js,002-')
  })

  test('whose folder cannot be made', async () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'file'), '')
    const { problem, warnings, lost } = await tryToRecord(join(folder, 'file', '.silk', 'silk.db'))
    expect(problem).toContain('cannot be written (ENOTDIR')
    expect(warnings).toEqual([problem])
    expect(lost).toEqual(2)
  })

  test('that is a folder', async () => {
    const file = join(tempFolder(), 'silk.db')
    mkdirSync(file)
    expect((await tryToRecord(file)).problem).toContain('cannot be written')
  })
})

describe('a store records again', () => {
  test('after its folder was deleted', async () => {
    const { store, file, warnings } = openStore()
    store.writer.push(request())
    await store.writer.flush()
    await store.reader.overview(ALL_TIME)
    rmSync(dirname(file), { recursive: true })
    const next = naive({}, 1)
    store.writer.push(next)
    await store.writer.flush()
    expect((await store.reader.request(next.recording.id))?.recording).toEqual(next.recording)
    expect(await store.reader.status()).toMatchObject({ recordingCount: 1, droppedCount: 0, problem: null })
    expect(warnings).toEqual([])
  })

  test('after its file was replaced by another store', async () => {
    const { store, file } = openStore()
    store.writer.push(request())
    await store.writer.flush()
    const other = join(tempFolder(), 'silk.db')
    await makeStore(other)
    renameSync(other, file)
    for (const part of ['-wal', '-shm']) rmSync(file + part, { force: true })
    const next = request({}, 1)
    store.writer.push(next)
    await store.writer.flush()
    expect((await store.reader.status()).recordingCount).toEqual(2)
    expect((await store.reader.request(next.recording.id))?.recording).toEqual(next.recording)
  })

  test('when a damaged file is deleted', async () => {
    const file = join(tempFolder(), 'silk.db')
    writeFileSync(file, 'nonsense '.repeat(1_000))
    const { store } = await tryToRecord(file)
    rmSync(file)
    store.writer.push(request())
    await store.writer.flush()
    expect(await store.reader.status()).toMatchObject({ recordingCount: 1, problem: null })
  })
})

test('a recording that cannot be written is dropped alone', async () => {
  const { store, warnings } = openStore()
  const good = [request(), request({}, 1)]
  const bad = request({}, 2)
  const broken = { ...bad, recording: { ...bad.recording, queryCount: null as unknown as number } }
  for (const one of [good[0], broken, good[1]]) if (one) store.writer.push(one)
  await store.writer.flush()
  expect(await store.reader.status()).toMatchObject({ recordingCount: 2, droppedCount: 1, queuedCount: 0 })
  expect(warnings.length).toEqual(1)
})

describe('the file', () => {
  test('of an older silk is migrated', async () => {
    const file = join(tempFolder(), 'silk.db')
    // As a silk left it that knew no migration yet but knex's own tables.
    change(
      file,
      `CREATE TABLE silk_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(255), batch INTEGER, migration_time DATETIME);
       CREATE TABLE silk_migrations_lock ("index" INTEGER PRIMARY KEY AUTOINCREMENT, is_locked INTEGER);
       INSERT INTO silk_migrations_lock (is_locked) VALUES (1)`,
    )
    const { problem, lost, store } = await tryToRecord(file)
    expect([problem, lost]).toEqual([null, 0])
    expect((await store.reader.status()).recordingCount).toEqual(2)
  })

  test('lies in a folder that git ignores', async () => {
    const { store, file } = openStore()
    store.writer.push(request())
    await store.writer.flush()
    expect(readFileSync(join(dirname(file), '.gitignore'), 'utf8')).toEqual('*\n')
  })

  test("in someone else's folder adds no .gitignore there", async () => {
    const folder = tempFolder()
    await makeStore(join(folder, 'silk.db'))
    expect(existsSync(join(folder, '.gitignore'))).toEqual(false)
  })

  test('is not made before there is something to record or to read', async () => {
    const { store, file } = openStore()
    await store.writer.flush()
    store.writer.flushNow()
    expect(existsSync(dirname(file))).toEqual(false)
    expect((await store.reader.overview(ALL_TIME)).requestCount).toEqual(0)
    expect(existsSync(file)).toEqual(true)
  })

  test('of a temporary store has no name, and goes when it is closed', async () => {
    const { store } = openStore({ file: ':memory:' })
    store.writer.push(naive())
    await store.writer.flush()
    expect(await store.reader.status()).toMatchObject({ file: null, recordingCount: 1 })
  })
})

describe('a closed store', () => {
  test('can be closed again, and counts what comes too late', async () => {
    const { store } = openStore()
    store.writer.push(request())
    await store.writer.close()
    await store.writer.close()
    store.writer.push(request())
    store.writer.flushNow()
    await store.writer.flush()
    expect((await store.reader.status()).droppedCount).toEqual(1)
    await expect(store.reader.requests({ limit: 1 })).rejects.toThrow('The store is closed.')
  })

  test('has written all that was pushed before', async () => {
    const { store, file } = openStore()
    for (let at = 0; at < 75; at++) store.writer.push(request({}, at))
    await store.writer.close()
    expect((await openStore({ file }).store.reader.status()).recordingCount).toEqual(75)
  })
})

test('a listener for warnings that throws does no harm', async () => {
  const file = join(tempFolder(), 'silk.db')
  mkdirSync(file)
  const { store } = openStore({
    file,
    onWarning: () => {
      throw new Error('listener')
    },
  })
  store.writer.push(request())
  await store.writer.flush()
  expect((await store.reader.status()).problem).toContain('cannot be written')
})
