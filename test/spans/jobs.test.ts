import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import silk from 'express-silk'
import { afterEach, describe, expect, test } from 'vitest'
import { openSqliteStore } from '#dist/store/sqlite-store.js'
import { start } from './support.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('a job', () => {
  test('is recorded with its name, its queries and its time, and hands back what its function returns', async () => {
    const { db, newest } = await start()

    const counted = await silk.record('count authors', async () => (await db('authors')).length)

    const job = await newest('job')
    expect(counted).toBeGreaterThan(0)
    expect(job).toMatchObject({ kind: 'job', name: 'count authors', request: null, response: null, queryCount: 1 })
    expect(job.error).toBeNull()
    expect(job.queries[0]?.statement).toContain('authors')
  })

  test('may be synchronous', async () => {
    const { list } = await start()

    expect(silk.record('sum', () => 1 + 1)).toBe(2)

    expect(await list('kind=job')).toMatchObject([{ name: 'sum', kind: 'job' }])
  })

  test('that returns a query builder runs it once', async () => {
    const { db, newest } = await start()

    const rows = await silk.record('read', () => db('authors').select('id'))

    expect(rows.length).toBeGreaterThan(0)
    expect((await newest('job')).queryCount).toBe(1)
  })

  test('that fails throws on what it threw, and shows it masked', async () => {
    const { db, newest, page, list } = await start()
    class ImportError extends Error {}
    const thrown = new ImportError('no row eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln left')

    const failed = silk.record('import', async () => {
      await db('authors')
      throw thrown
    })

    await expect(failed).rejects.toBe(thrown)
    const job = await newest('job')
    expect(job.error).toMatchObject({ class: 'ImportError', message: 'no row [redacted] left' })
    expect(job.error?.callSite?.file).toBe('test/spans/jobs.test.ts')
    expect(job.error?.stack[0]).toContain('test/spans/jobs.test.ts:')
    expect(await page(`/requests/${job.id}`)).toContain('ImportError')
    expect(await list('errors=1')).toMatchObject([{ name: 'import', errorClass: 'ImportError' }])
    expect(await list('exceptions=1')).toHaveLength(1)
  })

  test('that throws at once throws the same, and is recorded as failed', async () => {
    const { newest } = await start()

    expect(() =>
      silk.record('broken', () => {
        throw 'just a text'
      }),
    ).toThrow('just a text')

    expect((await newest('job')).error).toMatchObject({ class: 'string', message: 'just a text', stack: [] })
  })

  test('whose rejection nobody handles is told to the process, as without silk', async () => {
    const { profiler } = await start()
    const unhandled: unknown[] = []
    const listener = (reason: unknown): number => unhandled.push(reason)
    const others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', listener)
    const thrown = new Error('nobody listens')

    void silk.record('lost', () => Promise.reject(thrown))
    await new Promise((resolve) => setTimeout(resolve, 20))

    process.off('unhandledRejection', listener)
    for (const other of others) process.on('unhandledRejection', other)
    await profiler.flush()
    expect(unhandled).toEqual([thrown])
  })

  test('has findings like a request', async () => {
    const { db, newest, json, page } = await start()

    await silk.record('nightly report', async () => {
      for (const { id } of await db('authors')) await db('books').where({ author_id: id })
    })

    const job = await newest('job')
    expect(job.occurrences.map(({ kind }) => kind)).toContain('n-plus-one')
    const overview = await json<object>('/overview.json')
    expect(overview).toMatchObject({
      requestCount: 0,
      routes: [{ method: 'JOB', route: 'nightly report', count: 1 }],
    })
    expect(await page('/requests')).toContain('nightly report')
    expect(await page('/')).toContain('nightly report')
  })

  test('has settings of its own for what is a finding', async () => {
    const { db, newest } = await start({ detect: { routes: { 'JOB nightly': { nPlusOne: false } } } })

    await silk.record('nightly', async () => {
      for (const { id } of await db('authors')) await db('books').where({ author_id: id })
    })

    const job = await newest('job')
    expect(job.occurrences.map(({ kind }) => kind)).not.toContain('n-plus-one')
  })

  test('inside a request is a recording of its own', async () => {
    const { app, db, origin, list } = await start()
    app.get('/start', async (_req, res) => {
      await db('authors')
      await silk.record('inner', async () => {
        await db('books')
        await db('books')
      })
      res.end()
    })

    await (await fetch(`${origin}/start`)).text()

    const counts = Object.fromEntries((await list()).map((one) => [one.name ?? one.request?.path, one.queryCount]))
    expect(counts).toEqual({ '/start': 1, inner: 2 })
  })

  test('beside others keeps its own queries', async () => {
    const { db, list } = await start()

    await Promise.all(
      [1, 2, 3, 4].map((times) =>
        silk.record(`job ${times}`, async () => {
          for (let turn = 0; turn < times; turn++) {
            await db('authors').where({ id: turn })
            await new Promise((resolve) => setTimeout(resolve, 1))
          }
        }),
      ),
    )

    const counts = (await list('kind=job')).map(({ name, queryCount }) => [name, queryCount])
    expect(counts.sort()).toEqual([1, 2, 3, 4].map((times) => [`job ${times}`, times]))
  })

  test.each([
    ['record', '', () => 1, "Expected the name that silk.record(name, fn) is given to be a text, got '' (string)"],
    ['record', 'x', 5, "Expected what silk.record('x', fn) is to run to be a function, got 5 (number)"],
  ] as const)('%s(%j, …) says what is wrong', async (_method, name, fn, message) => {
    await start()

    expect(() => silk.record(name, fn as () => number)).toThrow(message)
  })
})

test('thousands of jobs that begin at one moment are all recorded', async () => {
  const { profiler, json } = await start()
  for (let at = 0; at < 3_000; at++) silk.record('count', () => at)
  await profiler.flush()
  const { process: told, store } = await json<{
    process: { recordings: { stored: number } }
    store: { droppedCount: number }
  }>('/health.json')
  expect(store.droppedCount).toBe(0)
  expect(told.recordings.stored).toBeGreaterThanOrEqual(3_000)
})

test('without a profiler a job is just run', async () => {
  const promise = Promise.resolve(5)

  expect(silk.record('free', () => promise)).toBe(promise)
  expect(silk.record('free', () => 5)).toBe(5)
})

describe('of a script, what was recorded is on disk when its process has ended', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const run = promisify(execFile)

  test.each([
    ['by itself', '', ''],
    ['by itself after profiler.close()', '', 'await profiler.close()'],
    ['by process.exit() inside the job', 'process.exit(0)', ''],
  ])('%s', async (_, inside, after) => {
    const folder = mkdtempSync(join(tmpdir(), 'silk-script-'))
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(
      join(folder, 'script.js'),
      `
import silk from ${JSON.stringify(join(root, 'dist/index.js'))}
import knex from 'knex'
const db = knex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true })
const profiler = silk()
await silk.record('script', async () => {
  await db.raw('select 1 as one')
  ${inside}
})
${after}
await db.destroy()
`,
    )
    const { SILK_ENABLED: _enabled, NODE_ENV: _env, ...env } = process.env

    const { stderr } = await run(process.execPath, ['script.js'], { cwd: folder, env, timeout: 20_000 })

    const store = openSqliteStore({
      file: join(folder, '.silk/silk.db'),
      retentionCount: 100,
      onWarning: (error) => expect.fail(error.message),
    })
    const { items } = await store.reader.requests({ kind: 'job', limit: 10 })
    await store.writer.close()
    expect(items.map(({ name, queryCount }) => [name, queryCount])).toEqual([['script', 1]])
    expect(stderr).toBe('')
  })
})
