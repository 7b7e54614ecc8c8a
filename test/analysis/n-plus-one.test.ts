import { describe, expect, test } from 'vitest'
import { analyze, RECORDING_KINDS } from '../../src/analysis/analyze.js'
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

type Sketches = RecordingSketch['queries']

const PRODUCTS = 'select * from `products` where `collection_id` = ?'

const collections = query('select * from `collections`', [], { rowCount: 50, callSite: callSite(20) })
const productsOf = (id: unknown): QuerySketch => query(PRODUCTS, [id], { rowCount: 20 })
const chunk = (size: number, turn: number): QuerySketch =>
  query(
    `select * from \`products\` where \`id\` in (${Array(size).fill('?').join(', ')})`,
    repeat(size, () => productsOf(0)).map((_, index) => turn * size + index),
  )

/** Of twelve, without overlap. */
const range = (turn: number): readonly [number, number] => [turn * 12 + 1, turn * 12 + 12]

function find(queries: Sketches, threshold = 5): readonly Occurrence[] {
  const found = analyze(buildRecording({ queries }), { ...DETECT, nPlusOne: { threshold } })
  return found.filter(({ kind }) => kind === 'n-plus-one')
}

function counts(queries: Sketches): readonly number[] {
  return find(queries).map(({ count }) => count)
}

