import { describe, expect, test } from 'vitest'
import { analyze } from '../../src/analysis/analyze.js'
import type { Occurrence } from '../../src/model/finding.js'
import { resolveOptions, type SilkOptions } from '../../src/options.js'
import {
  buildRecording,
  callSite,
  type QuerySketch,
  query,
  type RecordingSketch,
  repeat,
} from '../support/build-recording.js'

const REVIEWS = callSite(40, { function: 'reviewsOf' })
const author = query('select * from "authors" where "id" = ? limit ?', [1, 1], { durationMs: 9 })
const reviews = (turn: number): QuerySketch =>
  query('select * from "reviews" where "book_id" in (?, ?)', [turn, turn + 100], { callSite: REVIEWS })
const BEGIN = query('BEGIN;', [], { transactionId: 'trx1' })
const COMMIT = query('COMMIT;', [], { transactionId: 'trx1', durationMs: 50 })

type Detect = SilkOptions['detect']

function find(
  detect: Detect,
  queries: RecordingSketch['queries'],
  more: Partial<RecordingSketch> = {},
): readonly Occurrence[] {
  const recording = buildRecording({ queries, ...more })
  return analyze(recording, resolveOptions({ detect }, {}).detect).filter(({ kind }) => kind === 'query-budget')
}

describe('what is found', () => {
  test('more queries than are allowed, with all that a developer needs to know', () => {
    expect(find({ queryBudget: { queries: 10 } }, [author, repeat(12, reviews)])).toEqual([
      {
        findingKey: expect.stringMatching(/^[\da-f]{13}$/),
        kind: 'query-budget',
        message: '13 queries, where the budget allows 10; 12 of them are the same statement',
        statements: ['select * from reviews where book_id in (?+)'],
        fingerprints: [expect.stringMatching(/^[\da-f]{13}$/)],
        count: 13,
        queryIndexes: Array.from({ length: 12 }, (_, index) => index + 1),
        callSite: REVIEWS,
        parent: null,
        totalMs: 21,
        savingMs: null,
        savingBasis: expect.stringContaining('not known'),
        fix: { summary: expect.stringContaining('`detect.routes`'), code: null },
      },
    ])
  })

  test('more time than is allowed names the statement that takes most of it', () => {
    const found = find({ queryBudget: { sqlMs: 12 } }, [author, repeat(4, reviews)])

    expect(found.map(({ message, statements }) => [message, statements])).toEqual([
      [
        '13 ms of SQL, where the budget allows 12 ms; 9 ms of them go to one statement',
        ['select * from authors where id = ? limit ?'],
      ],
    ])
  })

  test('where both are exceeded, what is exceeded further is told', () => {
    const queries = [author, repeat(4, reviews)]

    expect(find({ queryBudget: { queries: 1, sqlMs: 10 } }, queries)[0]?.message).toContain('5 queries')
    expect(find({ queryBudget: { queries: 4, sqlMs: 2 } }, queries)[0]?.message).toContain('13 ms of SQL')
  })

  test('one route has a budget of its own', () => {
    const detect: Detect = { routes: { 'GET /collections': { queryBudget: { queries: 2 } } } }

    expect(find(detect, [repeat(3, reviews)])).toHaveLength(1)
    expect(find(detect, [repeat(3, reviews)], { route: '/products' })).toEqual([])
  })

  test('is one problem of the route, whichever statement spends most', () => {
    const detect: Detect = { queryBudget: { sqlMs: 5 } }
    const [some] = find(detect, [author, repeat(2, reviews)])
    const [others] = find(detect, [author, repeat(20, reviews)])
    const [elsewhere] = find(detect, [author], { route: '/products' })

    expect(some?.statements).not.toEqual(others?.statements)
    expect(some?.findingKey).toBe(others?.findingKey)
    expect(some?.findingKey).not.toBe(elsewhere?.findingKey)
  })

  test('a route that is to send nothing', () => {
    expect(find({ queryBudget: { queries: 0 } }, [author])).toHaveLength(1)
  })

  test('queries beyond those that are kept count too', () => {
    const recording = { ...buildRecording({ queries: [author] }), queryCount: 12_000, droppedQueryCount: 11_999 }
    const { detect } = resolveOptions({ detect: { queryBudget: { queries: 10_000 } } }, {})

    expect(analyze(recording, detect).map(({ kind, count }) => [kind, count])).toEqual([['query-budget', 12_000]])
  })

  test('a loop in it is told as well', () => {
    const loop = repeat(12, (turn) => query('select * from "books" where "author_id" = ?', [turn]))
    const recording = buildRecording({ queries: [loop] })
    const { detect } = resolveOptions({ detect: { queryBudget: { queries: 8 } } }, {})

    expect(analyze(recording, detect).map(({ kind }) => kind)).toEqual(['n-plus-one', 'query-budget'])
  })
})

describe('what is none', () => {
  test.each<[string, Detect, RecordingSketch['queries']]>([
    ['as many queries as are allowed', { queryBudget: { queries: 3 } }, [repeat(3, reviews)]],
    ['as much time as is allowed', { queryBudget: { sqlMs: 9 } }, [author]],
    ['BEGIN and COMMIT, by number', { queryBudget: { queries: 1 } }, [BEGIN, author, COMMIT]],
    ['BEGIN and COMMIT, by time', { queryBudget: { sqlMs: 20 } }, [BEGIN, author, COMMIT]],
    ['any number without a budget', {}, [repeat(100, reviews)]],
    ['a slow app', { queryBudget: { sqlMs: 20 } }, [author, { ...author, startMs: 900 }]],
    ['a wait for a connection', { queryBudget: { sqlMs: 20 } }, [{ ...author, poolWaitMs: 300 }]],
    ['a budget that is switched off', { queryBudget: false }, [repeat(100, reviews)]],
  ])('%s', (_, detect, queries) => {
    expect(find(detect, queries)).toEqual([])
  })
})
