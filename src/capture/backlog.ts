import type { RequestOutcome } from './build-recording.js'
import { overload } from './overload.js'
import type { Recorder } from './recorder.js'

/** Ended requests, and their queries, that may wait for their recording to be made: some 100 MB. More are let go. */
const MOST_RECORDERS = 5_000
const MOST_QUERIES = 50_000

export interface Waiting {
  readonly recorder: Recorder
  readonly queryCount: number
  /** Read when the recording is made, not while the response is on its way. `null`: background. */
  readonly outcome: (() => RequestOutcome) | null
}

/** Recorders of ended requests: first they wait for late queries, then for their turn. Bounded. */
export class Backlog {
  readonly waiting: Set<Waiting> = new Set()
  readonly #ready: Waiting[] = []
  #queryCount = 0

  /** How much is in it, of what may be: 0 to 1. */
  get fullness(): number {
    return Math.max((this.waiting.size + this.#ready.length) / MOST_RECORDERS, this.#queryCount / MOST_QUERIES)
  }

  get hasReady(): boolean {
    return this.#ready.length > 0
  }

  /** @returns false: there is no room, and the recorder is let go, and counted */
  add(recorder: Recorder, outcome: (() => RequestOutcome) | null): boolean {
    if (this.fullness >= 1) {
      recorder.sealed = true
      recorder.letGo()
      overload.leave('requests')
      return false
    }
    const queryCount = recorder.queryCount
    this.#queryCount += queryCount
    this.waiting.add({ recorder, queryCount, outcome })
    return true
  }

  makeReady(entry: Waiting): void {
    this.waiting.delete(entry)
    entry.recorder.sealed = true
    this.#ready.push(entry)
  }

  /** The next whose turn it is. */
  take(): Waiting | undefined {
    const next = this.#ready.shift()
    if (next) this.#queryCount -= next.queryCount
    return next
  }
}
