import { setImmediate as immediately, setTimeout as sleep } from 'node:timers/promises'
import type { Controls } from '../model/controls.js'
import type { CpuProfileBounds } from '../model/cpu-profile.js'
import type { AnalyzedRecording } from '../model/finding.js'
import type { WriteHealth } from '../model/health.js'
import { HostConnection } from './host-connection.js'
import { HostControls } from './host-controls.js'
import { isBusy, toStoreError } from './store-error.js'
import { fileIdentity, type StoreFile } from './store-file.js'
import { warmUp } from './warm-up.js'
import type { WorkerClient } from './worker-client.js'
import { WriteQueue } from './write-queue.js'
import { WriteTally } from './write-tally.js'
import { WriteTimer } from './write-timer.js'
import { type Advice, type TroubleListener, WriteTrouble } from './write-trouble.js'
import type { FoundFirst } from './writer.js'

export interface WriteBehindSettings extends TroubleListener {
  readonly file: StoreFile
  readonly worker: WorkerClient
  readonly flushIntervalMs: number
  /** Of CPU profiles. */
  readonly cpuProfiles: CpuProfileBounds | undefined
  /** Called after each batch with the number of new recordings. */
  readonly onWritten: (count: number) => void
  /** Called after the batch that brought a finding which the store has never had. */
  readonly onNewFinding: (found: FoundFirst) => void
}

/** What to do after one attempt to write. */
type Step =
  | { readonly kind: 'idle' }
  | { readonly kind: 'again' }
  | Extract<Advice, { kind: 'wait' }>
  | { readonly kind: 'preparing'; readonly done: Promise<void> }

const IDLE: Step = { kind: 'idle' }

const QUEUE_BOUNDS = { maxCount: 10_000, maxBytes: 64 * 1024 * 1024 }
/** A batch is written at one go on the host's thread: kept to two or three milliseconds, since a commit costs as much as ten recordings. */
const BATCH_COUNT = 40
const BATCH_QUERIES = 1_500
/** So many batches of this length, one after another, and the disk is slow: then silk rests ten times as long between. */
const SLOW_BATCH_MS = 50
const SLOW_BATCHES = 3
const REST_FACTOR = 10
const LONGEST_REST_MS = 5_000
/** So many wait at most for the timer. */
const SOON_COUNT = 50
const SOON_BYTES = 2 * 1024 * 1024
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
  readonly #trouble: WriteTrouble
  readonly #tally = new WriteTally()
  readonly #timer = new WriteTimer(() => this.#run())
  #preparing: Promise<void> | null = null
  #slowBatches = 0
  #restUntilMs = 0
  #closed = false
  #isWarm = false

  constructor(settings: WriteBehindSettings) {
    this.#settings = settings
    this.#connection = new HostConnection(settings.file, settings.cpuProfiles)
    this.#controls = new HostControls(this.#connection)
    this.#trouble = new WriteTrouble(settings.file.path, settings)
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

  /** How full the queue is, 0 to 1. While nothing can be stored it says nothing about the load. */
  get fullness(): number {
    return this.problem === null ? this.#queue.fullness : 0
  }

  get problem(): string | null {
    return this.#trouble.message
  }

  /** @param mayOpen whether the file may be opened for it */
  controls(mayOpen: boolean): Controls {
    if (!this.#isWarm) this.#warmUp()
    return this.#controls.read(mayOpen && !this.#trouble.hasFailed && !this.#closed)
  }

  #warmUp(): void {
    this.#isWarm = true
    warmUp(() => {
      if (!this.#closed && fileIdentity(this.#settings.file.path) !== null) this.#connection.open()
    })
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
      this.#trouble.warn(
        'overflow',
        new Error('Recordings come faster than they can be stored: the oldest are dropped.'),
      )
    }
    const soon = this.#queue.count >= SOON_COUNT || this.#queue.bytes >= SOON_BYTES
    this.#timer.schedule(soon ? 0 : this.#settings.flushIntervalMs, soon)
  }

  /**
   * Resolves when what was pushed so far is written or dropped. A lock is waited for, two seconds at most; a file that
   * failed otherwise is not: whoever looks at a page wants to see the problem, not to wait for its end.
   */
  async flush(): Promise<void> {
    const target = this.#queue.pushed
    const giveUpAtMs = performance.now() + FLUSH_PATIENCE_MS
    while (this.#queue.settled < target) {
      const step = this.#attempt()
      if (step.kind === 'idle') return
      if (step.kind === 'again') await immediately()
      else if (step.kind === 'preparing') await this.#settings.worker.holding(step.done)
      else if (!step.forLock || performance.now() + step.ms > giveUpAtMs) return this.#timer.schedule(step.ms, true)
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
      // On a slow disk the end of the process is not held up for ever.
      const giveUpAtMs = performance.now() + EXIT_PATIENCE_MS
      while (this.#queue.count > 0 && performance.now() < giveUpAtMs) this.#writeBatch()
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
    this.#timer.stop()
    this.#drop(this.#queue.count)
    this.#connection.close()
  }

  #run(): void {
    const restMs = this.#restUntilMs - performance.now()
    const step: Step = restMs > 0 ? { kind: 'wait', ms: restMs, forLock: false } : this.#attempt()
    if (step.kind === 'again') this.#timer.schedule(0, true)
    else if (step.kind === 'wait') this.#timer.schedule(step.ms, true)
    else if (step.kind === 'preparing') void step.done.then(() => this.#timer.schedule(0, true))
  }

  #attempt(): Step {
    if (this.#queue.count === 0) return IDLE
    if (this.#preparing) return { kind: 'preparing', done: this.#preparing }
    const { advice } = this.#trouble
    if (advice) return this.#follow(advice)
    try {
      if (this.#connection.open() === 'unprepared') return { kind: 'preparing', done: this.#prepare() }
      this.#writeBatch()
      this.#trouble.over()
      return this.#queue.count === 0 ? IDLE : { kind: 'again' }
    } catch (error) {
      return this.#fail(error)
    }
  }

  #follow(advice: Advice): Step {
    if (advice.kind === 'wait') return advice
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
    const { count, newFindings } = this.#connection.write(batch)
    const tookMs = performance.now() - startMs
    this.#tally.batch(count, tookMs)
    this.#restAfter(tookMs)
    this.#settings.onWritten(count)
    for (const found of newFindings) this.#settings.onNewFinding(found)
  }

  #restAfter(batchMs: number): void {
    this.#slowBatches = batchMs < SLOW_BATCH_MS ? 0 : this.#slowBatches + 1
    const restMs = this.#slowBatches < SLOW_BATCHES ? 0 : Math.min(batchMs * REST_FACTOR, LONGEST_REST_MS)
    this.#restUntilMs = performance.now() + restMs
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
        this.#trouble.warn(failure.code, failure)
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
    // A lock is waited for with the file open.
    if (!isBusy(error)) this.#connection.close()
    return this.#follow(this.#trouble.meet(error))
  }

  #drop(count: number): void {
    this.#tally.drop(this.#closed ? 'closed' : 'unusable', count)
    this.#queue.remove(count)
  }
}
