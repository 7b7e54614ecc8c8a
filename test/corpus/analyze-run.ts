import { analyze } from '../../src/analysis/analyze.js'
import type { Occurrence } from '../../src/model/finding.js'
import { detectionFor } from './detection.js'
import type { CaseRun } from './record.js'

/**
 * What silk finds in a request.
 *
 * @throws what a detector throws
 */
export function analyzeRun({ corpusCase, recording }: CaseRun): readonly Occurrence[] {
  return analyze(recording, detectionFor(corpusCase), (error) => {
    throw error
  })
}
