import type { ConnectionHolder, QueryEvidence } from '../model/evidence.js'
import { roundToMicroseconds as round } from '../model/intervals.js'
import { numberOf } from '../model/numbering.js'
import type { RecordedQuery } from '../model/query.js'
import { createBindingNumbering } from '../sql/binding-sets.js'
import { type Fingerprint, fingerprint } from '../sql/fingerprint.js'
import type { CallSites, Located } from './call-sites.js'
import type { Masker } from './mask.js'
import { queryError } from './query-error.js'
import type { Holding, OpenQuery, Recorder } from './recorder.js'
import { createValueSources } from './value-sources.js'

export interface BuildTools {
  readonly callSites: CallSites
  readonly masker: Masker
}

/**
 * Makes the queries of one recording: call sites, fingerprints, binding sets and sources on the raw values, and then the
 * masking. To be called in the order of sending.
 *
 * @param recorder whose queries they are
 * @param closedMs when the recording was closed, on the recorder's clock
 */
export function createQueryBuilder(
  recorder: Recorder,
  tools: BuildTools,
  closedMs: number,
): (query: OpenQuery, index: number) => RecordedQuery {
  const numbering = createBindingNumbering()
  const sourcesOf = createValueSources()
  const paths = new Map<string, number>()

  function evidenceOf(query: OpenQuery, place: Located, sources: ReturnType<typeof sourcesOf>): QueryEvidence {
    // Written out, here and below: a spread costs some microseconds for each query.
    return {
      sourceIndexes: sources.sourceIndexes,
      areValuesExplained: sources.areValuesExplained,
      areRowsKnown: query.rowCount === 0 || query.rows?.areAllKept === true,
      callers: place.callers,
      heldBy: query.heldBy && holderOf(query.heldBy, query.startMs, recorder, tools),
      poolSize: query.poolSize,
      ignoredKinds: query.isIgnored ? EVERYTHING : place.ignoredKinds,
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

  return (query, index) => {
    const print = fingerprint(query.sql)
    const { hash, text, operation, placeholders } = print
    const raw = Array.isArray(query.bindings) ? query.bindings : bindingList(query.bindings)
    const bindings = tools.masker.bindings(raw, placeholders)
    const place = placeOf(query, tools.callSites)
    const rows = query.rows?.kept ?? NO_ROWS
    const sources = sourcesOf({ index, fingerprint: hash, bindings: raw, placeholders, rows })
    const { startMs, endMs, poolWaitMs } = query
    const { bindingSet, keyBindingSet } = numbering(print, raw)
    return {
      index,
      statement: query.sql,
      bindings,
      fingerprint: hash,
      fingerprintText: text,
      operation,
      connection: query.connection,
      transactionId: query.transactionId,
      startMs: round(startMs - recorder.startMs),
      durationMs: endMs === null ? null : round(endMs - startMs),
      poolWaitMs: poolWaitMs === null ? null : round(poolWaitMs),
      rowCount: rowCountOf(query, print),
      resultBytes: query.rows?.bytes ?? null,
      error: maskedError(query, raw, bindings),
      late: recorder.endMs !== null && lastMs(query) > recorder.endMs,
      callSite: place.callSite,
      bindingSet,
      keyBindingSet,
      callPath: numberOf(paths, place.path),
      evidence: evidenceOf(query, place, sources),
    }
  }
}

function placeOf({ stack, calledFrom }: OpenQuery, callSites: CallSites): Located {
  let place = stack ? callSites.locate(stack) : UNKNOWN_PLACE
  for (let call = calledFrom; place.callSite === null && call !== null; call = call.outer) {
    place = callSites.locate(call.stack)
  }
  return place
}

/** Who had a connection, for a query of this recorder that waited until then. */
function holderOf(holding: Holding, untilMs: number, recorder: Recorder, tools: BuildTools): ConnectionHolder {
  const { recorder: holder, sql, stack } = holding
  return {
    recordingId: holder?.id ?? null,
    isSameRecording: holder === recorder,
    request: holder?.request ? `${holder.request.method} ${tools.masker.url(holder.request.path)}` : null,
    statement: sql === null ? null : fingerprint(sql).text,
    callSite: stack === null ? null : tools.callSites.locate(stack).callSite,
    heldMs: round((holding.releasedMs ?? untilMs) - holding.sinceMs),
  }
}

const UNKNOWN_PLACE: Located = { callSite: null, path: '', callers: [], ignoredKinds: [] }
const EVERYTHING: QueryEvidence['ignoredKinds'] = ['all']
const NO_ROWS: readonly object[] = []

/** mssql and named bindings arrive as an object; its values in order are the bindings. */
function bindingList(bindings: unknown): readonly unknown[] {
  return typeof bindings === 'object' && bindings !== null ? Object.values(bindings) : []
}

/** Drivers answer BEGIN and COMMIT with an empty result or nothing: neither says anything about rows. */
function rowCountOf({ rowCount }: OpenQuery, { operation }: Fingerprint): number | null {
  return operation === 'transaction' ? null : rowCount
}

/** Of a query that is still running: never. */
function lastMs({ endMs, startMs, isUnsent }: OpenQuery): number {
  return endMs ?? (isUnsent ? startMs : Number.POSITIVE_INFINITY)
}
