import type { ConnectionHolder, QueryEvidence } from '../model/evidence.js'
import { roundToMicroseconds as round } from '../model/intervals.js'
import { numberOf } from '../model/numbering.js'
import type { RecordedQuery } from '../model/query.js'
import { createBindingNumbering } from '../sql/binding-sets.js'
import { fingerprint } from '../sql/fingerprint.js'
import type { CallSites, Located } from './call-sites.js'
import type { Holding } from './holding.js'
import type { Masker } from './mask.js'
import type { Origin } from './origin.js'
import { queryError } from './query-error.js'
import type { QueryLog } from './query-log.js'
import { BINDINGS_LEFT_OUT, type Recorder } from './recorder.js'
import { asInferred } from './sites/route-sites.js'
import { Statement } from './sites/statements.js'
import { STACK_LEFT_OUT } from './stack.js'
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
  log: QueryLog,
  tools: BuildTools,
  closedMs: number,
): (at: number) => RecordedQuery {
  const numbering = createBindingNumbering()
  const sourcesOf = createValueSources()
  const paths = new Map<string, number>()

  function evidenceOf(at: number, place: Located, sources: ReturnType<typeof sourcesOf>): QueryEvidence {
    const heldBy = log.rare[at]?.heldBy ?? null
    // Written out, here and below: a spread costs some microseconds for each query.
    return {
      sourceIndexes: sources.sourceIndexes,
      areValuesExplained: sources.areValuesExplained,
      areRowsKnown: log.rowCount(at) === 0 || log.areAllRowsKept(at),
      callers: place.callers,
      heldBy: heldBy && holderOf(heldBy, log.startMs(at), recorder, tools),
      poolSize: log.poolSize(at),
      ignoredKinds: log.origins[at]?.isIgnored === true || isReduced(log, at) ? EVERYTHING : place.ignoredKinds,
    }
  }

  function maskedError(at: number, raw: readonly unknown[], masked: RecordedQuery['bindings']): string | null {
    let message = queryError(log, at, closedMs)
    if (message === null) return null
    // Drivers quote the value that they object to: a masked one must not come back in the message.
    raw.forEach((value, index) => {
      if (typeof value === 'string' && value.length > 0 && masked?.[index] !== value) {
        message = message?.replaceAll(value, String(masked?.[index])) ?? null
      }
    })
    return message && tools.masker.error(message)
  }

  return (at) => {
    const statement = log.statements[at] ?? NOT_SENT
    const { print } = statement
    const { hash, text, operation, placeholders } = print
    const given = log.bindings[at]
    const raw = bindingList(given)
    const bindings = given === BINDINGS_LEFT_OUT ? null : tools.masker.bindings(raw, placeholders)
    const place = placeOf(log, at, statement, tools.callSites)
    const rows = log.rows[at] ?? NO_ROWS
    const sources = sourcesOf({ index: at, fingerprint: hash, bindings: raw, placeholders, rows })
    const { bindingSet, keyBindingSet } = numbering(print, raw)
    const startMs = log.startMs(at)
    const endMs = log.endMs(at)
    const poolWaitMs = log.poolWaitMs(at)
    return {
      index: at,
      statement: tools.masker.statement(statement.sql, print),
      bindings,
      fingerprint: hash,
      fingerprintText: text,
      operation,
      connection: log.connections[at] as string,
      transactionId: log.rare[at]?.transactionId ?? null,
      startMs: round(startMs - recorder.startMs),
      durationMs: endMs === null ? null : round(endMs - startMs),
      poolWaitMs: poolWaitMs === null ? null : round(poolWaitMs),
      // Drivers answer BEGIN and COMMIT with an empty result or nothing: neither says anything about rows.
      rowCount: operation === 'transaction' ? null : log.rowCount(at),
      resultBytes: log.resultBytes(at),
      error: maskedError(at, raw, bindings),
      spanIndex: log.origins[at]?.span?.index ?? null,
      late: recorder.endMs !== null && !recorder.isUnfinished && lastMs(log, at) > recorder.endMs,
      callSite: place.callSite,
      bindingSet,
      keyBindingSet,
      callPath: numberOf(paths, place.path),
      evidence: evidenceOf(at, place, sources),
    }
  }
}

function placeOf(log: QueryLog, at: number, statement: Statement, callSites: CallSites): Located {
  const place = log.places[at]
  const origin = log.origins[at]
  if (place) {
    origin?.sites?.infer(statement)
    return place
  }
  if (!origin) return UNKNOWN_PLACE
  const located = locate(origin, callSites)
  const isOfTransaction = statement.print.operation === 'transaction'
  if (origin.sites === null || isOfTransaction || origin.stack === STACK_LEFT_OUT) return located
  // Where it was sent is mostly, but not always, where it was built.
  if (log.rare[at]?.isStackLate === true) return asInferred(located)
  origin.sites.learn(statement, located)
  return located
}

function locate({ stack, calledFrom }: Origin, callSites: CallSites): Located {
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
    heldMs: round((Number.isNaN(holding.releasedMs) ? untilMs : holding.releasedMs) - holding.sinceMs),
  }
}

const NOT_SENT = new Statement('')
const UNKNOWN_PLACE: Located = { callSite: null, path: '', callers: [], ignoredKinds: [] }
const EVERYTHING: QueryEvidence['ignoredKinds'] = ['all']
const NO_ROWS: readonly object[] = []

/** Without its line or its values a query looks like others that it is not: then it is no finding. */
function isReduced(log: QueryLog, at: number): boolean {
  return log.origins[at]?.stack === STACK_LEFT_OUT || log.bindings[at] === BINDINGS_LEFT_OUT
}

/** Beyond what any database takes. What says that it has more is no list of bindings. */
const MOST_BINDINGS = 100_000

/** mssql and named bindings arrive as an object; its values in order are the bindings. */
function bindingList(bindings: unknown): readonly unknown[] {
  try {
    if (Array.isArray(bindings)) return bindings.length <= MOST_BINDINGS ? bindings : bindings.slice(0, MOST_BINDINGS)
    return typeof bindings === 'object' && bindings !== null ? Object.values(bindings) : []
  } catch {
    // The app's own getters or proxies.
    return [UNREADABLE]
  }
}

const UNREADABLE = '<unreadable value>'

/** Of a query that is still running: never. */
function lastMs(log: QueryLog, at: number): number {
  return log.endMs(at) ?? (log.rare[at]?.isUnsent === true ? log.startMs(at) : Number.POSITIVE_INFINITY)
}
