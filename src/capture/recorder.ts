import type { RecordingKind } from '../model/recording.js'
import { clock } from './clock.js'
import type { ProfileInHand } from './cpu-profile/profile-in-hand.js'
import { DroppedTime } from './dropped-time.js'
import type { Marks } from './noted-marks.js'
import type { Origin } from './origin.js'
import { type QueryLog, releaseLog, takeLog } from './query-log.js'
import type { RouteTrail } from './route-tracker.js'
import { Phase } from './sites/phase.js'
import type { RouteSites } from './sites/route-sites.js'
import type { SiteMemory } from './sites/site-memory.js'
import { type Statement, statementOf } from './sites/statements.js'
import type { SpanLog } from './spans/open-span.js'
import type { CapturedStack } from './stack.js'
import type { UsageMeter } from './usage.js'
import { uuidV7 } from './uuid-v7.js'

/** Detail of queries is kept up to this many per recording; the rest is counted. */
export const MAX_QUERIES = 10_000

/** In the place of bindings that the overload guard has left out. */
export const BINDINGS_LEFT_OUT: unique symbol = Symbol('express-silk.bindings-left-out')

/** The number of a query that is only counted. */
export const DROPPED = -1

/** Rows kept of all queries of a recording together, for the values in them. */
const MAX_KEPT_ROWS = 2_000

/** By what the call sites of a request are known. */
interface Following {
  readonly trail: RouteTrail
  readonly memory: SiteMemory
}

/**
 * What is noted while a request (or a stretch of background work) runs. Only the cheapest steps happen here: all that
 * can be done after the response is done when the recording is built.
 */
export class Recorder {
  readonly kind: RecordingKind
  /** Of a job. */
  readonly name: string | null
  readonly startedAt: number
  readonly startMs: number
  /** Queries that have begun and not yet ended. */
  runningCount = 0
  droppedQueryCount = 0
  overheadMs = 0
  lastActivityMs: number
  /** `clock.now()` of the response's end; `null` while it is being answered. */
  endMs: number | null = null
  /** It was still being answered when its recording was made. */
  isUnfinished = false
  /** No more queries are taken: what comes later goes to the background. */
  sealed = false
  /** As sent, so that others can say for whom they waited; with the pattern, as soon as it is known. `null`: no request. */
  request: { readonly method: string; readonly path: string } | null = null
  /** Where the last transaction was begun: one that gets no connection can be told by nothing else. */
  lastTransactionStack: CapturedStack | null = null
  /** The first exception that was seen; anything can be thrown. `null`: none. */
  thrown: { readonly value: unknown } | null = null
  /** `null`: none has begun. */
  spans: SpanLog | null = null
  /** What else is to be let go of with it, such as the bytes of bodies. */
  held: { release(): void } | null = null
  /** Lines that silk has added to the head of the answer, behind its first. */
  addedHeadLines = 0
  /** `null`: the app has said nothing of it. */
  marks: Marks | null = null
  /** `null`: nothing is measured. */
  meter: UsageMeter | null = null
  /** `null`: it is not profiled. */
  cpuProfile: ProfileInHand | null = null
  /** In the order in which the request went through them. */
  readonly phases: Phase<Recorder>[] = []
  readonly #following: Following | null
  #phase: Phase<Recorder> | null = null
  #phaseRoute: object | null = null
  #id: string | null = null
  #keptRows = 0
  #log: QueryLog | null = null
  readonly #dropped = new DroppedTime()
  #newest: Statement | null = null
  /** The statement that answered last, and how often so far; the others' counts are in the map. */
  #answered: Statement | null = null
  #answeredCount = 0
  #answers: Map<Statement, number> | null = null

  /** @param following `null`: stacks are taken of all queries */
  constructor(kind: RecordingKind, name: string | null = null, following: Following | null = null) {
    this.kind = kind
    this.name = name
    this.startedAt = Date.now()
    this.startMs = clock.now()
    this.lastActivityMs = this.startMs
    this.#following = following
  }

