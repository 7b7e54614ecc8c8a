import type { Detector, Occurrence, ParentQuery } from '../../model/finding.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { mainTable } from '../../sql/lookup.js'
import { findingKey } from '../finding-key.js'
import { findParent } from '../parent-query.js'
import { timesOfBatched } from '../repeat-times.js'
import { groupBySite, type Repeats } from '../repeats.js'
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
    groupBySite(recording.queries.filter(isRead), threshold)
      .map((repeats) => ({ repeats, differentCount: new Set(repeats.map((query) => query.keyBindingSet)).size }))
      .filter(({ differentCount }) => differentCount >= threshold)
      .sort((a, b) => totalMs(b.repeats) - totalMs(a.repeats))
      .slice(0, MAX_OCCURRENCES)
      .map(({ repeats, differentCount }) => describe(recording, repeats, differentCount))
}

const MAX_OCCURRENCES = 100

function isRead({ operation, error }: RecordedQuery): boolean {
  return operation === 'select' && error === null
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
    ...timesOfBatched(repeats),
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