describe('what is found', () => {
  test('a query for each row, with all that a developer needs to know', () => {
    expect(find([collections, repeat(50, (turn) => productsOf(turn + 1))])).toEqual([
      {
        findingKey: expect.stringMatching(/^[\da-f]{13}$/),
        kind: 'n-plus-one',
        message: '50 of 51 queries are the same statement, one per row of `collections`',
        statements: ['select * from products where collection_id = ?'],
        fingerprints: [expect.stringMatching(/^[\da-f]{13}$/)],
        count: 50,
        queryIndexes: Array.from({ length: 50 }, (_, index) => index + 1),
        callSite: callSite(30),
        parent: { queryIndex: 0, statement: 'select * from collections', callSite: callSite(20), rowCount: 50 },
        totalMs: 50,
        savingMs: 49,
        savingBasis:
          'the time of the repeats with their waits for a connection, time in parallel counted once, less the slowest of them; what knex and the app do around each is not counted',
        fix: {
          summary: "Load them with one `whereIn('collection_id', …)`: 2 queries instead of 51.",
          code: [
            '// values: what the loop passes for collection_id, one after the other. knex: what it sends the queries with.',
            "const rows = await knex('products').whereIn('collection_id', values)",
            'const byCollectionId = new Map(values.map((value) => [value, []]))',
            'for (const row of rows) byCollectionId.get(row.collection_id)?.push(row)',
            '// In the loop, instead of the query: byCollectionId.get(value)',
          ].join('\n'),
        },
      },
    ])
  })

  test('the same from queries that run at once, whose time counts once', () => {
    const [found] = find([
      collections,
      parallel(
        3,
        repeat(50, (turn) => ({ ...productsOf(turn), durationMs: turn + 1 })),
      ),
    ])

    expect(found).toMatchObject({ count: 50, totalMs: 1275, savingMs: 0, parent: { queryIndex: 0 } })
  })

  test.each<[string, Sketches]>([
    ['at the threshold', [repeat(5, productsOf)]],
    ['with PostgreSQL placeholders', [repeat(6, (id) => query('select * from "products" where "id" = $1', [id]))]],
    ['with values written into the SQL', [repeat(6, (id) => query(`select * from products where id = ${id}`))]],
    ['with a list of one element', [repeat(6, (id) => query('select * from products where id in (?)', [id]))]],
    ['with an array of one element', [repeat(6, (id) => query('select * from products where id = any($1)', [[id]]))]],
    [
      'with a list that never changes beside a value that does',
      [repeat(6, (id) => query('select * from products where status in (?, ?) and id = ?', ['a', 'b', id]))],
    ],
    ['with a LIMIT', [repeat(6, (id) => query('select * from products where id = ? limit ?', [id, 1]))]],
    [
      'with two values of which one changes',
      [repeat(6, (id) => query('select 1 from t where a = ? and b = ?', [1, id]))],
    ],
    [
      'with a page of something else for each row',
      [repeat(6, (id) => query(`${PRODUCTS} limit ? offset ?`, [id, 10, 0]))],
    ],
    ['with other statements between', [repeat(6, productsOf).flatMap((turn) => [turn, query('select 1 from noise')])]],
    ['with some values more than once', [[...repeat(6, productsOf), ...repeat(6, productsOf)]]],
    ['without call sites', [repeat(6, (id) => ({ ...productsOf(id), callSite: null }))]],
    ['in a transaction', [query('BEGIN;'), repeat(6, productsOf), query('COMMIT;')]],
    ['in a transaction for each', [repeat(6, (id) => ({ ...productsOf(id), transactionId: `trx${id}` }))]],
    [
      'with a list of its own for each row, which meets others',
      [
        [[1, 2, 5], [2, 3], [1, 4, 6], [7], [3, 5, 8], [2, 9]].map((ids) =>
          query(`select * from users where id in (${ids.map(() => '?').join(', ')})`, ids),
        ),
      ].flat(),
    ],
    [
      'for the first row behind a value of each row',
      [repeat(6, (n) => query('select * from rates where min <= ? order by min desc limit ?', [(n * 37) % 10, 1]))],
    ],
    [
      'with ranges that overlap',
      [repeat(6, (n) => query('select * from stays where day between ? and ?', [n, n + 3]))],
    ],
    [
      'that finds nothing for the last one',
      [
        repeat(6, (n) =>
          query('select * from events where ref = ?', [`e${(n * n) % 11}`], { rowCount: n === 5 ? 0 : 1 }),
        ),
      ],
    ],
    [
      'that finds nothing for the last of rows whose ids are in steps',
      [
        query('select id from users', [], { rowCount: 6, evidence: { areRowsKnown: true } }),
        repeat(6, (n) =>
          query('select * from profiles where user_id = ?', [n], {
            rowCount: n === 5 ? 0 : 1,
            evidence: { sourceIndexes: [0] },
            callSite: callSite(40),
          }),
        ),
      ],
    ],
    [
      'that finds nothing for the last of many rows, of which not all were looked at',
      [
        query('select id from users', [], { rowCount: 900 }),
        repeat(6, (n) =>
          query('select * from profiles where user_id = ?', [n], { rowCount: n === 5 ? 0 : 1, callSite: callSite(40) }),
        ),
      ],
    ],
    ['with strings for ids', [repeat(6, (id) => productsOf(`id-${id}`))]],
    ['in a WITH', [repeat(6, (id) => query('with p as (select * from t where id = ?) select * from p', [id]))]],
    ['by joins', [repeat(6, (id) => query('select * from a join b on b.id = a.b_id where b.x = ?', [id]))]],
    ['by one function that calls itself', [repeat(6, (id) => query('select * from tree where parent_id = ?', [id]))]],
  ])('a repeated statement %s', (_, queries) => {
    expect(find(queries)).toHaveLength(1)
  })

  test('each of two loops by itself, the costlier one first', () => {
    const tags = repeat(8, (id) => query('select * from tags where product_id = ?', [id], { durationMs: 5 }))

    expect(counts([repeat(20, productsOf), tags])).toEqual([8, 20])
  })

  test('in a job as in a request', () => {
    const job = buildRecording({ kind: 'job', queries: [repeat(6, productsOf)] })

    expect(analyze(job, DETECT)).toHaveLength(1)
  })
})

