import { describe, expect, test } from 'vitest'
import { analyze } from '../../src/analysis/analyze.js'
import type { Occurrence } from '../../src/model/finding.js'
import { buildRecording, callSite, DETECT, type QuerySketch, query } from '../support/build-recording.js'

const begin = (startMs = 0): QuerySketch =>
  query('BEGIN;', [], { startMs, transactionId: 't1', callSite: callSite(20) })
const commit = (startMs: number): QuerySketch => query('COMMIT;', [], { startMs, transactionId: 't1', callSite: null })
const inside = (startMs: number, more: Partial<QuerySketch> = {}): QuerySketch =>
  query('update orders set status = ?', ['paid'], { startMs, transactionId: 't1', callSite: callSite(22), ...more })
/** On the root knex, with a pool of two. */
const outside = (startMs: number, more: Partial<QuerySketch> = {}): QuerySketch =>
  query('select * from books where id = ?', [7], {
    startMs,
    callSite: callSite(24),
    evidence: { poolSize: 2 },
    ...more,
  })

function find(queries: readonly QuerySketch[], ms = 100): readonly Occurrence[] {
  const found = analyze(buildRecording({ queries: [queries] }), { ...DETECT, longTransaction: { ms } })
  return found.filter(({ kind }) => kind === 'long-transaction')
}

describe('a transaction that holds its connection while the app does other things', () => {
  test('is told with the longest pause', () => {
    expect(find([begin(), inside(2), inside(203), commit(205)])).toMatchObject([
      {
        message:
          'A transaction held its connection for 204 ms and used it for 2 ms; the longest pause, 200 ms, is after the query of src/routes/collections.ts:22',
        statements: ['begin'],
        count: 1,
        callSite: { line: 20 },
        savingMs: null,
      },
    ])
  })

  test('before its first query', () => {
    expect(find([begin(), inside(201), commit(203)])[0]?.message).toContain('is before the first query')
  })

  test('before it ends', () => {
    expect(find([begin(), inside(2), commit(203)])).toHaveLength(1)
  })

  test('and never ends', () => {
    expect(find([begin(), inside(2), query('select 1', [], { startMs: 300 })])).toHaveLength(1)
  })
})

describe('a transaction that is none of these', () => {
  test.each<[string, readonly QuerySketch[]]>([
    ['queries alone', [begin(), inside(2), inside(4), commit(6)]],
    ['a long query', [begin(), inside(2, { durationMs: 300 }), commit(303)]],
    ['a little work in between', [begin(), inside(2), inside(60), commit(62)]],
    [
      'a savepoint that is busy',
      [
        begin(),
        query('SAVEPOINT trx2;', [], { startMs: 2, transactionId: 't2' }),
        inside(3, { durationMs: 200, transactionId: 't2' }),
        query('RELEASE trx2;', [], { startMs: 204, transactionId: 't2' }),
        commit(206),
      ],
    ],
    ['no transaction', [query('select 1', [], { startMs: 0 }), query('select 2', [], { startMs: 300 })]],
  ])('%s', (_name, queries) => {
    expect(find(queries)).toEqual([])
  })

  test('a pause within what the option allows', () => {
    expect(find([begin(), inside(2), commit(203)], 500)).toEqual([])
  })
})

describe('a query beside an open transaction, on a small pool', () => {
  test('is told at its own line', () => {
    expect(find([begin(), inside(2), outside(4), inside(6), commit(8)])).toMatchObject([
      {
        message:
          "1 of 3 queries asked for another connection while the request's own transaction held one of 2 connections",
        statements: ['select * from books where id = ?'],
        count: 1,
        callSite: { line: 24 },
      },
    ])
  })

  test('that gets no connection is told once, and not as a long transaction too', () => {
    const unsent = outside(154, { durationMs: null, error: 'Timeout', poolWaitMs: 150, evidence: { poolSize: 1 } })

    expect(find([begin(), inside(2), unsent, commit(156)]).map(({ statements }) => statements)).toEqual([
      ['select * from books where id = ?'],
    ])
  })

  test.each<[string, readonly QuerySketch[]]>([
    ['on a large pool', [begin(), outside(4, { evidence: { poolSize: 10 } }), commit(8)]],
    ['on a pool of unknown size', [begin(), outside(4, { evidence: {} }), commit(8)]],
    ['before it begins', [outside(0), begin(2), inside(4), commit(6)]],
    ['after it has ended', [begin(), inside(2), commit(4), outside(6)]],
    ['on another database', [begin(), outside(4, { connection: 'pg:reports' }), commit(8)]],
    [
      'at the same time as one of its own, which does not wait for it',
      [begin(), inside(2, { durationMs: 10 }), outside(4), commit(14)],
    ],
  ])('is none %s', (_name, queries) => {
    expect(find(queries)).toEqual([])
  })
})
