import type { FindingKind, Occurrence } from '../model/finding.js'
import type { Recording } from '../model/recording.js'
import { createDetectors } from './detectors/index.js'
import { withoutIgnored } from './ignored-queries.js'
import { type Detection, isIgnored, settingsFor } from './settings.js'

export { RECORDING_KINDS } from './detectors/index.js'
export type { Detection } from './settings.js'

/**
 * What is wrong with a request or a job, most time to be saved first. Background recordings have none: they mix work
 * that has nothing to do with each other, so that repeats in them mean nothing. A detector that throws is reported and
 * the others still answer.
 *
 * It pauses after each detector, at a `yield`: the caller decides for how long.
 *
 * @param onError takes what a detector threw
 */
export function* analyzeInSteps(
  recording: Recording,
  detection: Detection,
  onError: (error: unknown) => void,
): Generator<void, readonly Occurrence[]> {
  if (recording.kind === 'background') return []
  const occurrences: Occurrence[] = []
  let hasIgnored: boolean | null = null
  for (const { kind, detect } of createDetectors(settingsFor(recording.request, detection))) {
    try {
      hasIgnored ??= recording.queries.some(({ evidence }) => evidence.ignoredKinds.length > 0)
      const seen = hasIgnored ? { ...recording, queries: withoutIgnored(recording.queries, kind) } : recording
      occurrences.push(...detect(seen))
    } catch (error) {
      onError(error)
    }
    yield
  }
  const wanted = occurrences.filter((occurrence) => !isIgnored(occurrence, detection.ignore))
  return withoutCovered(wanted, recording).sort((a, b) => (b.savingMs ?? -1) - (a.savingMs ?? -1))
}

/** `analyzeInSteps` at once; without `onError`, what a detector threw is dropped. */
export function analyze(
  recording: Recording,
  detection: Detection,
  onError: (error: unknown) => void = () => {},
): readonly Occurrence[] {
  const steps = analyzeInSteps(recording, detection, onError)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/**
 * One problem is one finding. Where an N+1 loads some rows twice, batching it ends those duplicates too; so it does where
 * one turn of the loop happens to load what was loaded before it. And where a loop sends more at once than there are
 * connections, it is the loop that has to go.
 */
function withoutCovered(occurrences: readonly Occurrence[], recording: Recording): Occurrence[] {
  // Most recordings have nothing that could be covered, and loops may be long.
  if (!occurrences.some(({ kind }) => kind === 'duplicate-query' || kind === 'pool-wait')) return [...occurrences]
  const inReads = indexesOf(occurrences, ['n-plus-one'])
  const inLoops = indexesOf(occurrences, ['n-plus-one', 'write-loop'])
  return occurrences.filter(({ kind, queryIndexes }) => {
    if (kind === 'duplicate-query') return queryIndexes.filter((index) => !inReads.has(index)).length > 1
    if (kind !== 'pool-wait') return true
    return !queryIndexes.every((index) => inLoops.has(index)) || !waitForTheirOwn(recording, queryIndexes)
  })
}

/** Whether it was their own request that had the connections that these waited for. */
function waitForTheirOwn({ queries }: Recording, indexes: readonly number[]): boolean {
  const waiting = new Set(indexes)
  return queries.every(({ index, evidence }) => !waiting.has(index) || evidence.heldBy?.isSameRecording === true)
}

function indexesOf(occurrences: readonly Occurrence[], kinds: readonly FindingKind[]): ReadonlySet<number> {
  return new Set(occurrences.filter(({ kind }) => kinds.includes(kind)).flatMap(({ queryIndexes }) => queryIndexes))
}
