import type { Detector, Occurrence, ParentQuery } from '../../model/finding.js'
import { unionMs } from '../../model/intervals.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { mainTable } from '../../sql/lookup.js'
import { findingKey } from '../finding-key.js'
import { findParent } from '../parent-query.js'
import { whereInFix } from '../where-in-fix.js'

export interface NPlusOneSettings {
  /** Different bindings from which on repeats are a finding. */
  readonly threshold: number
}

/**
 * One statement from one call site, `threshold` times or more within a recording, each time with different values: a
 * query inside a loop, whether its turns wait for each other or not.
 *
 * Values that don't count as different: elements of lists (chunks of a `whereIn`), LIMIT and OFFSET and where a page
 * begins (paging). The same values again are duplicates and count once. Failed queries count never, so that retries
 * are none. Reads only: BEGIN, COMMIT and writes have detectors of their own, if any.
 *
 * Not seen: a loop that sends one statement from several call sites, or through several connections. Of more than 100
 * such loops in one recording, those that took the most time are named.
 */
export function nPlusOne({ threshold }: NPlusOneSettings): Detector {
  return (recording) =>
    groupRepeats(recording.queries, threshold)
      .map((repeats) => ({ repeats, differentCount: new Set(repeats.map((query) => query.keyBindingSet)).size }))
      .filter(({ differentCount }) => differentCount >= threshold)
      .sort((a, b) => totalMs(b.repeats) - totalMs(a.repeats))
      .slice(0, MAX_OCCURRENCES)
      .map(({ repeats, differentCount }) => describe(recording, repeats, differentCount))
}

const MAX_OCCURRENCES = 100

type Repeats = readonly RecordedQuery[]

function groupRepeats(queries: Repeats, threshold: number): readonly Repeats[] {
  const reads = queries.filter(({ operation, error }) => operation === 'select' && error === null)
  // By fingerprint first, since most statements end here.
  return groupBy(reads, threshold, ({ fingerprint }) => fingerprint).flatMap((same) =>
    groupBy(same, threshold, ({ callSite, connection }) =>
      callSite === null ? connection : `${callSite.line}:${callSite.column}:${callSite.file} ${connection}`,
    ),
  )
}

/** Groups of at least `size`. */
function groupBy(queries: Repeats, size: number, keyOf: (query: RecordedQuery) => string): readonly Repeats[] {
  const groups = new Map<string, RecordedQuery[]>()
  for (const query of queries) {
    const key = keyOf(query)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [query])
    else group.push(query)
  }
  return [...groups.values()].filter((group) => group.length >= size)
}

function totalMs(repeats: Repeats): number {
  return repeats.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0)
}

function describe(recording: Recording, repeats: Repeats, differentCount: number): Occurrence {
  const first = repeats[0] as RecordedQuery
  const statements = [first.fingerprintText]
  const parent = findParent(recording.queries, repeats, differentCount)
  return {
    findingKey: findingKey({ kind: 'n-plus-one', statements, callSite: first.callSite, request: recording.request }),
    kind: 'n-plus-one',
    message: messageOf(recording, repeats, differentCount, parent),
    statements,
    fingerprints: [first.fingerprint],
    count: repeats.length,
    queryIndexes: repeats.map(({ index }) => index),
    callSite: first.callSite,
    parent,
    ...timesOf(repeats),
    fix: whereInFix(recording, repeats),
  }
}

function messageOf(recording: Recording, repeats: Repeats, differentCount: number, parent: ParentQuery | null): string {
  const sameStatement = `${repeats.length} of ${recording.queryCount} queries are the same statement`
  const table = parent && mainTable(parent.statement)
  if (parent === null || table === null) return `${sameStatement} with ${differentCount} different bindings`
  const isOnePerRow = parent.rowCount === repeats.length || parent.rowCount === differentCount
  if (isOnePerRow) return `${sameStatement}, one per row of \`${table}\``
  return `${sameStatement} with ${differentCount} different bindings, for ${parent.rowCount} rows of \`${table}\``
}

const SAVING_BASIS =
  'the time of the repeats with their waits for a connection, time in parallel counted once, less the slowest of them; what knex and the app do around each is not counted'

function timesOf(repeats: Repeats): Pick<Occurrence, 'totalMs' | 'savingMs' | 'savingBasis'> {
  const intervals: { startMs: number; endMs: number }[] = []
  let totalMs = 0
  let slowestMs = 0
  for (const { startMs, durationMs, poolWaitMs } of repeats) {
    if (durationMs === null) continue
    intervals.push({ startMs: startMs - (poolWaitMs ?? 0), endMs: startMs + durationMs })
    totalMs += durationMs
    slowestMs = Math.max(slowestMs, durationMs)
  }
  if (intervals.length === 0) return { totalMs, savingMs: null, savingBasis: 'the driver gave no durations' }
  // Without its numbers: they are in the occurrence, and one sentence for all of them is stored once.
  const savingMs = round(Math.max(0, unionMs(intervals) - slowestMs))
  return { totalMs: round(totalMs), savingMs, savingBasis: SAVING_BASIS }
}

/** Sums of whole microseconds, without the dust of binary fractions. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
