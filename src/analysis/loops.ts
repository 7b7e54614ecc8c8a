import type { FindingKind, Fix, Occurrence } from '../model/finding.js'
import type { RecordedQuery } from '../model/query.js'
import type { Recording } from '../model/recording.js'
import { findingKey } from './finding-key.js'
import { joinLoops, type LoopPart } from './one-loop.js'
import { findParent } from './parent-query.js'
import { sumMs, timesOfBatched } from './repeat-times.js'
import { effectOf, groupBySite, isFromOnePath, type Repeats } from './repeats.js'

export interface LoopRule {
  /** Turns from which on a loop is one. */
  readonly threshold: number
  /** Whether a query may be sent by such a loop at all. */
  isCandidate(query: RecordedQuery): boolean
  /** Whether the turns must differ in their values, lists and paging apart. */
  mustDiffer(repeats: Repeats): boolean
}

/** The statements of one loop, in the order of its body. */
export type Loop = readonly LoopPart[]

const MAX_LOOPS = 100

/** The loops of a recording by a rule; of more than 100 statements in loops, those that took the most time. */
export function findLoops(recording: Recording, rule: LoopRule): readonly Loop[] {
  const { threshold } = rule
  const candidates = recording.queries.filter((query) => rule.isCandidate(query))
  const parts = groupBySite(candidates, threshold)
    .map((repeats) => ({ repeats, differentCount: new Set(repeats.map((query) => query.keyBindingSet)).size }))
    .filter(({ repeats, differentCount }) => differentCount >= threshold || !rule.mustDiffer(repeats))
    .filter(({ repeats }) => isFromOnePath(repeats, threshold))
    .sort((a, b) => sumMs(b.repeats) - sumMs(a.repeats))
    .slice(0, MAX_LOOPS)
    .map((part) => ({ ...part, parent: findParent(recording.queries, part.repeats, part.differentCount) }))
  return joinLoops(parts)
}

/** What a loop is told as. */
export interface LoopStory {
  readonly kind: FindingKind
  /** What follows "50 of 51 queries are …". */
  readonly what: string
  readonly fix: Fix | null
}

/** The finding that a loop is in this recording. */
export function loopOccurrence(recording: Recording, loop: Loop, { kind, what, fix }: LoopStory): Occurrence {
  const groups = loop.map(({ repeats }) => repeats)
  const firsts = firstsOf(loop)
  const queries = groups.flat().sort((a, b) => a.index - b.index)
  const statements = firsts.map(({ fingerprintText }) => fingerprintText)
  const [{ callSite }] = firsts
  return {
    findingKey: findingKey({ kind, statements, callSite, request: recording.request }),
    kind,
    message: `${queries.length} of ${recording.queryCount} queries are ${what}`,
    statements,
    fingerprints: firsts.map(({ fingerprint }) => fingerprint),
    count: queries.length,
    queryIndexes: queries.map(({ index }) => index),
    callSite,
    parent: loop[0]?.parent ?? null,
    ...timesOfBatched(groups),
    fix,
  }
}

/** The first execution of each statement of a loop. */
export function firstsOf(loop: Loop): readonly [RecordedQuery, ...RecordedQuery[]] {
  return loop.map(({ repeats }) => repeats[0] as RecordedQuery) as [RecordedQuery, ...RecordedQuery[]]
}

/** How many queries a request has when each statement of the loop is sent once: `2 queries instead of 51`. */
export function batchedEffect(recording: Recording, loop: Loop): string {
  const repeatedCount = loop.reduce((sum, { repeats }) => sum + repeats.length, 0)
  return effectOf(recording, repeatedCount - loop.length)
}
