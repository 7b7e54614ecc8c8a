import { AsyncResource } from 'node:async_hooks'
import { LOAD_LEVELS, type LoadHealth, type LoadPart, type LoadStep } from '../model/load.js'
import { clock } from './clock.js'

/** How often the event loop is asked how late it is. */
const SAMPLE_MS = 200
/** A sample this late is a bad one … */
const LATE_MS = 200
/** … and one less late than this a good one. */
const PUNCTUAL_MS = 100
/** So is the queue's share of its bounds. */
const CROWDED = 0.5
const ROOMY = 0.25
/** Bad samples, one after another, for a step up; good ones, with no bad one between, for a step down. */
const BAD_SAMPLES = 5
const GOOD_SAMPLES = 10
/** Samples without a request after which nobody looks any more: an idle app is not woken. */
const IDLE_SAMPLES = 25
const KEPT_STEPS = 20

/**
 * Watches how late the app's event loop is, and how full the queues are. When either lasts it takes less and less of what
 * a recording has: first no stacks, then no bindings, no bodies, no requests at all. It takes them up again in reverse.
 *
 * One for the process, since all profilers share the event loop.
 */
class OverloadGuard {
  /** So that the timer holds no context of the app's: it is started inside a request. */
  readonly #scope = new AsyncResource('express-silk.overload')
  #level = 0
  #timer: NodeJS.Timeout | null = null
  #sampledAtMs = 0
  #badCount = 0
  #goodCount = 0
  #idleCount = 0
  #steps: LoadStep[] = []
  readonly #left: Record<LoadPart, number> = { stacks: 0, bindings: 0, bodies: 0, requests: 0 }
  readonly #queues = new Set<() => number>()

  /** What is told on the health page. */
  get health(): LoadHealth {
    return { level: this.#level, steps: this.#steps, left: { ...this.#left } }
  }

  /** Whether a part of a recording may be taken now; counts it where not. */
  takes(part: LoadPart): boolean {
    if (this.#level <= LOAD_LEVELS.indexOf(part)) return true
    this.#left[part] += 1
    return false
  }

  /** Counts a part that there is no room for. */
  leave(part: LoadPart): void {
    this.#left[part] += 1
  }

  /** Whether nothing is left out for the moment. Counts nothing. */
  get isCalm(): boolean {
    return this.#level === 0
  }

  /** Whether nothing at all is recorded for the moment. Counts nothing. */
  get isResting(): boolean {
    return this.#level === LOAD_LEVELS.length
  }

  /** Told of each request: the loop is watched while there are any. */
  seen(): void {
    this.#idleCount = 0
    if (this.#timer !== null) return
    this.#sampledAtMs = clock.now()
    this.#timer = this.#scope.runInAsyncScope(() => setInterval(() => this.#sample(), SAMPLE_MS).unref())
  }

  /**
   * Has a queue watched too.
   *
   * @param share how full it is, 0 to 1
   * @returns takes it back
   */
  addQueue(share: () => number): () => void {
    this.#queues.add(share)
    return () => {
      this.#queues.delete(share)
      if (this.#queues.size === 0) this.#rest()
    }
  }

  #sample(): void {
    const nowMs = clock.now()
    const lateMs = nowMs - this.#sampledAtMs - SAMPLE_MS
    this.#sampledAtMs = nowMs
    let share = 0
    for (const queue of this.#queues) share = Math.max(share, queue())
    if (lateMs >= LATE_MS || share >= CROWDED) this.#bad(lateMs, share)
    else if (lateMs < PUNCTUAL_MS && share < ROOMY) this.#good(lateMs, share)
    this.#idleCount += 1
    if (this.#idleCount > IDLE_SAMPLES && this.#level === 0) this.#rest()
  }

  #bad(lateMs: number, share: number): void {
    this.#goodCount = 0
    this.#badCount += 1
    if (this.#badCount < BAD_SAMPLES || this.#level === LOAD_LEVELS.length) return
    this.#step(1, lateMs, share)
  }

  #good(lateMs: number, share: number): void {
    this.#badCount = 0
    this.#goodCount += 1
    if (this.#goodCount < GOOD_SAMPLES || this.#level === 0) return
    this.#step(-1, lateMs, share)
  }

  #step(by: 1 | -1, lateMs: number, share: number): void {
    this.#badCount = 0
    this.#goodCount = 0
    this.#level += by
    const step = { at: Date.now(), level: this.#level, lateMs: Math.max(0, Math.round(lateMs)), queueShare: share }
    this.#steps = [...this.#steps, step].slice(-KEPT_STEPS)
  }

  #rest(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
    this.#level = 0
    this.#badCount = 0
    this.#goodCount = 0
  }
}

export const overload: OverloadGuard = new OverloadGuard()
