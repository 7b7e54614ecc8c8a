import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ReplaySource, regressionTestOf, replayOf } from '../../src/codegen/index.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'silk-generated-'))

/** An app as one might have it, whose loading way is chosen from outside. */
const APP = `
import express from 'express'
import knex from 'knex'

const db = knex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true })
await db.schema.createTable('books', (table) => { table.integer('id'); table.integer('author_id') })
await db('books').insert([1, 2, 3, 4, 5, 6, 7, 8].map((id) => ({ id, author_id: id })))

export const app = express()
app.use(express.json())
app.post('/authors/:name', async (req, res) => {
  const ids = [1, 2, 3, 4, 5, 6, 7, 8]
  if (process.env.LOAD === 'eager') await db('books').whereIn('author_id', ids)
  else for (const id of ids) await db('books').where('author_id', id)
  res.set('x-password', req.body.password).json({ name: req.params.name, body: req.body.note, odd: req.get('x-odd') })
})
`
const CONFIG = `
export default {
  resolve: { alias: [
    { find: /^express-silk$/, replacement: ${JSON.stringify(join(root, 'dist/index.js'))} },
    { find: /^express-silk\\/testing$/, replacement: ${JSON.stringify(join(root, 'dist/testing/index.js'))} },
  ] },
  test: { include: ['test/*.test.ts'], server: { deps: { external: [/\\/dist\\//] } } },
}
`

beforeAll(() => {
  mkdirSync(join(folder, 'src'))
  mkdirSync(join(folder, 'test'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'src/app.ts'), APP)
  writeFileSync(join(folder, 'vitest.config.js'), CONFIG)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const NOTE = `'"\`$(id) \${process.exit(1)} \\ \u2028 ü`
const ODD = `\`\${1}\\`
const source: ReplaySource = {
  request: {
    method: 'POST',
    url: "/authors/o'neil%60$%7B1%7D?x=%24%7B2%7D",
    path: "/authors/o'neil%60$%7B1%7D",
    route: '/authors/:name',
    headers: { 'content-type': 'application/json', 'x-odd': ODD, cookie: 'sid=[redacted]' },
    body: {
      format: 'json',
      text: `{"note":${JSON.stringify(NOTE)},"password":"[redacted]"}`,
      truncated: false,
      bytes: 100,
    },
  },
  response: { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } },
  queryCount: 8,
}
const finding = { kind: 'n-plus-one', message: '8 of 8 queries are the same\nstatement */', count: 8 }

/** Runs a test of somebody's app. */
function runTest(code: string, env: Readonly<Record<string, string>>): Promise<{ passed: boolean; out: string }> {
  writeFileSync(join(folder, 'test/generated.test.ts'), code)
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const given = { cwd: folder, env: { ...process.env, COOKIE_SID: 's', BODY_PASSWORD: 'pw', NO_COLOR: '1', ...env } }
  return new Promise((resolve) => {
    execFile(process.execPath, [vitest, 'run', '--reporter=verbose'], given, (error, stdout, stderr) => {
      resolve({ passed: error === null, out: stdout + stderr })
    })
  })
}

describe('the test of a request', () => {
  const code = replayOf(source, '')?.code.test ?? ''

  test('passes as long as the app answers as it did', async () => {
    const { passed, out } = await runTest(code, { LOAD: 'naive' })

    expect(out).toContain('POST /authors/:name answers 200')
    expect(passed, out).toBe(true)
  })

  test('sends what was sent', async () => {
    const told = `${code}\ntest('body', () => {})`.replace(
      'expect(response.status)',
      `expect(response.body).toEqual({ name: "o'neil\`\${1}", body: ${JSON.stringify(NOTE)}, odd: '\`\${1}\\\\' })
  expect(response.headers['x-password']).toBe('pw')
  expect(response.status)`,
    )
    const { passed, out } = await runTest(told, { LOAD: 'naive' })

    expect(passed, out).toBe(true)
  })

  test('fails when there are other queries', async () => {
    const { passed, out } = await runTest(code, { LOAD: 'eager' })

    expect(passed).toBe(false)
    expect(out).toContain('expect(queryCount).toBe(8)')
  })
})

describe('the regression test of a finding', () => {
  const code = regressionTestOf(source, finding, '') ?? ''

  test('fails while the finding is there', async () => {
    const { passed, out } = await runTest(code, { LOAD: 'naive' })

    expect(passed).toBe(false)
    expect(out).toContain('expect(queryCount).toBeLessThanOrEqual(1)')
  })

  test('passes when it is fixed', async () => {
    const { passed, out } = await runTest(code, { LOAD: 'eager' })

    expect(out).toContain('POST /authors/:name has no n-plus-one')
    expect(passed, out).toBe(true)
  })

  test('looks for the finding itself, within any budget', async () => {
    const { passed, out } = await runTest(code.replace('OrEqual(1)', 'OrEqual(100)'), { LOAD: 'naive' })

    expect(passed).toBe(false)
    expect(out).toContain('occurrences.filter')
  })
})
