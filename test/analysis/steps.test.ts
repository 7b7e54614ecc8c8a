import { expect, test } from 'vitest'
import { analyze, analyzeInSteps, RECORDING_KINDS } from '../../src/analysis/analyze.js'
import { resolveOptions } from '../../src/options.js'
import { buildRecording, query, repeat } from '../support/build-recording.js'

const { detect } = resolveOptions({}, {})
const COUNT = 3_000

/** A loop that loads each of some rows several times: an N+1, and duplicates, too. */
function loopOf(count: number): ReturnType<typeof buildRecording> {
  const queries = repeat(count, (id) => query('select * from "products" where "collection_id" = ?', [id % 200]))
  return buildRecording({ method: 'GET', route: '/collections', queries: [queries] })
}

function pausesIn(recording: ReturnType<typeof buildRecording>): number {
  return [...analyzeInSteps(recording, detect, () => {})].length
}

test('of thousands of queries it pauses within detectors too', () => {
  expect(pausesIn(loopOf(COUNT))).toBeGreaterThan(3 * RECORDING_KINDS.length)
})

test('of a few queries it does not pause', () => {
  expect(pausesIn(loopOf(10))).toBe(0)
})

test('a long loop is told with all of its queries, however many pauses there were', () => {
  const [loop] = analyze(loopOf(COUNT), detect)

  expect(loop?.kind).toBe('n-plus-one')
  expect(loop?.queryIndexes).toEqual(Array.from({ length: COUNT }, (_, index) => index))
})
