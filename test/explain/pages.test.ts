import { randomUUID } from 'node:crypto'
import silk, { type Profiler, type SilkOptions } from 'express-silk'
import { knex as createKnex, type Knex } from 'knex'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Explanation } from '../../src/model/explain.js'
import { serve, settle } from '../support/capture-harness.js'
import { expressVersions } from '../support/express-versions.js'
import { describePostgres } from '../support/servers.js'
import { fillShop, openSqlite } from './support.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

type Listed = { readonly items: readonly { readonly id: string; readonly text: string }[] }
type Finding = { readonly kind: string; readonly recordingCount: number; readonly latest: Latest }
interface Latest {
  readonly message: string
  readonly fix: { readonly summary: string; readonly code: string }
  readonly callSite: { readonly file: string }
}

interface App {
  readonly profiler: Profiler
  /** The app's route, once. */
  call(): Promise<void>
  page(path: string): Promise<string>
  json<T>(path: string): Promise<T>
  /** The address of the statement that the route sends. */
  statement(): Promise<string>
  /** Presses the button of a statement's page. */
  explain(path: string, fields?: Readonly<Record<string, string>>, twin?: '.json'): Promise<Response>
}

/** An app whose only route sends one query, and a person who looks at its dashboard. */
async function start(query: () => PromiseLike<unknown>, options: SilkOptions = {}): Promise<App> {
  const express = expressVersions[1]?.express
  if (express === undefined) throw new Error('Express 5 is not installed')
  const profiler = silk({ store: ':memory:', ...options })
  const app = express()
  app.use(profiler)
  app.get('/books', async (_req, res) => {
    res.json(await query())
  })
  const { origin, close } = await serve(app)
  cleanups.push(close, () => profiler.close())
  const page = async (path: string): Promise<string> => (await fetch(origin + path)).text()
  const json = async <T>(path: string): Promise<T> => (await (await fetch(origin + path)).json()) as T
  return {
    profiler,
    page,
    json,
    async call() {
      await fetch(`${origin}/books`)
      await settle()
      await profiler.flush()
    },
    async statement() {
      const { items } = await json<Listed>('/silk/statements.json')
      return `/silk/statements/${items.find(({ text }) => /^select .*books/.test(text))?.id}`
    },
    async explain(path, fields = {}, twin) {
      const shown = await fetch(`${origin}${path}`)
      const cookie = shown.headers.get('set-cookie')?.split(';')[0] ?? ''
      const token = /name="_csrf" value="([\w-]{43})"/.exec(await shown.text())?.[1] ?? ''
      const body = new URLSearchParams({ _csrf: token, ...fields })
      return fetch(`${origin}${path}${twin ?? ''}`, { method: 'POST', headers: { cookie }, body })
    },
  }
}

const missing = (findings: { readonly items: readonly Finding[] }): readonly Finding[] =>
  findings.items.filter(({ kind }) => kind === 'missing-index')

