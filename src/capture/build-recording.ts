import { roundToMicroseconds as round, unionMs } from '../model/intervals.js'
import type { RecordedUser } from '../model/marks.js'
import type { RecordedQuery } from '../model/query.js'
import type { RecordedRequest, RecordedResponse, Recording } from '../model/recording.js'
import { type BuildTools, createQueryBuilder } from './build-query.js'
import { clock } from './clock.js'
import { recordedError } from './exceptions.js'
import { builtTags } from './noted-marks.js'
import { releaseLog } from './query-log.js'
import type { Recorder } from './recorder.js'
import type { Report } from './report.js'
import { buildSpans } from './spans/build-spans.js'

/** What the HTTP side knows when the connection is done. */
export interface RequestOutcome {
  readonly request: RecordedRequest
  /** `null`: it was not complete yet. */
  readonly response: RecordedResponse | null
  readonly user: RecordedUser | null
}

const QUERIES_PER_STEP = 32
/** A query that took so long deserves its exact line the next time. */
const SLOW_MS = 200

export interface RecordingTools extends BuildTools {
  /** Files of stacks are named relative to it. */
  readonly projectRoot: string
  /** The label of what began at a time; `null`: none. */
  readonly session: (startedAt: number) => string | null
  readonly report: Report
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
  const closedMs = clock.now()
  const outcome = readOutcome?.() ?? null
  const endMs = recorder.endMs ?? recorder.lastActivityMs
  const { thrown, spans, marks, meter, cpuProfile: profiled } = recorder
  recorder.thrown = null
  recorder.spans = null
  recorder.cpuProfile = null
  const cpuProfile = profiled && (yield* profiled.take())
  const queries = yield* buildQueries(recorder, tools, closedMs)
  return {
    id: recorder.id,
    kind: recorder.kind,
    name: recorder.name,
    session: tools.session(recorder.startedAt),
    tags: builtTags(marks, tools.masker),
    pinned: marks?.isPinned ?? false,
    user: outcome?.user ?? null,
    startedAt: recorder.startedAt,
    durationMs: round(endMs - recorder.startMs),
    overheadMs: round(recorder.overheadMs),
    usage: meter?.usage ?? null,
    request: outcome?.request ?? null,
    response: outcome?.response ?? null,
    error: thrown && recordedError(thrown.value, tools),
    queries,
    droppedQueryCount: recorder.droppedQueryCount,
    ...buildSpans(spans, recorder, queries, tools),
    ...totals(queries, recorder),
    ...(cpuProfile && { cpuProfile }),
  }
}

function* buildQueries(
  recorder: Recorder,
  tools: RecordingTools,
  closedMs: number,
): Generator<void, readonly RecordedQuery[]> {
  const queries: RecordedQuery[] = []
  const log = recorder.takeLog()
  if (log === null) return queries
  const buildQuery = createQueryBuilder(recorder, log, tools, closedMs)
  let wasOdd = false
  for (let at = 0; at < log.count; at++) {
    if (at > 0 && at % QUERIES_PER_STEP === 0) yield
    try {
      const query = buildQuery(at)
      wasOdd ||= query.error !== null || (query.durationMs ?? 0) >= SLOW_MS
      queries.push(query)
    } catch (error) {
      // One query that cannot be told must not take the recording with it.
      recorder.droppedQueryCount += 1
      tools.report(error, 'noting a query')
    }
  }
  releaseLog(log)
  for (const { sites, wasExact } of recorder.phases) sites.endRequest(wasExact, wasOdd)
  return queries
}

type Totals = Pick<Recording, 'queryCount' | 'sqlMs' | 'sqlWallMs' | 'poolWaitMs'>

function totals(queries: readonly RecordedQuery[], { droppedQueryCount, dropped }: Recorder): Totals {
  let queryCount = droppedQueryCount
  let { sqlMs } = dropped
  let poolWaitMs = 0
  const intervals: { startMs: number; endMs: number }[] = []
  for (const { operation, startMs, durationMs, poolWaitMs: waitMs } of queries) {
    if (operation !== 'transaction') queryCount++
    poolWaitMs += waitMs ?? 0
    if (durationMs === null) continue
    sqlMs += durationMs
    intervals.push({ startMs, endMs: startMs + durationMs })
  }
  return {
    queryCount,
    sqlMs: round(sqlMs),
    sqlWallMs: round(unionMs(intervals) + dropped.wallMs),
    poolWaitMs: round(poolWaitMs),
  }
}
