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
} from '../support/build-recording.js'

const report = (durationMs: number | null, more: Partial<QuerySketch> = {}): QuerySketch => ({
  ...query('select * from "sales" where "status" = ?', ['paid'], { durationMs, rowCount: 5, resultBytes: 200 }),
  ...more,
})

function find(queries: RecordingSketch['queries'], ms = 100): readonly Occurrence[] {
  return analyze(buildRecording({ queries }), { ...DETECT, slowQuery: { ms } }).filter(
    ({ kind }) => kind === 'slow-query',
  )
}

describe('what is found', () => {
  test('a query above the threshold, with all that a developer needs to know', () => {
    expect(find([query('select * from "books"'), report(152.4)])).toEqual([
      {
        findingKey: expect.stringMatching(/^[\da-f]{13}$/),
        kind: 'slow-query',
        message: '1 of 2 queries took 152 ms and returned 5 rows',
        statements: ['select * from sales where status = ?'],
        fingerprints: [expect.stringMatching(/^[\da-f]{13}$/)],
        count: 1,
        queryIndexes: [1],
        callSite: callSite(30),
        parent: null,
        totalMs: 152.4,
        savingMs: null,
        savingBasis: expect.stringContaining('not known'),
        fix: { summary: expect.stringContaining('plan'), code: null },
      },
    ])
  })

  test.each<[string, RecordingSketch['queries'], string]>([
    ['one row', [report(1_520, { rowCount: 1 })], 'The only query took 1,520 ms and returned 1 row'],
    ['no rows said', [report(120, { rowCount: null })], 'The only query took 120 ms'],
    [
      'several of one line',
      [report(120), report(3), report(130)],
      '2 of 3 queries took up to 130 ms each and returned 10 rows in all',
    ],
    [
      'a write',
      [query('update "books" set "stock" = ?', [1], { durationMs: 200, rowCount: 1_200 })],
      'The only query took 200 ms and changed 1,200 rows',
    ],
    [
      'one that failed at a time-out',
      [report(3_000, { error: 'timeout', rowCount: null })],
      'The only query took 3,000 ms and failed',
    ],
    [
      'some that failed',
      [report(300, { error: 'timeout', rowCount: null }), report(200)],
      '2 of 2 queries took up to 300 ms each, and not all succeeded',
    ],
  ])('%s', (_, queries, message) => {
    expect(find(queries).map((found) => found.message)).toEqual([message])
  })

  test('a query without rows', () => {
    expect(find([report(150, { rowCount: 0, resultBytes: null })]).map(({ message }) => message)).toEqual([
      'The only query took 150 ms and returned 0 rows',
    ])
  })

  test('two lines are two findings, and so are two statements', () => {
    const elsewhere = callSite(50, { function: 'monthly' })
    expect(find([report(150), report(150, { callSite: elsewhere })])).toHaveLength(2)
    expect(find([report(150), query('select * from "books"', [], { durationMs: 150 })])).toHaveLength(2)
  })

  test('of more than fifty, those that took the most time are told', () => {
    const slow = Array.from({ length: 130 }, (_, table) =>
      query(`select * from "t${table}" order by "id"`, [], { durationMs: 101 + table, callSite: callSite(table) }),
    )

    const found = find(slow)

    expect(found).toHaveLength(50)
    expect(Math.min(...found.map(({ totalMs }) => totalMs))).toBe(181)
  })

  test('one line on two connections is one', () => {
    expect(find([report(150), report(150, { connection: 'replica' })])).toHaveLength(1)
  })
})

describe('what is none', () => {
  test.each<[string, RecordingSketch['queries']]>([
    ['a query at the threshold', [report(100)]],
    ['many that are slow together', [report(60), report(60), report(60)]],
    ['a long wait for a connection', [report(5, { poolWaitMs: 400 })]],
    ['one whose time is not known', [report(null)]],
    ['a stream, whose reader takes its time', [report(900, { resultBytes: null })]],
    ['the end of a transaction', [query('COMMIT;', [], { durationMs: 300 })]],
    ['a slow app', [report(5), report(5, { startMs: 900 })]],
  ])('%s', (_, queries) => {
    expect(find(queries)).toEqual([])
  })

  test('the threshold is an option', () => {
    expect(find([report(150)], 200)).toEqual([])
    expect(find([report(50)], 40)).toHaveLength(1)
  })
})
