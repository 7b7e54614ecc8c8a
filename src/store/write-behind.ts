import { setImmediate as immediately, setTimeout as sleep } from 'node:timers/promises'
import type { Controls } from '../model/controls.js'
import type { AnalyzedRecording } from '../model/finding.js'
import type { WriteHealth } from '../model/health.js'
import { HostConnection } from './host-connection.js'
import { HostControls } from './host-controls.js'
import { isBusy, StoreError, toStoreError } from './store-error.js'
import { fileIdentity, type StoreFile } from './store-file.js'
import type { WorkerClient } from './worker-client.js'
import { WriteQueue } from './write-queue.js'
import { WriteTally } from './write-tally.js'

export interface WriteBehindSettings {
  readonly file: StoreFile
  readonly worker: WorkerClient
  readonly flushIntervalMs: number
  readonly onWarning: (error: Error) => void
  /** Told of what was told already. */
  readonly onRepeat: (error: Error) => void
  /** Called after each batch with the number of new recordings. */
  readonly onWritten: (count: number) => void
}

/** What to do after one attempt to write. */
type Step =
  | { readonly kind: 'idle' }
  | { readonly kind: 'again' }
  | { readonly kind: 'wait'; readonly ms: number; readonly forLock: boolean }
  | { readonly kind: 'preparing'; readonly done: Promise<void> }

const IDLE: Step = { kind: 'idle' }

const QUEUE_BOUNDS = { maxCount: 10_000, maxBytes: 64 * 1024 * 1024 }
/** A batch is written at one go on the host's thread: kept to about a millisecond. */
const BATCH_COUNT = 20
const BATCH_QUERIES = 1_000
/** So many wait at most for the timer. */
const SOON_COUNT = 50
const SOON_BYTES = 2 * 1024 * 1024
const LONGEST_BUSY_WAIT_MS = 500
const LONGEST_FAILURE_WAIT_MS = 30_000
/** From here on a lock is a trouble to be told. */
const LONG_BUSY_MS = 10_000
const FLUSH_PATIENCE_MS = 2_000
const EXIT_PATIENCE_MS = 3_000
const EXIT_BUSY_MS = 250

/**
 * Writes what is pushed a little later: in batches, off the response path, never waiting for a lock.
 *
 * A batch that cannot be written stays in the bounded queue and is tried again, ever more seldom. With a file that
 * cannot be used at all (newer, damaged) it is dropped and counted, until another file lies there.
 */
export class WriteBehind {
  readonly #settings: WriteBehindSettings
  readonly #queue = new WriteQueue(QUEUE_BOUNDS)
  readonly #connection: HostConnection
  readonly #controls: HostControls
  readonly #warned = new Set<string>()
  readonly #tally = new WriteTally()
  #failure: { readonly error: StoreError; readonly identity: string | null; readonly retryAt: number } | null = null
  #failureCount = 0
  #busy: { readonly since: number; readonly count: number } | null = null
  #preparing: Promise<void> | null = null
  #timer: { readonly cancel: () => void; readonly urgent: boolean } | null = null
  #closed = false

  constructor(settings: WriteBehindSettings) {
    this.#settings = settings
    this.#connection = new HostConnection(settings.file)
    this.#controls = new HostControls(this.#connection)
  }

  get droppedCount(): number {
    return this.#tally.droppedCount
  }

  /** What has become of recordings in this process. */
  get health(): WriteHealth {
    return this.#tally.health
  }

  get queuedCount(): number {
    return this.#queue.count
  }

