import { describe, expect, test } from 'vitest'
import { layOutSql } from '../../src/dashboard/sql-layout.js'

describe('a statement is broken at its clauses', () => {
  test.each([
    ['select * from "a" where "b" = ?', ['select *', 'from "a"', 'where "b" = ?']],
    ['delete from "a" where "b" = ? and "c" = ?', ['delete from "a"', 'where "b" = ?', '  and "c" = ?']],
    [
      'update "a" set "b" = ? where "c" between ? and ? or "d"',
      ['update "a"', 'set "b" = ?', 'where "c" between ? and ?', '  or "d"'],
    ],
    ['insert into "a" ("b") values (?) returning *', ['insert into "a" ("b")', 'values (?)', 'returning *']],
    [
      'select 1 from a left outer join b on a.id = b.id join c on 1',
      ['select 1', 'from a', 'left outer join b on a.id = b.id', 'join c on 1'],
    ],
    ['select 1 from (select 2 from b where c and d) as x', ['select 1', 'from (select 2 from b where c and d) as x']],
    [
      'select \'from where\' as "group by", `limit`, -- from\n 1 from a',
      ['select \'from where\' as "group by", `limit`, -- from\n 1', 'from a'],
    ],
    [
      'insert into a default values on conflict do update set b = 1',
      ['insert into a default', 'values on conflict do update set b = 1'],
    ],
    ["select 'it''s from' from a", ["select 'it''s from'", 'from a']],
    ['', ['']],
  ])('%s', (sql, lines) => {
    expect(layOutSql(sql)).toEqual(lines.join('\n'))
  })
})

test.each([
  'select * from a where b = \'x\' and "c d" in (1,  2)',
  "select 'open from",
  'select ) from ( where',
  '🦆 from שלום',
])('only white space changes: %s', (sql) => {
  expect(layOutSql(sql).replace(/\s/g, '')).toEqual(sql.replace(/\s/g, ''))
})
