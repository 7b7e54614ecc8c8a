import { describe, expect, test } from 'vitest'
import { fingerprint } from '../../src/sql/fingerprint.js'
import { contentHash } from '../../src/sql/hash.js'

const text = (sql: string): string => fingerprint(sql).text

describe('one query of knex has one fingerprint in every dialect', () => {
  test.each<[string, readonly string[]]>([
    [
      'select * from products where collection_id = ?',
      [
        'select * from `products` where `collection_id` = ?',
        'select * from "products" where "collection_id" = $1',
        'select * from [products] where [collection_id] = @p0',
        'select * from "products" where "collection_id" = :1',
        'SELECT * FROM products WHERE collection_id=7',
        "Select *\n  From products -- all of them\n  Where collection_id = 'x' ;",
        '/* route:GET %2F */ select * from products where collection_id = :id',
      ],
    ],
    [
      'select p.id from products as p where p.id in (?+) limit ? offset ?',
      [
        'select `p`.`id` from `products` as `p` where `p`.`id` in (?, ?, ?) limit ? offset ?',
        'select "p"."id" from "products" as "p" where "p"."id" in ($1) limit $2 offset $3',
        "select p.id from products as p where p.id in (1,2, 'x', null, -4) limit 10 offset 20",
        'select p.id from products as p where p.id in ($1::int, $2::int) limit 10 offset 20',
      ],
    ],
    [
      'select * from t where (a, b) in (?+)',
      [
        'select * from `t` where (`a`, `b`) in ( values (?, ?), (?, ?))',
        'select * from "t" where ("a", "b") in (($1, $2), ($3, $4))',
        'select * from t where (a,b) in ((1,2))',
      ],
    ],
    [
      'insert into products (name, price) values (?+)',
      [
        'insert into `products` (`name`, `price`) values (?, ?)',
        'insert into "products" ("name", "price") values ($1, $2), ($3, DEFAULT)',
        'insert into `products` (`name`, `price`) select ? as `name`, ? as `price` union all select ? as `name`, ? as `price`',
        'insert into `products` (`name`, `price`) select ? as `name`, ? as `price`',
        "insert into products (name, price) values ('a', 1.5e3), ('b', null)",
      ],
    ],
    [
      'insert into t (a) values (?+) on conflict (a) do update set a = excluded.a returning id',
      [
        'insert into "t" ("a") values ($1), ($2) on conflict ("a") do update set "a" = excluded."a" returning "id"',
        'insert into `t` (`a`) select ? as `a` union all select ? as `a` where true on conflict (`a`) do update set `a` = excluded.`a` returning `id`',
      ],
    ],
    ['savepoint ?', ['SAVEPOINT trx2;', 'SAVEPOINT trx17']],
    ['release ?', ['RELEASE trx2;', 'release "trx3"']],
    ['rollback to ?', ['ROLLBACK TO trx2', 'rollback to trx9;']],
    ['rollback to savepoint ?', ['ROLLBACK TO SAVEPOINT a', 'rollback to savepoint b']],
    ['begin', ['BEGIN;', 'begin', ' BEGIN ; ']],
    [
      'select * from t where tags \\? ? and a \\?| ? and b \\?& ? and c @? ?',
      [
        "select * from t where tags ? 'x' and a ?| array and b ?& $1 and c @? $2".replace('array', "'{a}'"),
        "select * from t where tags \\? 'x' and a \\?| ? and b \\?& ? and c @\\? ?",
      ],
    ],
  ])('%s', (expected, statements) => {
    expect(statements.map(text)).toEqual(statements.map(() => expected))
  })
})

