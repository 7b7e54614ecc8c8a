import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { knex as createKnex, type Knex } from 'knex'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSqliteStore } from '#dist/store/sqlite-store.js'
import { fingerprint } from '../../src/sql/fingerprint.js'
import { query, recording } from '../dashboard/support/build-recordings.js'
import { fillShop } from '../explain/support.js'
import { describeMariadb, describePostgres } from '../support/servers.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'silk-cli-'))
const store = join(folder, 'silk.db')
const shop = join(folder, 'shop.sqlite')

/** Ids of what is in the store, by what each is for. */
const ids = {
  sqlite: fingerprint('select * from books where author_id = ?').hash,
  postgresql: fingerprint('select * from "books" where "author_id" = $1 and year > $2').hash,
  delete: fingerprint('delete from books where year = ?').hash,
  insert: fingerprint('insert into books (author_id) values (?)').hash,
}

beforeAll(async () => {
  const db = createKnex({ client: 'better-sqlite3', connection: { filename: shop }, useNullAsDefault: true })
  await fillShop(db)
  await db.destroy()
  const { writer } = openSqliteStore({ file: store, retentionCount: 10, onWarning: console.warn })
  const recorded = (statement: string, bindings: readonly (string | number)[]) => {
    const { hash, text, operation } = fingerprint(statement)
    return query({ statement, bindings, fingerprint: hash, fingerprintText: text, operation })
  }
  const queries = [
    recorded('select * from books where author_id = ?', [7]),
    recorded('select * from "books" where "author_id" = $1 and year > $2', [7, 2015]),
    recorded('delete from books where year = ?', [1900]),
    recorded('insert into books (author_id) values (?)', [7]),
  ]
  writer.push({ recording: recording({ queries }), occurrences: [] })
  await writer.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

function run(args: readonly string[], given: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Ran> {
  const { cwd = root, env = {} } = given
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, SILK_STORE: undefined, ...env } }
    execFile(process.execPath, [join(root, 'dist/cli/main.js'), ...args], options, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, out, err })
    })
  })
}

