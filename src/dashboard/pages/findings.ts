import * as v from 'valibot'
import { findingJson } from '../json/finding-json.js'
import { listJson } from '../json/list-json.js'
import { link } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { parseQuery } from '../page-query.js'
import { DEFAULT_WINDOW, timeWindow, WINDOWS, windowSchema, windowTitle } from '../time-window.js'
import { findingRows } from './finding-row.js'

const querySchema = v.object({ window: v.optional(windowSchema, DEFAULT_WINDOW) })
const MAX_ROWS = 200

/** All findings of a window, ranked by what they cost. */
export async function findingsPage(context: PageContext): Promise<Page> {
  const { window: name } = parseQuery(querySchema, context.query)
  const findings = await context.reader.findings(timeWindow(name, context.now))
  return {
    title: 'Findings',
    section: 'findings',
    view: 'findings',
    json: () => listJson(findings.map(findingJson), findings.length),
    model: async () => ({
      windowTitle: windowTitle(name),
      windows: WINDOWS.map((other) => ({
        label: other === 'all' ? 'all' : other.replace(/(\d+)/, '$1 '),
        href: link(context.base, '/findings', { window: other === DEFAULT_WINDOW ? null : other }),
        current: other === name,
      })),
      findings: await findingRows(context, findings.slice(0, MAX_ROWS)),
      moreCount: Math.max(0, findings.length - MAX_ROWS),
      count: findings.length,
    }),
  }
}
