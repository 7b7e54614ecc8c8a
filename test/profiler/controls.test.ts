import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'

const APP = fileURLToPath(new URL('fixtures/app.mjs', import.meta.url))

interface Summary {
  readonly id: string
  readonly session: string | null
  readonly request: { readonly url: string }
}

interface App {
  readonly get: (path: string) => Promise<string>
  /** Sends a form of the dashboard. */
  readonly send: (path: string, fields: Readonly<Record<string, string>>) => Promise<Record<string, unknown>>
  readonly recorded: () => Promise<readonly Summary[]>
  readonly end: () => Promise<void>
}

function newStore(): string {
  const folder = mkdtempSync(join(tmpdir(), 'silk-controls-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'silk.db')
}

async function start(store: string, env: Readonly<Record<string, string>> = {}): Promise<App> {
  const child: ChildProcess = spawn(process.execPath, [APP, store], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'development', ...env },
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const [port] = child.stdout ? ((await once(child.stdout, 'data')) as [Buffer]) : []
  const origin = `http://127.0.0.1:${String(port).trim()}`
  const get = async (path: string): Promise<string> => (await fetch(origin + path)).text()
  return {
    get,
    send: async (path, fields) => {
      const page = await fetch(`${origin}/silk/settings/clear.json`)
      const { csrf } = (await page.json()) as { csrf: string }
      const answer = await fetch(`${origin}/silk${path}.json`, {
        method: 'POST',
        headers: { cookie: `silk_csrf=${csrf}` },
        body: new URLSearchParams({ ...fields, _csrf: csrf }),
      })
      return (await answer.json()) as Record<string, unknown>
    },
    recorded: async () => {
      const { items } = JSON.parse(await get('/silk/requests.json')) as { items: Summary[] }
      return items.toReversed()
    },
    end: async () => {
      child.stdin?.end()
      await once(child, 'exit')
    },
  }
}

/** Until the recordings that are asked for are there: the grace for late queries is a tenth of a second. */
async function settled(app: App, count: number): Promise<readonly Summary[]> {
  let recorded = await app.recorded()
  for (let tries = 0; recorded.length < count && tries < 50; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    recorded = await app.recorded()
  }
  return recorded
}

/** Another process looks at most twice a second for what was changed. */
async function untilOthersLook(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 600))
}

const urls = (recorded: readonly Summary[]) => recorded.map(({ request }) => request.url)
const labels = (recorded: readonly Summary[]) => recorded.map(({ session }) => session)

describe('recording that is paused', () => {
  test('in one process is paused in the others, which answer as before, and goes on when it is resumed', async () => {
    const store = newStore()
    const [here, there] = await Promise.all([start(store), start(store)])
    await there.get('/one?before')
    await settled(there, 1)
    expect(await here.send('/recording', { recording: 'pause' })).toEqual({ paused: true })
    await untilOthersLook()
    expect(JSON.parse(await there.get('/one?paused'))).toEqual([{ one: 1 }])
    await here.get('/one?paused')
    await there.get('/job?paused')
    expect(await there.get('/silk/')).toContain('until someone resumes')
    await there.send('/recording', { recording: 'resume' })
    await untilOthersLook()
    await here.get('/one?after')
    expect(urls(await settled(here, 2))).toEqual(['/one?before', '/one?after'])
    expect(JSON.parse(await here.get('/silk/requests.json?kind=background')).items).toEqual([])
    expect(await there.get('/silk/')).not.toContain('until someone resumes')
  })

  test('stays so after a restart', async () => {
    const store = newStore()
    const first = await start(store)
    await first.send('/recording', { recording: 'pause' })
    await first.end()
    const second = await start(store)
    await second.get('/one?first')
    await second.get('/one?second')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await second.recorded()).toEqual([])
    await second.send('/recording', { recording: 'resume' })
    await second.get('/one?resumed')
    expect(urls(await settled(second, 1))).toEqual(['/one?resumed'])
  })
})

