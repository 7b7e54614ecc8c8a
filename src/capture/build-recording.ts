import { roundToMicroseconds as round, unionMs } from '../model/intervals.js'
import type { RecordedQuery } from '../model/query.js'
import type { RecordedRequest, RecordedResponse, Recording } from '../model/recording.js'
import { type BuildTools, createQueryBuilder } from './build-query.js'
import type { Recorder } from './recorder.js'

/** What the HTTP side knows when the connection is done. */
export interface RequestOutcome {
  readonly request: RecordedRequest
  readonly response: RecordedResponse
}

const QUERIES_PER_STEP = 32

interface RecordingTools extends BuildTools {
  /** The label of what began at a time; `null`: none. */
  readonly session: (startedAt: number) => string | null
}

/**
 * Makes the recording of what a recorder noted. Thousands of queries take a while, so the work pauses at each `yield`;
 * the caller decides for how long.
 *
 * @param readOutcome `null` for background work
 */
export function* buildRecording(
  recorder: Recorder,
  readOutcome: (() => RequestOutcome) | null,
  tools: RecordingTools,
): Generator<void, Recording> {
  const closedMs = performance.now()
  const outcome = readOutcome?.() ?? null
  const endMs = recorder.endMs ?? recorder.lastActivityMs
  const buildQuery = createQueryBuilder(recorder, tools, closedMs)
  const queries: RecordedQuery[] = []
  const open = recorder.queries
  // The app's timers and pooled connections may hold the recorder for ever: the values go with the recording.
  recorder.queries = []
  for (const query of open) {
    if (queries.length > 0 && queries.length % QUERIES_PER_STEP === 0) yield
    queries.push(buildQuery(query, queries.length))
  }
  return {
    id: recorder.id,
    kind: recorder.kind,
    session: tools.session(recorder.startedAt),
    startedAt: recorder.startedAt,
    durationMs: round(endMs - recorder.startMs),
    overheadMs: round(recorder.overheadMs),
    request: outcome?.request ?? null,
    response: outcome?.response ?? null,
    queries,
    droppedQueryCount: recorder.droppedQueryCount,
    ...totals(queries, recorder.droppedQueryCount),
  }
}

type Totals = Pick<Recording, 'queryCount' | 'sqlMs' | 'sqlWallMs' | 'poolWaitMs'>

function totals(queries: readonly RecordedQuery[], droppedQueryCount: number): Totals {
  let queryCount = droppedQueryCount
  let sqlMs = 0
  let poolWaitMs = 0
  const intervals: { startMs: number; endMs: number }[] = []
  for (const { operation, startMs, durationMs, poolWaitMs: waitMs } of queries) {
    if (operation !== 'transaction') queryCount++
    poolWaitMs += waitMs ?? 0
    if (durationMs === null) continue
    sqlMs += durationMs
    intervals.push({ startMs, endMs: startMs + durationMs })
  }
  return { queryCount, sqlMs: round(sqlMs), sqlWallMs: round(unionMs(intervals)), poolWaitMs: round(poolWaitMs) }
}