describe('what is not found', () => {
  test.each<[string, Sketches]>([
    ['one repeat less than the threshold', [collections, repeat(4, productsOf)]],
    ['the same bindings again and again', [repeat(50, () => productsOf(7))]],
    ['four values, each three times', [repeat(12, (turn) => productsOf(turn % 4))]],
    ['a statement without values, polled', [repeat(20, () => query('select * from jobs where done = false'))]],
    ['chunks of a whereIn', [repeat(10, (turn) => chunk(100, turn))]],
    ['chunks of which the last is shorter', [repeat(9, (turn) => chunk(100, turn)), chunk(3, 9)]],
    ['chunks of which the last has one element', [repeat(9, (turn) => chunk(100, turn)), chunk(1, 9)]],
    ['chunks of pairs', [repeat(6, (id) => query('select 1 from t where (a, b) in ((?, ?), (?, ?))', [id, 1, id, 2]))]],
    ['chunks as arrays', [repeat(6, (id) => query('select * from t where id = any($1)', [[id, id + 1]]))]],
    [
      'chunks written into the SQL',
      [repeat(6, (id) => query(`select * from t where id in (${2 * id}, ${2 * id + 1})`))],
    ],
    ['pages', [repeat(10, (page) => query('select * from products limit ? offset ?', [100, page * 100]))]],
    ['pages written into the SQL', [repeat(10, (page) => query(`select * from products limit 100 offset ${page}`))]],
    ['pages of SQL Server', [repeat(9, (page) => query('select * from t order by id offset @p0 rows', [page]))]],
    [
      'pages that begin behind the last row',
      [repeat(9, (id) => query('select * from t where id > ? order by id limit ?', [id, 9]))],
    ],
    [
      'pages that begin behind the last row by two columns',
      [
        repeat(9, (id) =>
          query('select * from t where (at > ? or (at = ? and id > ?)) order by at, id limit 9', [id, id, id]),
        ),
      ],
    ],
    [
      'pages that begin behind the last row, as a comparison of rows',
      [repeat(9, (id) => query('select * from t where (a, id) > (?, ?) order by a, id limit ?', [id % 3, id, 9]))],
    ],
    ['ranges that follow each other', [repeat(6, (n) => query('select * from t where id between ? and ?', range(n)))]],
    [
      'ranges from the last to the first, with a filter',
      [repeat(6, (n) => query('select * from t where a = ? and id >= ? and id < ?', [1, ...range(9 - n)]))],
    ],
    [
      'a tree level by level',
      [[0], [1], [2, 3], [4, 5, 6], [7, 8], [9], [10]].map((ids, at, levels) =>
        query(`select * from parts where parent_id in (${ids.map(() => '?').join(', ')})`, ids, {
          rowCount: levels[at + 1]?.length ?? 0,
        }),
      ),
    ],
    [
      'a search for a free name',
      [
        repeat(7, (n) =>
          query('select 1 from t where slug = ?', [n ? `pen-${n}` : 'pen'], { rowCount: n < 6 ? 1 : 0 }),
        ),
      ],
    ],
    [
      'a search by steps: numbers',
      [repeat(7, (n) => query('select id from rooms where number = ?', [101 + 4 * n], { rowCount: n < 6 ? 1 : 0 }))],
    ],
    [
      'a search by steps: days, of one hotel',
      [
        repeat(7, (n) =>
          query('select id from stays where hotel = ? and day = ?', [3, `2026-12-0${n + 1}`], {
            rowCount: n < 6 ? 1 : 0,
          }),
        ),
      ],
    ],
    [
      'a search by steps: from the last code down to the first that is there',
      [repeat(7, (n) => query('select id from codes where code = ?', [`R-${30 - n}-x`], { rowCount: n < 6 ? 0 : 1 }))],
    ],
    [
      'pages, and for each of them a list of its authors',
      [0, 1, 2, 3, 4, 5].flatMap((n) => [
        query('select * from books limit ? offset ?', [3, n * 3], { rowCount: 3, callSite: callSite(20) }),
        query('select * from authors where id in (?, ?, ?)', [n, n + 1, n + 2], { rowCount: 3 }),
      ]),
    ],
    [
      'three from one line and three from another',
      [repeat(3, productsOf), repeat(3, (id) => ({ ...productsOf(id + 3), callSite: callSite(44) }))],
    ],
    [
      'two columns of one line',
      [repeat(3, productsOf), repeat(3, (id) => ({ ...productsOf(id + 3), callSite: callSite(30, { column: 40 }) }))],
    ],
    [
      'one statement to each of six databases',
      [repeat(6, (id) => ({ ...productsOf(id), connection: `pg:shard${id}` }))],
    ],
    ['inserts', [repeat(20, (id) => query('insert into products (name) values (?)', [id]))]],
    ['updates', [repeat(20, (id) => query('update products set name = ? where id = ?', ['x', id]))]],
    ['deletes', [repeat(20, (id) => query('delete from products where id = ?', [id]))]],
    [
      'inserts that a WITH hides',
      [repeat(9, (id) => query('with x as (insert into t (a) values ($1) returning a) select a from x', [id]))],
    ],
    ['BEGIN and COMMIT', [repeat(20, () => query('BEGIN;')), repeat(20, () => query('COMMIT;'))]],
    [
      'savepoints',
      [repeat(20, (turn) => query(`SAVEPOINT trx${turn};`)), repeat(20, (turn) => query(`RELEASE trx${turn};`))],
    ],
    [
      'one query for each of many tables',
      [repeat(20, (turn) => query(`select * from table_${turn} where id = ?`, [turn]))],
    ],
    ['one column for each of many', [repeat(20, (turn) => query(`select * from t where c${turn} = ?`, [turn]))]],
    ['two settings looked up', [repeat(2, (turn) => query('select * from settings where name = ?', [`s${turn}`]))]],
    ['a loop left after two turns', [collections, repeat(2, productsOf)]],
    ['retries of one query until it succeeds', [repeat(6, () => ({ ...productsOf(1), error: 'busy' })), productsOf(1)]],
    ['queries that all failed', [repeat(9, (id) => ({ ...productsOf(id), error: 'no such table' }))]],
    ['four values and a fifth that failed', [repeat(4, productsOf), { ...productsOf(4), error: 'timeout' }]],
    ['health checks', [repeat(9, () => query('select 1'))]],
    ['set-up of the connection', [repeat(9, (turn) => query(`PRAGMA cache_size = ${turn}`))]],
    ['eager loading', [collections, chunk(50, 0)]],
    ['a join', [query('select * from a left join b on b.a_id = a.id', [], { rowCount: 1000 })]],
    ['nothing', []],
  ])('%s', (_, queries) => {
    expect(find(queries)).toEqual([])
  })

  test('repeats in the background, where work of all sorts is mixed', () => {
    const background = buildRecording({ kind: 'background', queries: [repeat(50, productsOf)] })

    expect(analyze(background, DETECT)).toEqual([])
  })

  test('what is below a threshold of the app', () => {
    expect(find([repeat(9, productsOf)], 10)).toEqual([])
    expect(find([repeat(10, productsOf)], 10)).toHaveLength(1)
    expect(find([repeat(2, productsOf)], 2)).toHaveLength(1)
  })
})

