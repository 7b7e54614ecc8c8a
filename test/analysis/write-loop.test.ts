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

const INSERT = 'insert into "products" ("name", "collection_id") values (?, ?)'

const insert = (turn: number, more: Partial<QuerySketch> = {}): QuerySketch => ({
  ...query(INSERT, [`p${turn}`, 1], { rowCount: 1 }),
  ...more,
})
const insertMany = (turn: number): QuerySketch =>
  query(`${INSERT}, (?, ?), (?, ?)`, [`a${turn}`, 1, `b${turn}`, 1, `c${turn}`, 1], { rowCount: 3 })
const rename = (turn: number): QuerySketch =>
  query('update "products" set "name" = ? where "id" = ?', [`n${turn}`, turn], { rowCount: 1 })
const remove = (turn: number): QuerySketch =>
  query('delete from "products" where "collection_id" = ?', [turn], { rowCount: 20 })

function find(queries: RecordingSketch['queries'], threshold = 5): readonly Occurrence[] {
  const found = analyze(buildRecording({ queries }), { ...DETECT, writeLoop: { threshold } })
  return found.filter(({ kind }) => kind === 'write-loop')
}

describe('what is found', () => {
  test('an insert for each row, with all that a developer needs to know', () => {
    const rows = query('select * from "drafts"', [], { rowCount: 20, callSite: callSite(10) })

    expect(find([rows, repeat(20, insert)])).toEqual([
      {
        findingKey: expect.stringMatching(/^[\da-f]{13}$/),
        kind: 'write-loop',
        message: '20 of 21 queries are inserts into `products`, one row at a time',
        statements: ['insert into products (name, collection_id) values (?+)'],
        fingerprints: [expect.stringMatching(/^[\da-f]{13}$/)],
        count: 20,
        queryIndexes: Array.from({ length: 20 }, (_, index) => index + 1),
        callSite: callSite(30),
        parent: { queryIndex: 0, statement: 'select * from drafts', callSite: callSite(10), rowCount: 20 },
        totalMs: 20,
        savingMs: 19,
        savingBasis: expect.stringContaining('less the slowest'),
        fix: {
          summary: 'Insert them with one `insert([…])`: 2 queries instead of 21; for thousands of rows, `batchInsert`.',
          code: "await knex('products').insert(rows)",
        },
      },
    ])
  })

  test.each<[string, RecordingSketch['queries'], string]>([
    [
      'inserts at once',
      [parallel(1, repeat(6, insert))],
      '6 of 6 queries are inserts into `products`, one row at a time',
    ],
    ['updates', [repeat(6, rename)], '6 of 6 queries are updates of `products`, one row at a time'],
    ['deletes', [repeat(6, remove)], '6 of 6 queries are deletes from `products`, one row at a time'],
    [
      'the same row again and again',
      [repeat(6, () => insert(1))],
      '6 of 6 queries are inserts into `products`, one row at a time',
    ],
    ['five', [repeat(5, insert)], '5 of 5 queries are inserts into `products`, one row at a time'],
  ])('%s', (_, queries, message) => {
    expect(find(queries).map((found) => found.message)).toEqual([message])
  })

  test('several writes for each item are one finding', () => {
    const rows = query('select * from "drafts"', [], { rowCount: 6, callSite: callSite(10) })
    const mark = (turn: number): QuerySketch =>
      query('update "drafts" set "done" = ? where "id" = ?', [true, turn], { rowCount: 1, callSite: callSite(41) })

    const found = find([rows, [0, 1, 2, 3, 4, 5].flatMap((turn) => [insert(turn), mark(turn)])])

    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({
      message: '12 of 13 queries are 2 writes, sent again and again, one row at a time',
      count: 12,
      callSite: callSite(30),
      fix: { summary: 'Gather the rows and send one statement for each write: 3 queries instead of 13.', code: null },
    })
  })

  test('rows that belong to each item, inserted by one statement, are part of its loop', () => {
    const lines = (turn: number): QuerySketch => ({ ...insertMany(turn), callSite: callSite(41) })

    const found = find([0, 1, 2, 3, 4, 5].flatMap((turn) => [rename(turn), lines(turn)]))

    expect(found.map(({ count, statements }) => [count, statements.length])).toEqual([[12, 2]])
  })

  test('deletes by one column, with the whereIn instead', () => {
    const [found] = find([repeat(6, remove)])

    expect(found?.fix).toEqual({
      summary: 'Delete them with one `whereIn(…)`: 1 query instead of 6.',
      code: [
        '// values: what the loop passes for collection_id, one after the other. knex: what it sends the queries with.',
        "await knex('products').whereIn('collection_id', values).delete()",
      ].join('\n'),
    })
  })

  test('deletes by more than one column, without code', () => {
    const found = find([repeat(6, (turn) => query('delete from t where a = ? and b = ?', [1, turn], { rowCount: 1 }))])

    expect(found[0]?.fix?.code).toBeNull()
  })

  test('inside a transaction, with code that says so', () => {
    const [found] = find([repeat(6, (turn) => insert(turn, { transactionId: 'trx1' }))])

    expect(found?.fix?.code).toBe("await trx('products').insert(rows)")
  })
})

