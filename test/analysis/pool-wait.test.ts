import { describe, expect, test } from 'vitest'
import { analyze } from '../../src/analysis/analyze.js'
import type { ConnectionHolder } from '../../src/model/evidence.js'
import type { Occurrence } from '../../src/model/finding.js'
import { buildRecording, callSite, DETECT, type QuerySketch, query, repeat } from '../support/build-recording.js'

const another: ConnectionHolder = {
  recordingId: '019a0000-0000-7000-8000-000000000002',
  isSameRecording: false,
  request: 'POST /orders',
  statement: 'begin',
  callSite: callSite(12, { file: 'src/routes/orders.ts' }),
  heldMs: 240,
}
const itself: ConnectionHolder = { ...another, isSameRecording: true, request: 'GET /collections' }

/** A read that waited so long for a connection that somebody had. */
function waiting(table: string, poolWaitMs: number, heldBy: ConnectionHolder | null = another): QuerySketch {
  const site = callSite(table.length)
  return query(`select * from ${table}`, [], {
    startMs: 120,
    poolWaitMs,
    callSite: site,
    evidence: { heldBy, poolSize: 2 },
  })
}

/** What all of them say of waiting. */
function find(queries: readonly QuerySketch[]): readonly Occurrence[] {
  return analyze(buildRecording({ queries: [queries] }), DETECT).filter(({ kind }) => kind === 'pool-wait')
}

describe('a wait for a connection', () => {
  test('names who had it, where, and for how long', () => {
    expect(find([waiting('books', 60)])).toMatchObject([
      {
        message:
          "The only query waited 60 ms for a connection of the pool's 2, which POST /orders held for 240 ms (src/routes/orders.ts:12)",
        statements: ['select * from books'],
        count: 1,
        callSite: { line: 5 },
        totalMs: 60,
        savingMs: 60,
        fix: {
          summary:
            'Let POST /orders give its connection back sooner, or let the pool have more connections (`pool: { max: … }`, now 2).',
        },
      },
    ])
  })

  test('of several queries is one finding, with time in parallel counted once', () => {
    expect(find([waiting('books', 60, itself), waiting('authors', 100, itself)])).toMatchObject([
      { count: 2, statements: ['select * from books', 'select * from authors'], totalMs: 160, savingMs: 100 },
    ])
  })

  test('that ended in nothing is told as such', () => {
    const unsent: QuerySketch = { ...waiting('books', 150), durationMs: null, error: 'Timeout acquiring a connection' }

    expect(find([unsent])[0]?.message).toMatch(
      /^The only query waited 150 ms for a connection of the pool's 2, in vain, which /,
    )
  })

  test('has the same key whichever statement it hits', () => {
    const [books] = find([waiting('books', 60)])
    const [authors] = find([waiting('authors', 90)])

    expect(books?.findingKey).toBe(authors?.findingKey)
  })
})

describe('what is no such wait', () => {
  test.each<[string, readonly QuerySketch[]]>([
    ['a short one', [waiting('books', 25)]],
    ['a new connection that the pool had to open', [waiting('books', 80, null)]],
    ['a query that waited for nothing', [query('select * from books')]],
    [
      'a loop that sends more at once than there are connections',
      repeat(8, (id) => ({
        ...waiting('books where author_id = ?', 60, itself),
        bindings: [id],
      })),
    ],
  ])('%s', (_name, queries) => {
    expect(find(queries)).toEqual([])
  })

  test('a loop that another request holds up is one all the same', () => {
    const loop = repeat(8, (id) => ({ ...waiting('books where author_id = ?', 60, another), bindings: [id] }))

    expect(find(loop)).toHaveLength(1)
  })
})
