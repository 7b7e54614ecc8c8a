import { expect, test } from 'vitest'
import type { AnalyzedRecording } from '../../src/model/finding.js'
import { query } from '../support/build-recording.js'
import { ALL_TIME, PRODUCTS, request } from './sample-recordings.js'
import { openStore } from './temp-store.js'

/** Two statements on two connections, values of all kinds, every hundredth failed. */
function long(afterMs: number, count: number): AnalyzedRecording {
  const queries = Array.from({ length: count }, (_, index) => ({
    ...query(index % 3 === 0 ? 'select * from "tags" where "name" = ?' : PRODUCTS, [
      index % 5 === 0 ? `text ${index % 40}` : index,
    ]),
    index,
    startMs: index * 1.5,
    connection: index % 2 === 0 ? 'pg:shop' : 'pg:reports',
    transactionId: index % 7 === 0 ? `trx${index % 14}` : null,
    error: index % 100 === 0 ? 'deadlock' : null,
  }))
  return request({ url: `/long/${count}`, route: '/long/:count', queries }, afterMs)
}

const COUNT = 3_000

test('a long recording is prepared in steps, and comes back as one that was not, whatever is written meanwhile', async () => {
  const { store } = openStore()
  const [inSteps, atOnce] = [long(0, COUNT), long(1_000, COUNT)]
  const between = Array.from({ length: 60 }, (_, at) => long(2_000 + at, 900))

  let steps = 0
  for (const _ of store.writer.prepare(inSteps.recording)) {
    const other = between[steps++]
    if (other === undefined) continue
    store.writer.push(other)
    await store.writer.flush()
  }
  store.writer.push(inSteps)
  store.writer.push(atOnce)
  await store.writer.flush()

  const [first, second] = await Promise.all(
    [inSteps, atOnce].map(({ recording }) => store.reader.request(recording.id)),
  )
  expect(steps).toBeGreaterThan(5)
  expect(first?.recording.queries).toHaveLength(COUNT)
  expect(first?.recording.queries).toEqual(second?.recording.queries)
  expect(first?.recording.queries.map(({ bindings, connection, error }) => [bindings, connection, error])).toEqual(
    inSteps.recording.queries.map(({ bindings, connection, error }) => [bindings, connection, error]),
  )
})

test('what a long recording sent is added up by statement, over both connections', async () => {
  const { store } = openStore()
  const prepared = long(0, COUNT)
  for (const _ of store.writer.prepare(prepared.recording));
  store.writer.push(prepared)
  await store.writer.flush()

  const { items } = await store.reader.statements({ window: ALL_TIME, sort: 'calls', limit: 10 })

  expect(items.map(({ calls }) => calls).toSorted((a, b) => a - b)).toEqual([COUNT / 3, (COUNT * 2) / 3])
})
