import type { Detector } from '../../model/finding.js'
import { finish } from '../../model/steps.js'
import { findingKey } from '../finding-key.js'
import { sumMs, timesOfUnknownSaving } from '../repeat-times.js'
import { groupByPlace, type Repeats } from '../repeats.js'
import type { SettingsOf } from '../settings.js'
import { msText } from '../wording.js'

/**
 * A request that sends more than `queries`, or whose SQL takes more than `sqlMs`, all its queries together: writes and
 * late ones count, BEGIN and COMMIT don't. The finding is the route's; the statement and the line that it names are
 * those that spend most of what is exceeded.
 */
export function queryBudget(budget: SettingsOf<'queryBudget'>): Detector {
  return (recording) => {
    const counted = recording.queries.filter(({ operation }) => operation !== 'transaction')
    const spent = { count: recording.queryCount, ms: sumMs(counted) }
    const excess = excessOf(spent, budget)
    if (excess === null) return []
    const [most] = finish(groupByPlace(counted)).toSorted((a, b) => excess.spentBy(b) - excess.spentBy(a))
    const first = most?.[0]
    const { request } = recording
    return [
      {
        // Which statement spends most may differ from one request to the next: it is one problem all the same.
        findingKey: findingKey({ kind: 'query-budget', statements: [], callSite: null, request }),
        kind: 'query-budget',
        message: most === undefined ? excess.text : `${excess.text}; ${excess.shareText(most)}`,
        statements: first === undefined ? [] : [first.fingerprintText],
        fingerprints: first === undefined ? [] : [first.fingerprint],
        count: spent.count,
        queryIndexes: (most ?? []).map(({ index }) => index),
        callSite: first?.callSite ?? null,
        parent: null,
        ...timesOfUnknownSaving(counted, 'not known: it depends on which queries can go'),
        fix: {
          summary: `${excess.advice}, or allow this route more by \`detect.routes\`.`,
          code: null,
        },
      },
    ]
  }
}

interface Spent {
  readonly count: number
  readonly ms: number
}

/** How a budget is exceeded. */
interface Excess {
  readonly text: string
  readonly advice: string
  /** What part a statement has in it. */
  spentBy(queries: Repeats): number
  shareText(queries: Repeats): string
}

/** By number or by time, whichever is exceeded further; `null`: by neither. */
function excessOf(spent: Spent, { queries, sqlMs }: SettingsOf<'queryBudget'>): Excess | null {
  const byCount = queries !== null && spent.count > queries ? spent.count / queries : null
  const byTime = sqlMs !== null && spent.ms > sqlMs ? spent.ms / sqlMs : null
  if (byCount !== null && byCount >= (byTime ?? 0)) {
    return {
      text: `${spent.count} queries, where the budget allows ${queries}`,
      advice: 'Send this statement less often',
      spentBy: (group) => group.length,
      shareText: (group) => `${group.length} of them are the same statement`,
    }
  }
  if (byTime === null || sqlMs === null) return null
  return {
    text: `${msText(spent.ms)} of SQL, where the budget allows ${msText(sqlMs)}`,
    advice: 'Make this statement faster, or send it less often',
    spentBy: sumMs,
    shareText: (group) => `${msText(sumMs(group))} of them go to one statement`,
  }
}
