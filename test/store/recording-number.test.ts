import { describe, expect, test } from 'vitest'
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

test('more recordings of one moment than there are numbers for are counted as dropped, and told', async () => {
  const { store, warnings } = openStore()
  const sameMoment = (n: number) => `019ab000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
  for (let n = 0; n < 70; n++) store.writer.push(request({ id: sameMoment(n) }))

  await store.writer.flush()

  const { recordingCount, droppedCount } = await store.reader.status()
  expect([recordingCount, droppedCount]).toEqual([64, 6])
  expect(warnings[0]).toContain('recordings began at one moment')
})
