import type { DatabaseAddress } from './database.js'

/** What a server of the benchmark is told at its start. */
export interface LaneJob {
  readonly configuration: string
  readonly database: DatabaseAddress
  /** Where silk, or Lens, keeps what it records. */
  readonly storeFile: string
  /** Where Elastic's agent sends to. */
  readonly sinkUrl: string
  /** The folder of the checkout. */
  readonly root: string
  /** An app of one route that sends as many queries as its address says, instead of the example API. */
  readonly loop: boolean
  /** Whether the server notes how long each request takes, from its head to its last byte handed to the system. */
  readonly timed: boolean
  /** Further options of silk, as `{ "retention": { "count": 500 } }`. */
  readonly options: Readonly<Record<string, unknown>>
}

/** What a server is asked between two turns. */
export type Question = 'begin' | 'end' | 'watch-loop' | 'memory' | 'statements' | 'durations' | 'stop'

/** CPU time of the whole process, its worker threads with it, until all that was recorded is written or sent. */
export interface TurnCost {
  readonly cpuUs: number
  /** Since the turn before, while nothing was asked of it. */
  readonly idleCpuUs: number
}

export interface LoopDelay {
  readonly p99Ms: number
  readonly maxMs: number
}

export interface Memory {
  readonly rssBytes: number
  /** After a collection. */
  readonly heapBytes: number
}
