import { describe, expect, test } from 'vitest'
import { guessDialect } from '../../src/sql/dialect.js'
import { runnableSql } from '../../src/sql/runnable.js'

describe('SQL to run', () => {
  test.each([
    ['numbers', 'select * from t where id = ? limit ?', [7, 20], 'select * from t where id = 7 limit 20;'],
    ['a negative number', 'select 1 -?', [-2], 'select 1 -(-2);'],
    ['text with a quote', 'select ?', ["O'Neil"], "select 'O''Neil';"],
    ['text with a backslash', 'select ?', ['a\\b'], "select 'a\\b';"],
    ['NULL', 'update t set a = ?', [null], 'update t set a = NULL;'],
    ['a list', 'select * from t where id in (?, ?)', [1, 2], 'select * from t where id in (1, 2);'],
    ['a mark in text', "select '?' where a = ?", [1], "select '?' where a = 1;"],
    ['a mark in text with a doubled quote', "select 'it''s ?', ?", [1], "select 'it''s ?', 1;"],
    ['a mark in a name', 'select "a?" from t where b = ?', [1], 'select "a?" from t where b = 1;'],
    ['a mark in a comment', '/* ? */ select ? -- ?', [1], '/* ? */ select 1 -- ?;'],
    ['numbered marks', 'select ?2, ?1', ['a', 'b'], "select 'b', 'a';"],
    ['no value', 'select 1;', [], 'select 1;'],
  ] as const)('%s', (_, statement, bindings, sql) => {
    expect(runnableSql(statement, bindings, 'sqlite')).toEqual({ sql, missing: [] })
  })

  test.each([
    ['a value that is used twice', 'select $1, $2, $1', ['a', 2], "select 'a', 2, 'a';"],
    ['ten and more', 'select $1, $10', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 'select 1, 10;'],
    ['a cast', 'select $1::int', ['5'], "select '5'::int;"],
    ['a JSON operator', "select data ? 'a' from t where id = $1", [1], "select data ? 'a' from t where id = 1;"],
    ['an escaped operator', 'select data \\? $1', ['a'], "select data ? 'a';"],
    ['dollar-quoted text', 'select $x$ $1 $x$, $1', [1], 'select $x$ $1 $x$, 1;'],
    ['text with escapes', "select E'\\' $1', $1", [1], "select E'\\' $1', 1;"],
    ['a slice', 'select a[1:2] from t where id = $1', [1], 'select a[1:2] from t where id = 1;'],
    ['truth', 'select $1', [true], 'select true;'],
  ] as const)('of PostgreSQL: %s', (_, statement, bindings, sql) => {
    expect(runnableSql(statement, bindings, 'postgresql')).toEqual({ sql, missing: [] })
  })

  test.each([
    ['a backslash', 'select ?', ['a\\b'], "select 'a\\\\b';"],
    ['a quote after a backslash', 'select ?', ["\\' or 1=1 -- "], "select '\\\\'' or 1=1 -- ';"],
    ['a moment', 'select ?', ['2026-11-22T12:00:00.000Z'], "select '2026-11-22 12:00:00.000';"],
    ['a mark in text with a backslash', "select 'it\\'s ?', ?", [1], "select 'it\\'s ?', 1;"],
  ] as const)('of MySQL: %s', (_, statement, bindings, sql) => {
    expect(runnableSql(statement, bindings, 'mysql')).toEqual({ sql, missing: [] })
  })

  test('truth in SQLite is a number', () => {
    expect(runnableSql('select ?', [true], 'sqlite')?.sql).toEqual('select 1;')
  })

  test('what was masked or cut stands by the name of its column, and is named', () => {
    const statement = 'update users set password = ?, bio = ? where id = ? and password <> ?'
    expect(runnableSql(statement, ['[redacted]', 'long te… (900 more)', 3, '[redacted]'], 'sqlite')).toEqual({
      sql: 'update users set password = :password, bio = :bio where id = 3 and password <> :password_2;',
      missing: [':password', ':bio', ':password_2'],
    })
  })

  test('where no value was kept, each has a name', () => {
    expect(runnableSql('select * from t where a = $1', null, 'postgresql')).toEqual({
      sql: 'select * from t where a = :a;',
      missing: [':a'],
    })
  })

  test('a statement of a megabyte is left alone', () => {
    expect(runnableSql(`select '${'x'.repeat(1_000_000)}'`, [], 'sqlite')).toEqual(null)
  })
})

describe('the dialect', () => {
  test.each([
    ['better-sqlite3:app.db', 'select ?', 'sqlite'],
    ['pg:shop@db.local', 'select 1', 'postgresql'],
    ['mysql2:shop (2)', 'select ?', 'mysql'],
    ['reports', 'select $1', 'postgresql'],
    ['reports', 'select ?', null],
  ])('of %s with "%s" is %s', (connection, statement, dialect) => {
    expect(guessDialect(connection, statement)).toEqual(dialect)
  })
})