describe('what a fingerprint keeps and drops', () => {
  test.each([
    ['strings with quotes in them', "select 'it''s', E'it\\'s', N'x', X'ff', _utf8'x'", 'select ?, ?, ?, ?, ?'],
    ["MySQL's escaped quotes", "select 'it\\'s' from t where a = 'b'", 'select ? from t where a = ?'],
    ["MySQL's escaped quotes before a space", "select 'a\\' b', 'c' from t", 'select ?, ? from t'],
    ['a backslash at the end of a string', "select 'c:\\', 'd' from t where a = 'b'", 'select ?, ? from t where a = ?'],
    ["PostgreSQL's dollar strings", "select $$it's$$, $a$ $b$ $$ $a$ from t", 'select ?, ? from t'],
    ['a dollar within a name', 'select a$1, $1 from t', 'select a$1, ? from t'],
    ['a number in a name', 'select a1 from logs_2024', 'select a1 from logs_2024'],
    ['numbers', 'select 1, 1.5, .5, 1e9, 0xff, 1_000 from t', 'select ?, ?, ?, ?, ?, ? from t'],
    ['signs', 'select a-1, -1, a - -1, -b, (-1) from t', 'select a - ?, ?, a - ?, -b, (?) from t'],
    ['casts', "select a::text, $1::int, '{}'::jsonb from t", 'select a::text, ?::int, ?::jsonb from t'],
    [
      'names that need their quotes',
      'select "first name", `order`, [group], "userId" from t',
      'select "first name", "order", "group", userId from t',
    ],
    ['quotes in names', 'select "a""b" from `c``d`', 'select "a""b" from "c`d"'],
    ['arrays', 'select array[1, 2], tags[1], a[1:2] from t', 'select array[?+], tags[?], a[? : ?] from t'],
    [
      'a list of expressions',
      'select * from t where a in (lower(?), lower(?))',
      'select * from t where a in (lower(?), lower(?))',
    ],
    [
      'a subquery in IN',
      'select * from t where a in (select b from c where d in (1,2))',
      'select * from t where a in (select b from c where d in (?+))',
    ],
    ['an empty list', 'select * from t where a in ()', 'select * from t where a in ()'],
    [
      'rows with expressions',
      'insert into t (a, b) values (?, now()), (?, now())',
      'insert into t (a, b) values (?, now())',
    ],
    ['an insert that reads', 'insert into t (a, b) select a, ? from c', 'insert into t (a, b) select a, ? from c'],
    [
      "MySQL's upsert",
      'insert into t (a) values (?), (?) on duplicate key update a=values(`a`)',
      'insert into t (a) values (?+) on duplicate key update a = values (a)',
    ],
    [
      'a concatenation after a placeholder',
      "select * from t where a like ?||'%'",
      'select * from t where a like ? || ?',
    ],
    ['comments in comments', 'select /* a /* b */ c */ 1', 'select ?'],
    ["comments that don't nest", 'select /* a /* b */ c from t', 'select c from t'],
    ["MySQL's line comments", '# one\nselect 1\n  # two\nfrom t', 'select ? from t'],
    ['operators with #', "select a #>> '{b}', a #> $1 from t", 'select a #>> ?, a #> ? from t'],
    ["SQL Server's temporary tables", 'select * from #rows where id = @p0', 'select * from #rows where id = ?'],
    ['variables', 'select @@rowcount, @total', 'select @@rowcount, @total'],
    [
      "MySQL's strings in double quotes",
      'select * from t where email = "me@example.com"',
      'select * from t where email = ?',
    ],
    [
      'columns in double quotes',
      'select * from t join u on t.a = "u"."b c" and t.d = "e"',
      'select * from t join u on t.a = u."b c" and t.d = e',
    ],
    ['several statements', 'select 1; select 2;', 'select ?; select ?'],
    ['a string without an end', "select * from t where a = 'secret", 'select * from t where a = ?'],
    ['a name without an end', 'select * from t where "secret', 'select * from t where ?'],
    ['a comment without an end', 'select 1 /* secret', 'select ?'],
    ['a dollar string without an end', 'select $a$ secret', 'select ?'],
    ['no statement', '', ''],
  ])('%s', (_, sql, expected) => {
    expect(text(sql)).toEqual(expected)
  })

  test.each([
    ['columns', 'select a from t', 'select b from t'],
    ['tables', 'select a from t', 'select a from u'],
    ['comparisons', 'select a from t where b > ?', 'select a from t where b >= ?'],
    ['order', 'select a from t order by b', 'select a from t order by b desc'],
    ['not', 'select a from t where b in (?)', 'select a from t where b not in (?)'],
    ['a limit', 'select a from t', 'select a from t limit 1'],
    ['null', 'select a from t where b is null', 'select a from t where b is not null'],
    ['columns of an insert', 'insert into t (a) values (?)', 'insert into t (b) values (?)'],
  ])('differs by %s', (_, one, other) => {
    expect(text(one)).not.toEqual(text(other))
  })
})

