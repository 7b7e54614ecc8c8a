import Database from 'better-sqlite3'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import type { RecordedBinding } from '../../src/model/query.js'
import { runnableSql } from '../../src/sql/runnable.js'
import { describeMariadb, describePostgres } from '../support/servers.js'

const VALUES: readonly RecordedBinding[] = [
  "O'Neil",
  'a\\b',
  "\\'; drop table x; --",
  '? $1 :a',
  'é\n"`',
  '',
  null,
  -1.5,
  12,
]

function runnable(statement: string, value: RecordedBinding, dialect: 'sqlite' | 'postgresql' | 'mysql'): string {
  const made = runnableSql(statement, [value], dialect)
  expect(made?.missing).toEqual([])
  return made?.sql ?? ''
}

describe('SQL to run gives what was bound', () => {
  test.each(VALUES)('on SQLite: %j', (value) => {
    const db = new Database(':memory:')
    expect(db.prepare(runnable('select ? as value', value, 'sqlite')).get()).toEqual({ value })
    db.close()
  })
})

await describePostgres('SQL to run gives what was bound, on PostgreSQL', (url) => {
  test.each(VALUES.map((value) => ({ value, type: typeof value === 'number' ? 'float8' : 'text' })))(
    '$value',
    async ({ value, type }) => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      const { rows } = await client.query(runnable(`select $1::${type} as value`, value, 'postgresql'))
      await client.end()
      expect(rows).toEqual([{ value }])
    },
  )
})

await describeMariadb('SQL to run gives what was bound, on MariaDB', (url) => {
  test.each(VALUES)('%j', async (value) => {
    const connection = await createConnection({ uri: url, decimalNumbers: true })
    const [rows] = await connection.query(runnable('select ? as value', value, 'mysql'))
    await connection.end()
    expect(rows).toEqual([{ value }])
  })
})