describe('on SQLite', () => {
  let db: Knex
  beforeEach(async () => {
    db = openSqlite()
    await fillShop(db)
  })
  afterEach(() => db.destroy())

  test('a quick statement’s page asks the database nothing, and offers to explain', async () => {
    const app = await start(() => db('books').where('author_id', 7))
    await app.call()
    const path = await app.statement()

    expect(await app.json(`${path}.json`)).toMatchObject({ explanation: null })
    expect(await app.page(path)).toContain('<button>Explain</button>')
  })

  test('to run it for real is not offered, before it is explained or after', async () => {
    const app = await start(() => db('books').where('author_id', 7))
    await app.call()
    const path = await app.statement()

    expect(await app.page(path)).not.toContain('run it for real')
    expect(await (await app.explain(path)).text()).not.toContain('run it for real')
  })

  test('the button shows plan, index and migration, and makes a finding', async () => {
    const app = await start(() => db('books').where('author_id', 7))
    await app.call()
    const path = await app.statement()

    const page = await (await app.explain(path)).text()
    const [finding] = missing(await app.json('/silk/findings.json'))

    expect(page).toContain('Full scan</span> <code>SCAN books</code>')
    expect(page).toContain('books_author_id_index')
    expect(page).toContain('Verified')
    expect(page).toContain('<h2 id="h-find">Findings</h2>')
    expect(finding?.latest).toMatchObject({
      message:
        'All 1,500 rows of `books` are read to find those by `author_id`: no index of it begins with that column',
      callSite: { file: 'test/explain/pages.test.ts' },
      fix: { summary: 'Add an index to `books` (`author_id`) in a migration.' },
    })
    expect(finding?.latest.fix.code).toContain("table.index(['author_id'])")
    expect(await app.page('/silk/findings')).toContain('No index')
  })

  test('asked again it is the same finding, in the same recording', async () => {
    const app = await start(() => db('books').where('author_id', 7))
    await app.call()
    const path = await app.statement()
    await app.explain(path)
    await app.explain(path)

    expect(missing(await app.json('/silk/findings.json'))).toMatchObject([{ recordingCount: 1 }])
  })

  test('the form’s JSON twin has the same', async () => {
    const app = await start(() => db('books').where('author_id', 7))
    await app.call()
    const { explanation } = (await (await app.explain(await app.statement(), {}, '.json')).json()) as {
      explanation: Explanation
    }

    expect(explanation).toMatchObject({ dialect: 'sqlite', notes: [], advice: [{ table: 'books', isVerified: true }] })
    expect(explanation.plan?.steps).toMatchObject([{ depth: 0, text: 'SCAN books', rows: null, isFullScan: true }])
  })

  test('silk’s own questions are in no recording', async () => {
    const app = await start(() => db('books').where('author_id', 7))
    await app.call()
    await app.explain(await app.statement())
    await app.profiler.flush()
    const { items } = await app.json<Listed>('/silk/statements.json')

    expect(items.filter(({ text }) => /sqlite_master|pragma|explain|limit/i.test(text))).toEqual([])
  })

  test('nor do the app’s own listeners hear them', async () => {
    const heard: string[] = []
    const app = await start(() => db('books').where('author_id', 7))
    await app.call()
    db.on('query', ({ sql }: { sql: string }) => heard.push(sql))
    await app.explain(await app.statement())

    expect(heard).toEqual([])
  })

  test('a comment at the call site makes it no finding', async () => {
    const app = await start(() => {
      // silk-ignore missing-index: a report that runs once a year
      return db('books').where('author_id', 7)
    })
    await app.call()
    const page = await (await app.explain(await app.statement())).text()

    expect(page).toContain('books_author_id_index')
    expect(missing(await app.json('/silk/findings.json'))).toEqual([])
  })

  test('an index that is there is no finding', async () => {
    const app = await start(() => db('books').where('isbn', '978-7'))
    await app.call()
    const page = await (await app.explain(await app.statement())).text()

    expect(page).toContain('No index is missing')
    expect(missing(await app.json('/silk/findings.json'))).toEqual([])
  })

  test('a masked value is no hindrance', async () => {
    const app = await start(() => db('books').where('isbn', 'x').whereRaw('? = ?', ['password', 'x']))
    await app.call()

    expect(await (await app.explain(await app.statement())).text()).toContain('books_isbn_index')
  })

  test('switched off, it is told on the button and no finding is made', async () => {
    const app = await start(() => db('books').where('author_id', 7), { detect: { missingIndex: false } })
    await app.call()
    const page = await (await app.explain(await app.statement())).text()

    expect(page).toContain('books_author_id_index')
    expect(missing(await app.json('/silk/findings.json'))).toEqual([])
  })

  test('the rows of a table from which on it is told are an option', async () => {
    const app = await start(() => db('books').where('author_id', 7), { detect: { missingIndex: { rows: 5_000 } } })
    await app.call()
    const path = await app.statement()
    await app.explain(path)
    const { explanation } = await app.json<{ explanation: Explanation }>(`${path}.json`)

    // The plan that someone asked for reads it whole: that is enough, and from then on the page looks unasked.
    expect(missing(await app.json('/silk/findings.json'))).toHaveLength(1)
    expect(explanation.advice).toEqual([])
  })

  test('an app that has closed its database is told so', async () => {
    const app = await start(() => db('books').where('author_id', 7))
    await app.call()
    await db.destroy()
    const page = await (await app.explain(await app.statement())).text()

    expect(page).toContain('the app has closed this connection')
  })

  test('a knex whose only queries are in transactions can be asked', async () => {
    const app = await start(() => later.transaction((trx) => trx('books').where('author_id', 7)))
    const later = openSqlite()
    cleanups.push(() => later.destroy())
    await later.transaction(fillShop)
    await app.call()

    expect(await (await app.explain(await app.statement())).text()).toContain('books_author_id_index')
  })

  test('names that look like HTML are shown as they are', async () => {
    const [table, column] = ['books <script>alert(1)</script>', 'a"b`c\\d\'<b>']
    await db.schema.createTable(table, (made) => {
      made.increments('id')
      made.string(column)
    })
    const app = await start(() => db(table).where(column, 'x'))
    await app.call()
    const page = await (await app.explain(await app.statement())).text()

    expect(page).toContain('&lt;script&gt;alert(1)')
    expect(page).not.toMatch(/<script>alert|'<b>/)
  })

  test.each([
    ['no token', {}, 403],
    ['a value that is not offered', { measure: 'yes' }, 400],
  ])('a form with %s is refused', async (_, fields: Record<string, string>, expected) => {
    const app = await start(() => db('books').where('author_id', 7))
    await app.call()
    const path = await app.statement()
    const sent = Object.keys(fields).length === 0 ? { _csrf: 'x' } : fields

    expect((await app.explain(path, sent)).status).toBe(expected)
  })
})

await describePostgres('on PostgreSQL', (url) => {
  const schema = `pages_${randomUUID().slice(0, 8)}`
  let db: Knex
  beforeAll(async () => {
    db = createKnex({ client: 'pg', connection: url, searchPath: [schema], pool: { min: 0, max: 2 } })
    await db.raw(`create schema ${schema}`)
    await fillShop(db)
    await db.raw('analyze books')
  })
  afterAll(async () => {
    await db.raw(`drop schema ${schema} cascade`)
    await db.destroy()
  })

  test('a slow statement’s page looks at its indexes unasked; the button makes the finding', async () => {
    const slow = db.raw('pg_sleep(0.15)')
    const app = await start(() => db('books').select('id', slow).where('author_id', 7).limit(1))
    await app.call()
    const path = await app.statement()

    const { explanation } = await app.json<{ explanation: Explanation }>(`${path}.json`)
    const page = await app.page(path)
    const unasked = missing(await app.json('/silk/findings.json'))
    await app.explain(path)

    // No page that is merely opened changes anything.
    expect(unasked).toEqual([])
    expect(explanation).toMatchObject({
      dialect: 'postgresql',
      plan: null,
      advice: [{ table: 'books', columns: ['author_id'] }],
    })
    expect(page).toContain('<code>books</code> with its 1,500 rows is searched by <code>author_id</code>')
    expect(page).toContain('makes a finding of what is missing')
    expect(await app.page(path)).not.toContain('makes a finding of what is missing')
    expect(missing(await app.json('/silk/findings.json'))).toMatchObject([
      {
        latest: {
          message:
            'All 1,500 rows of `books` are read to find those by `author_id`: no index of it begins with that column',
        },
      },
    ])
  })

  test('run for real only when the box is ticked', async () => {
    const app = await start(() => db('books').where('author_id', 7))
    await app.call()
    const path = await app.statement()

    expect(await app.page(path)).toContain('run it for real')
    expect(await (await app.explain(path)).text()).toContain('Rows, estimated')
    expect(await (await app.explain(path, { measure: 'on' })).text()).toContain('Plan, run for real')
  })

  test('masked values are said to be missing', async () => {
    const app = await start(() => db('books').where({ author_id: 7, isbn: 'a secret of mine' }), {
      redact: { names: ['isbn'] },
    })
    await app.call()

    expect(await (await app.explain(await app.statement())).text()).toContain('1 of its 2 values was masked')
  })
})
