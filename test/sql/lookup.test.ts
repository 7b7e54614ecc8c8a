import { describe, expect, test } from 'vitest'
import { filteredLookupOf, lookupOf, mainTable } from '../../src/sql/lookup.js'

const plain = { table: 't', column: 'a', columns: '*', orderBy: [], isLimited: false }

describe('a look-up by one column', () => {
  test.each([
    ['select * from t where a = ?', plain],
    ['select t.* from t where t.a = ?', plain],
    ['select x.* from t as x where x.a = ?', plain],
    ['select b, t.c from t where a = ?', { ...plain, columns: ['b', 'c'] }],
    ['select * from s.t where s.t.a = ?', { ...plain, table: 's.t' }],
    ['select * from "order" where "from" = ?', { ...plain, table: 'order', column: 'from' }],
    ['select * from t where userId = ? limit ?', { ...plain, column: 'userId', isLimited: true }],
    [
      'select * from t where a = ? order by b desc, c asc, d',
      {
        ...plain,
        orderBy: [
          { column: 'b', direction: 'desc' },
          { column: 'c', direction: 'asc' },
          { column: 'd', direction: 'asc' },
        ],
      },
    ],
  ])('%s', (text, expected) => {
    expect(lookupOf(text)).toEqual(expected)
  })

  test.each([
    'select * from t',
    'select * from t where a = b',
    'select * from t where a = ? and b = ?',
    'select * from t where a = ? or b is null',
    'select * from t where a in (?+)',
    'select * from t where a > ?',
    'select * from t where lower(a) = ?',
    'select * from t where a = lower(?)',
    'select * from t where a = ? limit ? offset ?',
    'select * from t where a = ? order by lower(b)',
    'select * from t where other.a = ?',
    'select other.* from t where a = ?',
    'select * from t join u on u.id = t.u_id where t.a = ?',
    'select * from t, u where t.a = ?',
    'select count(*) from t where a = ?',
    'select max(b) from t where a = ?',
    'select b as c from t where a = ?',
    'select distinct b from t where a = ?',
    'select * from t where a = ? group by b',
    'select * from t where a = ? union select * from u',
    'select * from t where a = ? for update',
    'select * from f(?) where a = ?',
    'update t set b = ? where a = ?',
    'delete from t where a = ?',
    'with x as (select ?) select * from t where a = ?',
    '',
  ])('is not: %s', (text) => {
    expect(lookupOf(text)).toEqual(null)
  })
})

test.each([
  ['select * from collections where a = ?', 'collections'],
  ['select extract(year from b) from shop.orders as o join c on c.id = o.c_id', 'shop.orders'],
  ['select * from "Order Items" limit ?', 'Order Items'],
  ['with x as (select * from a) select * from b', 'b'],
  ['select * from (select * from a) as b', null],
  ['select * from f(?)', null],
  ['select ?', null],
])('the table that is read first by %s is %s', (text, table) => {
  expect(mainTable(text)).toEqual(table)
})

describe('a look-up by several conditions', () => {
  test('has them in order', () => {
    expect(filteredLookupOf('select * from t where a = ? and t.b is null and c is not null limit ?')).toEqual({
      table: 't',
      conditions: [
        { column: 'a', test: 'equal' },
        { column: 'b', test: 'null' },
        { column: 'c', test: 'not null' },
      ],
      columns: '*',
      orderBy: [],
      isLimited: true,
    })
  })

  test.each([
    'select * from t where a = ? or b = ?',
    'select * from t where a = ? and (b = ? or c = ?)',
    'select * from t where a = ? and b > ?',
    'select * from t where a = ? and b is ?',
    'select * from t where a = ? and not b = ?',
    'select * from t where a = ? and exists (select 1)',
  ])('is not: %s', (text) => {
    expect(filteredLookupOf(text)).toEqual(null)
  })
})
