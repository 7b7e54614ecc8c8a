import { createRequire } from 'node:module'
import { type Knex, knex } from 'knex'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RecordedQuery } from '../../src/model/query.js'
import { type Harness, settle, startCapture } from '../support/capture-harness.js'
import { fillLibrary, sqliteLibrary } from '../support/databases.js'
import { describeMariadb, describePostgres } from '../support/servers.js'

const require = createRequire(import.meta.url)

let harness: Harness
beforeEach(() => {
  harness = startCapture()
})
afterEach(() => harness.close())

function takeQueries(): readonly RecordedQuery[] {
  return harness.take().flatMap((recording) => recording.queries)
}

const brief = (query: RecordedQuery): unknown[] => [query.statement, query.operation, query.rowCount]

describe('every way of sending a query is recorded', () => {
  let db: Knex
  beforeEach(async () => {
    db = await sqliteLibrary()
    harness.take()
  })
  afterEach(() => db.destroy())

  test('statement as sent, bindings apart, operation and rows', async () => {
    await db('books').where('author_id', 1).select('title')
    await db('books').where('author_id', 2).update({ title: 'same' })
    await db('books').where('author_id', 3).del()

    expect(takeQueries().map((query) => [...brief(query), query.bindings])).toEqual([
      ['select `title` from `books` where `author_id` = ?', 'select', 2, [1]],
      ['update `books` set `title` = ? where `author_id` = ?', 'update', 2, ['same', 2]],
      ['delete from `books` where `author_id` = ?', 'delete', 2, [3]],
    ])
  })

  test('a builder awaited twice is two queries, toString() none', async () => {
    const builder = db('authors')
    builder.toString()
    await builder
    await builder

    expect(takeQueries().length).toBe(2)
  })

  test('transactions with savepoints, under one transaction id each', async () => {
    await db.transaction(async (trx) => {
      await trx('authors').first()
      await trx.transaction(async (inner) => {
        await inner('books').first()
      })
    })

    const queries = takeQueries()

    expect(queries.map((query) => query.operation)).toEqual([
      'transaction',
      'select',
      'transaction',
      'select',
      'transaction',
      'transaction',
    ])
    expect(queries.every((query) => query.durationMs !== null)).toBe(true)
    const [outer, , inner] = queries.map((query) => query.transactionId)
    expect(outer).not.toBe(inner)
    expect(queries.map((query) => query.transactionId)).toEqual([outer, outer, inner, inner, inner, outer])
  })

  test('a rolled back transaction', async () => {
    const failed = db.transaction(async (trx) => {
      await trx('authors').first()
      throw new Error('no')
    })

    await expect(failed).rejects.toThrow('no')
    expect(takeQueries().map((query) => query.statement)).toEqual([
      'BEGIN;',
      'select * from `authors` limit ?',
      'ROLLBACK',
    ])
  })

  test('batchInsert, with its transaction', async () => {
    await db.batchInsert('books', [{ title: 'a' }, { title: 'b' }, { title: 'c' }], 2)

    expect(takeQueries().map((query) => query.operation)).toEqual(['transaction', 'insert', 'insert', 'transaction'])
  })

  test('streams, with the rows that were read', async () => {
    const titles: string[] = []
    for await (const row of db('books').select('title').stream()) titles.push(row.title)
    await settle()

    expect(titles.length).toBe(10)
    expect(takeQueries().map(brief)).toEqual([['select `title` from `books`', 'select', 10]])
  })

  test('failures, with the driver’s message and without the SQL and its values', async () => {
    const failed = db('nowhere').where('secret', 'hunter2')

    await expect(failed).rejects.toThrow()
    expect(takeQueries().map((query) => query.error)).toEqual(['no such table: nowhere'])
  })

  test('a duplicate value that the driver quotes does not show what is masked', async () => {
    await db.schema.createTable('users', (table) => table.string('password').unique())
    await db('users').insert({ password: 'hunter2' })
    harness.take()

    await expect(db('users').insert({ password: 'hunter2' })).rejects.toThrow()

    expect(JSON.stringify(takeQueries())).not.toContain('hunter2')
  })

  test('schema building', async () => {
    await db.schema.createTable('tags', (table) => table.increments('id'))

    expect(takeQueries().map((query) => query.operation)).toEqual(['schema'])
  })

  test('the app gets knex’s own promise results and errors', async () => {
    const rows = await db('authors').where('id', 1)
    const failed = await db('nowhere').catch((error: Error) => error.message)

    expect(rows).toEqual([{ id: 1, name: 'author 1', password: 'hunter2hunter2' }])
    expect(failed).toBe('select * from `nowhere` - no such table: nowhere')
  })

  test('also when silk fails at it: the app is served, and the trouble is told', async () => {
    const hostile = await sqliteLibrary()
    hostile.client.config = {
      ...hostile.client.config,
      get connection(): never {
        throw new Error('not for you')
      },
    }

    const rows = await hostile('books').where('author_id', 1)
    await hostile.destroy()

    expect(rows).toHaveLength(2)
    expect(harness.errors.map(String)).toEqual(['Error: not for you'])
  })

  test('values of secret columns are masked', async () => {
    await db('authors').where({ name: 'author 1', password: 'hunter2hunter2' })

    expect(takeQueries().map((query) => query.bindings)).toEqual([['author 1', '[redacted]']])
  })
})

