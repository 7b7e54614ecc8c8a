import { clock } from './clock.js'
import { MAX_QUERIES, Recorder } from './recorder.js'

/** A background recording ends when no query came for this long … */
const QUIET_MS = 1_000
/** … or at this age, so that a busy worker's queries can be seen while it runs. */
const MAX_AGE_MS = 10_000

export interface Background {
  /** The recorder that takes queries sent outside any request. */
  recorder(): Recorder
  /** Hands over what there is now. */
  finishNow(): void
}

/**
 * Gathers queries that run outside any request (start-up, timers, jobs) into recordings of their own.
 *
 * @param done takes a recorder that gets no more queries
 */
export function createBackground(done: (recorder: Recorder) => void): Background {
  let current: Recorder | null = null
  let timer: NodeJS.Timeout | null = null

  function rotate(): void {
    if (!current) return
    const recorder = current
    current = null
    if (timer) clearInterval(timer)
    timer = null
    if (recorder.queryCount > 0) done(recorder)
  }

  function tick(): void {
    if (!current) return
    const nowMs = clock.now()
    const isQuiet = current.runningCount === 0 && nowMs - current.lastActivityMs >= QUIET_MS
    if (isQuiet || nowMs - current.startMs >= MAX_AGE_MS) rotate()
  }

  return {
    recorder() {
      if (current && current.queryCount >= MAX_QUERIES) rotate()
      if (!current) {
        current = new Recorder('background')
        timer = setInterval(tick, QUIET_MS / 2).unref()
      }
      return current
    },
    finishNow: rotate,
  }
}
