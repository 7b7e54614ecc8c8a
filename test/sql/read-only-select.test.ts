import { describe, expect, test } from 'vitest'
import { whyNotExplained } from '../../src/sql/read-only-select.js'

describe('EXPLAIN may have', () => {
  test.each([
    'select * from books where id = ?',
    'SELECT * FROM books;',
    'with recent as (select * from books) select * from recent',
    'with recursive t as (select 1 union all select n + 1 from t) select * from t',
    'select id from a union all select id from b',
    "select * from notes where body = 'a; drop table notes'",
    'select "update", "into" from "delete" where "insert" = $1',
    'select replace(name, ?, ?), insert(name, 1, 2, ?) from t',
    'select /* from the list */ * from books -- all of them\n where id = ?',
    'select t.update, t.call from t',
    'select substring(name from 1 for 2) from t',
  ])('%s', (statement) => {
    expect(whyNotExplained(statement)).toBe(null)
  })
})

describe('EXPLAIN is refused', () => {
  test.each([
    ['', 'no SELECT'],
    ['insert into books values (?)', 'no SELECT'],
    ['update books set a = ?', 'no SELECT'],
    ['delete from books', 'no SELECT'],
    ['explain select 1', 'no SELECT'],
    ['explain analyze delete from books', 'no SELECT'],
    ['call compute()', 'no SELECT'],
    ['values (1)', 'no SELECT'],
    ['; select 1', 'more than one'],
    ['select 1; delete from books', 'more than one'],
    ['select 1; select 2', 'more than one'],
    ['with gone as (delete from books returning *) select * from gone', 'writes'],
    ['with a as (select 1), b as materialized (update t set x = 1 returning *) select * from b', 'writes'],
    ['with a as (with b as (insert into t values (1) returning *) select * from b) select * from a', 'writes'],
    ['with a as (select 1) delete from books', 'writes'],
    ['select * into archive from books', 'INTO'],
    ["select * from books into outfile '/tmp/x'", 'INTO'],
    ['select * from books for update', 'locks'],
    ['select * from books for no key update', 'locks'],
    ['select * from books for share skip locked', 'locks'],
    ['select * from books lock in share mode', 'locks'],
    ["select 1 /*! into outfile '/tmp/x' */", 'different ways'],
    ['select 1 /*M! into @a */', 'different ways'],
    ["select '\\'; delete from books; -- '", 'different ways'],
    ['select 1 /* /* */ ; delete from books -- */', 'different ways'],
    ['select 1 --1; delete from books', 'different ways'],
    ['select 1\n# 2; delete from books', 'different ways'],
  ])('%s', (statement, reason) => {
    expect(whyNotExplained(statement)).toContain(reason)
  })
})