describe('a session that is started on the page', () => {
  test('labels what begins from then on, in all processes and after a restart, until it is ended', async () => {
    const store = newStore()
    const [here, there] = await Promise.all([start(store), start(store)])
    await there.get('/one?none')
    await settled(there, 1)
    await here.send('/sessions', { session: ' before the index ' })
    await here.get('/one?here')
    await new Promise((resolve) => setTimeout(resolve, 600))
    await there.get('/one?there')
    await settled(there, 3)
    await there.end()
    const again = await start(store)
    await again.get('/one?again')
    await settled(again, 4)
    await here.send('/sessions', { session: '' })
    await here.get('/one?end')
    expect(labels(await settled(here, 5))).toEqual([
      null,
      'before the index',
      'before the index',
      'before the index',
      null,
    ])
  })

  test('leaves a process alone that has a label of its own', async () => {
    const store = newStore()
    const [own, other] = await Promise.all([start(store, { SILK_SESSION: 'ci' }), start(store)])
    expect(await own.send('/sessions', { session: 'page' })).toEqual({ session: 'page', ownSession: 'ci' })
    await own.get('/one')
    await settled(own, 1)
    await other.get('/one')
    expect(labels(await settled(own, 2))).toEqual(['ci', 'page'])
  })
})

describe('a CPU profile that is asked for on a page', () => {
  test('is taken by the process that the next request comes to, once', async () => {
    const store = newStore()
    const [here, there] = await Promise.all([start(store), start(store)])
    const awaited = async (app: App) =>
      JSON.parse(await app.get('/silk/cpu-profiles.json')).awaited as readonly object[]
    await there.get('/one?before')
    await settled(there, 1)
    await here.send('/cpu-profiles', { profile: 'next', method: 'GET', route: '/one' })
    await untilOthersLook()
    expect(await awaited(there)).toMatchObject([{ method: 'GET', route: '/one', trigger: 'page' }])
    expect(await there.get('/silk/cpu-profiles')).toContain('in whichever process of the app it comes to')
    await there.get('/one?profiled')
    const [, profiled] = await settled(here, 2)
    await untilOthersLook()
    await here.get('/one?after')
    await there.get('/one?after')
    await settled(here, 4)
    const { items } = JSON.parse(await here.get('/silk/cpu-profiles.json'))
    expect(items).toMatchObject([{ trigger: 'page', recording: { id: profiled?.id } }])
    expect(await awaited(here)).toEqual([])
  })

  test('is waited for no longer when another process’s page says so, nor after an hour', async () => {
    const store = newStore()
    const [here, there] = await Promise.all([start(store), start(store)])
    await there.get('/one?before')
    await settled(there, 1)
    await here.send('/cpu-profiles', { profile: 'next' })
    await untilOthersLook()
    expect(await there.send('/cpu-profiles', { profile: 'cancel' })).toEqual({ awaited: [] })
    await here.send('/cpu-profiles', { profile: 'next', method: 'GET', route: '/one' })
    const file = new Database(store)
    file.prepare('UPDATE awaited_profiles SET since_us = since_us - 3601 * 1000000').run()
    file.close()
    await untilOthersLook()
    await there.get('/one?late')
    await settled(there, 2)
    expect(JSON.parse(await there.get('/silk/cpu-profiles.json'))).toMatchObject({ items: [], awaited: [] })
  })
})

test.each([
  ['/recording', { recording: 'stop' }, 'The field "recording" has the value "stop"; allowed: pause, resume'],
  ['/recording', { recording: 'pause', back: '//evil.example/' }, 'an address of ours'],
  ['/sessions', { session: 'x'.repeat(81) }, 'allowed: a label of 1 to 80 characters'],
  ['/sessions', { session: 'two\nlines' }, 'allowed: a label of 1 to 80 characters'],
])('a form to %s with %j is refused', async (path, fields, message) => {
  const app = await start(':memory:')
  expect(await app.send(path, fields)).toMatchObject({
    error: { status: 400, message: expect.stringContaining(message) },
  })
  expect(await app.get('/silk/')).not.toContain('until someone resumes')
})
