import type { FindingKind } from '../model/finding.js'
import type { FindingBadge, FindingSummary } from '../model/store.js'
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
}
const EXPLAINED: Readonly<Record<FindingKind, string>> = {
  'n-plus-one': 'N+1: one query for a list, then one more for each of its rows',
  'duplicate-query': 'Duplicate: the same query with the same values again in one request',
  'write-loop': 'Write in loop: rows inserted, updated or deleted one at a time',
}

const SOLID_SHARE = 0.25
const TINT_SHARE = 0.03

/**
 * How much a finding matters: the share of all response time of a window that it loses. A loop is never weaker than the
 * tint, however rare its route: it grows with the data.
 */
function severity(kind: FindingKind, share: number): Severity {
  if (share >= SOLID_SHARE) return 'hi'
  if (share >= TINT_SHARE || kind !== 'duplicate-query') return 'mid'
  return 'lo'
}

/** What a kind is called on the pages. */
export function kindLabel(kind: FindingKind): string {
  return LABELS[kind]
}

export function badge(kind: FindingKind, share: number): Badge {
  return { label: LABELS[kind] ?? kind, severity: severity(kind, share), title: EXPLAINED[kind] ?? kind }
}

/** Makes badges for lists, where the shares are those of a window. */
export function badgeMaker(findings: readonly FindingSummary[]): (found: FindingBadge) => Badge & { count: string } {
  const shares = new Map(findings.map(({ key, share }) => [key, share]))
  return (found) => ({ ...badge(found.kind, shares.get(found.key) ?? 0), count: count(found.count) })
}
