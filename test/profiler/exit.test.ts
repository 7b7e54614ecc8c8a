import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteStore } from '#dist/store/sqlite-store.js'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))

const app = (ending: string, hanging = ''): string => `
import express from 'express'
import silk from ${JSON.stringify(join(root, 'dist/index.js'))}
import knex from 'knex'

const db = knex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true })
const profiler = silk()
const app = express()
app.use(profiler)
app.get('/', async (_req, res) => {
  await db.raw('select 1 as one')
  res.end()
})
app.get('/hangs', async () => {
  await db.raw('select 2 as two')
  ${hanging}
})
const server = app.listen(0, '127.0.0.1', async () => {
  await (await fetch('http://127.0.0.1:' + server.address().port)).text()
  ${ending}
})
`

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'silk-exit-'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function runApp(text: string): Promise<{ readonly stderr: string; readonly requests: readonly unknown[] }> {
  writeFileSync(join(folder, 'app.js'), text)
  const { SILK_ENABLED: _enabled, NODE_ENV: _env, ...env } = process.env
  const { stderr } = await run(process.execPath, ['app.js'], { cwd: folder, env, timeout: 20_000 })
  const store = openSqliteStore({
    file: join(folder, '.silk/silk.db'),
    retentionCount: 100,
    onWarning: (error) => expect.fail(error.message),
  })
  const { items } = await store.reader.requests({ kind: 'request', limit: 10 })
  await store.writer.close()
  return { stderr, requests: items.map(({ url, queryCount, status }) => [url, queryCount, status]) }
}

describe('what was recorded is on disk when the process has ended', () => {
  test.each([
    ['by itself, without profiler.close()', 'server.close(); server.closeAllConnections(); await db.destroy()'],
    ['by process.exit() right after the response', 'process.exit(0)'],
    [
      'by profiler.close() and itself',
      'await profiler.close(); server.close(); server.closeAllConnections(); await db.destroy()',
    ],
  ])('%s', async (_, ending) => {
    const { stderr, requests } = await runApp(app(ending))
    expect(requests).toEqual([['/', 1, 200]])
    expect(stderr).toBe('')
  })

  test('by process.exit() in the midst of a request, which is there as it stands', async () => {
    const ask = "fetch('http://127.0.0.1:' + server.address().port + '/hangs').catch(() => {})"
    const { stderr, requests } = await runApp(app(ask, 'process.exit(0)'))
    expect(requests).toEqual([
      ['/hangs', 1, null],
      ['/', 1, 200],
    ])
    expect(stderr).toBe('')
  })
})
