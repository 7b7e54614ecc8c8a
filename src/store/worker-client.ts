import { AsyncResource } from 'node:async_hooks'
import { Worker } from 'node:worker_threads'
import { type PlainStoreError, StoreError } from './store-error.js'
import type { StoreFile } from './store-file.js'
import type { WorkerArgs, WorkerMethod, WorkerResult } from './worker-methods.js'

export interface WorkerSetup {
  readonly file: StoreFile
  /** Shared: 0 not yet, 1 the file is prepared, 2 it could not be. */
  readonly prepared: Int32Array
  /** For the detectors that look through history. */
  readonly historySettings: unknown
}

export interface WorkerRequest {
  readonly id: number
  readonly method: WorkerMethod
  readonly args: readonly unknown[]
}

export type WorkerAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: PlainStoreError }

interface Pending {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

/** What runs in the thread: a script that calls `serve`, and what it is given. */
export interface WorkerEntry {
  readonly script: URL
  /** Copied to the thread. */
  readonly settings: unknown
}

const PLAIN: WorkerEntry = { script: new URL('./worker.js', import.meta.url), settings: null }

const CLOSE_PATIENCE_MS = 2_000

/**
 * The store's worker thread, seen from the host: started at the first call, and again after it died.
 *
 * It does not keep the process alive, except while a call is awaited that was made with `holding`.
 */
export class WorkerClient {
  readonly #file: StoreFile
  readonly #entry: WorkerEntry
  /** Made while no request is being served: a worker started in a request would hold its context for ever. */
  readonly #scope = new AsyncResource('SilkStoreWorker', { requireManualDestroy: false })
  readonly #prepared = new Int32Array(new SharedArrayBuffer(4))
  readonly #pending = new Map<number, Pending>()
  #worker: Worker | null = null
  #lastId = 0
  #holders = 0
  #closed = false

  constructor(file: StoreFile, entry: WorkerEntry = PLAIN) {
    this.#file = file
    this.#entry = entry
  }

  /** @throws StoreError by rejection: what the worker says, `worker` when it died, `closed` after `close` */
  call<M extends WorkerMethod>(method: M, args: WorkerArgs<M>): Promise<WorkerResult<M>> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      try {
        const worker = this.#started()
        this.#pending.set(id, { resolve, reject })
        worker.postMessage({ id, method, args } satisfies WorkerRequest)
      } catch (error) {
        this.#pending.delete(id)
        reject(error instanceof StoreError ? error : workerError(error))
      }
    })
  }

  /** Keeps the process alive until `work` has settled: for whoever awaits the worker with nothing else to do. */
  async holding<T>(work: Promise<T>): Promise<T> {
    this.#holders += 1
    this.#worker?.ref()
    try {
      return await work
    } finally {
      this.#holders -= 1
      if (this.#holders === 0) this.#worker?.unref()
    }
  }

  /**
   * Has the file prepared, and blocks this thread until it is. Only for the end of the process.
   *
   * @returns whether it can be opened now
   */
  prepareSync(patienceMs: number): boolean {
    if (this.#closed) return false
    Atomics.store(this.#prepared, 0, 0)
    this.call('prepare', []).catch(() => {})
    Atomics.wait(this.#prepared, 0, 0, patienceMs)
    return Atomics.load(this.#prepared, 0) === 1
  }

  async close(): Promise<void> {
    const worker = this.#worker
    this.#closed = true
    this.#worker = null
    if (worker === null) return
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    worker.ref()
    worker.postMessage({ id: 0, method: 'close', args: [] } satisfies WorkerRequest)
    const terminate = setTimeout(() => void worker.terminate(), CLOSE_PATIENCE_MS)
    await ended
    clearTimeout(terminate)
  }

  #started(): Worker {
    if (this.#closed) throw new StoreError('closed', 'The store is closed.')
    this.#worker ??= this.#scope.runInAsyncScope(() => this.#start())
    return this.#worker
  }

  #start(): Worker {
    // Neither --import nor --inspect nor NODE_OPTIONS of the app is for this thread: it runs plain JavaScript only.
    const { NODE_OPTIONS: _, ...env } = process.env
    const { script, settings: historySettings } = this.#entry
    const workerData: WorkerSetup = { file: this.#file, prepared: this.#prepared, historySettings }
    const worker = new Worker(script, {
      name: 'silk-store',
      workerData,
      execArgv: [],
      env,
    })
    worker.on('message', (answer: WorkerAnswer) => this.#settle(answer))
    worker.on('error', (error) => this.#lost(worker, error))
    worker.on('exit', () => this.#lost(worker, new Error('its thread has ended')))
    if (this.#holders === 0) worker.unref()
    return worker
  }

  #settle(answer: WorkerAnswer): void {
    const pending = this.#pending.get(answer.id)
    this.#pending.delete(answer.id)
    if ('error' in answer) pending?.reject(new StoreError(answer.error.code, answer.error.message))
    else pending?.resolve(answer.value as never)
  }

  #lost(worker: Worker, error: Error): void {
    if (this.#worker === worker) this.#worker = null
    if (this.#worker !== null) return
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of pending) reject(workerError(error))
  }
}

function workerError(error: unknown): StoreError {
  const reason = error instanceof Error ? error.message : String(error)
  return new StoreError('worker', `The store's worker could not answer: ${reason}.`, error)
}
