import type { Occurrence } from '../model/finding.js'
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
  for (const { kind, detect } of createDetectors(settingsFor(recording.request, detection))) {
    try {
      const queries = withoutIgnored(recording.queries, kind)
      occurrences.push(...detect(queries === recording.queries ? recording : { ...recording, queries }))
    } catch (error) {
      onError(error)
    }
    yield
  }
  const wanted = occurrences.filter((occurrence) => !isIgnored(occurrence, detection.ignore))
  return withoutCovered(wanted).sort((a, b) => (b.savingMs ?? -1) - (a.savingMs ?? -1))
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
 * One problem is one finding: where an N+1 loads some rows twice, batching it ends those duplicates too. So it does where
 * one turn of the loop happens to load what was loaded before it.
 */
function withoutCovered(occurrences: readonly Occurrence[]): Occurrence[] {
  const inLoops = new Set<number>()
  for (const { kind, queryIndexes } of occurrences) {
    if (kind === 'n-plus-one') for (const index of queryIndexes) inLoops.add(index)
  }
  const isCovered = ({ kind, queryIndexes }: Occurrence): boolean =>
    kind === 'duplicate-query' && queryIndexes.filter((index) => !inLoops.has(index)).length <= 1
  return occurrences.filter((occurrence) => !isCovered(occurrence))
}