describe('several statements of a loop', () => {
  const tagsOf = (id: number): QuerySketch =>
    query('select * from tags where product_id = ?', [id], { rowCount: 1, callSite: callSite(31) })

  test.each<[string, Sketches]>([
    [
      'a second one for some of the turns',
      [0, 1, 2, 3, 4, 5].flatMap((id) => [productsOf(id), ...(id % 2 ? [tagsOf(id)] : [])]),
    ],
    [
      'a list that looks like a chunk, in turn with a query for each row',
      [0, 1, 2, 3, 4, 5].flatMap((id) => [
        productsOf(id),
        query('select * from tags where id in (?, ?)', [id * 2, id * 2 + 1], { rowCount: 2, callSite: callSite(31) }),
      ]),
    ],
  ])('are one finding: %s', (_, queries) => {
    const found = find(queries)

    expect(found.map(({ statements }) => statements.length)).toEqual([2])
  })

  test('are none of it where they never vary', () => {
    const found = find([0, 1, 2, 3, 4, 5].flatMap((id) => [productsOf(id), tagsOf(1)]))

    expect(found.map(({ statements }) => statements.length)).toEqual([1])
  })
})

describe('the parent', () => {
  const session = query('select * from sessions where token = ?', ['t'], { rowCount: 1, callSite: callSite(8) })
  const rows = (table: string, rowCount: number | null): QuerySketch =>
    query(`select * from ${table}`, [], { rowCount })

  test.each<[string, Sketches, number | null]>([
    ['by its row count, not by standing next to the loop', [collections, session, repeat(50, productsOf)], 0],
    ['the latest of those that fit', [rows('a', 6), rows('b', 6), repeat(6, productsOf)], 1],
    ['one that fits, before a later one with more rows', [rows('a', 6), rows('b', 9), repeat(6, productsOf)], 0],
    [
      'one with more rows, where the loop ended early',
      [rows('a', 3), rows('b', 90), session, repeat(6, productsOf)],
      1,
    ],
    [
      'one row for each query, where values repeat',
      [rows('a', 12), rows('b', 8), repeat(12, (id) => productsOf(id % 6))],
      0,
    ],
    [
      'one in whose rows the values were, before one with as many rows',
      [
        rows('a', 90),
        rows('b', 6),
        repeat(6, (id) => ({ ...productsOf(id), evidence: { sourceIndexes: id === 0 ? [] : [0] } })),
      ],
      0,
    ],
    ['none, where none had the rows', [session, rows('b', 3), repeat(6, productsOf)], null],
    ['none, where row counts are not known', [rows('a', null), repeat(6, productsOf)], null],
    ['none that came after the first repeat', [productsOf(0), rows('a', 6), repeat(6, productsOf)], null],
    [
      'none that was still running',
      [{ ...rows('a', 6), startMs: 0, durationMs: 9 }, parallel(5, repeat(6, productsOf))],
      null,
    ],
    ['none that has no end', [{ ...rows('a', 6), durationMs: null }, repeat(6, productsOf)], null],
    ['none that failed', [{ ...rows('a', 6), error: 'no' }, repeat(6, productsOf)], null],
    ['none that wrote', [query('update a set b = ?', [1], { rowCount: 6 }), repeat(6, productsOf)], null],
  ])('is %s', (_, queries, queryIndex) => {
    expect(find(queries)[0]?.parent?.queryIndex ?? null).toEqual(queryIndex)
  })

  test.each<[string, Sketches, string]>([
    [
      'one query per row',
      [rows('a', 6), repeat(6, productsOf)],
      '6 of 7 queries are the same statement, one per row of `a`',
    ],
    [
      'one per row with values that repeat',
      [rows('shop.a', 12), repeat(12, (id) => productsOf(id % 6))],
      '12 of 13 queries are the same statement, one per row of `shop.a`',
    ],
    [
      'fewer than rows',
      [rows('a', 90), repeat(6, productsOf)],
      '6 of 7 queries are the same statement with 6 different bindings, for 90 rows of `a`',
    ],
    ['no parent', [repeat(6, productsOf)], '6 of 6 queries are the same statement with 6 different bindings'],
    [
      'a parent that reads no table by name',
      [query('select * from (select 1) x', [], { rowCount: 6 }), repeat(6, productsOf)],
      '6 of 7 queries are the same statement with 6 different bindings',
    ],
  ])('is in the sentence: %s', (_, queries, message) => {
    expect(find(queries)[0]?.message).toEqual(message)
  })
})

