import type { Request, Response } from 'express'
import type { ProcessHealth } from '../model/health.js'
import { isEncrypted } from './cookies.js'
import { csrfToken } from './csrf.js'
import type { DashboardOptions } from './dashboard-options.js'
import { createEditorLinks } from './editor-links.js'
import { createHighlighter } from './highlight.js'
import type { PageContext } from './page.js'
import { PageProblem } from './problem.js'
import { prepareViews } from './render.js'
import { type Address, baseOf, readingProblem } from './respond.js'
import { createSnippetReader } from './source-snippet.js'
import { nextTurn } from './turn.js'
import { readVisitor } from './visitor.js'

const MAX_FLUSH_WAIT_MS = 1000

/** What a page is given, for one request. */
export async function pageContext(options: DashboardOptions, req: Request, res: Response): Promise<PageContext> {
  const { reader, settings, version, projectRoot } = options
  const base = baseOf(req)
  await nextTurn()
  prepareViews().catch(options.onError)
  await flushQueued(options)
  // In a new process the store's thread is started now: in a turn of its own.
  await nextTurn()
  const status = await reader.status().catch((error) => {
    throw asReadingProblem(options, error)
  })
  await nextTurn()
  const scheme = isEncrypted(req) ? 'https' : 'http'
  return {
    base,
    appUrl: req.headers.host === undefined ? '' : `${scheme}://${req.headers.host}`,
    now: Date.now(),
    params: req.params as Readonly<Record<string, string>>,
    query: new URLSearchParams(addressOf(res).search),
    reader,
    source: createSnippetReader(projectRoot),
    editor: createEditorLinks(options.editor ?? null, projectRoot),
    highlight: createHighlighter(options.highlight ?? (async () => [])),
    dialectOf: options.dialectOf ?? (() => null),
    wantsJson: addressOf(res).wantsJson,
    inspector: options.inspector ?? null,
    ownSession: options.ownSession ?? null,
    processHealth: options.health ?? unknownHealth,
    cpuProfiling: options.cpuProfiling ?? null,
    projectRoot,
    reasonNotKept: options.reasonNotKept ?? (() => null),
    address: { path: addressOf(res).path, search: addressOf(res).search },
    status,
    settings,
    version,
    csrfToken: () => csrfToken(req, res, base),
    visitor: readVisitor(req),
  }
}

function unknownHealth(): ProcessHealth {
  const load = { level: 0, steps: [], left: { stacks: 0, bindings: 0, bodies: 0, requests: 0 } }
  const choices = { ignored: 0, notAsked: 0, notSampled: 0, notWanted: 0, notKept: 0 }
  return { pid: process.pid, startedAt: Date.now(), madeCount: 0, madeMs: 0, load, choices, troubles: [] }
}

async function flushQueued({ beforeRead, onError }: DashboardOptions): Promise<void> {
  if (beforeRead === undefined) return
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, MAX_FLUSH_WAIT_MS)
    timer.unref()
  })
  // What cannot be written now is shown later: the page still tells what is stored.
  await Promise.race([beforeRead().catch(onError), patience])
  clearTimeout(timer)
}

/** What was thrown while the store was read. */
export function asReadingProblem({ onError }: DashboardOptions, error: unknown): PageProblem {
  if (error instanceof PageProblem) return error
  onError(error)
  return readingProblem(error)
}

/** Of the request, as the guard has read it. */
export function addressOf(res: Response): Address {
  return res.locals.address as Address
}
