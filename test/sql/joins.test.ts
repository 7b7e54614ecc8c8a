import { expect, test } from 'vitest'
import { fingerprint } from '../../src/sql/fingerprint.js'
import { joinsOf } from '../../src/sql/joins.js'

const joins: readonly (readonly [string, number])[] = [
  ['select * from a inner join b on a.id = b.a_id', 1],
  ['select * from `a` left join `b` using (id) right outer JOIN `c` on c.id = b.id', 2],
  ['select * from a cross join b natural join c full join d on true', 3],
  ['select * from a join (select * from b join c on true) as t on true', 2],
  ['select * from a join lateral (select 1) as t on true', 1],
  ['select * from a where id in (select x from b join c on c.id = b.id)', 1],
  ['select * from a straight_join b on a.id = b.id', 1],
  ['update a join b on a.id = b.id set a.x = ?', 1],
  ['delete a from a join b on a.id = b.id', 1],
]
const none: readonly string[] = [
  'select * from a',
  'select * from a, b where a.id = b.id',
  `select * from a where text = 'left join b'`,
  'select * from a /* join b */ where id = ? -- inner join c',
  'select "join", `join`, [join] from "left join"',
  'select t.join from t',
  'select join.id from x as join',
  'select join_date, joins, adjoin from members',
  'select * from a use index for join (by_id)',
  'select straight_join * from a, b',
  'select distinct straight_join a.id from a, b',
  'insert into joins (joined) values (?)',
  '',
  'join',
]

test.each(joins)('%s has %i', (statement, count) => {
  expect([joinsOf(statement), joinsOf(fingerprint(statement).text)]).toEqual([count, count])
})

test.each(none)('%j has none', (statement) => {
  expect([joinsOf(statement), joinsOf(fingerprint(statement).text)]).toEqual([0, 0])
})