describe('the saving', () => {
  test('is the time of the repeats without the slowest', () => {
    const [found] = find([repeat(6, (id) => ({ ...productsOf(id), durationMs: id + 1 }))])

    expect(found).toMatchObject({ totalMs: 21, savingMs: 15 })
  })

  test('counts what ran at once only once', () => {
    const [found] = find([
      parallel(2, repeat(3, productsOf)),
      parallel(
        3,
        repeat(3, (id) => productsOf(id + 3)),
      ),
    ])

    expect(found).toMatchObject({ totalMs: 6, savingMs: 1 })
  })

  test('counts the waits for a connection, which one query in their place has once', () => {
    const [found] = find([repeat(6, (id) => ({ ...productsOf(id), startMs: 10 * id, poolWaitMs: 2 }))])

    expect(found).toMatchObject({ totalMs: 6, savingMs: 17 })
  })

  test('is not known where no query has a duration', () => {
    const [found] = find([repeat(6, (id) => ({ ...productsOf(id), durationMs: null }))])

    expect(found).toMatchObject({ totalMs: 0, savingMs: null, savingBasis: 'the driver gave no durations' })
  })
})

describe('the fix', () => {
  const fixOf = (make: (id: number) => QuerySketch): string | null | undefined => find([repeat(6, make)])[0]?.fix?.code
  const asLines = (sql: string, rowCount = 20): readonly string[] | undefined =>
    fixOf((id) => query(sql, [id, 1].slice(0, sql.split('?').length - 1), { rowCount }))?.split('\n')

  test('keeps columns and order, and selects what it groups by', () => {
    expect(
      asLines(
        'select "id", "p"."name" from "products" as "p" where "p"."c_id" = ? order by "p"."id" desc, "name"',
      )?.[1],
    ).toEqual(
      "const rows = await knex('products').select('id', 'name', 'c_id').whereIn('c_id', values).orderBy('id', 'desc').orderBy('name')",
    )
  })

  test('expects one row each where the look-up did', () => {
    expect(asLines('select * from `users` where `id` = ? limit ?', 1)?.slice(1)).toEqual([
      "const rows = await knex('users').whereIn('id', values)",
      'const byId = new Map(rows.map((row) => [row.id, row]))',
      '// In the loop, instead of the query: byId.get(value)',
    ])
  })

  test('keeps the first row of each where a LIMIT took one of perhaps several', () => {
    expect(asLines('select * from `users` where `user_id` = ? limit ?', 1)?.slice(1)).toEqual([
      'const byUserId = new Map()',
      "for (const row of await knex('users').whereIn('user_id', values)) {",
      '  if (!byUserId.has(row.user_id)) byUserId.set(row.user_id, row)',
      '}',
      'const rows = [...byUserId.values()]',
      '// In the loop, instead of the query: byUserId.get(value)',
    ])
  })

  test.each([['7'], ['2026-11-22']])(
    'is not shown for texts that the rows may have in another form, as %s',
    (value) => {
      expect(fixOf((id) => query('select * from t where a = ?', [`${value}${id}`]))).toBeUndefined()
    },
  )

  test('is sent by the transaction where the loop is in one', () => {
    expect(fixOf((id) => ({ ...productsOf(id), transactionId: 'trx1' }))?.split('\n')[1]).toEqual(
      "const rows = await trx('products').whereIn('collection_id', values)",
    )
  })

  test('counts the queries that are left', () => {
    expect(find([repeat(6, productsOf)])[0]?.fix?.summary).toEqual(
      "Load them with one `whereIn('collection_id', …)`: 1 query instead of 6.",
    )
  })

  test('keeps the conditions that stay the same', () => {
    const sql = 'select * from products where tenant_id = ? and c_id = ? and deleted_at is null'
    const code = fixOf((id) => query(sql, [7, id], { rowCount: 3 }))?.split('\n')

    expect(code?.slice(0, 3)).toEqual([
      '// values: what the loop passes for c_id, one after the other. knex: what it sends the queries with.',
      '// tenantId: the value of tenant_id, the same in each turn.',
      "const rows = await knex('products').where('tenant_id', tenantId).whereNull('deleted_at').whereIn('c_id', values)",
    ])
  })

  test.each<[string, (id: number) => readonly unknown[]]>([
    ['both values vary', (id) => [id, id + 1]],
    ['one of them is masked', (id) => ['[redacted]', id]],
    ['one of them is written into the statement', (id) => [id]],
  ])('is none for two conditions where %s', (_name, bindings) => {
    expect(fixOf((id) => query('select * from products where a = ? and c_id = ?', bindings(id)))).toBeUndefined()
  })

  test.each([
    ['a LIMIT that holds for each look-up', 'select * from products where c_id = ? limit ?'],
    ['the newest row of each', 'select * from products where c_id = ? order by at desc limit ?'],
    ['a count', 'select count(*) from products where c_id = ?'],
    ['a second condition that is no equality', 'select * from products where c_id = ? and price > ?'],
    ['an alternative', 'select * from products where c_id = ? or status = ?'],
    ['another comparison', 'select * from products where price > ?'],
    ['a join', 'select * from a join b on b.id = a.b_id where b.id = ?'],
    ['two tables', 'select * from a, b where b.id = ?'],
    ['a function', 'select * from users where lower(email) = ?'],
    ['distinct rows', 'select distinct name from products where c_id = ?'],
    ['another name for a column', 'select name as title from products where c_id = ?'],
    ['a group', 'select name from products where c_id = ? group by name'],
    ['a subquery', 'select * from (select * from x) t where c_id = ?'],
    ['a union', 'select * from a where id = ? union select * from b'],
    ['a lock', 'select * from a where id = ? for update'],
    ['a name that needs quotes', 'select * from `order items` where `id` = ?'],
  ])('is none for %s', (_, sql) => {
    expect(asLines(sql)).toEqual(undefined)
  })
})

