import { expect, test } from 'vitest'
import { tablesOf } from '../../src/sql/tables.js'

test.each([
  ['select * from products where collection_id = ?', ['products']],
  ['select * from "shop"."Products" as p', ['products']],
  ['select * from a, b as x, c y where a.id = b.id', ['a', 'b', 'c']],
  ['select * from a inner join b on a.id = b.a_id left join `c` using (id)', ['a', 'b', 'c']],
  ['select * from (select * from inner_table) as t join other on true', ['inner_table', 'other']],
  ['select * from a where id in (select a_id from b)', ['a', 'b']],
  ['select * from a for update', ['a']],
  ['select * from a for update of b skip locked', ['a']],
  ['insert into logs (text) values (?)', ['logs']],
  ['insert into a (x) select x from b', ['a', 'b']],
  ['insert into a (x) values (?) on conflict (x) do update set x = ?', ['a']],
  ['update accounts set total = ? where id = ?', ['accounts']],
  ['delete from sessions where id = ?', ['sessions']],
  ['truncate table audit', ['audit']],
  ['with recent as (select * from orders) select * from recent', ['orders', 'recent']],
  ['select * from a, a as b', ['a']],
])('%s names %j', (statement, tables) => {
  expect(tablesOf(statement)).toEqual(tables)
})

test.each(['select 1', 'select now()', "select nextval('ids')", 'select * from generate_series(1, 3)', 'begin', ''])(
  '%s names none',
  (statement) => {
    expect(tablesOf(statement)).toEqual([])
  },
)
