import { schemaState } from './schema-state.js'
import { loadSqliteDriver, type SqliteDatabase, type SqliteStatement } from './sqlite-driver.js'
import { toStoreError } from './store-error.js'
import { ensureFolder, fileIdentity, type StoreFile } from './store-file.js'

/** The worker may wait a little for a lock; long waits would hold up the pages. */
const BUSY_TIMEOUT_MS = 500

/** The worker's own handle: for reading pages, and for the work that the host's thread must not do. */
export interface StoreHandle {
  readonly db: SqliteDatabase
  readonly path: string
  /** Prepared at the first use of a text, and kept. */
  prepare(sql: string): SqliteStatement
  all<Row>(sql: string, ...values: readonly unknown[]): Row[]
  get<Row>(sql: string, ...values: readonly unknown[]): Row | undefined
}

export class WorkerConnection {
  readonly #file: StoreFile
  #open: { readonly handle: StoreHandle; readonly identity: string | null } | null = null
  #opening: Promise<StoreHandle> | null = null

  constructor(file: StoreFile) {
    this.#file = file
  }

  /** The open store, made and migrated when it must be. @throws StoreError */
  async handle(): Promise<StoreHandle> {
    if (this.#open && this.#open.identity === fileIdentity(this.#file.path)) return this.#open.handle
    this.#opening ??= this.#openFile().finally(() => {
      this.#opening = null
    })
    return this.#opening
  }

  close(): void {
    this.#open?.handle.db.close()
    this.#open = null
  }

  async #openFile(): Promise<StoreHandle> {
    const { path } = this.#file
    this.close()
    try {
      if (!this.#isCurrent()) {
        ensureFolder(this.#file)
        // knex takes a tenth of a second to load, and most starts find a file that is ready.
        const { migrateStore } = await import('./migrate.js')
        await migrateStore(path)
      }
      const Driver = loadSqliteDriver()
      const db = new Driver(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS })
      db.pragma('synchronous = NORMAL')
      const handle = createHandle(db, path)
      this.#open = { handle, identity: fileIdentity(path) }
      return handle
    } catch (error) {
      throw toStoreError(error, path)
    }
  }

  #isCurrent(): boolean {
    const { path } = this.#file
    if (fileIdentity(path) === null) return false
    const Driver = loadSqliteDriver()
    const db = new Driver(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS })
    try {
      return schemaState(db) === 'current'
    } finally {
      db.close()
    }
  }
}

/** Each combination of filters is a statement of its own, and each takes some ten kilobytes. */
const MOST_PREPARED = 300

function createHandle(db: SqliteDatabase, path: string): StoreHandle {
  const prepared = new Map<string, SqliteStatement>()
  function prepare(sql: string): SqliteStatement {
    const known = prepared.get(sql)
    if (known) return known
    const statement = db.prepare(sql)
    if (prepared.size >= MOST_PREPARED) forgetOldest(prepared)
    prepared.set(sql, statement)
    return statement
  }
  return {
    db,
    path,
    prepare,
    all: <Row>(sql: string, ...values: readonly unknown[]) => prepare(sql).all(...values) as Row[],
    get: <Row>(sql: string, ...values: readonly unknown[]) => prepare(sql).get(...values) as Row | undefined,
  }
}

function forgetOldest(prepared: Map<string, SqliteStatement>): void {
  const [oldest] = prepared.keys()
  if (oldest !== undefined) prepared.delete(oldest)
}
