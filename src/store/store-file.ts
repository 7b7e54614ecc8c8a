import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { toStoreError } from './store-error.js'

/** Where a store lies. */
export interface StoreFile {
  /** Absolute path of the database. */
  readonly path: string
  /** A file that goes with the process. */
  readonly temporary: boolean
}

/** With the host's name, since containers may share a folder of temporary files, but not their process ids. */
const TEMPORARY_PREFIX = `express-silk-${hostname().replace(/[^\w]/g, '_')}-`

/**
 * The file of a store; `':memory:'` names a temporary file, since the worker reads by a handle of its own, which a
 * database in memory does not allow. The temporary folder is made at once, and removed by `removeTemporary`.
 */
export function storeFile(file: string): StoreFile {
  if (file !== ':memory:') return { path: resolve(file), temporary: false }
  try {
    sweepTemporary()
    return { path: join(mkdtempSync(join(tmpdir(), `${TEMPORARY_PREFIX}${process.pid}-`)), 'silk.db'), temporary: true }
  } catch {
    // Said when the store is opened, like any other folder that cannot be written.
    return { path: join(tmpdir(), `${TEMPORARY_PREFIX}${process.pid}-0`, 'silk.db'), temporary: true }
  }
}

/**
 * Makes the folder of a store, which then ignores itself: `.gitignore` with `*`. A folder that was there before is
 * someone else's and gets none, unless it is named `.silk`.
 *
 * @throws StoreError `folder`
 */
export function ensureFolder({ path, temporary }: StoreFile): void {
  const folder = dirname(path)
  try {
    const made = mkdirSync(folder, { recursive: true }) !== undefined
    const ignore = join(folder, '.gitignore')
    if (!temporary && (made || basename(folder) === '.silk') && !existsSync(ignore)) writeFileSync(ignore, '*\n')
  } catch (error) {
    throw toStoreError(error, path)
  }
}

/** Which file a path leads to at the moment: changes when the file is deleted or replaced. `null`: none. */
export function fileIdentity(path: string): string | null {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) return null
    // A file system may give the number of a deleted file to the next one. Where no time of birth is kept, Node gives
    // that of the last change in its place.
    const bornMs = found.birthtimeMs === found.ctimeMs ? 0 : found.birthtimeMs
    return `${found.dev}:${found.ino}:${bornMs}`
  } catch {
    return null
  }
}

/** Bytes on disk, the write-ahead log included. */
export function fileBytes(path: string): number {
  let bytes = 0
  for (const part of [path, `${path}-wal`]) bytes += statSync(part, { throwIfNoEntry: false })?.size ?? 0
  return bytes
}

const removedAtExit = new Set<StoreFile>()

/** Lets a temporary file go with the process. One listener serves all stores: Node warns of an eleventh. */
export function removeAtExit(file: StoreFile): void {
  if (!file.temporary) return
  if (removedAtExit.size === 0) process.once('exit', removeAll)
  removedAtExit.add(file)
}

function removeAll(): void {
  for (const file of removedAtExit) removeTemporary(file)
}

export function removeTemporary(file: StoreFile): void {
  const { path, temporary } = file
  if (!temporary) return
  removedAtExit.delete(file)
  if (removedAtExit.size === 0) process.off('exit', removeAll)
  try {
    rmSync(dirname(path), { recursive: true, force: true })
  } catch {
    // Swept by a later process.
  }
}

/** A process that was killed could not remove its file: the next one does. */
function sweepTemporary(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(TEMPORARY_PREFIX)) continue
    const pid = Number.parseInt(name.slice(TEMPORARY_PREFIX.length), 10)
    const path = join(tmpdir(), name, 'silk.db')
    if (pid > 0 && !isAlive(pid)) removeTemporary({ path, temporary: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, and belongs to someone else.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
