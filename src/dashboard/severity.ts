import type { FindingKind, FindingState } from '../model/finding.js'
import type { FindingBadge, FindingSummary } from '../model/finding-summary.js'
import { count } from './display.js'

/** Ink of a badge: solid, tinted, grey outline. */
export type Severity = 'hi' | 'mid' | 'lo'

export interface Badge {
  readonly label: string
  readonly severity: Severity
  /** For the hover text. */
  readonly title: string
}

const LABELS: Readonly<Record<FindingKind, string>> = {
  'n-plus-one': 'N+1',
  'duplicate-query': 'Duplicate',
  'write-loop': 'Write in loop',
  'sequential-queries': 'One by one',
  'slow-query': 'Slow query',
  'missing-index': 'No index',
  'unbounded-result': 'Unbounded',
  'over-fetch': 'Over-fetch',
  'repeated-across-requests': 'Cacheable',
  'pool-wait': 'Pool wait',
  'long-transaction': 'Long transaction',
  'query-budget': 'Over budget',
  'late-query': 'Late query',
}
const EXPLAINED: Readonly<Record<FindingKind, string>> = {
  'n-plus-one': 'N+1: one query for a list, then one more for each of its rows',
  'duplicate-query': 'Duplicate: the same query with the same values again in one request',
  'write-loop': 'Write in loop: rows inserted, updated or deleted one at a time',
  'sequential-queries': 'One by one: reads that need nothing of each other wait for each other',
  'slow-query': 'Slow query: it took longer than it should, or far longer than it does by itself',
  'missing-index': 'No index: the statement looks for rows by a column that no index begins with',
  'unbounded-result': 'Unbounded: many rows, and no limit to how many more they will be',
  'over-fetch': 'Over-fetch: most of what was read is not sent',
  'repeated-across-requests': 'Cacheable: nearly every request of the route asks the same with the same values',
  'pool-wait': 'Pool wait: a query waited for a free connection',
  'long-transaction': 'Long transaction: it holds its connection while the app does other things',
  'query-budget': 'Over budget: more queries or SQL time than this route allows itself',
  'late-query': 'Late query: not awaited, it ended after the response',
}

/** Never weaker than the tint: what grows with the data, may lose data, or is more than the app allows itself. */
const NEVER_GREY: ReadonlySet<FindingKind> = new Set([
  'n-plus-one',
  'write-loop',
  'unbounded-result',
  'late-query',
  'query-budget',
])

const SOLID_SHARE = 0.25
const TINT_SHARE = 0.03

/**
 * How much a finding matters: the share of all response time of a window that it loses. Some kinds are never weaker than
 * the tint, however rare their route.
 */
function severity(kind: FindingKind, share: number): Severity {
  if (share >= SOLID_SHARE) return 'hi'
  if (share >= TINT_SHARE || NEVER_GREY.has(kind)) return 'mid'
  return 'lo'
}

/** What a kind is called on the pages. */
export function kindLabel(kind: FindingKind): string {
  return LABELS[kind]
}

/** @param state a finding that is ignored or fixed stands back, whatever it costs */
export function badge(kind: FindingKind, share: number, state: FindingState = 'open'): Badge {
  const title = EXPLAINED[kind] ?? kind
  const label = LABELS[kind] ?? kind
  if (state !== 'open') return { label, severity: 'lo', title: `${title} (marked ${state})` }
  return { label, severity: severity(kind, share), title }
}

/** Makes badges for lists, where the shares are those of a window. */
export function badgeMaker(findings: readonly FindingSummary[]): (found: FindingBadge) => Badge & { count: string } {
  const shares = new Map(findings.map(({ key, share }) => [key, share]))
  return (found) => ({ ...badge(found.kind, shares.get(found.key) ?? 0, found.state), count: count(found.count) })
}
