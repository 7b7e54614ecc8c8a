import { setTimeout as pause } from 'node:timers/promises'
import { listen, liveProfilers } from '../capture/feed.js'
import type { AnalyzedRecording, Occurrence } from '../model/finding.js'
import type { RecordedQuery } from '../model/query.js'
import type { Recording } from '../model/recording.js'

export type { Occurrence, RecordedQuery, Recording }

/** What a function did to the database. */
export interface RecordedQueries<R> {
  /** What the function returned. */
  readonly result: R
  /** Without BEGIN, COMMIT and their like. */
  readonly queryCount: number
  /** In the order in which they were sent, at most 10,000 of each request. */
  readonly queries: readonly RecordedQuery[]
  /** What is wrong, by the settings of the profiler that recorded it. */
  readonly occurrences: readonly Occurrence[]
  /** One for each request, and one for what was sent outside of any. */
  readonly recordings: readonly Recording[]
}

/** A request that is not answered by then, as a stream without end, is left out. */
const PATIENCE_MS = 2_000

/**
 * Runs a function, as a test's call of the app, and tells the queries that this process sent meanwhile: those of all
 * requests, and those outside of any. So tests that run at the same time in one process count each other's. What is sent
 * after the function has returned and the answers are out is not counted.
 *
 * @throws Error when no `silk()` records in this process; and whatever the function throws
 * @example
 * const { queryCount } = await recordQueries(() => supertest(app).get('/collections'))
 * expect(queryCount).toBeLessThanOrEqual(2)
 */
export async function recordQueries<R>(fn: () => R | PromiseLike<R>): Promise<RecordedQueries<R>> {
  const recorded: AnalyzedRecording[] = []
  finishAll()
  const stop = listen((one) => recorded.push(one))
  try {
    const result = await fn()
    if (liveProfilers().length === 0) {
      throw new Error('recordQueries: no silk() records in this process. Let the app use one: app.use(silk()).')
    }
    await answered()
    finishAll()
    return { result, ...summed(recorded) }
  } finally {
    stop()
  }
}

function finishAll(): void {
  for (const { finishNow } of liveProfilers()) finishNow()
}

/** The client may have the answer before the server knows that it is out. */
async function answered(): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS
  while (liveProfilers().some(({ openCount }) => openCount() > 0) && Date.now() < giveUpAt) await pause(1)
}

function summed(recorded: readonly AnalyzedRecording[]): Omit<RecordedQueries<never>, 'result'> {
  const recordings = recorded
    .map(({ recording }) => recording)
    .toSorted((left, right) => left.startedAt - right.startedAt || (left.id < right.id ? -1 : 1))
  return {
    recordings,
    queryCount: recordings.reduce((sum, { queryCount }) => sum + queryCount, 0),
    queries: recordings.flatMap(({ queries }) => queries),
    occurrences: recorded.flatMap(({ occurrences }) => occurrences),
  }
}
