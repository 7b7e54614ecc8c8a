import type { CorpusCase } from './corpus-case.js'
import type { Verdict } from './judge.js'
import type { CaseRecorder, CaseRun } from './record.js'

/** Kinds whose thresholds are milliseconds: on a busy machine anything may take long. */
const TIMED: ReadonlySet<string> = new Set(['slow-query', 'pool-wait', 'sequential-queries', 'long-transaction'])
const MOST_RUNS = 4

export interface SteadyRun {
  readonly run: CaseRun
  /** How often it was asked for; beyond 1, because a query took long that is not slow by itself. */
  readonly runCount: number
}

/**
 * Records a request to a case; again, four times at most, as long as something is said about time that the label does
 * not say: what is slow by itself is slow each time. What is missed is not asked for again.
 */
export async function runSteadily(
  recorder: Pick<CaseRecorder, 'run'>,
  corpusCase: CorpusCase,
  verdictOf: (run: CaseRun) => Pick<Verdict, 'wrong'>,
): Promise<SteadyRun> {
  for (let runCount = 1; ; runCount++) {
    const run = await recorder.run(corpusCase)
    const isDisturbed = verdictOf(run).wrong.some(({ kind }) => TIMED.has(kind))
    if (!isDisturbed || runCount === MOST_RUNS) return { run, runCount }
  }
}