  get problem(): string | null {
    if (this.#failure) return this.#failure.error.message
    return this.#isLongBusy() ? this.#lockedError().message : null
  }

  /** @param mayOpen whether the file may be opened for it */
  controls(mayOpen: boolean): Controls {
    return this.#controls.read(mayOpen && this.#failure === null && !this.#closed)
  }

  setControls(controls: Controls): void {
    this.#controls.set(controls)
  }

  push(recording: AnalyzedRecording): void {
    if (this.#closed) {
      this.#tally.drop('closed', 1)
      return
    }
    const dropped = this.#queue.push(recording)
    if (dropped > 0) {
      this.#tally.drop('overflow', dropped)
      this.#warn('overflow', new Error('Recordings come faster than they can be stored: the oldest are dropped.'))
    }
    const soon = this.#queue.count >= SOON_COUNT || this.#queue.bytes >= SOON_BYTES
    if (soon && this.#timer?.urgent === false) this.#cancelTimer()
    this.#schedule(soon ? 0 : this.#settings.flushIntervalMs, soon)
  }

  /**
   * Resolves when what was pushed so far is written or dropped. A lock is waited for, two seconds at most; a file that
   * failed otherwise is not: whoever looks at a page wants to see the problem, not to wait for its end.
   */
  async flush(): Promise<void> {
    const target = this.#queue.pushed
    const giveUpAt = Date.now() + FLUSH_PATIENCE_MS
    while (this.#queue.settled < target) {
      const step = this.#attempt()
      if (step.kind === 'idle') return
      if (step.kind === 'again') await immediately()
      else if (step.kind === 'preparing') await this.#settings.worker.holding(step.done)
      else if (!step.forLock || Date.now() + step.ms > giveUpAt) return this.#schedule(step.ms, true)
      else await sleep(step.ms)
    }
  }

  /** Writes what waits, synchronously, as far as the file can be had at once. Never throws. */
  flushNow(): void {
    const { path, temporary } = this.#settings.file
    // A temporary file that is gone already, or was never made, need not be made for the end of the process.
    if (this.#queue.count === 0 || (temporary && fileIdentity(path) === null)) return
    try {
      if (this.#connection.open() === 'unprepared') {
        // The worker's thread goes on while this one waits: otherwise a short process would leave nothing behind.
        if (!this.#settings.worker.prepareSync(EXIT_PATIENCE_MS)) return
        if (this.#connection.open() === 'unprepared') return
      }
      this.#connection.waitUpTo(EXIT_BUSY_MS)
      while (this.#queue.count > 0) this.#writeBatch()
      this.#connection.waitUpTo(0)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Forgets what waits, without counting it as dropped. */
  discard(): void {
    this.#queue.remove(this.#queue.count)
  }

  close(): void {
    this.#closed = true
    this.#cancelTimer()
    this.#drop(this.#queue.count)
    this.#connection.close()
  }

  readonly #run = (): void => {
    this.#timer = null
    const step = this.#attempt()
    if (step.kind === 'again') this.#schedule(0, true)
    else if (step.kind === 'wait') this.#schedule(step.ms, true)
    else if (step.kind === 'preparing') void step.done.then(() => this.#schedule(0, true))
  }

  #schedule(ms: number, urgent: boolean): void {
    if (this.#timer || this.#closed) return
    if (ms === 0) {
      const soon = setImmediate(this.#run).unref()
      this.#timer = { cancel: () => clearImmediate(soon), urgent }
    } else {
      const later = setTimeout(this.#run, ms).unref()
      this.#timer = { cancel: () => clearTimeout(later), urgent }
    }
  }

  #cancelTimer(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #attempt(): Step {
    if (this.#queue.count === 0) return IDLE
    if (this.#preparing) return { kind: 'preparing', done: this.#preparing }
    const blocked = this.#blocked()
    if (blocked) return blocked
    try {
      if (this.#connection.open() === 'unprepared') return { kind: 'preparing', done: this.#prepare() }
      this.#writeBatch()
      this.#failure = null
      this.#failureCount = 0
      this.#busy = null
      return this.#queue.count === 0 ? IDLE : { kind: 'again' }
    } catch (error) {
      return this.#fail(error)
    }
  }

  /** What an earlier failure still asks for. */
  #blocked(): Step | null {
    if (this.#failure === null) return null
    const { error, identity, retryAt } = this.#failure
    if (!error.lasting) {
      const ms = retryAt - Date.now()
      return ms > 0 ? { kind: 'wait', ms, forLock: false } : null
    }
    if (error.code !== 'driver' && fileIdentity(this.#settings.file.path) !== identity) return null
    this.#drop(this.#queue.count)
    return IDLE
  }

  #writeBatch(): void {
    const batch = this.#queue.peek(BATCH_COUNT, BATCH_QUERIES)
    try {
      this.#write(batch)
      this.#queue.remove(batch.length)
    } catch (error) {
      if (isBusy(error) || toStoreError(error, this.#settings.file.path).code !== 'write') throw error
      this.#writeOneByOne(batch)
    }
  }

  #write(batch: readonly AnalyzedRecording[]): void {
    const startMs = performance.now()
    const count = this.#connection.write(batch)
    this.#tally.batch(count, performance.now() - startMs)
    this.#settings.onWritten(count)
  }

  /** One recording that cannot be written must neither take others with it nor block the queue for ever. */
  #writeOneByOne(batch: readonly AnalyzedRecording[]): void {
    for (const recording of batch) {
      try {
        this.#write([recording])
      } catch (error) {
        const failure = toStoreError(error, this.#settings.file.path)
        if (failure.code !== 'write') throw error
        this.#tally.drop('refused', 1)
        this.#warn(failure.code, failure)
      }
      this.#queue.remove(1)
    }
  }

  #prepare(): Promise<void> {
    this.#preparing ??= this.#settings.worker
      .call('prepare', [])
      .catch((error: unknown) => {
        this.#fail(error)
      })
      .then(() => {
        this.#preparing = null
      })
    return this.#preparing
  }

  #fail(error: unknown): Step {
    if (isBusy(error)) return this.#waitForLock()
    const failure = toStoreError(error, this.#settings.file.path)
    this.#connection.close()
    this.#warn(failure.code, failure)
    const waitMs = Math.min(1_000 * 2 ** this.#failureCount++, LONGEST_FAILURE_WAIT_MS)
    const identity = fileIdentity(this.#settings.file.path)
    this.#failure = { error: failure, identity, retryAt: Date.now() + waitMs }
    if (!failure.lasting) return { kind: 'wait', ms: waitMs, forLock: false }
    this.#drop(this.#queue.count)
    return IDLE
  }

  #waitForLock(): Step {
    const { since, count } = this.#busy ?? { since: Date.now(), count: 0 }
    this.#busy = { since, count: count + 1 }
    if (this.#isLongBusy()) this.#warn('locked', this.#lockedError())
    return { kind: 'wait', ms: Math.min(10 * 2 ** count, LONGEST_BUSY_WAIT_MS), forLock: true }
  }

  #isLongBusy(): boolean {
    return this.#busy !== null && Date.now() - this.#busy.since > LONG_BUSY_MS
  }

  #lockedError(): StoreError {
    return new StoreError('locked', `The store ${this.#settings.file.path} is locked by another process; waiting.`)
  }

  #drop(count: number): void {
    this.#tally.drop(this.#closed ? 'closed' : 'unusable', count)
    this.#queue.remove(count)
  }

  /** One warning per cause: a disk that stays full is said once, and counted each time. */
  #warn(cause: string, error: Error): void {
    const isFirst = !this.#warned.has(cause)
    this.#warned.add(cause)
    try {
      if (isFirst) this.#settings.onWarning(error)
      else this.#settings.onRepeat(error)
    } catch {
      // Whoever is told may not bring the app down.
    }
  }
}
