import { describe, expect, test } from 'vitest'
import { analyze } from '../../src/analysis/analyze.js'
import type { Occurrence } from '../../src/model/finding.js'
import { buildRecording, DETECT, query, type RecordingSketch } from '../support/build-recording.js'

const large = query('select * from manuscripts', [], { rowCount: 60, resultBytes: 240_000 })
const links = query('select book_id from book_tags', [], { rowCount: 120, resultBytes: 960 })

function find(sketch: RecordingSketch): readonly Occurrence[] {
  return analyze(buildRecording(sketch), DETECT).filter(({ kind }) => kind === 'over-fetch')
}

describe('rows that were read and not sent', () => {
  test('are told by their size and that of the answer', () => {
    expect(find({ queries: [large], bodyBytes: 2_000 })).toMatchObject([
      {
        message: 'The only query read 240 kB in 60 rows, for an answer of 2 kB',
        statements: ['select * from manuscripts'],
        count: 1,
        savingMs: null,
        fix: { code: null },
      },
    ])
  })

  test('by several queries of one line together', () => {
    const parts = [1, 2, 3].map((page) =>
      query('select * from manuscripts where page = ?', [page], { rowCount: 20, resultBytes: 80_000 }),
    )

    expect(find({ queries: [parts], bodyBytes: 500 })).toMatchObject([{ count: 3 }])
  })

  test('of which the answer has the number and nothing else', () => {
    expect(find({ queries: [links], bodyBytes: 13, onlyNumber: 120 })).toMatchObject([
      {
        message: 'The only query read 120 rows, of which the answer has the number and nothing else',
        fix: { code: expect.stringContaining("await knex('book_tags').count({ count: '*' })") },
      },
    ])
  })

  test('are told once when both are true', () => {
    const both = { ...large, rowCount: 200 }

    expect(find({ queries: [both], bodyBytes: 13, onlyNumber: 200 })).toHaveLength(1)
  })

  test('counting by a condition is advised without code', () => {
    const some = query('select * from logs where level = ?', ['error'], { rowCount: 300 })

    expect(find({ queries: [some], onlyNumber: 300 })).toMatchObject([{ fix: { code: null } }])
  })
})

describe('what is not read in vain', () => {
  test.each<[string, RecordingSketch]>([
    ['more than a tenth is sent', { queries: [large], bodyBytes: 24_000 }],
    ['little is read', { queries: [{ ...large, resultBytes: 80_000 }], bodyBytes: 500 }],
    ['the size of the answer is not known', { queries: [large] }],
    ['the size of the rows is not known', { queries: [{ ...large, resultBytes: null }], bodyBytes: 500 }],
    ['the answer is an error', { queries: [large], bodyBytes: 500, status: 500 }],
    ['the answer is that nothing has changed', { queries: [large], bodyBytes: 0, status: 304 }],
    ['only the head was asked for', { queries: [large], bodyBytes: 0, method: 'HEAD' }],
    ['it is written elsewhere', { queries: [large, query('insert into archive values (?)', [1])], bodyBytes: 15 }],
    ['the read failed', { queries: [{ ...large, error: 'lost' }], bodyBytes: 15 }],
    ['it was read after the answer', { queries: [{ ...large, late: true }], bodyBytes: 15 }],
    ['another number', { queries: [links], onlyNumber: 15 }],
    ['the number of a few', { queries: [{ ...links, rowCount: 90 }], onlyNumber: 90 }],
    [
      'the number counted by the database',
      { queries: [query('select count(*) from book_tags', [], { rowCount: 1 })], onlyNumber: 120 },
    ],
  ])('%s', (_name, sketch) => {
    expect(find(sketch)).toEqual([])
  })
})