describe('every knex of the process is heard', () => {
  test('one made before the profiler and one made after', async () => {
    harness.close()
    const before = await sqliteLibrary()
    harness = startCapture()
    const after = await sqliteLibrary()
    harness.take()

    await before('authors').first()
    await after('books').first()
    await Promise.all([before.destroy(), after.destroy()])

    expect(takeQueries().map((query) => query.statement)).toEqual([
      'select * from `authors` limit ?',
      'select * from `books` limit ?',
    ])
  })

  test.each(['knex-1', 'knex-2'])('%s beside knex 3, loaded while recording', async (name) => {
    const other = require(name) as typeof knex
    const db = other({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true })
    await fillLibrary(db)
    harness.take()

    await db.transaction((trx) => trx('books').where('author_id', 1))
    await db.destroy()

    expect(takeQueries().map(brief)).toEqual([
      ['BEGIN;', 'transaction', null],
      ['select * from `books` where `author_id` = ?', 'select', 2],
      ['COMMIT;', 'transaction', null],
    ])
  })

  test('with the name it was given, else one made of its settings', async () => {
    const named = await sqliteLibrary()
    const one = await sqliteLibrary()
    const other = await sqliteLibrary()
    harness.capture.watch(named, 'library')
    harness.take()

    await named('books').first()
    await one('books').first()
    await other('books').first()
    await Promise.all([named.destroy(), one.destroy(), other.destroy()])

    const [given, ...made] = takeQueries().map((query) => query.connection)
    expect(given).toBe('library')
    expect(made).toEqual([
      expect.stringMatching(/^better-sqlite3::memory:/),
      expect.stringMatching(/^better-sqlite3::memory:/),
    ])
    // Each is a database of its own.
    expect(made[0]).not.toBe(made[1])
  })

  test('what is no knex instance is refused by name', () => {
    expect(() => harness.capture.watch({}, undefined)).toThrow('Expected `knex` to be a knex instance, got object')
  })

  test('none, once the profiler is closed: knex is as it was', async () => {
    const db = await sqliteLibrary()
    harness.take()
    harness.close()
    const { query } = Object.getPrototypeOf(Object.getPrototypeOf(Object.getPrototypeOf(db.client)))

    await db('books').first()
    await db.destroy()

    expect(query.toString()).toContain('enrichQueryObject')
    expect(takeQueries()).toEqual([])
  })
})

await describePostgres('on PostgreSQL', (url) => {
  test.each(['knex', 'knex-2', 'knex-1', 'knex-0.95'])(
    '%s: placeholders as sent, rows, transactions, time-outs',
    async (name) => {
      const make = require(name) as typeof knex
      const db = make({ client: 'pg', connection: url, pool: { min: 0, max: 2 } })

      await db.raw('select 1 as one')
      await db.transaction((trx) => trx.select(trx.raw('?::int as two', [2])))
      const slow = db.raw('select pg_sleep(0.3)').timeout(50)
      await expect(slow).rejects.toThrow('timeout of 50ms exceeded')
      await settle(400)
      const queries = takeQueries()
      await db.destroy()

      expect(queries.map((query) => [query.statement, query.operation, query.rowCount, query.error])).toEqual([
        ['select 1 as one', 'select', 1, null],
        ['BEGIN;', 'transaction', null, null],
        ['select $1::int as two', 'select', 1, null],
        ['COMMIT;', 'transaction', null, null],
        ['select pg_sleep(0.3)', 'select', expect.anything(), "timed out after 50 ms (the query's own timeout)"],
      ])
      expect(queries.map((query) => query.callSite?.file)).toEqual(Array(5).fill('test/capture/knex-source.test.ts'))
    },
  )
})

await describeMariadb('on MariaDB', (url) => {
  test('rows read and rows changed', async () => {
    const db = knex({ client: 'mysql2', connection: url, pool: { min: 0, max: 1 } })
    await db.raw('create temporary table silk_numbers (n int)')
    harness.take()

    await db('silk_numbers').insert([{ n: 1 }, { n: 2 }])
    await db('silk_numbers').where('n', '>', 0)
    const queries = takeQueries()
    await db.destroy()

    expect(queries.map(brief)).toEqual([
      ['insert into `silk_numbers` (`n`) values (?), (?)', 'insert', 2],
      ['select * from `silk_numbers` where `n` > ?', 'select', 2],
    ])
  })
})
