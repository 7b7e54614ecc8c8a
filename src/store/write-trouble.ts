import { isBusy, StoreError, toStoreError } from './store-error.js'
import { fileIdentity } from './store-file.js'

/** What to do with what waits: try later, or give it up. */
export type Advice =
  | { readonly kind: 'wait'; readonly ms: number; readonly forLock: boolean }
  | { readonly kind: 'drop' }

const DROP: Advice = { kind: 'drop' }

const LONGEST_BUSY_WAIT_MS = 500
const LONGEST_FAILURE_WAIT_MS = 30_000
/** From here on a lock is a trouble to be told. */
const LONG_BUSY_MS = 10_000

export interface TroubleListener {
  readonly onWarning: (error: Error) => void
  /** Told of what was told already. */
  readonly onRepeat: (error: Error) => void
}

/** By a clock that nobody sets back: why nothing can be written at the moment, when to try again, and who is told. */
export class WriteTrouble {
  readonly #path: string
  readonly #listener: TroubleListener
  readonly #warned = new Set<string>()
  #failure: { readonly error: StoreError; readonly identity: string | null; readonly retryAtMs: number } | null = null
  #failureCount = 0
  #busy: { readonly sinceMs: number; readonly count: number } | null = null

  constructor(path: string, listener: TroubleListener) {
    this.#path = path
    this.#listener = listener
  }

  /** `null`: all is well; a lock of a moment is no trouble. */
  get message(): string | null {
    if (this.#failure) return this.#failure.error.message
    return this.#isLongBusy() ? this.#lockedError().message : null
  }

  get hasFailed(): boolean {
    return this.#failure !== null
  }

  /** A batch was written. */
  over(): void {
    this.#failure = null
    this.#failureCount = 0
    this.#busy = null
  }

  /** What an earlier failure still asks for; `null`: try. */
  get advice(): Advice | null {
    if (this.#failure === null) return null
    const { error, identity, retryAtMs } = this.#failure
    if (!error.lasting) {
      const ms = retryAtMs - performance.now()
      return ms > 0 ? { kind: 'wait', ms, forLock: false } : null
    }
    // Another file lies there now: it may be one that can be used.
    if (error.code !== 'driver' && fileIdentity(this.#path) !== identity) return null
    return DROP
  }

  meet(error: unknown): Advice {
    return isBusy(error) ? this.#meetLock() : this.#meetFailure(toStoreError(error, this.#path))
  }

  /** One warning per cause: a disk that stays full is said once, and counted each time. */
  warn(cause: string, error: Error): void {
    const isFirst = !this.#warned.has(cause)
    this.#warned.add(cause)
    try {
      if (isFirst) this.#listener.onWarning(error)
      else this.#listener.onRepeat(error)
    } catch {
      // Whoever is told may not bring the app down.
    }
  }

  #meetFailure(error: StoreError): Advice {
    this.warn(error.code, error)
    const waitMs = Math.min(1_000 * 2 ** this.#failureCount++, LONGEST_FAILURE_WAIT_MS)
    this.#failure = { error, identity: fileIdentity(this.#path), retryAtMs: performance.now() + waitMs }
    return error.lasting ? DROP : { kind: 'wait', ms: waitMs, forLock: false }
  }

  #meetLock(): Advice {
    const { sinceMs, count } = this.#busy ?? { sinceMs: performance.now(), count: 0 }
    this.#busy = { sinceMs, count: count + 1 }
    if (this.#isLongBusy()) this.warn('locked', this.#lockedError())
    return { kind: 'wait', ms: Math.min(10 * 2 ** count, LONGEST_BUSY_WAIT_MS), forLock: true }
  }

  #isLongBusy(): boolean {
    return this.#busy !== null && performance.now() - this.#busy.sinceMs > LONG_BUSY_MS
  }

  #lockedError(): StoreError {
    const advice = 'Stop the one that holds it, or set `store` (SILK_STORE) to another file'
    return new StoreError('locked', `The store ${this.#path} is locked by another process; waiting. ${advice}.`)
  }
}
