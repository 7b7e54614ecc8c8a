import { FINDING_STATES, type FindingState } from '../../model/finding.js'
import type { FindingSummary } from '../../model/finding-summary.js'
import { type Moment, moment } from '../display.js'
import { findingLink } from '../links.js'
import type { PageContext } from '../page.js'

const LABELS: Readonly<Record<FindingState, string>> = {
  open: 'Open again',
  ignored: 'Ignore',
  fixed: 'Mark fixed',
}

/** The buttons that set the state of one finding. */
export interface StateForm {
  readonly action: string
  readonly csrf: string
  /** Where the browser goes on; `null`: to the finding. */
  readonly back: string | null
  readonly choices: readonly { readonly state: FindingState; readonly label: string }[]
}

/** @param back path and query of the list that the buttons stand in, from the mount path on */
export function stateForm(context: PageContext, { key, state }: FindingSummary, back: string | null): StateForm {
  return {
    action: `${findingLink(context.base, key)}/state`,
    csrf: context.csrfToken(),
    back,
    choices: FINDING_STATES.filter((other) => other !== state).map((other) => ({ state: other, label: LABELS[other] })),
  }
}

/** "Fixed on …, back since …"; `null`: it has not come back. */
export function regression(
  { fixedAt, regressedAt }: FindingSummary,
  now: number,
): { readonly fixed: Moment | null; readonly since: Moment } | null {
  if (regressedAt === null) return null
  return { fixed: fixedAt === null ? null : moment(fixedAt, now), since: moment(regressedAt, now) }
}
