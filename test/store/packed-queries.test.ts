import { describe, expect, test } from 'vitest'
import { NO_EVIDENCE } from '../../src/model/evidence.js'
import type { RecordedQuery } from '../../src/model/query.js'
import { packQueries } from '../../src/store/pack-queries.js'
import { type QueryShape, unpackQueries } from '../../src/store/packed-queries.js'
import { naive } from './sample-recordings.js'

const SHAPE: QueryShape = {
  textId: 2 ** 52 - 1,
  statementId: 1,
  callSiteId: 4_503_599_627_370_000,
  inferred: false,
  connection: 'sqlite3:app.db',
}

/** What comes back of a query; the shape stands for its texts, and its span is packed with the spans. */
function kept(query: RecordedQuery) {
  const { statement, fingerprint, fingerprintText, operation, connection, callSite, spanIndex, ...rest } = query
  return { ...rest, shape: SHAPE, pathId: null }
}

function sample(more: Partial<RecordedQuery> = {}): RecordedQuery {
  const [query] = naive({}, 0, 1).recording.queries
  if (query === undefined) throw new Error('no query')
  return { ...query, ...more }
}

describe('packed queries come back as they were', () => {
  test('51 queries of an N+1', () => {
    const { queries } = naive().recording
    expect(unpackQueries(packQueries(queries, () => SHAPE))).toEqual(queries.map(kept))
  })

  test('with the ids of their call paths, each kept once', () => {
    const callers = [1, 2].map((line) => ({ file: 'a.ts', line, function: null, through: [] }))
    const queries = [0, 1, 0, 1].map((callPath, index) => {
      return sample({ index, callPath, evidence: { ...NO_EVIDENCE, callers: callPath === 0 ? [] : callers } })
    })
    const asked: unknown[] = []
    const packed = packQueries(
      queries,
      () => SHAPE,
      (of) => {
        asked.push(of)
        return of.length === 0 ? null : 77
      },
    )
    expect(asked).toEqual([[], callers])
    expect(unpackQueries(packed).map(({ pathId }) => pathId)).toEqual([null, 77, null, 77])
  })

  test('none', () => {
    expect(unpackQueries(packQueries([], () => SHAPE))).toEqual([])
  })

  test.each<[string, Partial<RecordedQuery>]>([
    ['nothing known', { durationMs: null, poolWaitMs: null, rowCount: null, bindings: null, transactionId: null }],
    ['zeros, which are not "not known"', { startMs: 0, durationMs: 0, poolWaitMs: 0, rowCount: 0, bindings: [] }],
    ['an error, late, in a transaction', { error: 'no such table: x', late: true, transactionId: 'trx3' }],
    ['before the recording, and with a driver that counts -1 rows', { startMs: -12.345, rowCount: -1 }],
    ['microseconds', { startMs: 0.001, durationMs: 1234.567 }],
    ['hours', { startMs: 36_000_000.001, durationMs: 9_000_000 }],
    ['no finding of two kinds', { evidence: { ...NO_EVIDENCE, ignoredKinds: ['slow-query', 'n-plus-one'] } }],
    ['no finding at all', { evidence: { ...NO_EVIDENCE, ignoredKinds: ['all'] } }],
    ['an index beyond the dropped ones', { index: 1_000_000, bindingSet: 7, keyBindingSet: 3, callPath: 9 }],
  ])('%s', (_, more) => {
    const query = sample(more)
    expect(unpackQueries(packQueries([sample(), query, sample()], () => SHAPE))).toEqual(
      [sample(), query, sample()].map(kept),
    )
  })

  test.each([
    [[null, true, false, '']],
    [[0, 1, -1, 63, 64, 127, 128, -64, 2 ** 31, -(2 ** 31), 2 ** 51, 2 ** 52, Number.MAX_SAFE_INTEGER]],
    [[0.1, -0, -1.5, 1e300, Number.MIN_VALUE, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    [['Zoë', '東京', '👩‍👩‍👧', '\0', '\ud800', '\udc00x', 'x'.repeat(1_000_000)]],
    [['***', '***', 'a', '***', 'a']],
  ])('bindings %#', (bindings) => {
    const query = sample({ bindings })
    expect(unpackQueries(packQueries([query, query], () => SHAPE))).toEqual([query, query].map(kept))
  })

  test('queries of several shapes and connections', () => {
    const other: QueryShape = { ...SHAPE, callSiteId: null, connection: 'pg:reports', textId: 5 }
    const inferred: QueryShape = { ...SHAPE, inferred: true }
    const shapes = [SHAPE, other, SHAPE, inferred]
    const queries = shapes.map((_, index) => sample({ index }))
    const back = unpackQueries(packQueries(queries, ({ index }) => shapes[index] ?? SHAPE))
    expect(back.map(({ shape }) => shape)).toEqual(shapes)
  })

  test('5,000 queries that have nothing in common', () => {
    const queries = Array.from({ length: 5_000 }, (_, index) =>
      sample({ index, startMs: index * 3.3, durationMs: (index * 7919) % 100, bindings: [`text ${index}`, index] }),
    )
    const rounded = queries.map((query) => ({ ...query, startMs: Math.round(query.startMs * 1000) / 1000 }))
    expect(unpackQueries(packQueries(queries, () => SHAPE))).toEqual(rounded.map(kept))
  })
})

test('times are rounded to microseconds, and what is no number becomes 0', () => {
  const odd = [sample({ startMs: 1.23456 }), sample({ startMs: Number.NaN, durationMs: Number.POSITIVE_INFINITY })]
  expect(unpackQueries(packQueries(odd, () => SHAPE)).map(({ startMs, durationMs }) => [startMs, durationMs])).toEqual([
    [1.235, 1],
    [0, 0],
  ])
})

test('101 queries with one small binding each take less than 2 kB', () => {
  const { queries } = naive({}, 0, 100).recording
  const measured = queries.map((query, at) => ({ ...query, durationMs: 0.05 + (at * 37) / 1000, startMs: at * 4.1 }))
  expect(packQueries(measured, () => SHAPE).length).toBeLessThan(2_000)
})

test.each([
  ['an unknown layout', Buffer.from([9, 0])],
  ['nothing', Buffer.alloc(0)],
  ['half a value', packQueries(naive().recording.queries, () => SHAPE).subarray(0, 40)],
])('%s is a RangeError', (_, packed) => {
  expect(() => unpackQueries(packed)).toThrow(RangeError)
})

test('a damaged value that tells of a million million queries is a RangeError before it fills the memory', () => {
  // Layout 4; as many queries as six bytes can say; no texts, no shapes, no paths; one run of as many.
  const many = [0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]
  expect(() => unpackQueries(Buffer.from([4, ...many, 0, 0, 0, 1, 0, ...many]))).toThrow(RangeError)
})