test('a detector that fails is reported, and does not take the recording with it', () => {
  const errors: unknown[] = []
  const broken = {
    ...buildRecording({ queries: [] }),
    get queries(): never {
      throw new Error('broken')
    },
  }

  expect(analyze(broken, DETECT, (error) => errors.push(error))).toEqual([])
  expect(errors).toHaveLength(RECORDING_KINDS.length)
  for (const kind of RECORDING_KINDS) {
    const message = expect.stringContaining(`The detector ${kind} failed (broken)`)
    expect(errors).toContainEqual(expect.objectContaining({ message, cause: new Error('broken') }))
  }
})

describe('a loop that sends several statements for each item is one finding', () => {
  const books = query('select * from books', [], { rowCount: 6, callSite: callSite(20) })
  const authorOf = (id: number): QuerySketch =>
    query('select * from authors where id = ? limit ?', [id, 1], { rowCount: 1, callSite: callSite(31) })
  const reviewsOf = (id: number): QuerySketch =>
    query('select * from reviews where book_id = ?', [id], { callSite: callSite(32) })

  test('one after the other', () => {
    const found = find([books, [0, 1, 2, 3, 4, 5].flatMap((id) => [authorOf(id), reviewsOf(id)])])

    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({
      message: '12 of 13 queries are 2 statements, sent again and again, for each row of `books`',
      statements: ['select * from authors where id = ? limit ?', 'select * from reviews where book_id = ?'],
      count: 12,
      callSite: callSite(31),
      savingMs: 10,
      fix: {
        summary: "Load them with one `whereIn('id', …)` and one `whereIn('book_id', …)`: 3 queries instead of 13.",
      },
    })
    // Its variables must not meet, or the code would not run.
    const names = found[0]?.fix?.code?.match(/^const \w+/gm) ?? []
    expect(new Set(names).size).toBe(names.length)
    expect(names).toHaveLength(4)
  })

  test('all at once on a pool of one, where the waits overlap', () => {
    const waiting = (sketch: QuerySketch, startMs: number): QuerySketch => ({ ...sketch, startMs, poolWaitMs: 3 })
    const found = find([
      books,
      repeat(6, (id) => waiting(authorOf(id), 10 + id)),
      repeat(6, (id) => waiting(reviewsOf(id), 16 + id)),
    ])

    expect(found.map(({ count }) => count)).toEqual([12])
  })

  test('two loops that follow each other are two', () => {
    const found = find([books, repeat(6, authorOf), repeat(6, reviewsOf)])

    expect(found.map(({ count }) => count)).toEqual([6, 6])
  })

  test('loops over different parents are two, also at once', () => {
    const orders = query('select * from orders', [], { rowCount: 7, callSite: callSite(21) })
    const linesOf = (id: number): QuerySketch => query('select * from lines where order_id = ?', [id])
    const found = find([books, orders, parallel(10, [...repeat(6, authorOf), ...repeat(7, linesOf)])])

    expect(found.map(({ count }) => count)).toEqual([7, 6])
  })
})

describe('a helper that several lines call', () => {
  const settingOf = (key: string, callPath: number): QuerySketch => ({
    ...query('select * from settings where key = ?', [key]),
    callPath,
  })
  const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

  test('is no loop, for nothing in it grows', () => {
    expect(find([KEYS.map((key, line) => settingOf(key, line))])).toEqual([])
  })

  test('is one where a single line calls it again and again', () => {
    const [found] = find([KEYS.map((key) => settingOf(key, 3))])

    expect(found).toMatchObject({ count: 7 })
  })

  test('is one also where the first turn came another way, before anything was waited for', () => {
    expect(find([KEYS.slice(0, 5).map((key, turn) => settingOf(key, turn === 0 ? 0 : 1))])).toHaveLength(1)
  })
})
