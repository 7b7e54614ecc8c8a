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

const LABELS: Readonly<Record<FindingKind, string>> = { 'n-plus-one': 'N+1' }
const EXPLAINED: Readonly<Record<FindingKind, string>> = {
  'n-plus-one': 'N+1: one query for a list, then one more for each of its rows',
}

const SOLID_SHARE = 0.25
const TINT_SHARE = 0.03

/**
 * How much a finding matters: the share of all response time of a window that it loses. An N+1 is never weaker than
 * the tint, however rare its route.
 */
function severity(kind: FindingKind, share: number): Severity {
  if (share >= SOLID_SHARE) return 'hi'
  if (share >= TINT_SHARE || kind === 'n-plus-one') return 'mid'
  return 'lo'
}

export function badge(kind: FindingKind, share: number): Badge {
  return { label: LABELS[kind] ?? kind, severity: severity(kind, share), title: EXPLAINED[kind] ?? kind }
}

/** Makes badges for lists, where the shares are those of a window. */
export function badgeMaker(findings: readonly FindingSummary[]): (found: FindingBadge) => Badge & { count: string } {
  const shares = new Map(findings.map(({ key, share }) => [key, share]))
  return (found) => ({ ...badge(found.kind, shares.get(found.key) ?? 0), count: count(found.count) })
}
