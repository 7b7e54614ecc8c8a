import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { loadSqliteDriver } from '#dist/store/sqlite-driver.js'
import { holdLock } from './hold-lock.js'
import type { App, AppSettings } from './start-app.js'

/** Something that happens to a store, and its end. */
export interface StoreFault {
  readonly name: string
  /** Whether it can be brought about on this machine. Default: it can. */
  readonly isPossible?: () => boolean
  readonly settings?: Partial<AppSettings>
  /** Before the app starts. */
  readonly before?: (file: string) => void | Promise<void>
  /** While the app runs, when it has recorded something. */
  readonly begin?: (file: string, app: App) => void | Promise<void>
  /** What the warning says: the cause, and what to do; `null`: nothing is lost, and nothing said. */
  readonly warning: RegExp | null
  /** What may be said besides, once. */
  readonly mayTell?: RegExp
  readonly end?: (file: string, app: App) => void | Promise<void>
}

const nonsense = 'this is no database, and was here before silk came '.repeat(400)

/** Moves what the log holds into the file itself. */
function emptyLog(file: string): void {
  const Driver = loadSqliteDriver()
  const db = new Driver(file, { fileMustExist: true })
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}

/** Whether the size of another process's files can be limited here: a disk that is full, without one. */
function canLimit(): boolean {
  return spawnSync('prlimit', ['--version']).status === 0
}

function fileLimit(app: App, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', [`--pid=${app.pid}`, `--fsize=${bytes}:unlimited`])
}

const folderOf = (file: string): string => dirname(file)
let release: (() => Promise<void>) | null = null

export const STORE_FAULTS: readonly StoreFault[] = [
  {
    name: 'cannot be made, since a file lies where its folder should be',
    before: (file) => writeFileSync(folderOf(file), ''),
    warning: /cannot be written \((EEXIST|ENOTDIR).*Make its folder writable, or set `store` \(SILK_STORE\)/,
    end: (file) => rmSync(folderOf(file)),
  },
  {
    name: 'lies in a folder that cannot be written',
    settings: { asNobody: true },
    before: (file) => mkdirSync(folderOf(file), { mode: 0o555 }),
    warning: /cannot be written .*Make its folder writable/,
    end: (file) => chmodSync(folderOf(file), 0o777),
  },
  {
    name: 'becomes read-only',
    settings: { asNobody: true },
    before: (file) => {
      mkdirSync(folderOf(file))
      chmodSync(folderOf(file), 0o777)
    },
    begin: async (file, app) => {
      // The handles that are open go on; the next process, and the next handle, cannot write.
      await app.command('crashWorker')
      for (const part of ['', '-wal', '-shm']) rmSync(file + part, { force: true })
      chmodSync(folderOf(file), 0o555)
    },
    warning: /cannot be written .*Make its folder writable/,
    end: (file) => chmodSync(folderOf(file), 0o777),
  },
  {
    name: 'is locked by another process for long',
    begin: async (file) => {
      release = await holdLock(file)
    },
    warning: /is locked by another process; waiting\. Stop the one that holds it/,
    end: () => release?.(),
  },
  {
    name: 'has no more room on its disk',
    isPossible: canLimit,
    begin: (file, app) => fileLimit(app, statSync(`${file}-wal`).size + 2_000),
    warning: /cannot be read or written .*Look at its disk and its quota|disk of the store .* is full/,
    end: (_file, app) => fileLimit(app, 'unlimited'),
  },
  {
    name: 'is no database',
    before: (file) => {
      mkdirSync(folderOf(file))
      writeFileSync(file, nonsense)
    },
    warning: /is damaged or not a database .*Delete the file, or set `store` \(SILK_STORE\)/,
    end: (file) => rmSync(file),
  },
  {
    name: 'is damaged while it is open',
    begin: async (file, app) => {
      // What is in the log only would mend the file again.
      emptyLog(file)
      const handle = openSync(file, 'r+')
      writeSync(handle, nonsense.repeat(10).slice(0, statSync(file).size - 4096), 4096)
      closeSync(handle)
      // It is read anew by whoever opens it; the host has its pages in memory until then.
      await app.command('crashWorker')
    },
    warning: /is damaged or not a database .*Delete the file/,
    end: (file) => {
      for (const part of ['', '-wal', '-shm']) rmSync(file + part, { force: true })
    },
  },
  {
    name: 'is deleted',
    begin: (file) => {
      for (const part of ['', '-wal', '-shm']) rmSync(file + part, { force: true })
    },
    warning: null,
  },
  {
    name: 'loses its log alone, with all that is only there',
    begin: (file) => rmSync(`${file}-wal`, { force: true }),
    warning: null,
    // What had been in the log is gone, and with it perhaps the tables.
    mayTell: /is damaged or not a database|cannot be read or written/,
  },
  {
    name: 'is deleted with its folder',
    begin: (file) => rmSync(folderOf(file), { recursive: true }),
    warning: null,
  },
  {
    name: 'is replaced by a copy of itself',
    begin: (file) => {
      emptyLog(file)
      copyFileSync(file, `${file}.copy`)
      for (const part of ['-wal', '-shm']) rmSync(file + part, { force: true })
      renameSync(`${file}.copy`, file)
    },
    warning: null,
  },
  {
    name: 'loses its worker',
    begin: async (_file, app) => void (await app.command('crashWorker')),
    warning: null,
  },
  {
    name: 'loses its worker again and again',
    begin: async (_file, app) => {
      for (let turn = 0; turn < 5; turn++) {
        await Promise.all([fetch(`${app.origin}/silk/requests`), app.command('crashWorker')])
      }
    },
    warning: null,
    // Whether the page is answered before or after the thread ends is chance.
    mayTell: /trouble while showing the dashboard: .* its thread has ended/,
  },
  {
    name: 'is in order, and the clock goes back by a day',
    begin: async (_file, app) => void (await app.command('clockBack')),
    warning: null,
  },
  {
    name: 'cannot be made, and the clock goes back by a day',
    before: (file) => writeFileSync(folderOf(file), ''),
    begin: async (_file, app) => void (await app.command('clockBack')),
    warning: /cannot be written/,
    end: (file) => rmSync(folderOf(file)),
  },
  {
    name: 'is in order, and every look at a clock tells an earlier time',
    begin: async (_file, app) => void (await app.command('clocksBack')),
    warning: null,
  },
]

/** A library that makes each write to a store slow; `null`: there is no C compiler here. */
export function slowDisk(folder: string): string | null {
  const source = join(folder, 'slow.c')
  const library = join(folder, 'slow.so')
  writeFileSync(source, readFileSync(new URL('./slow-disk.c', import.meta.url)))
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], { stdio: 'pipe' })
    return library
  } catch {
    return null
  }
}
