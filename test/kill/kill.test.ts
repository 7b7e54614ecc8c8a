import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { loadSqliteDriver } from '#dist/store/sqlite-driver.js'
import { startApp } from '../faults/support/start-app.js'
import { tempFolder } from '../store/temp-store.js'
import { clockMs, type Journal, readJournal } from './support/read-journal.js'

/** How many processes are killed; `npm run test:kill` takes 200. */
const KILLS = Number(process.env.SILK_TEST_KILLS ?? 10)
const JOURNAL = new URL('./support/journal.mjs', import.meta.url).href
/**
 * What ended so long before the kill is stored: late queries are waited for 100 ms, the look that sees it comes within
 * 100, its batch within 200, and 100 are for the work itself. To this is added what the app's own journal tells to have
 * been in its way since: a late event loop, a locked file. So the bound is strict, and no busy machine breaks it.
 */
const STORED_AFTER_MS = 500

interface Life {
  readonly name: string
  /** The addresses whose answers told that they are recorded: under overload requests are left out, and counted. */
  readonly recorded: ReadonlySet<string>
  /** Those that were answered before a flush was done. */
  readonly flushed: ReadonlySet<string>
  /** When a first flush was done: until then the file may have to be made. */
  readonly readyAtMs: number
  readonly killedAtMs: number
  readonly journal: Journal
}

interface Death {
  readonly signal: NodeJS.Signals
  /** Between two requests of a client. Where they come fast, batches are written because they are full. */
  readonly pauseMs: number
  /** When a second flush is asked for, of the whole life; 1: never. */
  readonly flushAt: number
}

/** Lets an app answer for a random time, and kills it in the middle of it. */
async function live(file: string, name: string, { signal, pauseMs, flushAt }: Death): Promise<Life> {
  const journal = `${file}.${name}.journal`
  const app = await startApp({
    store: file,
    options: { retention: { count: 1_000_000 } },
    execArgv: ['--import', JOURNAL],
    env: { SILK_TEST_JOURNAL: journal },
  })
  const recorded = new Set<string>()
  let flushed: ReadonlySet<string> = new Set()
  let readyAtMs = Number.POSITIVE_INFINITY
  let killedAtMs = Number.POSITIVE_INFINITY
  const lifeMs = 200 + Math.random() * 3_800
  const timer = setTimeout(() => {
    killedAtMs = clockMs()
    process.kill(app.pid, signal)
  }, lifeMs)
  const flushing = setTimeout(() => void flush(), lifeMs * flushAt)

  async function flush(): Promise<void> {
    const before = new Set(recorded)
    await app.command('flush')
    if (killedAtMs !== Number.POSITIVE_INFINITY) return
    flushed = before
    readyAtMs = Math.min(readyAtMs, clockMs())
  }

  /** @returns false: the app is gone */
  async function ask(path: string): Promise<boolean> {
    try {
      const answer = await fetch(app.origin + path)
      await answer.text()
      if (answer.headers.has('x-silk-id')) recorded.add(path)
      return true
    } catch {
      return false
    }
  }

  async function goOnAsking(client: number): Promise<void> {
    let count = 0
    while (await ask(`/${count % 10 === 0 ? 'many' : 'one'}?n=${name}-${client}-${count}`)) {
      if (client === 0 && count === 0) void flush()
      if (pauseMs > 0) await pause(pauseMs)
      count++
    }
  }

  await Promise.all([goOnAsking(0), goOnAsking(1), goOnAsking(2)])
  clearTimeout(timer)
  clearTimeout(flushing)
  return { name, recorded, flushed, readyAtMs, killedAtMs, journal: readJournal(journal, killedAtMs) }
}

/** What was lost of a life, and how long before the kill the oldest of it had ended. */
interface Loss {
  readonly name: string
  readonly ageMs: number
  readonly allowedMs: number
}

function lossOf({ name, recorded, readyAtMs, killedAtMs, journal }: Life, stored: ReadonlySet<string>): Loss {
  const oldest = journal.ended.find(({ url }) => recorded.has(url) && !stored.has(url))
  const fromMs = Math.min(killedAtMs, Math.max(readyAtMs, oldest?.atMs ?? killedAtMs))
  return { name, ageMs: killedAtMs - fromMs, allowedMs: STORED_AFTER_MS + journal.hinderedMs(fromMs) }
}

/** What was lost though one that ended later was stored. */
function gapsOf({ recorded, journal }: Life, stored: ReadonlySet<string>): readonly string[] {
  const urls = journal.ended.map(({ url }) => url)
  const last = urls.findLastIndex((url) => stored.has(url))
  return urls.slice(0, last + 1).filter((url) => recorded.has(url) && !stored.has(url))
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

function median(values: readonly number[]): string {
  return (values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0).toFixed(0)
}

const losses: Loss[] = []
afterAll(() => {
  const ages = losses.map(({ ageMs }) => ageMs)
  const allowed = median(losses.map(({ allowedMs }) => allowedMs))
  const told = `ended ${median(ages)} ms before, in the median, of ${allowed} allowed; ${Math.max(...ages).toFixed(0)} at most`
  if (losses.length > 0) console.info(`${KILLS} kills: the oldest request lost ${told}`)
})

test(
  `${KILLS} processes that are killed at random under load leave a sound file, and lose the last moments only`,
  async () => {
    const file = join(tempFolder(), 'silk.db')
    const lives: Life[] = []
    for (let round = 0; round < KILLS / 2; round++) {
      const signal = round % 2 === 0 ? 'SIGKILL' : 'SIGTERM'
      // Two at a time on one file.
      const fast = live(file, `${round}.fast`, { signal, pauseMs: 0, flushAt: Math.random() })
      const calm = live(file, `${round}.calm`, { signal, pauseMs: 30, flushAt: 1 })
      lives.push(...(await Promise.all([fast, calm])))
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
    for (const life of lives) {
      expect([...life.flushed].filter((url) => !stored.has(url))).toEqual([])
      expect(gapsOf(life, stored)).toEqual([])
    }
    losses.push(...lives.map((life) => lossOf(life, stored)))
    expect(losses.filter(({ ageMs, allowedMs }) => ageMs > allowedMs)).toEqual([])
  },
  60_000 + KILLS * 10_000,
)
