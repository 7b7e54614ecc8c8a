import type { CapturedStack } from './stack.js'

/** A recorder, as far as others are told for whom they waited. */
export interface Holder {
  /** Of the recording. */
  readonly id: string
  readonly request: { readonly method: string; readonly path: string } | null
}

/** A connection in somebody's hands, from acquire to release. Small: a pool keeps the last one of each connection. */
export class Holding {
  /** Whose the first query is that was sent on it; `null`: no request's and no job's. */
  recorder: Holder | null = null
  readonly sinceMs: number
  /** Not a number: not yet. */
  releasedMs: number = Number.NaN
  sql: string | null = null
  stack: CapturedStack | null = null

  constructor(sinceMs: number) {
    this.sinceMs = sinceMs
  }
}
