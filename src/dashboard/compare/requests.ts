import type { Occurrence } from '../../model/finding.js'
import type { RequestView } from '../../model/request-view.js'
import type { StatementUse } from '../../model/stored-recording.js'
import { type Measure, measure } from './measure.js'
import { type ComparedStatement, compareStatements } from './statements.js'

export interface ComparedRequests {
  readonly measures: readonly Measure[]
  readonly statements: readonly ComparedStatement<StatementUse>[]
  readonly solved: readonly Occurrence[]
  readonly added: readonly Occurrence[]
  readonly remaining: readonly Occurrence[]
}

/** Two recordings side by side. Times of single runs: what differs by less than a tenth counts as the same. */
export function compareRequests(before: RequestView, after: RequestView): ComparedRequests {
  const [old, recent] = [findingsOf(before), findingsOf(after)]
  const without = (all: ReadonlyMap<string, Occurrence>, others: ReadonlyMap<string, Occurrence>) =>
    [...all].flatMap(([key, occurrence]) => (others.has(key) ? [] : [occurrence]))
  return {
    measures: measuresOf(before, after),
    statements: compareStatements(statementsOf(before), statementsOf(after)),
    solved: without(old, recent),
    added: without(recent, old),
    remaining: [...recent].flatMap(([key, occurrence]) => (old.has(key) ? [occurrence] : [])),
  }
}

function measuresOf({ recording: a, ...before }: RequestView, { recording: b, ...after }: RequestView) {
  const ms = 'ms' as const
  return [
    measure({ name: 'queryCount', label: 'Queries', unit: null, before: a.queryCount, after: b.queryCount }),
    measure({ name: 'durationMs', label: 'Total', unit: ms, before: a.durationMs, after: b.durationMs }),
    measure({ name: 'sqlWallMs', label: 'SQL', unit: ms, before: a.sqlWallMs, after: b.sqlWallMs }),
    measure({
      ...{ name: 'applicationMs', label: 'Application', unit: ms },
      before: Math.max(0, a.durationMs - a.sqlWallMs),
      after: Math.max(0, b.durationMs - b.sqlWallMs),
    }),
    measure({ name: 'poolWaitMs', label: 'Pool wait', unit: ms, before: a.poolWaitMs, after: b.poolWaitMs }),
    measure({ name: 'rowCount', label: 'Rows', unit: null, before: before.rowCount, after: after.rowCount }),
    measure({
      ...{ name: 'contentLength', label: 'Response', unit: 'bytes', judged: 'neutral' },
      before: a.response?.contentLength ?? null,
      after: b.response?.contentLength ?? null,
    }),
  ]
}

/** One for each finding, the first of its occurrences. */
function findingsOf({ occurrences }: RequestView): Map<string, Occurrence> {
  return new Map(occurrences.toReversed().map((occurrence) => [occurrence.findingKey, occurrence]))
}

/** By fingerprint: a statement that has moved to another line is the same one. */
function statementsOf({ statements }: RequestView) {
  const merged = new Map<string, StatementUse>()
  for (const use of statements) {
    const known = merged.get(use.fingerprint)
    merged.set(use.fingerprint, known === undefined ? use : added(known, use))
  }
  return new Map(
    [...merged].map(([key, use]) => [
      key,
      {
        subject: use,
        side: { calls: use.calls, callsEach: use.calls, totalMs: use.totalMs, p50Ms: use.totalMs / use.calls },
        couldBeElsewhere: true,
        isEnough: true,
      },
    ]),
  )
}

function added(use: StatementUse, more: StatementUse): StatementUse {
  return { ...use, calls: use.calls + more.calls, totalMs: use.totalMs + more.totalMs }
}
