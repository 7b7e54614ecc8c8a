import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadSqliteDriver } from '#dist/store/sqlite-driver.js'
import { fixture, tempFolder } from './temp-store.js'

const REQUESTS = 600
const AT_ONCE = 16

test('four processes of a cluster share one file under load: each request is in it once, or counted as left out, and nobody hears of a lock', async () => {
  const file = join(tempFolder(), 'silk.db')
  const { NODE_ENV: _, ...env } = process.env
  const child = fork(fixture('cluster.mjs'), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...env, SILK_STORE: file, SILK_ENABLED: '1' },
  })
  onTestFinished(() => child.disconnect())
  let stderr = ''
  child.stderr?.on('data', (text) => {
    stderr += text
  })
  const [{ port }] = await once(child, 'message')

  const pids = new Set<number>()
  const statuses = new Set<number>()
  const recorded: string[] = []
  const client = async (first: number): Promise<void> => {
    for (let at = first; at < REQUESTS; at += AT_ONCE) {
      // Each on a connection of its own, so that all of the processes get some.
      const answer = await fetch(`http://127.0.0.1:${port}/one?n=${at}`, { headers: { connection: 'close' } })
      statuses.add(answer.status)
      if (answer.headers.has('x-silk-id')) recorded.push(`/one?n=${at}`)
      pids.add(((await answer.json()) as { pid: number }).pid)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, first) => client(first)))
  child.send('close')
  const [{ leftOut }] = (await once(child, 'message')) as [{ readonly leftOut: readonly number[] }]

  expect([...statuses]).toEqual([200])
  expect(pids.size).toBe(4)
  const Driver = loadSqliteDriver()
  const db = new Driver(file, { fileMustExist: true, timeout: 5_000 })
  const urls = db.prepare(`SELECT url FROM recordings WHERE url LIKE '%?n=%'`).pluck().all() as string[]
  const isSound = db.pragma('integrity_check', { simple: true })
  db.close()
  expect(urls.toSorted()).toEqual(recorded.toSorted())
  expect(urls.length + leftOut.reduce((sum, count) => sum + count, 0)).toBe(REQUESTS)
  expect(isSound).toBe('ok')
  expect(stderr).not.toMatch(/SilkWarning|locked|SQLITE_BUSY/)
}, 120_000)
