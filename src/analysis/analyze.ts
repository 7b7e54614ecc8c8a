import type { Detector, FindingKind, Occurrence } from '../model/finding.js'
import { groupOf, type Recording } from '../model/recording.js'
import { finish, type Steps } from '../model/steps.js'
import { detectorsFor } from './detectors/index.js'
import { withoutIgnored } from './ignored-queries.js'
import { type Detection, isIgnored, settingsFor } from './settings.js'

/** All detectors together take some microseconds for so many. */
const QUERIES_PER_STEP = 32

export { RECORDING_KINDS } from './detectors/index.js'
export type { Detection } from './settings.js'

/**
 * What is wrong with a request or a job, most time to be saved first. Background recordings have none: they mix work
 * that has nothing to do with each other, so that repeats in them mean nothing. A detector that throws is reported and
 * the others still answer.
 *
 * Of long recordings it pauses before each detector, and within those that look at each query again and again, at a
 * `yield`: the caller decides for how long.
 *
 * @param onError takes what a detector threw
 */
export function* analyzeInSteps(
  recording: Recording,
  detection: Detection,
  onError: (error: unknown) => void,
): Steps<readonly Occurrence[]> {
  if (recording.kind === 'background') return []
  const occurrences: Occurrence[] = []
  let hasIgnored: boolean | null = null
  let isLong = false
  for (const { kind, detect } of detectorsFor(settingsFor(groupOf(recording), detection))) {
    try {
      isLong = recording.queries.length > QUERIES_PER_STEP
      hasIgnored ??= recording.queries.some(({ evidence }) => evidence.ignoredKinds.length > 0)
      if (isLong) yield
      const seen = hasIgnored ? { ...recording, queries: withoutIgnored(recording.queries, kind) } : recording
      const found = detect(seen)
      occurrences.push(...(isLong ? yield* inSteps(found) : atOnce(found)))
    } catch (error) {
      onError(detectorFailure(kind, error))
    }
  }
  if (isLong) yield
  const wanted = occurrences.filter((occurrence) => !isIgnored(occurrence, detection.ignore))
  const uncovered = withoutCovered(wanted, recording)
  // What the caller does with them is another piece of work.
  if (isLong) yield
  return uncovered.sort((a, b) => (b.savingMs ?? -1) - (a.savingMs ?? -1))
}

type Found = ReturnType<Detector>

function* inSteps(found: Found): Steps<readonly Occurrence[]> {
  return 'next' in found ? yield* found : found
}

function atOnce(found: Found): readonly Occurrence[] {
  return 'next' in found ? finish(found) : found
}

/** What is wrong with silk itself, and how to be rid of it. */
function detectorFailure(kind: FindingKind, error: unknown): Error {
  const option = kind.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  const message =
    `The detector ${kind} failed (${error instanceof Error ? error.message : String(error)}); recordings are kept without its ` +
    `findings. Please report it; \`detect: { ${option}: false }\` switches it off.`
  return new Error(message, { cause: error })
}

/** `analyzeInSteps` at once; without `onError`, what a detector threw is dropped. */
export function analyze(
  recording: Recording,
  detection: Detection,
  onError: (error: unknown) => void = () => {},
): readonly Occurrence[] {
  return finish(analyzeInSteps(recording, detection, onError))
}

/**
 * One problem is one finding. Where an N+1 loads some rows twice, batching it ends those duplicates too; so it does where
 * one turn of the loop happens to load what was loaded before it. And where a loop sends more at once than there are
 * connections, it is the loop that has to go.
 */
function withoutCovered(occurrences: readonly Occurrence[], recording: Recording): Occurrence[] {
  // Most recordings have nothing that could be covered, and loops may be long.
  if (!occurrences.some(({ kind }) => kind === 'duplicate-query' || kind === 'pool-wait')) return [...occurrences]
  const loops = occurrences.filter(({ kind }) => kind === 'n-plus-one' || kind === 'write-loop')
  if (loops.length === 0) return [...occurrences]
  const inReads = indexesOf(loops.filter(({ kind }) => kind === 'n-plus-one'))
  const inLoops = indexesOf(loops)
  return occurrences.filter(({ kind, queryIndexes }) => {
    if (kind === 'duplicate-query') return hasTwoOutside(queryIndexes, inReads)
    if (kind !== 'pool-wait') return true
    return !queryIndexes.every((index) => inLoops[index] === 1) || !waitForTheirOwn(recording, queryIndexes)
  })
}

function hasTwoOutside(indexes: readonly number[], marked: Marks): boolean {
  let count = 0
  for (const index of indexes) if (marked[index] !== 1 && ++count > 1) return true
  return false
}

/** Whether it was their own request that had the connections that these waited for. */
function waitForTheirOwn({ queries }: Recording, indexes: readonly number[]): boolean {
  const waiting = new Set(indexes)
  return queries.every(({ index, evidence }) => !waiting.has(index) || evidence.heldBy?.isSameRecording === true)
}

/** 1 at the index of each query concerned: a set of thousands would cost more than all the rest. */
type Marks = Uint8Array

function indexesOf(occurrences: readonly Occurrence[]): Marks {
  const last = occurrences.reduce((most, { queryIndexes }) => Math.max(most, queryIndexes.at(-1) ?? 0), 0)
  const marks = new Uint8Array(last + 1)
  for (const { queryIndexes } of occurrences) for (const index of queryIndexes) marks[index] = 1
  return marks
}
