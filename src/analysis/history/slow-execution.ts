import type { Occurrence } from '../../model/finding.js'
import type { FoundInHistory, KnownDurations, StatementHistory } from '../../model/history.js'
import { roundToMicroseconds as round } from '../../model/intervals.js'
import type { RecordedQuery } from '../../model/query.js'
import { findingKey } from '../finding-key.js'
import { withoutIgnored } from '../ignored-queries.js'
import { append, siteKey } from '../repeats.js'
import type { SettingsOf } from '../settings.js'
import { isStreamed } from '../streamed.js'

/** Below it a scheduler's pause makes any query ten times as slow as usual. */
export const SLOW_ABOVE_MS = 20
const TIMES_MEDIAN = 10
/** So few say nothing of what is usual. */
const LEAST_KNOWN = 20

/** Whether it is far slower than the statement is by itself. */
export function mayBeSlow(durationMs: number, { knownCount, medianMs }: KnownDurations): boolean {
  return knownCount > LEAST_KNOWN && durationMs > Math.max(SLOW_ABOVE_MS, TIMES_MEDIAN * medianMs)
}

/**
 * Executions far slower than the same statement is by itself: over 10 times its median, and over 20 ms. Those that are
 * slow by any measure (`detect.slowQuery.ms`) are found in their recording already. Executions at the same time, as
 * those of a loop that sends all at once, wait for each other in the database or in the app: they say nothing.
 */
export function slowExecution({ ms }: SettingsOf<'slowQuery'>, history: StatementHistory): readonly FoundInHistory[] {
  const { executions, knownCount, recordingId } = history
  const slow = withoutIgnored(executions, 'slow-query').filter((query) => {
    const { durationMs, operation, error } = query
    const isSlow = durationMs !== null && durationMs <= ms && mayBeSlow(durationMs, history)
    if (!isSlow || operation === 'transaction' || error !== null || isStreamed(query)) return false
    return !executions.some((other) => other !== query && overlap(query, other))
  })
  if (slow.length === 0 || knownCount - slow.length < LEAST_KNOWN) return []
  const bySite = new Map<string, RecordedQuery[]>()
  for (const query of slow) append(bySite, siteKey(query.callSite), query)
  return [...bySite.values()].map((queries) => ({ recordingId, occurrence: describe(history, queries) }))
}

function overlap(a: RecordedQuery, b: RecordedQuery): boolean {
  return a.startMs < b.startMs + (b.durationMs ?? 0) && b.startMs < a.startMs + (a.durationMs ?? 0)
}

function describe({ request, knownCount, medianMs }: StatementHistory, queries: readonly RecordedQuery[]): Occurrence {
  const { fingerprint, fingerprintText, callSite } = queries[0] as RecordedQuery
  const statements = [fingerprintText]
  const durations = queries.map(({ durationMs }) => durationMs ?? 0)
  const slowestMs = Math.max(...durations)
  const totalMs = durations.reduce((sum, durationMs) => sum + durationMs, 0)
  const many = queries.length === 1 ? 'One execution took' : `${queries.length} executions took up to`
  const factor = medianMs > 0 ? `${Math.floor(slowestMs / medianMs)} times` : 'far beyond'
  return {
    findingKey: findingKey({ kind: 'slow-query', statements, callSite, request }),
    kind: 'slow-query',
    message: `${many} ${text(slowestMs)}, ${factor} the statement's own median of ${text(medianMs)} (${knownCount} known)`,
    statements,
    fingerprints: [fingerprint],
    count: queries.length,
    queryIndexes: queries.map(({ index }) => index),
    callSite,
    parent: null,
    totalMs: round(totalMs),
    savingMs: round(totalMs - queries.length * medianMs),
    savingBasis: 'the time beyond the median of this statement',
    fix: {
      summary: 'Compare it with a usual run: other values, more rows, or a lock that another connection held.',
      code: null,
    },
  }
}

function text(ms: number): string {
  return ms < 10 ? `${ms.toFixed(2)} ms` : `${ms.toFixed(1)} ms`
}
