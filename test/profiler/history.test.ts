import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

// Each process has a database of its own; the store in .silk/ is shared.
const APP = `
import express from 'express'
import silk from ${JSON.stringify(join(root, 'dist/index.js'))}
import knex from 'knex'

const db = knex({ client: 'better-sqlite3', connection: ':memory:', useNullAsDefault: true, pool: { min: 1, max: 1 } })
await db.schema.createTable('settings', (table) => table.string('name'))
await db.schema.createTable('flags', (table) => table.string('name'))
await db('settings').insert([{ name: 'theme' }, { name: 'mail' }])
const app = express()
app.use(silk())
app.get('/start/:id', async function start(req, res) {
  const settings = await loadSettings()
  const flags = await db('flags')
  await db('flags').insert({ name: req.params.id })
  res.json({ settings, flags: flags.length })
})
async function loadSettings() {
  return db('settings')
}
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
`

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'silk-history-'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'app.js'), APP)
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Process {
  readonly child: ChildProcess
  readonly get: (path: string) => Promise<Response>
}

async function start(): Promise<Process> {
  const { SILK_ENABLED: _enabled, NODE_ENV: _env, ...env } = process.env
  const child = spawn(process.execPath, ['app.js'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { child, get: (path) => fetch(`http://127.0.0.1:${port}${path}`) }
}

interface Found {
  readonly kind: string
  readonly recordingCount: number
  readonly message: string
  readonly callSite: { readonly file: string; readonly line: number; readonly function: string }
}

async function cacheable({ get }: Process): Promise<readonly Found[]> {
  const { items } = (await (await get('/silk/findings.json')).json()) as { readonly items: readonly Found[] }
  return items.filter(({ kind }) => kind === 'repeated-across-requests')
}

test('what all requests ask is found over two processes, of which one is dead', async () => {
  const first = await start()
  for (let id = 0; id < 15; id++) await (await first.get(`/start/${id}`)).text()
  await expect
    .poll(async () => ((await (await first.get('/silk/requests.json')).json()) as { total: number }).total)
    .toEqual(15)
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')

  const second = await start()
  for (let id = 15; id < 30; id++) await (await second.get(`/start/${id}`)).text()
  await expect
    .poll(async () => (await cacheable(second))[0]?.recordingCount, { timeout: 45_000, interval: 250 })
    .toEqual(30)
  const [found, ...others] = await cacheable(second)
  // The flags are read as often, and written as often.
  expect(others).toEqual([])
  expect(found?.message).toEqual(
    '30 of the latest 30 requests ran this statement with the same values, and meanwhile nothing wrote to `settings`',
  )
  expect(found?.callSite).toMatchObject({ file: 'app.js', function: 'loadSettings' })
  const page = await (await second.get('/silk/findings?window=all')).text()
  expect(page).toContain('>Cacheable</span>')
  expect(page).toContain('30 of 30 requests')
}, 90_000)
