import { Backlog } from './backlog.js'
import type { RequestOutcome } from './build-recording.js'
import { clock } from './clock.js'
import type { Recorder } from './recorder.js'
import type { Report } from './report.js'

/** A recording closes when no query has run for this long after the response … */
const QUIET_MS = 100
/** … or this long after the response, come what may. */
const GRACE_MS = 5_000
const TICK_MS = 100
/** Work after the response pauses when a slice of it has taken this long, so that the app's requests go first. */
const SLICE_MS = 3

type Finish = (recorder: Recorder, outcome: (() => RequestOutcome) | null) => Generator<void, void>

export interface Closing {
  /** Takes a recorder whose response is done; it may still get late queries for a short grace. */
  add(recorder: Recorder, outcome: (() => RequestOutcome) | null): void
  /** Ends the grace of all and hands their recordings over before it returns. */
  finishNow(): void
  /** Resolves when all that are quiet by now have been handed over. */
  finishQuiet(): Promise<void>
  /** How much waits, of what may: 0 to 1. */
  fullness(): number
  /** Recordings made so far, and the time on this thread that it took. */
  readonly made: { readonly count: number; readonly ms: number }
}

/**
 * Between the response and the recording: waits for late queries, then works in slices that yield to the app.
 *
 * @param finish makes the recording of a recorder, and whatever is to be done with it, step by step
 */
export function createClosing(finish: Finish, report: Report): Closing {
  const backlog = new Backlog()
  let timer: NodeJS.Timeout | null = null
  let slice: NodeJS.Immediate | null = null
  let running: Generator<void, void> | null = null
  const idleCallbacks: (() => void)[] = []
  const made = { count: 0, ms: 0 }

  function add(recorder: Recorder, outcome: (() => RequestOutcome) | null): void {
    if (!backlog.add(recorder, outcome)) return
    // One timer for all, unref'ed: it never keeps the app's process alive.
    timer ??= setInterval(tick, TICK_MS).unref()
  }

  function tick(): void {
    const nowMs = clock.now()
    for (const entry of backlog.waiting) {
      if (isDone(entry.recorder, nowMs)) backlog.makeReady(entry)
    }
    if (backlog.waiting.size === 0 && timer) {
      clearInterval(timer)
      timer = null
    }
    if (backlog.hasReady && !slice) slice = setImmediate(work)
  }

  /** One step of the recording in hand, or the start of the next; false: nothing left. */
  function step(): boolean {
    if (!running) {
      const next = backlog.take()
      if (!next) return false
      running = finish(next.recorder, next.outcome)
    }
    try {
      if (running.next().done) {
        running = null
        made.count += 1
      }
    } catch (error) {
      running = null
      report(error, 'making a recording')
    }
    return true
  }

  function work(): void {
    slice = null
    const startMs = clock.now()
    while (step()) {
      if (clock.now() < startMs + SLICE_MS) continue
      slice = setImmediate(work)
      made.ms += clock.now() - startMs
      return
    }
    made.ms += clock.now() - startMs
    for (const idle of idleCallbacks.splice(0)) idle()
  }

  return {
    add,
    made,
    fullness: () => backlog.fullness,
    finishNow() {
      for (const entry of backlog.waiting) backlog.makeReady(entry)
      const startMs = clock.now()
      while (step());
      made.ms += clock.now() - startMs
    },
    async finishQuiet() {
      tick()
      if (slice) await new Promise<void>((resolve) => idleCallbacks.push(resolve))
    },
  }
}

function isDone(recorder: Recorder, nowMs: number): boolean {
  const sinceEndMs = nowMs - (recorder.endMs ?? recorder.startMs)
  if (sinceEndMs >= GRACE_MS) return true
  return recorder.runningCount === 0 && nowMs - Math.max(recorder.lastActivityMs, recorder.endMs ?? 0) >= QUIET_MS
}
