import type { CallerFrame } from '../../model/evidence.js'
import type { Detector, Occurrence } from '../../model/finding.js'
import { roundToMicroseconds as round } from '../../model/intervals.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { locksRows } from '../../sql/row-locks.js'
import { findingKey } from '../finding-key.js'
import { sumMs } from '../repeat-times.js'
import { type Repeats, siteKey } from '../repeats.js'
import type { SettingsOf } from '../settings.js'
import { msText, someText } from '../wording.js'

/** A longer pause before a read means that the app has done something in between, which the read may rest on. */
const MAX_PAUSE_MS = 10
/** Reads that take less than this share of the slowest one make no difference. */
const LEAST_SHARE = 0.05

/**
 * Reads that wait for each other and need nothing of each other, where sending them at once would save more than `ms`:
 * the sum of their times less the slowest.
 *
 * A read needs another when one of its values was first seen in the other's rows, or may have been; when the other
 * returned nothing, since it may have been asked for that; and when other code stands between them: another middleware,
 * a write, a transaction, a pause. Not on a pool of one connection, as SQLite's, nor inside a transaction, where they
 * would wait all the same; nor the turns of a loop, which are no independent reads.
 */
export function sequentialQueries({ ms }: SettingsOf<'sequentialQueries'>): Detector {
  return (recording) =>
    independentRuns(recording.queries)
      .map(withoutTrifles)
      .filter((run) => run.length > 1 && savingOf(run) > ms)
      .map((run) => describe(recording, run))
}

/** Reads in a row of which none needs another. */
function independentRuns(queries: Repeats): readonly Repeats[] {
  const runs: RecordedQuery[][] = []
  let run: RecordedQuery[] = []
  for (const query of queries) {
    if (!isRead(query)) {
      run = []
    } else if (run.length > 0 && continues(run, query)) {
      run.push(query)
    } else {
      run = [query]
      runs.push(run)
    }
  }
  return runs
}

function isRead({
  operation,
  error,
  late,
  transactionId,
  durationMs,
  fingerprintText,
  evidence,
}: RecordedQuery): boolean {
  if (operation !== 'select' || error !== null || late || transactionId !== null || durationMs === null) return false
  return evidence.poolSize !== 1 && !locksRows(fingerprintText)
}

function continues(run: Repeats, query: RecordedQuery): boolean {
  const before = run[run.length - 1] as RecordedQuery
  const pauseMs = query.startMs - (query.poolWaitMs ?? 0) - endOf(before)
  if (pauseMs < 0 || pauseMs > MAX_PAUSE_MS) return false
  return run.every(
    (other) =>
      !mayNeed(query, other) &&
      siteKey(other.callSite) !== siteKey(query.callSite) &&
      areOfOneFunction(other.evidence.callers, query.evidence.callers),
  )
}

function endOf({ startMs, durationMs }: RecordedQuery): number {
  return startMs + (durationMs ?? 0)
}

function mayNeed({ evidence }: RecordedQuery, other: RecordedQuery): boolean {
  if (other.rowCount === 0 || evidence.sourceIndexes.includes(other.index)) return true
  return !other.evidence.areRowsKnown && !evidence.areValuesExplained
}

/**
 * Whether one run of one function has sent both, by itself or by helpers. The lines of a function that called it, by way
 * of a package (Express, from middleware to handler), are gone from the stack once it has waited: so the later one can
 * have no such lines that the earlier did not have.
 */
function areOfOneFunction(earlier: readonly CallerFrame[], later: readonly CallerFrame[]): boolean {
  const [own, others] = [segment(earlier), segment(later)]
  const outermost = others[others.length - 1]
  if (outermost === undefined) return false
  if (!own.some(({ file, function: name }) => file === outermost.file && name === outermost.function)) return false
  return later
    .slice(others.length)
    .every(({ file, line }) => earlier.some((at) => at.file === file && at.line === line))
}

/** The innermost lines, as far as the app's own code called itself. */
function segment(callers: readonly CallerFrame[]): readonly CallerFrame[] {
  const end = callers.findIndex(({ through }) => through.length > 0)
  return end === -1 ? callers : callers.slice(0, end)
}

function withoutTrifles(run: Repeats): Repeats {
  const leastMs = slowestOf(run) * LEAST_SHARE
  return run.filter(({ durationMs }) => (durationMs ?? 0) >= leastMs)
}

function slowestOf(run: Repeats): number {
  return run.reduce((slowest, { durationMs }) => Math.max(slowest, durationMs ?? 0), 0)
}

function savingOf(run: Repeats): number {
  return sumMs(run) - slowestOf(run)
}

function describe(recording: Recording, run: Repeats): Occurrence {
  const { callSite } = run[0] as RecordedQuery
  const statements = run.map(({ fingerprintText }) => fingerprintText)
  const [sum, slowest] = [msText(sumMs(run)), msText(slowestOf(run))]
  return {
    findingKey: findingKey({ kind: 'sequential-queries', statements, callSite, request: recording.request }),
    kind: 'sequential-queries',
    message: `${someText(run.length, recording)} wait for each other and need nothing of each other`,
    statements,
    fingerprints: run.map(({ fingerprint }) => fingerprint),
    count: run.length,
    queryIndexes: run.map(({ index }) => index),
    callSite,
    parent: null,
    totalMs: round(sumMs(run)),
    savingMs: round(savingOf(run)),
    savingBasis: 'the sum of their times less the slowest: at once they would take as long as that one',
    fix: {
      summary: `Send them at once, with \`await Promise.all([…])\`: ${slowest} instead of ${sum}.`,
      code: null,
    },
  }
}
