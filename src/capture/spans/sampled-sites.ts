import type { CallSite } from '../../model/call-site.js'

const MAX_NAMES = 1_000
const SAMPLED = 32

interface Known {
  /** `null`: not known yet. */
  site: CallSite | null
  /** One name at several lines: only its own stack tells which. */
  hasSeveral: boolean
  calls: number
}

const knownOf = new Map<string, Known>()

/**
 * Whether the stack of a span of this name is worth taking, which costs several times what the span does: exact while
 * the name is new, sampled once its line is known.
 */
export function isSiteWanted(name: string): boolean {
  const known = knownOf.get(name)
  if (known === undefined || known.site === null || known.hasSeveral) return true
  known.calls++
  return known.calls % SAMPLED === 0
}

export function learnSite(name: string, site: CallSite | null): void {
  if (site === null) return
  const known = knownOf.get(name)
  if (known === undefined) {
    if (knownOf.size >= MAX_NAMES) knownOf.clear()
    knownOf.set(name, { site, hasSeveral: false, calls: 0 })
  } else if (known.site?.file !== site.file || known.site.line !== site.line) known.hasSeveral = true
}

/** Where spans of this name were seen to begin, marked as inferred; `null`: not known, or at several lines. */
export function inferredSite(name: string): CallSite | null {
  const known = knownOf.get(name)
  if (known === undefined || known.site === null || known.hasSeveral) return null
  return { ...known.site, source: 'inferred' }
}
