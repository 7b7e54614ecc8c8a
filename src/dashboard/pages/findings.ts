import * as v from 'valibot'
import { FINDING_STATES, type FindingState } from '../../model/finding.js'
import { count } from '../display.js'
import { findingJson } from '../json/finding-json.js'
import { listJson } from '../json/list-json.js'
import { link } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { oneOf, parseQuery } from '../page-query.js'
import { DEFAULT_WINDOW, timeWindow, WINDOWS, windowSchema, windowTitle } from '../time-window.js'
import { findingRows } from './finding-row.js'

const querySchema = v.object({
  window: v.optional(windowSchema, DEFAULT_WINDOW),
  state: v.optional(oneOf(FINDING_STATES), 'open'),
})
const LABELS: Readonly<Record<FindingState, string>> = { open: 'Open', ignored: 'Ignored', fixed: 'Fixed' }
const MAX_ROWS = 200

/** The findings of a window that are in one state, ranked by what they cost. */
export async function findingsPage(context: PageContext): Promise<Page> {
  const { window: name, state } = parseQuery(querySchema, context.query)
  const all = await context.reader.findings(timeWindow(name, context.now))
  const inState = (wanted: FindingState) => all.filter((finding) => finding.state === wanted)
  const findings = inState(state)
  const choice = {
    window: name === DEFAULT_WINDOW ? null : name,
    state: state === 'open' ? null : state,
  }
  return {
    title: 'Findings',
    section: 'findings',
    view: 'findings',
    json: () => ({
      ...listJson(findings.map(findingJson), findings.length),
      states: Object.fromEntries(FINDING_STATES.map((each) => [each, inState(each).length])),
    }),
    model: async () => ({
      windowTitle: windowTitle(name),
      windows: WINDOWS.map((other) => ({
        label: other === 'all' ? 'all' : other.replace(/(\d+)/, '$1 '),
        href: link(context.base, '/findings', {
          ...choice,
          window: other === DEFAULT_WINDOW ? null : other,
        }),
        current: other === name,
      })),
      states: FINDING_STATES.map((each) => ({
        label: LABELS[each],
        count: count(inState(each).length),
        href: link(context.base, '/findings', { ...choice, state: each === 'open' ? null : each }),
        current: each === state,
      })),
      state,
      findings: await findingRows(context, findings.slice(0, MAX_ROWS), link('', '/findings', choice)),
      moreCount: Math.max(0, findings.length - MAX_ROWS),
      count: findings.length,
    }),
  }
}