describe('what is none', () => {
  test.each<[string, RecordingSketch['queries']]>([
    ['four', [repeat(4, insert)]],
    ['batches', [repeat(6, insertMany)]],
    [
      'chunks of a whereIn',
      [
        repeat(6, (turn) =>
          query('delete from products where id in (?, ?)', [2 * turn, 2 * turn + 1], { rowCount: 2 }),
        ),
      ],
    ],
    ['two lines, three times each', [repeat(3, insert), repeat(3, (turn) => insert(turn, { callSite: callSite(40) }))]],
    [
      'different tables',
      ['a', 'b', 'c', 'd', 'e', 'f'].map((table) => query(`insert into ${table} (n) values (?)`, [1])),
    ],
    ['failed ones', [repeat(6, (turn) => insert(turn, { error: 'unique constraint' }))]],
    ['a helper that five lines call', [repeat(5, (turn) => insert(turn, { callPath: turn }))]],
    ['one counter', [repeat(6, () => query('update counters set n = n + 1 where id = ?', [1], { rowCount: 1 }))]],
    [
      'one row with its progress',
      [repeat(6, (turn) => query('update jobs set done = ? where id = ?', [turn * 10, 1], { rowCount: 1 }))],
    ],
    [
      'a version that is tried until it fits',
      [
        repeat(6, (turn) =>
          query('update drafts set title = ? where id = ? and version = ?', ['x', 1, turn], {
            rowCount: turn === 5 ? 1 : 0,
          }),
        ),
      ],
    ],
    [
      'tasks, of which the next one is asked for each time',
      [0, 1, 2, 3, 4, 5].flatMap((turn) => [
        query('select * from tasks where state = ? limit ?', ['waiting', 1], { rowCount: 1, callSite: callSite(20) }),
        query('update tasks set state = ? where id = ?', ['done', turn], { rowCount: 1 }),
      ]),
    ],
    [
      'ranges that follow each other',
      [repeat(6, (turn) => query('delete from logs where day >= ? and day < ?', [turn, turn + 1], { rowCount: 9 }))],
    ],
    [
      'ranges that are copied',
      [
        repeat(6, (turn) =>
          query('insert into archive (a) select a from logs where day between ? and ?', [turn * 2, turn * 2 + 1], {
            rowCount: 0,
          }),
        ),
      ],
    ],
    ['reads', [repeat(6, (turn) => query('select * from products where id = ?', [turn]))]],
  ])('%s', (_, queries) => {
    expect(find(queries)).toEqual([])
  })

  test('fewer than the threshold of the options', () => {
    expect(find([repeat(9, insert)], 10)).toEqual([])
    expect(find([repeat(10, insert)], 10)).toHaveLength(1)
  })
})
