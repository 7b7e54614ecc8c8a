import { spawn } from 'node:child_process'
import Database from 'better-sqlite3'
import knex from 'knex'
import { afterAll, expect, test } from 'vitest'
import { openSqliteStore } from '#dist/store/sqlite-store.js'
import { down } from '../../migrations/019-awaited-profiles.js'
import { request } from '../store/sample-recordings.js'
import { query } from '../support/build-recording.js'
import { fillStore, main, run, temporaryFolder } from './support.js'

const folder = temporaryFolder()
afterAll(() => folder.remove())

const DAY = 86_400_000

/** Requests of now, and of so many days before. */
function aged(count: number, days: number) {
  const agoMs = days * DAY
  return Array.from({ length: count }, (_, at) => {
    const startedAt = Date.now() - agoMs - at * 1_000
    const time = startedAt.toString(16).padStart(12, '0')
    const serial = String(at).padStart(3, '0')
    const id = `${time.slice(0, 8)}-${time.slice(8)}-7${serial}-8000-000000000000`
    const values = Array.from({ length: 40 }, (_, of) => `${days} ${at} ${of} ${'y'.repeat(400)}`)
    return request({ id, startedAt, url: `/${days}/${at}`, queries: [query('select ?', values)] })
  })
}

const count = async (file: string): Promise<number> =>
  JSON.parse((await run(['list', '--limit', '200', '--json', '--store', file])).out).total

test('a store of an older layout is brought up to date by the first command that reads it', async () => {
  const file = folder.file('older.db')
  await fillStore(file, aged(2, 0))
  const db = knex({ client: 'better-sqlite3', connection: { filename: file }, useNullAsDefault: true })
  await down(db)
  await db('silk_migrations').where({ name: '019-awaited-profiles.js' }).delete()
  await db.destroy()

  expect(await count(file)).toBe(2)
  const made = new Database(file, { readonly: true })
  expect(made.prepare('SELECT name FROM silk_migrations ORDER BY name DESC LIMIT 1').pluck().get()).toBe(
    '019-awaited-profiles.js',
  )
  made.close()
}, 120_000)

test('a store that an app records into is read, tagged and pruned meanwhile, and the app loses nothing', async () => {
  const file = folder.file('busy.db')
  const { writer, reader } = openSqliteStore({ file, retentionCount: 1_000_000, onWarning: console.warn })
  const recordings = aged(150, 0)
  const [newest] = recordings
  const write = async (from: number, to: number): Promise<void> => {
    for (const one of recordings.slice(from, to)) writer.push(one)
    await writer.flush()
  }
  await write(0, 50)
  const [listed, tagged] = await Promise.all([
    count(file),
    run(['tag', newest?.recording.id ?? '', 'kept', '--store', file]),
    write(50, 100),
  ])
  const [pruned] = await Promise.all([run(['prune', '--keep', '20', '--json', '--store', file]), write(100, 150)])

  expect(listed).toBeGreaterThanOrEqual(50)
  expect(tagged).toMatchObject({ code: 0, out: 'Tags: kept\n' })
  expect(pruned.code).toBe(0)
  expect((await reader.health()).writes.dropped).toEqual({ overflow: 0, unusable: 0, refused: 0, closed: 0 })
  expect((await reader.requests({ limit: 9, tag: 'kept' })).items).toHaveLength(1)
  await writer.close()
}, 120_000)

test('prune deletes by age, and by the size of the file', async () => {
  const file = folder.file('aged.db')
  await fillStore(file, [...aged(100, 0), ...aged(40, 10)])
  const old = JSON.parse((await run(['prune', '--older-than', '7d', '--json', '--store', file])).out)
  const large = JSON.parse((await run(['prune', '--max-size', '400kb', '--json', '--store', file])).out)

  expect(old.removed).toBe(40)
  expect(large.removed).toBeGreaterThan(10)
  expect(large.bytesAfter).toBeLessThanOrEqual(400_000)
  expect(await count(file)).toBe(100 - large.removed)
}, 120_000)

/** On a terminal of its own, which util-linux's `script` makes. */
function onTerminal(file: string, answer: string): Promise<{ readonly code: number | null; readonly out: string }> {
  return new Promise((resolve) => {
    const typed = `'${process.execPath}' '${main}' clear --store '${file}'`
    const child = spawn('script', ['-qec', typed, '/dev/null'])
    let out = ''
    child.stdout.on('data', (piece) => {
      out += piece
      if (String(piece).includes('[y/N]')) child.stdin.write(`${answer}\n`)
    })
    child.on('close', (code) => resolve({ code, out }))
  })
}

test.skipIf(process.platform !== 'linux')(
  'clear asks on a terminal, and takes nothing but yes for yes',
  async () => {
    const file = folder.file('asked.db')
    await fillStore(file, aged(3, 0))

    const no = await onTerminal(file, 'no')
    expect([no.code, no.out.includes('Delete 3 recordings in'), no.out.includes('Nothing was deleted.')]).toEqual([
      1,
      true,
      true,
    ])
    expect(await count(file)).toBe(3)
    expect((await onTerminal(file, 'y')).out).toContain('Deleted 3 recordings in')
    expect(await count(file)).toBe(0)
  },
  120_000,
)
