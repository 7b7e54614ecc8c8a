import type { Detector, FindingKind, Fix, Occurrence } from '../model/finding.js'
import type { RecordedQuery } from '../model/query.js'
import type { Recording } from '../model/recording.js'
import { MANY_QUERIES, type Steps } from '../model/steps.js'
import { costliest } from './costliest.js'
import { differentValues, type InRecording, loopByLists } from './differing.js'
import { findingKey } from './finding-key.js'
import { isNoLoop } from './no-loops.js'
import { joinLoops, type LoopPart, spanOf, takesTurnsWith } from './one-loop.js'
import { createParentFinder } from './parent-query.js'
import { sumMs, timesOfBatched } from './repeat-times.js'
import { countDifferent, effectOf, groupBySite, inOrder, isFromOnePath, type Repeats } from './repeats.js'
import { readTurns, type Turn } from './turns.js'
import { grouped } from './wording.js'

export interface LoopRule {
  /** Turns from which on a loop is one. */
  readonly threshold: number
  /** Whether a query may be sent by such a loop at all. */
  isCandidate(query: RecordedQuery): boolean
  /** Whether a query may be sent in the turns of a loop that others have shown to be one. */
  isCompanion(query: RecordedQuery): boolean
  /** Whether the turns must differ in their values, lists and paging apart. */
  mustDiffer(repeats: Repeats): boolean
}

/** The statements of one loop, in the order of its body. */
export type Loop = readonly LoopPart[]

const MAX_LOOPS = 50
/** So many are looked at closely: the rest took less time than any of them. */
const MAX_CANDIDATES = 100

/** The loops of a recording by a rule; of more than 50 statements in loops, those that took the most time. */
function* findLoops(recording: Recording, rule: LoopRule): Steps<readonly Loop[]> {
  const { queries } = recording
  if (queries.length < rule.threshold) return []
  const candidates = queries.filter((query) => rule.isCandidate(query))
  yield
  const bySite = yield* groupBySite(candidates, rule.threshold)
  const groups = bySite.filter((repeats) => mayBeLoop(repeats, rule))
  if (groups.length === 0) return []
  yield
  const sent: InRecording = { queries, parentOf: createParentFinder(queries) }
  const parts: LoopPart[] = []
  for (const repeats of costliest(groups, MAX_CANDIDATES, sumMs)) {
    if (parts.length === MAX_LOOPS) break
    yield
    const part = yield* partOf(sent, repeats, readTurns(repeats), rule)
    if (part !== null) parts.push(part)
    if (repeats.length >= MANY_QUERIES) yield
  }
  if (parts.length === 0) return []
  const companions = yield* companionsOf(parts, queries, rule)
  yield
  return joinLoops([...parts, ...companions])
}

/** What the numbers of its values tell, before the values themselves are looked at. */
function mayBeLoop(repeats: Repeats, { threshold, mustDiffer }: LoopRule): boolean {
  if (!isFromOnePath(repeats, threshold)) return false
  if (!mustDiffer(repeats)) return true
  return countDifferent(repeats, ({ keyBindingSet }) => keyBindingSet) >= threshold || hasLists(repeats)
}

const LIST_OR_PAGE = /\(\?\+\)| any ?\(|\blimit\b/

/** Reads whose differences may all be where no key is. */
function hasLists([first]: Repeats): boolean {
  return first?.operation === 'select' && LIST_OR_PAGE.test(first.fingerprintText)
}

function* partOf(
  sent: InRecording,
  repeats: Repeats,
  turns: readonly Turn[] | null,
  { threshold, mustDiffer }: LoopRule,
): Steps<LoopPart | null> {
  if (repeats.length >= MANY_QUERIES) yield
  const differentCount = differentValues(repeats, turns)
  if (repeats.length >= MANY_QUERIES) yield
  if (mustDiffer(repeats) && differentCount < threshold) {
    return turns && hasLists(repeats) ? loopByLists(sent, repeats, turns, threshold) : null
  }
  if (turns !== null && isNoLoop(repeats, turns, sent.queries)) return null
  if (repeats.length >= MANY_QUERIES) yield
  const parent = sent.parentOf(repeats, differentCount)
  if (repeats.length >= MANY_QUERIES) yield
  return { repeats, span: spanOf(repeats), differentCount, parent }
}

/**
 * What is sent in the turns of a loop belongs to it, also where some turns send it only, or a list or several rows each
 * time. What never varies does not.
 */
function* companionsOf(
  parts: readonly LoopPart[],
  queries: Recording['queries'],
  rule: LoopRule,
): Steps<readonly LoopPart[]> {
  // By index: a set of thousands of queries would cost more than all the rest.
  const taken = new Uint8Array((queries.at(-1)?.index ?? 0) + 1)
  for (const { repeats } of parts) for (const { index } of repeats) taken[index] = 1
  const candidates = queries.filter((query) => taken[query.index] === 0 && rule.isCompanion(query))
  yield
  const bySite = yield* groupBySite(candidates, MIN_COMPANIONS)
  return costliest(bySite, MAX_CANDIDATES, sumMs).flatMap((repeats) => {
    const differentCount = countDifferent(repeats, ({ bindingSet }) => bindingSet)
    if (differentCount < MIN_COMPANIONS) return []
    const stretch = { repeats, span: spanOf(repeats) }
    const loop = parts.find((part) => takesTurnsWith(part, stretch))
    return loop ? [{ ...stretch, differentCount, parent: loop.parent }] : []
  })
}

const MIN_COMPANIONS = 2

/** What a loop is told as. */
export interface LoopStory {
  readonly kind: FindingKind
  /** What follows "50 of 51 queries are …". */
  readonly what: string
  readonly fix: Fix | null
}

/** A finding for each loop of a recording. */
export function loopOccurrences(
  recording: Recording,
  rule: LoopRule,
  tell: (loop: Loop) => LoopStory,
): ReturnType<Detector> {
  // Most requests send too few queries: no steps are set up for them.
  return recording.queries.length < rule.threshold ? [] : tellLoops(recording, rule, tell)
}

function* tellLoops(
  recording: Recording,
  rule: LoopRule,
  tell: (loop: Loop) => LoopStory,
): Steps<readonly Occurrence[]> {
  const occurrences: Occurrence[] = []
  for (const loop of yield* findLoops(recording, rule)) {
    yield
    const story = tell(loop)
    yield
    occurrences.push(yield* loopOccurrence(recording, loop, story))
  }
  return occurrences
}

function* loopOccurrence(recording: Recording, loop: Loop, { kind, what, fix }: LoopStory): Steps<Occurrence> {
  const groups = loop.map(({ repeats }) => repeats)
  const firsts = firstsOf(loop)
  const queries = inOrder(groups)
  if (queries.length >= MANY_QUERIES) yield
  const times = timesOfBatched(groups, queries)
  if (queries.length >= MANY_QUERIES) yield
  const statements = firsts.map(({ fingerprintText }) => fingerprintText)
  const [{ callSite }] = firsts
  return {
    findingKey: findingKey({ kind, statements, callSite, request: recording.request }),
    kind,
    message: `${grouped(queries.length)} of ${grouped(recording.queryCount)} queries are ${what}`,
    statements,
    fingerprints: firsts.map(({ fingerprint }) => fingerprint),
    count: queries.length,
    queryIndexes: queries.map(({ index }) => index),
    callSite,
    parent: loop[0]?.parent ?? null,
    ...times,
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
