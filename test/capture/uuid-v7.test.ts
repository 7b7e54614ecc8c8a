import { expect, test } from 'vitest'
import { uuidV7 } from '../../src/capture/uuid-v7.js'

test('an id is a UUID of version 7 that holds its time', () => {
  const id = uuidV7(Date.UTC(2026, 10, 22))

  expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(Date.UTC(2026, 10, 22))
})

test('ids sort by time, and by order of creation within a millisecond', () => {
  const ids = [1_000, 1_000, 1_000, 2_000, 2_000, 3_000].map(uuidV7)

  expect(ids.toSorted()).toEqual(ids)
})
