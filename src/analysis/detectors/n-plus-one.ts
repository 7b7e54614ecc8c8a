import type { Detector, Occurrence } from '../../model/finding.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { mainTable } from '../../sql/lookup.js'
import { findingKey } from '../finding-key.js'
import { joinLoops, type LoopPart } from '../one-loop.js'
import { findParent } from '../parent-query.js'
import { timesOfBatched } from '../repeat-times.js'
import { groupBySite, isFromOnePath, type Repeats } from '../repeats.js'
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
 * A loop that sends several statements for each item is one finding (`one-loop.ts`). Not seen: one that sends one
 * statement from several call sites, or through several connections. Of more than 100 loops in one recording, those
 * that took the most time are named.
 */
export function nPlusOne({ threshold }: NPlusOneSettings): Detector {
  return (recording) => {
    const loops = groupBySite(recording.queries.filter(isRead), threshold)
      .map((repeats) => ({ repeats, differentCount: new Set(repeats.map((query) => query.keyBindingSet)).size }))
      .filter(({ repeats, differentCount }) => differentCount >= threshold && isFromOnePath(repeats, threshold))
      .sort((a, b) => totalMs(b.repeats) - totalMs(a.repeats))
      .slice(0, MAX_OCCURRENCES)
      .map((loop) => ({ ...loop, parent: findParent(recording.queries, loop.repeats, loop.differentCount) }))
    return joinLoops(loops).map((parts) => describe(recording, parts))
  }
}

const MAX_OCCURRENCES = 100

function isRead({ operation, error }: RecordedQuery): boolean {
  return operation === 'select' && error === null
}

function totalMs(repeats: Repeats): number {
  return repeats.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0)
}

/** @param parts the statements of one loop, in the order of its body */
function describe(recording: Recording, parts: readonly LoopPart[]): Occurrence {
  const firsts = parts.map(({ repeats }) => repeats[0] as RecordedQuery)
  const statements = firsts.map(({ fingerprintText }) => fingerprintText)
  const queries = parts.flatMap(({ repeats }) => repeats).sort((a, b) => a.index - b.index)
  const [{ callSite }] = firsts as [RecordedQuery]
  return {
    findingKey: findingKey({ kind: 'n-plus-one', statements, callSite, request: recording.request }),
    kind: 'n-plus-one',
    message: messageOf(recording, queries.length, parts),
    statements,
    fingerprints: firsts.map(({ fingerprint }) => fingerprint),
    count: queries.length,
    queryIndexes: queries.map(({ index }) => index),
    callSite,
    parent: parts[0]?.parent ?? null,
    ...timesOfBatched(parts.map(({ repeats }) => repeats)),
    fix: whereInFix(
      recording,
      parts.map(({ repeats }) => repeats),
    ),
  }
}

function messageOf(recording: Recording, count: number, parts: readonly LoopPart[]): string {
  const [{ parent, differentCount, repeats }] = parts as [LoopPart]
  const what = parts.length === 1 ? 'are the same statement' : `are ${parts.length} statements, sent again and again`
  const sentence = `${count} of ${recording.queryCount} queries ${what}`
  const table = parent && mainTable(parent.statement)
  if (parent === null || table === null) return `${sentence} with ${differentCount} different bindings`
  const isOnePerRow = parent.rowCount === repeats.length || parent.rowCount === differentCount
  if (isOnePerRow) return `${sentence}, ${parts.length === 1 ? 'one per row' : 'for each row'} of \`${table}\``
  return `${sentence} with ${differentCount} different bindings, for ${parent.rowCount} rows of \`${table}\``
}
