import type { FixCheck } from './check-fix.js'

/** How suggested code did. */
export interface FixFigures {
  readonly suggested: number
  readonly ran: number
  /** Of those that ran. */
  readonly same: number
}

export function fixFiguresOf(checks: readonly FixCheck[]): FixFigures {
  return {
    suggested: checks.length,
    ran: checks.filter(({ outcome }) => outcome !== 'not run').length,
    same: checks.filter(({ outcome }) => outcome === 'same').length,
  }
}

/** Why code was not run, with how often. */
export function reasonsOf(checks: readonly FixCheck[]): ReadonlyMap<string, number> {
  const reasons = new Map<string, number>()
  for (const { outcome, kind, reason } of checks) {
    if (outcome !== 'not run') continue
    const text = `${kind}: ${reason}`
    reasons.set(text, (reasons.get(text) ?? 0) + 1)
  }
  return reasons
}
