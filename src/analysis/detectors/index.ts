import type { Detector, FindingKind } from '../../model/finding.js'
import type { DetectSettings } from '../settings.js'
import { duplicateQuery } from './duplicate-query.js'
import { lateQuery } from './late-query.js'
import { longTransaction } from './long-transaction.js'
import { nPlusOne } from './n-plus-one.js'
import { overFetch } from './over-fetch.js'
import { poolWait } from './pool-wait.js'
import { queryBudget } from './query-budget.js'
import { sequentialQueries } from './sequential-queries.js'
import { slowQuery } from './slow-query.js'
import { unboundedResult } from './unbounded-result.js'
import { writeLoop } from './write-loop.js'

type Factory = (settings: DetectSettings) => Detector | null

/** Every recording detector, in the order of their sections in the docs. `null`: switched off. */
const FACTORIES: Readonly<Partial<Record<FindingKind, Factory>>> = {
  'n-plus-one': (settings) => settings.nPlusOne && nPlusOne(settings.nPlusOne),
  'duplicate-query': (settings) => settings.duplicateQuery && duplicateQuery(settings.duplicateQuery),
  'write-loop': (settings) => settings.writeLoop && writeLoop(settings.writeLoop),
  'sequential-queries': (settings) => settings.sequentialQueries && sequentialQueries(settings.sequentialQueries),
  'slow-query': (settings) => settings.slowQuery && slowQuery(settings.slowQuery),
  'unbounded-result': (settings) => settings.unboundedResult && unboundedResult(settings.unboundedResult),
  'over-fetch': (settings) => settings.overFetch && overFetch(settings.overFetch),
  'pool-wait': (settings) => settings.poolWait && poolWait(settings.poolWait),
  'long-transaction': (settings) => settings.longTransaction && longTransaction(settings.longTransaction),
  'query-budget': (settings) => settings.queryBudget && queryBudget(settings.queryBudget),
  'late-query': (settings) => settings.lateQuery && lateQuery(settings.lateQuery),
}

/** The kinds that are found in a single recording. */
export const RECORDING_KINDS = Object.keys(FACTORIES) as readonly FindingKind[]

export interface NamedDetector {
  readonly kind: FindingKind
  readonly detect: Detector
}

/** Detectors know nothing but their settings: those of a route are made once. */
const known = new WeakMap<DetectSettings, readonly NamedDetector[]>()

/** The detectors that are switched on. */
export function detectorsFor(settings: DetectSettings): readonly NamedDetector[] {
  const before = known.get(settings)
  if (before !== undefined) return before
  const detectors = createDetectors(settings)
  known.set(settings, detectors)
  return detectors
}

function createDetectors(settings: DetectSettings): readonly NamedDetector[] {
  return RECORDING_KINDS.flatMap((kind) => {
    const detect = FACTORIES[kind]?.(settings) ?? null
    return detect === null ? [] : { kind, detect }
  })
}
