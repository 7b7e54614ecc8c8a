import type { Detection } from '../../src/analysis/analyze.js'
import { resolveOptions } from '../../src/options.js'
import type { CorpusCase } from './corpus-case.js'

/** What silk detects in a case: its defaults, and what the case allows a request to its route. */
export function detectionFor({ budget }: CorpusCase): Detection {
  return resolveOptions(budget === undefined ? {} : { detect: { queryBudget: budget } }, {}).detect
}
