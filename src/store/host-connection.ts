import type { Controls } from '../model/controls.js'
import type { CpuProfileBounds } from '../model/cpu-profile.js'
import type { AnalyzedRecording } from '../model/finding.js'
import { CONTROLS_SQL, controlsOf } from './controls.js'
import { schemaState } from './schema-state.js'
import { loadSqliteDriver, type SqliteDatabase, type SqliteStatement } from './sqlite-driver.js'
import { toStoreError } from './store-error.js'
import { ensureFolder, fileIdentity, type StoreFile } from './store-file.js'
import { type BatchWriter, createBatchWriter } from './writer.js'

/** Pages in the write-ahead log before a write moves them itself. The worker does so long before. */
const AUTOCHECKPOINT_PAGES = 8_000

interface Opened {
  readonly db: SqliteDatabase
  readonly writer: BatchWriter
  readonly controls: SqliteStatement
  readonly identity: string | null
}

/**
 * The handle by which the host's thread writes. It never waits: its busy time-out is 0. It neither creates nor
 * migrates a file, which is for the worker.
 */
export class HostConnection {
  readonly #file: StoreFile
  readonly #cpuProfiles: CpuProfileBounds | undefined
  #open: Opened | null = null

  constructor(file: StoreFile, cpuProfiles?: CpuProfileBounds) {
    this.#file = file
    this.#cpuProfiles = cpuProfiles
  }

  /**
   * Opens the file when it is ready to be written. Another file under the same name is noticed, and opened instead.
   *
   * @returns `unprepared`: it must be made or migrated first
   * @throws StoreError when it cannot be used, SqliteError when it is busy
   */
  open(): 'open' | 'unprepared' {
    const { path } = this.#file
    const identity = fileIdentity(path)
    if (this.#open) {
      if (identity === this.#open.identity) return 'open'
      this.close()
    }
    if (identity === null) {
      ensureFolder(this.#file)
      return 'unprepared'
    }
    const Driver = loadSqliteDriver()
    const db = new Driver(path, { fileMustExist: true, timeout: 0 })
    try {
      if (schemaState(db) === 'older') {
        db.close()
        return 'unprepared'
      }
      // In WAL mode NORMAL syncs at checkpoints only, which are the worker's: a commit costs no sync, and a crash of
      // the machine loses the last batches at most. OFF would save nothing more here, and could damage the file.
      db.pragma('synchronous = NORMAL')
      db.pragma(`wal_autocheckpoint = ${AUTOCHECKPOINT_PAGES}`)
      this.#open = {
        db,
        writer: createBatchWriter(db, this.#cpuProfiles),
        controls: db.prepare(CONTROLS_SQL),
        identity,
      }
      return 'open'
    } catch (error) {
      db.close()
      throw error
    }
  }

  get isOpen(): boolean {
    return this.#open !== null
  }

  /**
   * What the pages have set; `null`: there is no store yet.
   *
   * @throws StoreError when it cannot be used, SqliteError when it is busy
   */
  readControls(): Controls | null {
    return this.open() === 'open' && this.#open !== null ? controlsOf(this.#open.controls) : null
  }

  /** @throws SqliteError; StoreError `newer` when a newer silk has changed the schema meanwhile */
  write(batch: readonly AnalyzedRecording[]): ReturnType<BatchWriter['write']> {
    if (this.#open === null) return { count: 0, newFindings: [] }
    try {
      return this.#open.writer.write(batch, Date.now())
    } catch (error) {
      if (toStoreError(error, this.#file.path).code === 'write') schemaState(this.#open.db)
      throw error
    }
  }

  /** For the last moments of a process, when there is no later. */
  waitUpTo(milliseconds: number): void {
    this.#open?.db.pragma(`busy_timeout = ${milliseconds}`)
  }

  close(): void {
    const open = this.#open
    this.#open = null
    try {
      open?.db.close()
    } catch {
      // A handle on a file that is gone may fail to close; there is nothing left to save in it.
    }
  }
}
