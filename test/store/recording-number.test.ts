import { describe, expect, test } from 'vitest'
import { loadSqliteDriver } from '#dist/store/sqlite-driver.js'
import { numberOfId, packId, unpackId } from '../../src/store/recording-number.js'
import { request } from './sample-recordings.js'
import { openStore } from './temp-store.js'

describe('the number of a recording', () => {
  test('sorts as the ids do', () => {
    const ids = [
      '019a0000-0000-7000-8000-000000000000',
      '019a0000-0000-7fff-8000-000000000000',
      '019a0000-0001-7000-8000-000000000000',
      '019b0000-0000-7000-8000-000000000000',
      '03ffffff-ffff-7fff-bfff-ffffffffffff',
    ]
    const numbers = ids.map(numberOfId)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
    expect(new Set(numbers).size).toEqual(ids.length)
    expect(numbers.every(Number.isSafeInteger)).toEqual(true)
  })

  test('exists for an id that is no UUIDv7, too', () => {
    expect(Number.isSafeInteger(numberOfId('request 1'))).toEqual(true)
  })
})

test.each(['019a0000-0000-7abc-8000-00000000000f', 'request 1', '019A0000-0000-7ABC-8000-00000000000F'])(
  'the id %s comes back as it was',
  (id) => {
    expect(unpackId(packId(id))).toEqual(id)
  },
)

/** With no counter in them, as another tool may make them. */
const sameMoment = (n: number) => `019ab000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`

test('hundreds of recordings of one moment are all stored once, and found by their ids', async () => {
  const { store } = openStore()
  const ids = Array.from({ length: 500 }, (_, n) => sameMoment(n))
  for (const id of [...ids, ...ids]) store.writer.push(request({ id }))

  await store.writer.flush()

  expect(await store.reader.status()).toMatchObject({ recordingCount: 500, droppedCount: 0 })
  for (const id of ids) expect((await store.reader.request(id))?.recording.id).toBe(id)
})

/** Takes so many numbers from that of the only recording on. */
function fill(file: string, count: number): void {
  const Driver = loadSqliteDriver()
  const db = new Driver(file, { timeout: 5_000 })
  const columns = (db.pragma('table_info(recordings)') as readonly { readonly name: string }[])
    .map(({ name }) => (name === 'number' ? 'number + n' : name === 'id' ? 'randomblob(16)' : `"${name}"`))
    .join(', ')
  db.exec(`WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < ${count - 1})
    INSERT INTO recordings SELECT ${columns} FROM recordings, more`)
  db.close()
}

test('more recordings of one moment than there are numbers for are counted as dropped, and told', async () => {
  const { store, file, warnings } = openStore()
  store.writer.push(request({ id: sameMoment(0) }))
  await store.writer.flush()
  fill(file, 4_094)
  for (let n = 1; n < 7; n++) store.writer.push(request({ id: sameMoment(n) }))

  await store.writer.flush()

  const { recordingCount, droppedCount } = await store.reader.status()
  expect([recordingCount, droppedCount]).toEqual([4_096, 4])
  expect(warnings[0]).toContain('recordings began at one moment')
})