test('the hash is that of the text, and fits a safe integer', () => {
  const { hash, text } = fingerprint('select 1')

  expect(hash).toEqual(contentHash(text))
  expect(hash).toMatch(/^[\da-f]{13}$/)
  expect(contentHash('select ?')).toEqual('e1c71d1661ae4')
})

test.each([
  ['select 1', 'select'],
  ['(select 1) union (select 2)', 'select'],
  ['values (1)', 'select'],
  ['/* x */ -- y\n select 1', 'select'],
  ['with a as (select 1) select * from a', 'select'],
  ['with recursive a (n) as (values (1) union all select n + 1 from a) select * from a', 'select'],
  ['with a as (select 1) insert into t select * from a', 'insert'],
  ['with a as (select 1) update t set b = 1', 'update'],
  ['with a as (select 1) delete from t', 'delete'],
  ['with a as (delete from t returning *) select * from a', 'delete'],
  ['with a as (select replace(b, ?, ?) from t) select * from a', 'select'],
  ['INSERT INTO t VALUES (1)', 'insert'],
  ['replace into t values (1)', 'insert'],
  ['update t set a = 1', 'update'],
  ['delete from t', 'delete'],
  ['truncate table t', 'delete'],
  ['create table t (a int)', 'schema'],
  ['alter table t add b int', 'schema'],
  ['drop index i', 'schema'],
  ['BEGIN;', 'transaction'],
  ['BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'transaction'],
  ['begin immediate', 'transaction'],
  ['START TRANSACTION', 'transaction'],
  ['SET TRANSACTION ISOLATION LEVEL READ COMMITTED', 'transaction'],
  ['COMMIT;', 'transaction'],
  ['ROLLBACK', 'transaction'],
  ['ROLLBACK TO trx2', 'transaction'],
  ['SAVEPOINT trx2;', 'transaction'],
  ['RELEASE trx2;', 'transaction'],
  ['SAVE TRANSACTION trx2', 'transaction'],
  ["begin execute immediate 'x'; end;", 'other'],
  ["set names 'utf8'", 'other'],
  ['PRAGMA foreign_keys = on', 'other'],
  ['EXPLAIN select 1', 'other'],
  ['call p(1)', 'other'],
  ['"select"', 'other'],
  ['', 'other'],
])('%s is of the operation %s', (sql, operation) => {
  expect(fingerprint(sql).operation).toEqual(operation)
})

describe('very long statements', () => {
  const insert = (rows: number): string =>
    `insert into t (name, password) values ${Array(rows).fill('(?, ?)').join(', ')}`

  test('are read as a whole up to 60,000 characters', () => {
    const { text, placeholders } = fingerprint(insert(7_000))

    expect(text).toEqual('insert into t (name, password) values (?+)')
    expect(placeholders.length).toEqual(14_000)
    expect(placeholders.at(-1)).toEqual({ role: 'value', column: 'password', otherColumns: [] })
  })

  test('have a stable fingerprint of their beginning beyond, and no guess of what comes after it', () => {
    const { text, placeholders } = fingerprint(insert(60_000))

    expect(text).toEqual('insert into t (name, password) values (?+) …')
    expect(fingerprint(insert(70_000)).text).toEqual(text)
    expect(placeholders.length).toBeLessThan(20_000)
    expect(new Set(placeholders.map(({ column }) => column))).toEqual(new Set(['name', 'password']))
  })

  test('are one in a list of any length', () => {
    const list = (length: number): string => text(`select * from t where a in (${Array(length).fill('?').join(', ')})`)

    expect(list(30_000)).toEqual('select * from t where a in (?+) …')
    expect(list(40_000)).toEqual(list(30_000))
  })
})
