import { describe, expect, test } from 'vitest'
import { analyze } from '../../src/analysis/analyze.js'
import type { Occurrence } from '../../src/model/finding.js'
import {
  buildRecording,
  callSite,
  DETECT,
  type QuerySketch,
  query,
  type RecordingSketch,
  repeat,
} from '../support/build-recording.js'

/** The response is done after 10 ms. */
const RESPONSE_MS = 10
const books = query('select * from "books" limit ?', [3], { startMs: 2, callSite: callSite(10) })

function insert(startMs: number, more: Partial<QuerySketch> = {}): QuerySketch {
  return {
    ...query('insert into "logs" ("message") values (?)', [`at ${startMs}`], { startMs, durationMs: 3 }),
    ...more,
  }
}

function find(queries: RecordingSketch['queries'], more: Partial<RecordingSketch> = {}, ms = 0): readonly Occurrence[] {
  const recording = buildRecording({ queries, durationMs: RESPONSE_MS, ...more })
  return analyze(recording, { ...DETECT, lateQuery: { ms } }).filter(({ kind }) => kind === 'late-query')
}

const messages = (found: readonly Occurrence[]): readonly string[] => found.map(({ message }) => message)

describe('what is found', () => {
  test('a query that ends after the response, with all that a developer needs to know', () => {
    expect(find([books, insert(30)])).toEqual([
      {
        findingKey: expect.stringMatching(/^[\da-f]{13}$/),
        kind: 'late-query',
        message: '1 of 2 queries ended 23 ms after the response, which did not wait for it',
        statements: ['insert into logs (message) values (?+)'],
        fingerprints: [expect.stringMatching(/^[\da-f]{13}$/)],
        count: 1,
        queryIndexes: [1],
        callSite: callSite(30),
        parent: null,
        totalMs: 3,
        savingMs: null,
        savingBasis: expect.stringContaining('did not wait'),
        fix: { summary: expect.stringContaining('Await it before the response ends'), code: null },
      },
    ])
  })

  test('one that begins before the end of the response', () => {
    expect(messages(find([books, insert(8)]))).toEqual([
      '1 of 2 queries ended 1 ms after the response, which did not wait for it',
    ])
  })

  test('several from one line are one finding, told by the latest', () => {
    const found = find([books, repeat(3, (turn) => insert(20 + 5 * turn))])

    expect(messages(found)).toEqual([
      '3 of 4 queries ended up to 23 ms after the response, which did not wait for them',
    ])
    expect(found[0]?.queryIndexes).toEqual([1, 2, 3])
  })

  test('from two lines they are two', () => {
    expect(find([insert(20), insert(30, { callSite: callSite(40, { function: 'noteVisit' }) })])).toHaveLength(2)
  })

  test('only the late ones of a line count', () => {
    expect(find([insert(1), insert(5), insert(20)]).map(({ count }) => count)).toEqual([1])
  })

  test('one that was still running when the recording was closed', () => {
    expect(messages(find([books, insert(30, { durationMs: null })], {}, 1_000))).toEqual([
      '1 of 2 queries was still running some time after the response, which did not wait for it',
    ])
  })

  test('one that fails: nobody hears of its error', () => {
    expect(find([books, insert(30, { error: 'no such table: logs' })])).toHaveLength(1)
  })

  test('those of a job that did not wait for them', () => {
    expect(messages(find([books, insert(30)], { kind: 'job' }))).toEqual([
      '1 of 2 queries ended 23 ms after the job, which did not wait for it',
    ])
  })

  test('a loop that nobody waits for is late, and a loop', () => {
    const recording = buildRecording({ durationMs: RESPONSE_MS, queries: [repeat(6, (turn) => insert(20 + turn))] })

    expect(analyze(recording, DETECT).map(({ kind }) => kind)).toEqual(['write-loop', 'late-query'])
  })
})

describe('what is none', () => {
  test.each<[string, RecordingSketch['queries'], Partial<RecordingSketch>]>([
    ['queries in time', [books, insert(5)], {}],
    ['one that ends with the response', [books, insert(7)], {}],
    ['the end of a transaction', [books, query('COMMIT;', [], { startMs: 9, durationMs: 4 })], {}],
    ['a transaction whose end was not seen', [query('BEGIN;', [], { startMs: 9, durationMs: null })], {}],
    ['what is left behind when the client goes away', [books, insert(30)], { aborted: true }],
    ['what is left behind when the answer is an error', [books, insert(8)], { status: 503 }],
    [
      'what was sent together with a query that failed',
      [
        query('select * from "no_such_table"', [], { startMs: 4, error: 'no such table: no_such_table' }),
        insert(4, { durationMs: 20 }),
      ],
      { status: 404 },
    ],
  ])('%s', (_, queries, more) => {
    expect(find(queries, more)).toEqual([])
  })

  test('a query that ends as soon after the response as the option allows', () => {
    expect(find([books, insert(30)], {}, 23)).toEqual([])
    expect(find([books, insert(30)], {}, 22)).toHaveLength(1)
  })

  test('a query sent after another has failed is late all the same', () => {
    const failed = query('select * from "no_such_table"', [], { startMs: 4, error: 'no such table: no_such_table' })
    expect(find([failed, insert(30)], { status: 404 })).toHaveLength(1)
  })
})
