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
  repeat,
} from '../support/build-recording.js'

const read = (sql: string, rowCount: number | null = 1_200, bindings: readonly unknown[] = []): QuerySketch =>
  query(sql, bindings, { rowCount, resultBytes: 40 * (rowCount ?? 0) })

function find(queries: RecordingSketch['queries'], rows = 500): readonly Occurrence[] {
  return analyze(buildRecording({ queries }), { ...DETECT, unboundedResult: { rows } }).filter(
    ({ kind }) => kind === 'unbounded-result',
  )
}

function codeFor(sql: string, more: Partial<QuerySketch> = {}): string | null | undefined {
  return find([{ ...read(sql), ...more }])[0]?.fix?.code
}

const ids = (count: number): readonly number[] => Array.from({ length: count }, (_, id) => id + 1)
const list = (count: number): string =>
  ids(count)
    .map(() => '?')
    .join(', ')

describe('what is found', () => {
  test('many rows without a limit, with all that a developer needs to know', () => {
    expect(find([read('select * from "logs" order by "id" asc')])).toEqual([
      {
        findingKey: expect.stringMatching(/^[\da-f]{13}$/),
        kind: 'unbounded-result',
        message: 'The only query returned 1,200 rows of `logs`, without a limit',
        statements: ['select * from logs order by id asc'],
        fingerprints: [expect.stringMatching(/^[\da-f]{13}$/)],
        count: 1,
        queryIndexes: [0],
        callSite: callSite(30),
        parent: null,
        totalMs: 1,
        savingMs: null,
        savingBasis: expect.stringContaining('not known'),
        fix: {
          summary: expect.stringContaining('limit'),
          code: "const page = await knex('logs')\n  .orderBy('id')\n  .limit(100)",
        },
      },
    ])
  })

  test.each<[string, QuerySketch]>([
    ['a condition that most rows fulfil', read('select "id" from "logs" where "level" = ?', 900, ['info'])],
    ['a join', read('select "a".* from "book_tags" as "a" inner join "book_tags" as "b" on "a"."tag" = "b"."tag"')],
    [
      'a limit for each row, in the select list',
      read('select *, (select "name" from "users" limit 1) as "n" from "logs"'),
    ],
    [
      'a limit in a condition',
      read('select * from "logs" where "day" = (select "day" from "days" order by "id" limit 1)'),
    ],
    ['a limit in exists', read('select * from "logs" where exists (select 1 from "days" limit 1)')],
    ['a limit of what is left out', read('select * from "logs" where "id" not in (select "id" from "read" limit 10)')],
    [
      'a limit of what is joined to it',
      read('select * from "logs" left join (select * from "days" limit 3) as d on true'),
    ],
    [
      'a limit for each row, by lateral',
      read('select * from "logs" cross join lateral (select * from "days" limit 3) d'),
    ],
    ['a limit of ALL', read('select * from "logs" limit all')],
    ['a column by the name of limit', read('select "limit", "top", a.fetch from "accounts" as a')],
    ['an OFFSET alone', read('select * from "logs" offset 10')],
    ['a few values of which each has many rows', read('select * from "logs" where "level" in (?, ?)', 900, ['a', 'b'])],
    ['a list of what is left out', read(`select * from "logs" where "id" not in (${list(600)})`, 900, ids(600))],
  ])('%s', (_, sketch) => {
    expect(find([sketch])).toHaveLength(1)
  })

  test('again and again from one line is one finding, told by the largest', () => {
    const found = find([repeat(3, (turn) => read('select * from "logs" where "level" = ?', 600 + turn, [turn]))])

    expect(found.map(({ count, message }) => [count, message])).toEqual([
      [3, '3 of 3 queries returned up to 602 rows of `logs`, without a limit'],
    ])
  })

  test('without a table to name', () => {
    expect(find([read('select * from (values (1), (2)) as "v"', 501)]).map(({ message }) => message)).toEqual([
      'The only query returned 501 rows, without a limit',
    ])
  })
})

