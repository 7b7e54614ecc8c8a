import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ALL_TIME, naive, request } from './sample-recordings.js'
import { BUILT_STORE, fixture, openStore, tempFolder } from './temp-store.js'

const run = promisify(execFile)

/** Runs fixtures/record.mjs to its end; fails when it does not end by itself. */
async function record(file: string, count: number, end: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await run(process.execPath, [fixture('record.mjs'), BUILT_STORE, file, String(count), end], {
    timeout: 25_000,
    env: { ...process.env, ...env },
  })
  return stdout
}

/** Another process holds the write lock until `release`. */
async function holdLock(file: string): Promise<{ readonly release: () => Promise<void> }> {
  const driver = new URL('./sqlite-driver.js', BUILT_STORE).href
  const child: ChildProcess = spawn(process.execPath, [fixture('hold-lock.mjs'), driver, file])
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  if (child.stdout) await once(child.stdout, 'data')
  return {
    release: async () => {
      child.stdin?.end()
      await once(child, 'exit')
    },
  }
}

describe('several processes', () => {
  test('8 that start on one new file at once all record', async () => {
    const file = join(tempFolder(), 'new', '.silk', 'silk.db')
    const outputs = await Promise.all(Array.from({ length: 8 }, () => record(file, 25, 'close')))
    expect(outputs).toEqual(Array.from({ length: 8 }, () => ''))
    const { store } = openStore({ file })
    expect(await store.reader.status()).toMatchObject({ recordingCount: 200, problem: null })
    expect((await store.reader.overview(ALL_TIME)).requestCount).toEqual(200)
  })

  test('two stores on one file see what the other has recorded', async () => {
    const one = openStore()
    const two = openStore({ file: one.file })
    one.store.writer.push(naive())
    two.store.writer.push(naive())
    await Promise.all([one.store.writer.flush(), two.store.writer.flush()])
    expect((await one.store.reader.requests({ limit: 10 })).items.length).toEqual(2)
    expect((await two.store.reader.overview(ALL_TIME)).requestCount).toEqual(2)
  })

  test('what one has cleared is written again by another, texts included', async () => {
    const one = openStore()
    const two = openStore({ file: one.file })
    one.store.writer.push(naive())
    await one.store.writer.flush()
    await two.store.writer.clear()
    const recorded = naive({}, 1)
    one.store.writer.push(recorded)
    await one.store.writer.flush()
    expect((await two.store.reader.request(recorded.recording.id))?.recording).toEqual(recorded.recording)
  })

  test('one that holds the lock does not stop the other, whose recordings come when it lets go', async () => {
    const { store, file, warnings } = openStore({ flushIntervalMs: 5 })
    store.writer.push(request())
    await store.writer.flush()
    const lock = await holdLock(file)
    let turns = 0
    const turning = setInterval(() => turns++, 1)
    for (let count = 0; count < 20; count++) {
      store.writer.push(request({}, count + 1))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    clearInterval(turning)
    // Busy waiting of only 100 ms in each of the tries would leave no turn for the timer.
    expect(turns).toBeGreaterThan(50)
    expect(await store.reader.status()).toMatchObject({ recordingCount: 1, queuedCount: 20, droppedCount: 0 })
    await lock.release()
    await store.writer.flush()
    expect(await store.reader.status()).toMatchObject({ recordingCount: 21, queuedCount: 0, problem: null })
    expect(warnings).toEqual([])
  })
})

describe('the end of a process', () => {
  test('by process.exit() leaves on disk what was pushed just before, even in a new file', async () => {
    const file = join(tempFolder(), 'silk.db')
    await record(file, 30, 'exit')
    await record(file, 12, 'exit')
    const { store } = openStore({ file })
    expect((await store.reader.status()).recordingCount).toEqual(42)
  })

  test('comes by itself, with the store open', async () => {
    expect(await record(join(tempFolder(), 'silk.db'), 3, 'idle')).toEqual('read\n')
  })

  test('takes a temporary store with it', async () => {
    const folder = tempFolder()
    for (const end of ['idle', 'exit', 'close']) await record(':memory:', 3, end, { TMPDIR: folder })
    const { stdout } = await run('ls', [folder])
    expect(stdout).toEqual('')
  })
})

test.each([
  ['by the command line', ['--import', 'tsx', '--inspect=0'], ''],
  ['by NODE_OPTIONS', [], '--import tsx --enable-source-maps'],
])(
  "the app's own --import and --inspect, given %s, do not disturb the store's worker",
  async (_, options, inherited) => {
    const file = join(tempFolder(), 'silk.db')
    const { stdout } = await run(
      process.execPath,
      [...options, fixture('record.mjs'), BUILT_STORE, file, '3', 'idle'],
      {
        timeout: 25_000,
        env: { ...process.env, NODE_OPTIONS: inherited },
      },
    )
    expect(stdout).toEqual('read\n')
  },
)
