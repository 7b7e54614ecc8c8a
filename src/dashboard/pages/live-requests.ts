import type { Request, Response } from 'express'
import type { LiveTail } from '../live-tail.js'
import type { PageContext } from '../page.js'
import { PageProblem } from '../problem.js'
import { renderView } from '../render.js'
import { badgeMaker } from '../severity.js'
import { emptyShell } from '../shell.js'
import { DEFAULT_WINDOW, timeWindow } from '../time-window.js'
import { readRequestQuery, requestFilter } from './request-query.js'
import { requestRow } from './request-row.js'

/** Keeps the answer open, and sends the rows of new requests that pass the filters of the address. */
export function liveRequests(context: PageContext, req: Request, res: Response, tail: LiveTail): void {
  const { base, reader, now } = context
  const { after, ...query } = readRequestQuery(context.query)
  const { order: _, before: __, ...filter } = requestFilter(query, now)
  const reconnected = req.headers['last-event-id']
  const isOpen = tail.watch(req, res, {
    filter,
    after: (typeof reconnected === 'string' && reconnected) || after || null,
    render: async (fresh) => {
      const at = Date.now()
      const badgeOf = badgeMaker(await reader.findings(timeWindow(DEFAULT_WINDOW, at)))
      const rows = fresh.map((summary) => requestRow(base, at, badgeOf, summary))
      return { count: rows.length, html: await renderView('live-rows', { shell: emptyShell(), page: { rows } }) }
    },
  })
  if (isOpen) return
  throw new PageProblem(503, 'Too many watch already', 'So many pages show requests live that this one cannot.', [
    'Close one of them, or load this page again.',
  ])
}
