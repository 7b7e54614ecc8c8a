import type { CapturedStack } from './stack.js'

/** A recorder, as far as others are told for whom they waited. */
export interface Holder {
  /** Of the recording. */
  readonly id: string
  readonly request: { readonly method: string; readonly path: string } | null
}

/** A connection in somebody's hands, from acquire to release. Small: a pool keeps the last one of each connection. */
export class Holding {
  /** `null`: not a request. */
  readonly recorder: Holder | null
  readonly sinceMs: number
  /** `null`: not yet. */
  releasedMs: number | null = null
  /** Of the first query that was sent on it. */
  sql: string | null = null
  stack: CapturedStack | null = null

  constructor(recorder: Holder | null, sinceMs: number) {
    this.recorder = recorder
    this.sinceMs = sinceMs
  }
}
