import { describe, expect, test } from 'vitest'
import { analyze } from '../../src/analysis/analyze.js'
import type { CallerFrame } from '../../src/model/evidence.js'
import type { Occurrence } from '../../src/model/finding.js'
import { buildRecording, callSite, DETECT, type QuerySketch, query } from '../support/build-recording.js'

const frame = (name: string | null, line: number, through: CallerFrame['through'] = []): CallerFrame => {
  return { file: 'src/routes/dashboard.ts', line, function: name, through }
}

/** A read of 50 ms by the handler of a dashboard, at this line, that needs nothing of the others. */
function read(table: string, line: number, more: Partial<QuerySketch> = {}): QuerySketch {
  return {
    ...query(`select * from ${table} where status = ?`, ['open'], { durationMs: 50, rowCount: 3 }),
    callSite: callSite(line, { file: 'src/routes/dashboard.ts', function: 'dashboard' }),
    ...more,
    evidence: { poolSize: 10, areRowsKnown: true, callers: [frame('dashboard', line)], ...more.evidence },
  }
}

function find(queries: readonly QuerySketch[], ms = 20): readonly Occurrence[] {
  const found = analyze(buildRecording({ queries }), { ...DETECT, sequentialQueries: { ms } })
  return found.filter(({ kind }) => kind === 'sequential-queries')
}

describe('reads that wait for each other and need nothing of each other', () => {
  test('are told with their times and what they would take at once', () => {
    const [found, ...others] = find([read('authors', 11), read('orders', 12, { durationMs: 60 }), read('books', 13)])

    expect(others).toEqual([])
    expect(found).toMatchObject({
      message: '3 of 3 queries wait for each other and need nothing of each other',
      statements: [
        'select * from authors where status = ?',
        'select * from orders where status = ?',
        'select * from books where status = ?',
      ],
      count: 3,
      queryIndexes: [0, 1, 2],
      callSite: { line: 11 },
      totalMs: 160,
      savingMs: 100,
      fix: { summary: 'Send them at once, with `await Promise.all([…])`: 60 ms instead of 160 ms.' },
    })
  })

  test('in helpers of the handler', () => {
    const callers = (helper: string, line: number): Partial<QuerySketch> => {
      return { evidence: { callers: [frame(helper, line), frame('dashboard', line + 20)] } }
    }

    expect(find([read('authors', 11, callers('authors', 11)), read('orders', 12, callers('orders', 12))])).toHaveLength(
      1,
    )
  })

  test('after a first read that both need', () => {
    const found = find([
      read('books', 10, { durationMs: 1 }),
      read('authors', 11, { evidence: { sourceIndexes: [0] } }),
      read('orders', 12, { evidence: { sourceIndexes: [0] } }),
    ])

    expect(found.map(({ queryIndexes }) => queryIndexes)).toEqual([[1, 2]])
  })

  test('with a trifle between them, which makes no difference', () => {
    const found = find([read('authors', 11), read('settings', 12, { durationMs: 0.5 }), read('orders', 13)])

    expect(found.map(({ queryIndexes }) => queryIndexes)).toEqual([[0, 2]])
  })
})

describe('what needs the other, or may', () => {
  const first = read('authors', 11)
  test.each<[string, readonly QuerySketch[]]>([
    ['a value that was in its rows', [first, read('orders', 12, { evidence: { sourceIndexes: [0] } })]],
    [
      'a value from nowhere, after rows that were not all looked at',
      [read('authors', 11, { evidence: { areRowsKnown: false } }), read('orders', 12)],
    ],
    ['a second place, asked since the first had nothing', [read('authors', 11, { rowCount: 0 }), read('orders', 12)]],
    [
      'a handler after its guard',
      [
        read('authors', 11, { evidence: { callers: [frame('guard', 11)] } }),
        read('orders', 30, {
          evidence: {
            callers: [
              frame('handler', 30),
              frame('guard', 14, [{ file: 'express/lib/router.js', line: 9, function: 'next' }]),
            ],
          },
        }),
      ],
    ],
    [
      'a handler after its guard, both without a name',
      [
        read('authors', 11, { evidence: { callers: [frame(null, 11)] } }),
        read('orders', 30, {
          evidence: {
            callers: [frame(null, 30), frame(null, 14, [{ file: 'express/lib/router.js', line: 9, function: 'next' }])],
          },
        }),
      ],
    ],
    ['what follows a pause', [first, read('orders', 12, { startMs: 80 })]],
    ['what runs at the same time', [{ ...first, startMs: 1 }, read('orders', 12, { startMs: 2 })]],
    ['the turns of a loop', [first, read('authors', 11), read('authors', 11)]],
    ['a read of one transaction', [first, read('orders', 12, { transactionId: 'trx1' })]],
    ['a read with a lock', [first, read('orders where id = 1 for update; select 1 from orders', 12)]],
    ['a read after a write', [first, query('update orders set status = ?', ['due']), read('orders', 12)]],
    [
      'reads of a pool of one connection',
      [first, read('orders', 12)].map((one) => ({ ...one, evidence: { ...one.evidence, poolSize: 1 } })),
    ],
    ['a failed one', [first, read('orders', 12, { error: 'no such table' })]],
    ['a late one', [first, read('orders', 12, { late: true })]],
    [
      'reads too fast to save anything',
      [read('authors', 11, { durationMs: 3 }), read('orders', 12, { durationMs: 4 })],
    ],
  ])('%s', (_name, queries) => {
    expect(find(queries)).toEqual([])
  })

  test('what would save less than the option says', () => {
    expect(find([read('authors', 11), read('orders', 12)], 51)).toEqual([])
  })
})
