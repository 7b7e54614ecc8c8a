import type { DatabaseAddress } from './database.js'

/** What one run measures. */
export interface Plan {
  readonly apps: readonly DatabaseAddress['app'][]
  /** Endpoints, by the number of queries that a request of each sends. */
  readonly queries: readonly number[]
  readonly configurations: readonly string[]
  /** How often all servers are started anew: two processes of the same code differ more than two rounds of one. */
  readonly starts: number
  /** Rounds of each start, and of each endpoint. */
  readonly rounds: number
  /** What a turn of the bare app should take, in milliseconds of CPU. */
  readonly turnMs: number
  readonly concurrency: number
  /** The Node that runs the servers. */
  readonly node: string
  readonly postgresUrl: string
  /** Whether the bytes that a request takes in the store are measured too. */
  readonly bytes: boolean
  readonly profileFolder?: string | undefined
}

/** Where a run finds things. */
export interface Surroundings {
  readonly root: string
  readonly folder: string
  /** One line at a time; never on standard output, which is for the result. */
  say(line: string): void
  /** Someone wants it to end: what was made is taken away first. */
  readonly stop: AbortSignal
}