describe('express-silk explain', () => {
  test('tells plan, index and migration of a statement, on an SQLite file', async () => {
    const { code, out, err } = await run(['explain', ids.sqlite, '--connection', shop, '--store', store])

    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('SCAN books  <- full scan')
    expect(out).toContain('create index "books_author_id_index" on "books" ("author_id");')
    expect(out).toContain("table.index(['author_id'])")
    expect(out).toContain('Verified. In a copy of the schema')
  })

  test('tells the same as JSON', async () => {
    const { code, out } = await run(['explain', ids.sqlite, '--connection', shop, '--store', store, '--json'])
    const told = JSON.parse(out) as { plan: { steps: object[] }; advice: { createIndex: string }[]; dialect: string }

    expect([code, told.dialect, told.plan.steps.length > 0]).toEqual([0, 'sqlite', true])
    expect(told.advice[0]?.createIndex).toBe('create index "books_author_id_index" on "books" ("author_id")')
  })

  test('takes the beginning of an id, and the store from the environment', async () => {
    const args = ['explain', ids.sqlite.slice(0, 8), '--connection', `sqlite://${shop}`]
    const { code, out } = await run(args, { env: { SILK_STORE: store } })

    expect([code, out.includes('Missing index')]).toEqual([0, true])
  })

  test('says why a statement that writes is not explained', async () => {
    const { code, out } = await run(['explain', ids.insert, '--connection', shop, '--store', store])

    expect([code, out.includes('Only a single SELECT that reads is handed to EXPLAIN')]).toEqual([0, true])
  })

  test('takes the number of rows from which on an index is needed', async () => {
    const args = ['explain', ids.delete, '--connection', shop, '--store', store]
    const [usual, higher] = [await run(args), await run([...args, '--rows', '5000'])]

    expect(usual.out).toContain('Missing index: books with its 1,500 rows is searched by year')
    expect(higher.out).toContain('No index is missing')
  })

  test.each<readonly [string, readonly string[], string]>([
    ['no id', ['--connection', shop], '<statement id> is missing; allowed'],
    ['two ids', [ids.sqlite, 'more', '--connection', shop], '"more" is one word too many'],
    ['an id that is none', ['books', '--connection', shop], '<statement id> is "books"; allowed'],
    ['no connection', [ids.sqlite], '--connection is missing; allowed: a URL, or an SQLite file'],
    ['an unknown flag', [ids.sqlite, '--conection', shop], "'--conection'"],
    [
      'a file that is not there',
      [ids.sqlite, '--connection', 'nowhere.db'],
      '--connection is "nowhere.db", and there is no such file',
    ],
    ['a folder', [ids.sqlite, '--connection', tmpdir()], 'and it is no file'],
    [
      'an unknown database',
      [ids.sqlite, '--connection', 'mssql://sa:secret@host/db'],
      '--connection is "mssql://sa:…@host/db"',
    ],
    [
      'a broken URL',
      [ids.sqlite, '--connection', 'postgres://u:secret@host:port/db'],
      '--connection is "postgres://u:…@host:port/db"',
    ],
    ['rows that are none', [ids.sqlite, '--connection', shop, '--rows', 'many'], '--rows is "many"; allowed'],
  ])('with %s is not understood', async (_, args, message) => {
    const { code, out, err } = await run(['explain', ...args, '--store', store])

    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message)
    expect(err).not.toContain('secret')
  })

  test('names the store that is not there', async () => {
    const { code, err } = await run(['explain', ids.sqlite, '--connection', shop, '--store', 'no.db'])
    expect([code, err]).toEqual([2, expect.stringContaining('--store is "no.db", and there is no such file')])
  })

  test('fails for a statement that is not in the store', async () => {
    const { code, err } = await run(['explain', 'abcdef012345', '--connection', shop, '--store', store])
    expect([code, err]).toEqual([1, expect.stringContaining('No statement in the store has an id')])
  })

  test('fails for a server that does not answer', async () => {
    const { code, out } = await run([
      'explain',
      ids.sqlite,
      '--connection',
      'postgres://u@127.0.0.1:1/x',
      '--store',
      store,
    ])
    expect([code, out]).toEqual([1, expect.stringContaining('did not answer')])
  })

  test('fails where the driver is not installed, and says what to install', async () => {
    writeFileSync(join(folder, 'package.json'), '{}')
    const args = ['explain', ids.sqlite, '--connection', 'postgres://u@127.0.0.1:1/x', '--store', store]
    const { code, err } = await run(args, { cwd: folder })
    expect([code, err]).toEqual([1, expect.stringContaining('Run `npm install pg` there.')])
  })
})

describe('express-silk', () => {
  test.each([
    [['--help'], 0],
    [['help'], 0],
    [['explain', '--help'], 0],
    [[], 2],
  ])('%j tells how it is used', async (args, code) => {
    expect(await run(args)).toMatchObject({ code, out: expect.stringContaining('Usage: express-silk') })
  })

  test('names the commands there are', async () => {
    expect(await run(['explian'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('"explian"; there is: list, show'),
    })
  })
})

const database = `cli_${randomUUID().slice(0, 8)}`

async function onServer(client: string, url: string, test: (url: string) => Promise<void>): Promise<void> {
  const admin = createKnex({ client, connection: url })
  const own = new URL(url)
  own.pathname = `/${database}`
  let db: Knex | null = null
  try {
    await admin.raw(`create database ${database}`)
    db = createKnex({ client, connection: own.href })
    await fillShop(db)
    await test(own.href)
  } finally {
    await db?.destroy()
    await admin.raw(`drop database ${database}`)
    await admin.destroy()
  }
}

await describePostgres('on PostgreSQL', (url) => {
  test('it is explained, and run for real if so asked', async () => {
    await onServer('pg', url, async (own) => {
      const args = ['explain', ids.postgresql, '--connection', own, '--store', store]
      const estimated = await run(args)
      const measured = await run([...args, '--analyze'])
      expect([estimated.code, estimated.err]).toEqual([0, ''])
      expect(estimated.out).toContain('create index "books_author_id_year_index" on "books" ("author_id", "year");')
      expect(measured.out).toContain('Plan, run for real')
    })
  })
})

await describeMariadb('on MariaDB', (url) => {
  test('it is explained', async () => {
    await onServer('mysql2', url, async (own) => {
      const { code, out } = await run(['explain', ids.sqlite, '--connection', own, '--store', store])
      expect([code, out]).toEqual([
        0,
        expect.stringContaining('create index `books_author_id_index`'.replaceAll('`', '')),
      ])
    })
  })
})
