import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))

/** An app of its own process, which says what silk did to it. */
const APP = `
import express from 'express'
import silk from 'express-silk'
import knex from 'knex'

const { query } = knex.Client.prototype
const before = process.listenerCount('exit')
const profiler = silk()
const exitListeners = process.listenerCount('exit') - before
const app = express()
app.use(profiler)
app.get('/', (_req, res) => res.send('served'))
app.use((_req, res) => res.status(404).send('the app\\'s own 404'))
const server = app.listen(0, '127.0.0.1', async () => {
  const origin = 'http://127.0.0.1:' + server.address().port
  const served = await (await fetch(origin)).text()
  const silkPage = await fetch(origin + '/silk', { headers: { connection: 'close' } })
  const silkText = await silkPage.text()
  await profiler.flush()
  await profiler.close()
  console.log(JSON.stringify({
    served,
    silkStatus: silkPage.status,
    ownNotFound: silkText === 'the app\\'s own 404',
    nativeModules: process.report.getReport().sharedObjects.filter((file) => file.includes('sqlite')).length,
    knexPatched: knex.Client.prototype.query !== query,
    exitListeners,
    activeTimers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
    workers: process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length,
  }))
  server.close()
  server.closeAllConnections()
})
`

const NOTHING = {
  served: 'served',
  silkStatus: 404,
  ownNotFound: true,
  nativeModules: 0,
  knexPatched: false,
  exitListeners: 0,
  activeTimers: 0,
  workers: 0,
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'silk-off-'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'app.js'), APP)
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  // The package finds itself by name only below its own folder.
  writeFileSync(join(folder, 'app.js'), APP.replace("'express-silk'", JSON.stringify(join(root, 'dist/index.js'))))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function start(env: Record<string, string>): Promise<{ readonly seen: unknown; readonly warnings: string }> {
  const { SILK_ENABLED: _enabled, NODE_ENV: _env, ...inherited } = process.env
  const { stdout, stderr } = await run(process.execPath, ['app.js'], {
    cwd: folder,
    env: { ...inherited, ...env },
    timeout: 20_000,
  })
  return { seen: JSON.parse(stdout), warnings: stderr }
}

describe('off means off: no native module, hook, file, timer or worker, and /silk is the app’s own 404', () => {
  test.each([
    [{ NODE_ENV: 'production' }],
    [{ SILK_ENABLED: '0' }],
    [{ SILK_ENABLED: 'false' }],
    [{ SILK_ENABLED: 'Off' }],
    [{ SILK_ENABLED: 'no' }],
  ])('with %j', async (env) => {
    const { seen, warnings } = await start(env)

    expect(seen).toEqual(NOTHING)
    expect(warnings).toBe('')
    expect(existsSync(join(folder, '.silk'))).toBe(false)
  })

  test('a malformed SILK_ENABLED is off with one warning in production', async () => {
    const { seen, warnings } = await start({ NODE_ENV: 'production', SILK_ENABLED: 'maybe' })

    expect(seen).toEqual(NOTHING)
    expect(warnings.match(/SILK_ENABLED/g)?.length).toBe(1)
  })

  test('a malformed SILK_ENABLED is an error in development', async () => {
    await expect(start({ SILK_ENABLED: 'maybe' })).rejects.toThrow(/SILK_ENABLED.*maybe/)
  })
})

describe('on', () => {
  test.each([[{}], [{ SILK_ENABLED: 'on', NODE_ENV: 'production' }]])('with %j', async (env) => {
    const { seen } = await start(env)

    expect(seen).toMatchObject({ served: 'served', ownNotFound: false, exitListeners: 1 })
    expect(existsSync(join(folder, '.silk', 'silk.db'))).toBe(true)
    expect(existsSync(join(folder, '.silk', '.gitignore'))).toBe(true)
  })
})
