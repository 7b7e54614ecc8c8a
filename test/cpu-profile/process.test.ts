import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openSqliteStore } from '#dist/store/sqlite-store.js'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))

/** An app of its own process; what it says on its last line. */
async function runApp(
  body: string,
  flags: readonly string[] = [],
): Promise<{ told: unknown; stderr: string; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'silk-cpu-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(
    join(folder, 'app.js'),
    `
import { Worker, isMainThread, parentPort } from 'node:worker_threads'
import express from 'express'
import silk from ${JSON.stringify(join(root, 'dist/index.js'))}
const SECRET = 'f2c9b7d41e8a40d6'
const isLoaded = () => process.moduleLoadList.includes('NativeModule inspector')
async function withApp(use) {
  const profiler = silk({ store: ':memory:', cpuProfile: { secret: SECRET, perMinute: 100 } })
  const app = express()
  app.use(profiler)
  app.get('/', function handler(_req, res) {
    const until = performance.now() + 60
    while (performance.now() < until);
    res.json(1)
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const origin = 'http://127.0.0.1:' + server.address().port
  const get = async (path, headers) => (await fetch(origin + path, { headers })).text()
  const ask = () => get('/', { 'x-silk-profile': SECRET })
  const profiles = async () => {
    await profiler.flush()
    return JSON.parse(await get('/silk/cpu-profiles.json')).items
  }
  await use({ get, ask, profiles, profiler })
  server.close()
  server.closeAllConnections()
}
const tell = (told) => (isMainThread ? console.log(JSON.stringify(told)) : parentPort.postMessage(told))
${body}
`,
  )
  const { SILK_ENABLED: _enabled, NODE_ENV: _env, ...env } = process.env
  // That the process ends by itself is what is waited for here.
  const { stdout, stderr } = await run(process.execPath, [...flags, 'app.js'], { cwd: folder, env, timeout: 40_000 })
  return { told: JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null'), stderr, folder }
}

describe('the inspector', () => {
  test('is loaded with the first profile, and no sooner; the process ends by itself', async () => {
    const { told, stderr } = await runApp(`await withApp(async ({ get, ask, profiles }) => {
      await get('/', { 'x-silk-profile': 'another-secret-of-24-chars' })
      await get('/silk/cpu-profiles')
      const before = isLoaded()
      await ask()
      tell({ before, after: isLoaded(), profiles: (await profiles()).length })
    })`)

    expect(told).toEqual({ before: false, after: true, profiles: 1 })
    expect(stderr).toBe('')
  })

  test('of an app that profiles itself goes on as it was', async () => {
    const { told } = await runApp(`await withApp(async ({ ask, profiles }) => {
      const { Session } = await import('node:inspector/promises')
      const own = new Session()
      own.connect()
      await own.post('Profiler.enable')
      await own.post('Profiler.start')
      await ask()
      const { profile } = await own.post('Profiler.stop')
      own.disconnect()
      const has = (name) => profile.nodes.some(({ callFrame }) => callFrame.functionName === name)
      tell({ profiles: (await profiles()).length, ownHasHandler: has('handler') })
    })`)

    expect(told).toEqual({ profiles: 1, ownHasHandler: true })
  })

  test('samples the thread that the app is in, also where that is a worker', async () => {
    const { told } = await runApp(`
if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url))
  worker.once('message', tell)
} else {
  await withApp(async ({ get, ask, profiles }) => {
    await ask()
    const [{ recording }] = await profiles()
    const file = await get('/silk/requests/' + recording.id + '/cpu-profile.cpuprofile')
    tell(JSON.parse(file).nodes.some(({ callFrame }) => callFrame.functionName === 'handler'))
  })
}`)

    expect(told).toBe(true)
  })

  test.each([['--cpu-prof'], ['--inspect=127.0.0.1:0']])('is there beside that of node %s', async (flag) => {
    const { told } = await runApp(
      'await withApp(async ({ ask, profiles }) => { await ask(); tell((await profiles()).length) })',
      [flag],
    )

    expect(told).toBe(1)
  })

  test('that cannot be used changes no answer; it is one warning, and counted', async () => {
    const { told, stderr } = await runApp(`
process.getBuiltinModule = () => { throw new Error('There is no inspector in this Node.') }
await withApp(async ({ get, ask, profiles }) => {
  const answers = [await ask(), await ask()]
  const found = (await profiles()).length
  tell({ answers, found, failed: JSON.parse(await get('/silk/cpu-profiles.json')).counts.failed })
})`)

    expect(told).toEqual({ answers: ['1', '1'], found: 0, failed: 2 })
    expect(stderr.match(/There is no inspector/g)?.length).toBe(1)
  })
})

describe('a process that ends while one is profiled', () => {
  test('by itself has the profile on disk', async () => {
    const { folder } = await runApp(`
const profiler = silk({ cpuProfile: { shouldProfile: () => true } })
const app = express()
app.use(profiler)
app.get('/', (_req, res) => void res.json(1))
const server = app.listen(0, '127.0.0.1', async () => {
  await (await fetch('http://127.0.0.1:' + server.address().port)).text()
  tell(true)
  server.close()
  server.closeAllConnections()
})`)

    const { reader, writer } = openSqliteStore({
      ...{ file: join(folder, '.silk/silk.db'), retentionCount: 100 },
      onWarning: (error) => expect.fail(error.message),
    })
    const profiles = await reader.cpuProfiles()
    await writer.close()
    expect(profiles.map(({ recording }) => recording.path)).toEqual(['/'])
  })

  test('is not kept alive by what goes on for ever', async () => {
    const { told } = await runApp(`
const profiler = silk({ store: ':memory:', cpuProfile: { slowerThanMs: 1, maxMs: 60_000 } })
silk.record('job', () => { const until = performance.now() + 30; while (performance.now() < until); })
await profiler.flush()
silk.record('job', () => new Promise(() => {}))
tell(isLoaded())`)

    expect(told).toBe(true)
  })

  test('by process.exit() ends at once', async () => {
    const { told } = await runApp(`await withApp(async ({ get }) => {
      setTimeout(() => { tell(true); process.exit(0) }, 50)
      await get('/', { 'x-silk-profile': SECRET })
      await new Promise(() => {})
    })`)

    expect(told).toBe(true)
  })
})
