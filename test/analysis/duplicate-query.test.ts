import { describe, expect, test } from 'vitest'
import { analyze } from '../../src/analysis/analyze.js'
import type { Occurrence } from '../../src/model/finding.js'
import {
  buildRecording,
  callSite,
  DETECT,
  parallel,
  type QuerySketch,
  query,
  type RecordingSketch,
  repeat,
} from '../support/build-recording.js'

const USER = 'select * from "users" where "id" = ?'

const user = (id: unknown, more: Partial<QuerySketch> = {}): QuerySketch => ({
  ...query(USER, [id], { rowCount: 1 }),
  ...more,
})
const update = (table: string): QuerySketch =>
  query(`update "${table}" set "n" = ? where "id" = ?`, [1, 2], { rowCount: 1 })

function find(queries: RecordingSketch['queries']): readonly Occurrence[] {
  return analyze(buildRecording({ queries }), DETECT).filter(({ kind }) => kind === 'duplicate-query')
}

describe('what is found', () => {
  test('the same read again, from another line: the line of the repeat is named', () => {
    const queries = [user(7, { callSite: callSite(10) }), query('select * from a'), user(7, { callSite: callSite(30) })]

    expect(find(queries)).toEqual([
      {
        findingKey: expect.stringMatching(/^[\da-f]{13}$/),
        kind: 'duplicate-query',
        message: '2 of 3 queries are the same statement with the same values',
        statements: ['select * from users where id = ?'],
        fingerprints: [expect.stringMatching(/^[\da-f]{13}$/)],
        count: 2,
        queryIndexes: [0, 2],
        callSite: callSite(30),
        parent: null,
        totalMs: 2,
        savingMs: 1,
        savingBasis: expect.stringContaining('the time of the repeats'),
        fix: {
          summary: 'Load it once and pass the result on, or keep it for the request: 2 queries instead of 3.',
          code: null,
        },
      },
    ])
  })

  test('a permission looked up for each of 50 items', () => {
    const [found] = find([repeat(50, () => user(1))])

    expect(found).toMatchObject({ count: 50, savingMs: 49 })
  })

  test('reads sent at once', () => {
    expect(find([parallel(1, [user(1), user(1)])])).toHaveLength(1)
  })

  test('several values, each more than once, from one line: one finding', () => {
    const [found, ...others] = find([user(1), user(2), user(1), user(2), user(1)])

    expect(found).toMatchObject({
      count: 5,
      message: '5 of 5 queries are the same statement with 2 different values, each more than once',
      fix: { summary: expect.stringContaining('2 queries instead of 5') },
    })
    expect(others).toEqual([])
  })

  test('again after a write to another table', () => {
    expect(find([user(1), update('orders'), user(1)])).toHaveLength(1)
  })

  test('without values', () => {
    const settings = query('select * from settings')

    expect(find([settings, settings])).toHaveLength(1)
  })
})

describe('what is none', () => {
  test.each<[string, RecordingSketch['queries']]>([
    ['other values', [user(1), user(2)]],
    ['1 and "1"', [user(1), user('1')]],
    ['a read after a write to its table', [user(1), update('users'), user(1)]],
    ['a read after a procedure', [user(1), query('call refresh()'), user(1)]],
    [
      'a read of a join after a write to one of its tables',
      [
        query('select * from a join users on users.a = a.id'),
        update('users'),
        query('select * from a join users on users.a = a.id'),
      ],
    ],
    ['a read inside a transaction and one outside', [user(1), user(1, { transactionId: 'trx1' })]],
    ['a locking read', [query(`${USER} for update`, [1]), query(`${USER} for update`, [1])]],
    ['no table', [query('select 1'), query('select 1'), query('select now()'), query('select now()')]],
    [
      'chance',
      [query('select * from a order by random() limit 1'), query('select * from a order by random() limit 1')],
    ],
    ['a retry after a failure', [user(1, { error: 'connection lost' }), user(1)]],
    ['polling', [user(1), user(1, { startMs: 60 }), user(1, { startMs: 120 })]],
    [
      'polling with ever longer pauses, begun by another line',
      [user(1, { callSite: callSite(9) }), ...[2, 5, 12, 30, 70].map((startMs) => user(1, { startMs }))],
    ],
    [
      'polling while other work goes on',
      [0, 30, 60, 90].flatMap((startMs) => [
        user(1, { startMs }),
        query(`select * from noise_${startMs}`, [], { startMs: startMs + 5 }),
      ]),
    ],
    ['writes', [update('users'), update('users')]],
    ['transaction statements', [query('BEGIN;'), query('COMMIT;'), query('BEGIN;'), query('COMMIT;')]],
    ['two connections', [user(1), user(1, { connection: 'replica' })]],
    ['an N+1 whose rows share what they load', [repeat(20, (turn) => user(turn % 5))]],
    [
      'one turn of an N+1 that loads what the middleware had',
      [user(3, { callSite: callSite(9) }), repeat(20, (turn) => user(turn))],
    ],
  ])('%s', (_, queries) => {
    expect(find(queries)).toEqual([])
  })
})
