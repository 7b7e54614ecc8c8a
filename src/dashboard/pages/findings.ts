import * as v from 'valibot'
import { FINDING_KINDS, FINDING_STATES, type FindingKind, type FindingState } from '../../model/finding.js'
import type { FindingSummary } from '../../model/finding-summary.js'
import { count } from '../display.js'
import { findingJson } from '../json/finding-json.js'
import { listJson } from '../json/list-json.js'
import { type LinkQuery, link } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { freeText, oneOf, parseQuery } from '../page-query.js'
import { kindLabel } from '../severity.js'
import { viewChoices, viewEntries, viewOf } from '../view.js'
import { findingRows } from './finding-row.js'
import { NO_ROUTE } from './request-query.js'

const querySchema = v.object({
  ...viewEntries,
  state: v.optional(oneOf(FINDING_STATES), 'open'),
  kind: v.optional(oneOf(FINDING_KINDS)),
  method: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z-]{1,20}$/, 'a method such as GET'), v.toUpperCase())),
  route: v.optional(freeText(1000)),
})
const LABELS: Readonly<Record<FindingState, string>> = { open: 'Open', ignored: 'Ignored', fixed: 'Fixed' }
const MAX_ROWS = 200

/** The findings of a window or session that are in one state, ranked by what they cost. */
export async function findingsPage(context: PageContext): Promise<Page> {
  const { state, kind, method, route, ...given } = parseQuery(querySchema, context.query)
  const view = viewOf(given, context.now)
  const all = await context.reader.findings(view.window)
  const filter = { kind, method, route }
  const matching = all.filter((finding) => passes(finding, filter))
  const inState = (wanted: FindingState) => matching.filter((finding) => finding.state === wanted)
  const findings = inState(state)
  const rest = { state: state === 'open' ? null : state, ...filter }
  const choice = { ...view.query, ...rest }
  const { base } = context
  return {
    title: 'Findings',
    section: 'findings',
    view: 'findings',
    json: () => ({
      ...listJson(findings.map(findingJson), findings.length),
      states: Object.fromEntries(FINDING_STATES.map((each) => [each, inState(each).length])),
    }),
    model: async () => ({
      windowTitle: view.title,
      windows: viewChoices(context, '/findings', view, rest),
      states: FINDING_STATES.map((each) => ({
        label: LABELS[each],
        count: count(inState(each).length),
        href: link(base, '/findings', { ...choice, state: each === 'open' ? null : each }),
        current: each === state,
      })),
      state,
      filter: filterModel(all, filter, { ...view.query, state: rest.state }),
      action: link(base, '/findings'),
      chips: Object.entries(filter).flatMap(([name, value]) =>
        value === undefined
          ? []
          : [{ text: `${name}=${value}`, href: link(base, '/findings', { ...choice, [name]: null }) }],
      ),
      findings: await findingRows(context, findings.slice(0, MAX_ROWS), link('', '/findings', choice)),
      moreCount: Math.max(0, findings.length - MAX_ROWS),
      count: findings.length,
    }),
  }
}

interface Filter {
  readonly kind: FindingKind | undefined
  readonly method: string | undefined
  readonly route: string | undefined
}

function passes(finding: FindingSummary, { kind, method, route }: Filter): boolean {
  if (kind !== undefined && finding.kind !== kind) return false
  if (method !== undefined && finding.method !== method) return false
  return route === undefined || (finding.route ?? NO_ROUTE) === route
}

/** Only kinds and routes that findings of this window have, whatever their state. */
function filterModel(all: readonly FindingSummary[], { kind, method, route }: Filter, kept: LinkQuery): object {
  const kinds = new Set([...all.map((finding) => finding.kind), ...(kind === undefined ? [] : [kind])])
  const routes = new Set([...all.map((finding) => finding.route ?? NO_ROUTE), ...(route === undefined ? [] : [route])])
  return {
    kinds: [...kinds].sort().map((value) => ({ value, label: kindLabel(value), selected: value === kind })),
    routes: [...routes].sort().map((value) => ({ value, selected: value === route })),
    hidden: Object.entries({ ...kept, method })
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => ({ name, value })),
  }
}