describe('what is none', () => {
  test.each<[string, QuerySketch]>([
    ['as many rows as the threshold', read('select * from "logs"', 500)],
    ['a number of rows that is not known', read('select * from "logs"', null)],
    ['a limit', read('select * from "logs" order by "id" limit ?', 1_000, [1_000])],
    ['a limit of PostgreSQL’s, with numbered placeholders', read('select * from "logs" limit $1', 1_000, [1_000])],
    ['FETCH FIRST', read('select * from "logs" fetch first 600 rows only')],
    [
      'FETCH NEXT, as SQL Server has it',
      read('select * from [logs] order by [id] offset @p0 rows fetch next @p1 rows only'),
    ],
    ['TOP', read('select top (@p0) * from [logs]')],
    ['ROWNUM', read('select * from (select * from "logs" order by "id") where rownum <= :1')],
    [
      'a limit of the subquery it reads from',
      read('select * from (select * from "logs" limit 800) as "recent" order by "id"'),
    ],
    [
      'a limit of a common table expression',
      read('with "recent" as (select * from "logs" limit 800) select * from "recent"'),
    ],
    [
      'a join with a page of ids',
      read('select * from "logs" inner join (select "id" from "logs" limit 600) as "page" using ("id")'),
    ],
    ['a subquery of ids with a limit', read('select * from "logs" where "id" in (select "id" from "logs" limit 600)')],
    ['a union of limited parts', read('(select * from "a" limit 300) union all (select * from "b" limit 300)', 600)],
    ['a list of ids', read(`select * from "logs" where "id" in (${list(600)})`, 600, ids(600))],
    [
      'some rows for each id of a list',
      read(`select * from "lines" where "order_id" in (${list(50)})`, 1_000, ids(50)),
    ],
    ['ids written into the statement', read(`select * from "logs" where "id" in (${ids(600).join(', ')})`, 600)],
    ['ids in one array', read('select * from "logs" where "id" = any(?)', 600, [ids(600)])],
    ['rows that were streamed', { ...read('select * from "logs"'), resultBytes: null }],
    ['a write that returns its rows', read('update "logs" set "level" = ? returning "id"', 1_200, ['debug'])],
    ['an insert of many rows', read('insert into "logs" select * from "drafts"')],
    ['a few groups of many rows', read('select "level", count(*) from "logs" group by "level"', 3)],
  ])('%s', (_, sketch) => {
    expect(find([sketch])).toEqual([])
  })

  test('pages that are many rows only together', () => {
    expect(find([repeat(3, (turn) => read('select * from "logs" where "page" = ?', 400, [turn]))])).toEqual([])
  })

  test('the threshold is an option', () => {
    expect(find([read('select * from "logs"', 1_200)], 2_000)).toEqual([])
    expect(find([read('select * from "logs"', 60)], 50)).toHaveLength(1)
  })
})

describe('the code of the fix', () => {
  test.each([
    [
      'select "id", "name" from "shop"."logs" order by "day" desc, "id" asc',
      "const page = await knex('shop.logs')\n  .select('id', 'name')\n  .orderBy('day', 'desc').orderBy('id')\n  .limit(100)",
    ],
    [
      'select * from "logs" where "level" = ? order by "id"',
      "// value: what the query passes for level.\nconst page = await knex('logs')\n  .where('level', value)\n  .orderBy('id')\n  .limit(100)",
    ],
  ])('%s', (sql, code) => {
    expect(codeFor(sql)).toBe(code)
  })

  test('in a transaction', () => {
    expect(codeFor('select * from "logs" order by "id"', { transactionId: 'trx1' })).toContain("trx('logs')")
  })

  test.each([
    'select * from "logs"',
    'select * from "logs" where "a" = ? and "b" = ? order by "id"',
    'select * from "logs" where "a" > ? order by "id"',
    'select * from "logs" order by lower("name")',
    'select * from "logs" inner join "days" using ("day") order by "id"',
    'select distinct "level" from "logs" order by "level"',
    'select * from "logs" order by "it\'s"',
  ])('is left out where it would be a guess: %s', (sql) => {
    expect(codeFor(sql)).toBeNull()
  })
})
