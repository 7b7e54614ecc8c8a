import * as v from 'valibot'
import { FINDING_STATES, type FindingState } from '../model/finding.js'
import { backTo } from './back.js'
import { findingLink } from './links.js'
import type { PageContext } from './page.js'
import { identifier } from './page-query.js'

const NAMES = ['changed', 'from', 'to'] as const
const changeSchema = v.object({ changed: identifier, from: v.picklist(FINDING_STATES), to: v.picklist(FINDING_STATES) })

const DONE: Readonly<Record<FindingState, string>> = {
  open: 'The finding is open again.',
  ignored: 'The finding is ignored.',
  fixed: 'The finding is marked fixed.',
}

/** What the form before this page did to a finding, and the form that takes it back. */
export interface Undo {
  readonly text: string
  readonly action: string
  readonly csrf: string
  readonly state: FindingState
  readonly back: string
}

/** An address that tells its page what was changed. */
export function withChange(location: string, key: string, from: FindingState, to: FindingState): string {
  const change = new URLSearchParams({ changed: key, from, to })
  return `${location}${location.includes('?') ? '&' : '?'}${change}`
}

/** `null`: nothing was changed, or the address makes no sense. */
export function undoOf({ base, query, address, csrfToken }: PageContext): Undo | null {
  const given = v.safeParse(changeSchema, Object.fromEntries(query))
  if (!given.success || given.output.from === given.output.to) return null
  const { changed, from, to } = given.output
  const rest = new URLSearchParams(query)
  for (const name of NAMES) rest.delete(name)
  const search = rest.size === 0 ? '' : `?${rest}`
  return {
    text: DONE[to],
    action: `${findingLink(base, changed)}/state`,
    csrf: csrfToken(),
    state: from,
    back: backTo(address.path, search),
  }
}