  /** Of the recording that is made of it. */
  get id(): string {
    this.#id ??= uuidV7(this.startedAt)
    return this.#id
  }

  /** Whether stacks are taken now; `null`: always. */
  get phase(): Phase<Recorder> | null {
    const following = this.#following
    if (following === null) return null
    const { route: matched } = following.trail
    if (this.#phase !== null && this.#phaseRoute === matched) return this.#phase
    const sites = following.memory.of(matched, this.request?.method ?? '')
    this.#phase = new Phase(this, sites, clock.now())
    this.#phaseRoute = matched
    this.phases.push(this.#phase)
    return this.#phase
  }

  /** A query without a stack has turned out to be of an unknown site: what is built from here on has stacks again. */
  noteUnknownSite(sites: RouteSites): void {
    sites.takeAgain()
    for (const phase of this.phases) if (phase.sites === sites) phase.isExact = true
  }

  /** The queries so far; `null`: none yet, or the recording is made. */
  get log(): QueryLog | null {
    return this.#log
  }

  /** Queries that are kept in detail. */
  get queryCount(): number {
    return this.#log?.count ?? 0
  }

  /**
   * Takes a query that is about to be sent, or one that got no connection and never will be.
   *
   * @returns its number; `DROPPED`: there are too many, it is only counted
   */
  add(connection: string, origin: Origin | null): number {
    if (this.queryCount >= MAX_QUERIES) {
      this.droppedQueryCount++
      return DROPPED
    }
    this.#log ??= takeLog()
    return this.#log.begin(connection, origin)
  }

  /** A query starts now. */
  start(log: QueryLog | null, at: number, nowMs: number): void {
    this.runningCount++
    this.lastActivityMs = nowMs
    if (log === null || at === DROPPED) this.#dropped.begin(nowMs)
    else log.setStart(at, nowMs)
  }

  /**
   * A query ends now.
   *
   * @param log as it was when it started: what ends after the recording was made changes nothing
   * @returns false: it had ended before, or is kept no more
   */
  end(log: QueryLog | null, at: number, startMs: number): boolean {
    const nowMs = clock.now()
    if (log === null || at === DROPPED) {
      this.runningCount--
      this.lastActivityMs = nowMs
      this.#dropped.end(startMs, nowMs)
      return false
    }
    if (log !== this.#log || log.endMs(at) !== null) return false
    this.runningCount--
    this.lastActivityMs = nowMs
    log.setEnd(at, nowMs)
    return true
  }

  /** Time of the queries that were only counted: of each, and of all together. */
  get dropped(): { readonly sqlMs: number; readonly wallMs: number } {
    return this.#dropped
  }

  /** Hands its queries over; what comes later is noted nowhere. The app's timers and connections may hold a recorder. */
  takeLog(): QueryLog | null {
    const log = this.#log
    this.#log = null
    return log
  }

  /** Forgets its queries: no recording will be made of them. */
  letGo(): void {
    const log = this.takeLog()
    if (log !== null) releaseLog(log)
    this.held?.release()
    this.held = null
  }

  /** How many more rows may be kept. */
  get rowRoom(): number {
    return this.endMs === null ? MAX_KEPT_ROWS - this.#keptRows : 0
  }

  keepRows(count: number): void {
    this.#keptRows += count
  }

  /** The statement of a text; most often the one before once more, which comparing tells sooner than looking up. */
  statementOf(sql: string): Statement {
    if (this.#newest?.sql !== sql) this.#newest = statementOf(sql)
    return this.#newest
  }

  /** How often a statement has answered so far, this time included. */
  countAnswer(statement: Statement): number {
    if (this.#answered !== statement) {
      this.#answers ??= new Map()
      if (this.#answered !== null) this.#answers.set(this.#answered, this.#answeredCount)
      this.#answered = statement
      this.#answeredCount = this.#answers.get(statement) ?? 0
    }
    return ++this.#answeredCount
  }
}
