import { expect, test } from 'vitest'
import { createHistoryDetectors } from '../../../src/analysis/history/index.js'
import { buildRecording, callSite, DETECT, type QuerySketch, query } from '../../support/build-recording.js'

const NOTES = 'select * from "notes" where "id" = ?'

interface Given {
  readonly medianMs?: number
  readonly knownCount?: number
  readonly detect?: typeof DETECT
}

function find(queries: readonly QuerySketch[], { medianMs = 3, knownCount = 100, detect = DETECT }: Given = {}) {
  const recording = buildRecording({ route: '/notes', queries })
  const { id: recordingId, request, queries: executions } = recording
  return createHistoryDetectors(detect).ofStatement({ recordingId, request, executions, knownCount, medianMs })
}

const lasting = (durationMs: number | null, more: Parameters<typeof query>[2] = {}): QuerySketch =>
  query(NOTES, [1], { durationMs, ...more })

test('over 10 times the median and over 20 ms it is slow, told with both', () => {
  const [found, ...others] = find([lasting(3), lasting(62)])
  expect(others).toEqual([])
  expect(found?.occurrence).toMatchObject({
    kind: 'slow-query',
    message: "One execution took 62.0 ms, 20 times the statement's own median of 3.00 ms (100 known)",
    queryIndexes: [1],
    count: 1,
    totalMs: 62,
    savingMs: 59,
  })
})

test('several in one request from one line are one occurrence, from two lines two', () => {
  const [found, ...others] = find([lasting(40), lasting(62)])
  expect([others.length, found?.occurrence.count, found?.occurrence.totalMs]).toEqual([0, 2, 102])
  expect(find([lasting(40), lasting(62, { callSite: callSite(99, { function: 'other' }) })]).length).toEqual(2)
})

test('its key is that of the statement and the place, as for any slow query', () => {
  const keys = [find([lasting(62)]), find([lasting(70), lasting(3)])].map(([one]) => one?.occurrence.findingKey)
  expect(keys[0]).toEqual(keys[1])
})

test.each<[string, readonly QuerySketch[], Given]>([
  ['10 times the median, and no more', [lasting(30)], {}],
  ['20 ms, and no more', [lasting(20)], { medianMs: 0.1 }],
  ['a statement that always takes so long', [lasting(90)], { medianMs: 80 }],
  ['20 known, this one among them', [lasting(62)], { knownCount: 20 }],
  ['most of those known', [lasting(62), lasting(62)], { knownCount: 21 }],
  ['over the threshold that its own recording is judged by', [lasting(101)], {}],
  ['a stream, which takes as long as its reader', [lasting(62, { rowCount: 9 })], {}],
  ['what the app says is none', [lasting(62, { evidence: { ignoredKinds: ['slow-query'] } })], {}],
  ['executions at the same time', [lasting(62, { startMs: 1 }), lasting(70, { startMs: 2 })], {}],
  ['no duration', [lasting(null)], {}],
  ['a failure', [lasting(62, { error: 'canceled' })], {}],
  ['a COMMIT', [query('COMMIT', [], { durationMs: 62 })], {}],
  ['switched off', [lasting(62)], { detect: { ...DETECT, slowQuery: null } }],
])('silence: %s', (_, queries, given) => {
  expect(find(queries, given)).toEqual([])
})
