import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadSqliteDriver } from '#dist/store/sqlite-driver.js'
import { type App, startApp } from '../faults/support/start-app.js'
import { tempFolder } from '../store/temp-store.js'

/** How many processes are killed; `npm run test:kill` takes 200. */
const KILLS = Number(process.env.SILK_TEST_KILLS ?? 10)
/** They write to one file, so many at a time. */
const AT_ONCE = 2
/**
 * What was answered so long before the end is stored, in most lives. On a quiet machine it takes half a second: late
 * queries are waited for 100 ms, the tick that sees it comes within 100, the batch within 200. A process that gets hardly
 * any of the machine takes longer, so that no single life can be held to it; what a flush has confirmed is there always.
 */
const STORED_AFTER_MS = 3_000

interface Life {
  /** The addresses that were answered, and when. */
  readonly answered: ReadonlyMap<string, number>
  /** Those that were answered before a flush was done. */
  readonly flushed: ReadonlySet<string>
  readonly endedAt: number
}

const lost: number[] = []

/** Lets an app answer for a random time, and kills it in the middle of it. */
async function live(file: string, name: string, signal: NodeJS.Signals): Promise<Life> {
  const app = await startApp({ store: file, options: { retention: { count: 1_000_000 } } })
  const answered = new Map<string, number>()
  let flushed = new Set<string>()
  let endedAt = 0
  const lifeMs = 200 + Math.random() * 3_800
  const timer = setTimeout(() => {
    endedAt = performance.now()
    process.kill(app.pid, signal)
  }, lifeMs)
  const flushing = setTimeout(() => void flush(app), lifeMs * Math.random())

  async function flush(of: App): Promise<void> {
    const before = new Set(answered.keys())
    await of.command('flush')
    if (endedAt === 0) flushed = before
  }

  async function ask(worker: number): Promise<void> {
    for (let count = 0; ; count++) {
      const path = `/${count % 10 === 0 ? 'many' : 'one'}?n=${name}-${worker}-${count}`
      try {
        await (await fetch(app.origin + path)).text()
      } catch {
        return
      }
      answered.set(path, performance.now())
    }
  }

  await Promise.all([ask(0), ask(1), ask(2)])
  clearTimeout(timer)
  clearTimeout(flushing)
  return { answered, flushed, endedAt }
}

/** Asks the file, by SQLite itself. */
function look<T>(file: string, ask: (db: ReturnType<typeof open>) => T): T {
  const db = open(file)
  try {
    return ask(db)
  } finally {
    db.close()
  }
}

function open(file: string) {
  const Driver = loadSqliteDriver()
  return new Driver(file, { fileMustExist: true, timeout: 5_000 })
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

afterAll(() => {
  if (lost.length === 0) return
  const [usually, most] = [median(lost), Math.max(...lost)].map((ms) => ms.toFixed(0))
  console.info(`${KILLS} kills: the oldest request lost ended ${usually} ms before, in the median; ${most} at most`)
})

test(
  `${KILLS} processes that are killed at random under load leave a sound file, and lose the last moments only`,
  async () => {
    const file = join(tempFolder(), 'silk.db')
    const lives: Life[] = []
    for (let round = 0; round < KILLS / AT_ONCE; round++) {
      const signal = round % 2 === 0 ? 'SIGKILL' : 'SIGTERM'
      lives.push(
        ...(await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => live(file, `${round}.${at}`, signal)))),
      )
      // Whoever is killed at once has made no file.
      if (existsSync(file)) expect(look(file, (db) => db.pragma('integrity_check', { simple: true }))).toBe('ok')
    }

    const urls = look(
      file,
      (db) => db.prepare(`SELECT url FROM recordings WHERE url LIKE '%?n=%'`).pluck().all() as string[],
    )
    const stored = new Set(urls)
    expect(urls.length).toBe(stored.size)
    expect(stored.size).toBeGreaterThan(KILLS)
    for (const { answered, flushed, endedAt } of lives) {
      const missing = [...answered].filter(([url]) => !stored.has(url))
      lost.push(Math.max(0, ...missing.map(([, at]) => endedAt - at)))
      expect(missing.filter(([url]) => flushed.has(url))).toEqual([])
    }
    expect(median(lost)).toBeLessThan(STORED_AFTER_MS)
  },
  60_000 + KILLS * 10_000,
)
