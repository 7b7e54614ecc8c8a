import { roundToMicroseconds as round, unionMs } from '../model/intervals.js'
import { numberOf } from '../model/numbering.js'
import type { RecordedQuery } from '../model/query.js'
import type { RecordedRequest, RecordedResponse, Recording } from '../model/recording.js'
import { createBindingNumbering } from '../sql/binding-sets.js'
import { fingerprint } from '../sql/fingerprint.js'
import type { CallSites } from './call-sites.js'
import type { Masker } from './mask.js'
import { queryError } from './query-error.js'
import type { OpenQuery, Recorder } from './recorder.js'
import { uuidV7 } from './uuid-v7.js'

/** What the HTTP side knows when the connection is done. */
export interface RequestOutcome {
  readonly request: RecordedRequest
  readonly response: RecordedResponse
}

export interface BuildTools {
  readonly callSites: CallSites
  readonly masker: Masker
}

const QUERIES_PER_STEP = 32

/**
 * Makes the recording of what a recorder noted: call sites, fingerprints, binding sets on the raw values, and then the
 * masking. Thousands of queries take a while, so the work pauses at each `yield`; the caller decides for how long.
 *
 * @param readOutcome `null` for background work
 */
export function* buildRecording(
  recorder: Recorder,
  readOutcome: (() => RequestOutcome) | null,
  tools: BuildTools,
): Generator<void, Recording> {
  const closedMs = performance.now()
  const outcome = readOutcome?.() ?? null
  const endMs = recorder.endMs ?? recorder.lastActivityMs
  const numbering = createBindingNumbering()
  const paths = new Map<string, number>()
  const queries: RecordedQuery[] = []
  const open = recorder.queries
  // The app's timers and pooled connections may hold the recorder for ever: the values go with the recording.
  recorder.queries = []
  for (const query of open) {
    if (queries.length > 0 && queries.length % QUERIES_PER_STEP === 0) yield
    queries.push(buildQuery(query, queries.length))
  }
  return {
    id: uuidV7(recorder.startedAt),
    kind: recorder.kind,
    startedAt: recorder.startedAt,
    durationMs: round(endMs - recorder.startMs),
    overheadMs: round(recorder.overheadMs),
    request: outcome?.request ?? null,
    response: outcome?.response ?? null,
    queries,
    droppedQueryCount: recorder.droppedQueryCount,
    ...totals(queries, recorder.droppedQueryCount),
  }

  function buildQuery(query: OpenQuery, index: number): RecordedQuery {
    const print = fingerprint(query.sql)
    const raw = Array.isArray(query.bindings) ? query.bindings : bindingList(query.bindings)
    const bindings = tools.masker.bindings(raw, print.placeholders)
    const { callSite, path } = query.stack ? tools.callSites.locate(query.stack) : UNKNOWN_PLACE
    return {
      index,
      statement: query.sql,
      bindings,
      fingerprint: print.hash,
      fingerprintText: print.text,
      operation: print.operation,
      connection: query.connection,
      transactionId: query.transactionId,
      startMs: round(query.startMs - recorder.startMs),
      durationMs: query.endMs === null ? null : round(query.endMs - query.startMs),
      poolWaitMs: query.poolWaitMs === null ? null : round(query.poolWaitMs),
      // Drivers answer BEGIN and COMMIT with an empty result or nothing: neither says anything about rows.
      rowCount: print.operation === 'transaction' ? null : query.rowCount,
      error: maskedError(query, raw, bindings),
      late: recorder.endMs !== null && (query.endMs === null || query.endMs > recorder.endMs),
      callSite,
      ...numbering(print, raw),
      callPath: numberOf(paths, path),
    }
  }

  function maskedError(query: OpenQuery, raw: readonly unknown[], masked: RecordedQuery['bindings']): string | null {
    let message = queryError(query, closedMs)
    if (message === null) return null
    // Drivers quote the value that they object to: a masked one must not come back in the message.
    raw.forEach((value, index) => {
      if (typeof value === 'string' && value.length > 0 && masked?.[index] !== value) {
        message = message?.replaceAll(value, String(masked?.[index])) ?? null
      }
    })
    return message && tools.masker.error(message)
  }
}

const UNKNOWN_PLACE = { callSite: null, path: '' }

/** mssql and named bindings arrive as an object; its values in order are the bindings. */
function bindingList(bindings: unknown): readonly unknown[] {
  return typeof bindings === 'object' && bindings !== null ? Object.values(bindings) : []
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
