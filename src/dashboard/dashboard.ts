import path from 'node:path'
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express'
import express from 'express'
import type { RecordingReader, RecordingWriter } from '../model/store.js'
import { type AccessRules, createGate } from './access.js'
import { CSRF_FIELD, csrfRefusal, csrfToken } from './csrf.js'
import type { PageContext, PageHandler, SettingInForce } from './page.js'
import { findingPage } from './pages/finding.js'
import { findingsPage } from './pages/findings.js'
import { overviewPage } from './pages/overview.js'
import { requestPage } from './pages/request.js'
import { requestsPage } from './pages/requests.js'
import { clearPage, settingsPage } from './pages/settings.js'
import { statementPage } from './pages/statement.js'
import { statementsPage } from './pages/statements.js'
import { PageProblem } from './problem.js'
import { renderView, VIEWS_DIRECTORY } from './render.js'
import {
  type Address,
  asProblem,
  baseOf,
  readAddress,
  readingProblem,
  sendHtml,
  sendJson,
  sendProblem,
} from './respond.js'
import { setSecurityHeaders } from './security-headers.js'
import { bareShell, pageShell } from './shell.js'
import { createSnippetReader } from './source-snippet.js'

export interface DashboardOptions {
  readonly reader: RecordingReader
  readonly writer: Pick<RecordingWriter, 'clear' | 'flush'>
  /** Writes what is queued, so that a page shows what has just happened. A page waits for it one second at most. */
  readonly beforeRead?: () => Promise<void>
  readonly access: AccessRules
  /** Absolute path that call sites are relative to; source lines are read below it alone. */
  readonly projectRoot: string
  readonly version: string
  /** What the settings page shows. */
  readonly settings: readonly SettingInForce[]
  /** Hears of every fault of the dashboard's own, and of an `authorize` that throws. Must not throw. */
  readonly onError: (error: unknown) => void
}

const PAGES: Readonly<Record<string, PageHandler>> = {
  '/': overviewPage,
  '/requests': requestsPage,
  '/requests/:id': requestPage,
  '/statements': statementsPage,
  '/statements/:id': statementPage,
  '/findings': findingsPage,
  '/findings/:key': findingPage,
  '/settings': settingsPage,
  '/settings/clear': clearPage,
}

const MAX_FLUSH_WAIT_MS = 1000

/**
 * The dashboard as an Express app of its own: to be mounted by prefix, under any base path. It answers whatever it is
 * given and never calls the host's `next`; views, settings and locals of the host do not reach it.
 *
 * @throws TypeError for an entry of `access.allowFrom` that is no address and no CIDR.
 */
export function createDashboard(options: DashboardOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(guard(options))
  app.use('/assets', assets())
  for (const [route, handler] of Object.entries(PAGES)) app.get(route, pageRoute(options, handler))
  app.post('/settings/clear', express.urlencoded({ extended: false, limit: '4kb' }), clearRoute(options))
  app.use((req: Request, res: Response) => answerProblem(options, req, res, unknownAddress(req)))
  const onRouteError: ErrorRequestHandler = (error, req, res, _next) => answerProblem(options, req, res, error)
  app.use(onRouteError)
  return app
}

/** First of all: the security headers, then who may look. Then the address without `.json` goes on. */
function guard({ access, onError }: DashboardOptions): RequestHandler {
  const refusalOf = createGate(access, onError)
  return (req, res, next) => {
    setSecurityHeaders(res)
    const address = readAddress(req.url)
    res.locals.address = address
    refusalOf(req)
      .then((refusal) => {
        if (refusal === null) {
          if (!address.path.startsWith('/assets/')) req.url = `${address.path}${address.search}`
          next()
          return
        }
        return sendProblem(res, new PageProblem(403, 'Not allowed', refusal.reason, refusal.advice), address.wantsJson)
      })
      .catch((error: unknown) => {
        onError(error)
        res.destroy()
      })
  }
}

function assets(): RequestHandler {
  return express.static(path.join(VIEWS_DIRECTORY, 'assets'), {
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    cacheControl: false,
    // Asked for again each time, answered by 304 while unchanged: a new version of silk shows at once.
    setHeaders: (res) => res.setHeader('cache-control', 'private, no-cache'),
  })
}

function pageRoute(options: DashboardOptions, handler: PageHandler): RequestHandler {
  return (req, res) => answerPage(options, handler, req, res).catch((error) => answerProblem(options, req, res, error))
}

async function answerPage(options: DashboardOptions, handler: PageHandler, req: Request, res: Response): Promise<void> {
  const address = addressOf(res)
  const context = await pageContext(options, req, res)
  const page = await handler(context).catch((error) => {
    throw asReadingProblem(options, error)
  })
  if (address.wantsJson) {
    sendJson(res, 200, page.json())
    return
  }
  const twin = `${context.base}${address.path === '/' ? '' : address.path.replace(/\/$/, '')}.json${address.search}`
  const shell = pageShell(page, context, twin)
  sendHtml(res, 200, await renderView(page.view, { ...(await page.model()), shell }))
}

async function pageContext(options: DashboardOptions, req: Request, res: Response): Promise<PageContext> {
  const { reader, settings, version, projectRoot } = options
  const base = baseOf(req)
  await flushQueued(options)
  const status = await reader.status().catch((error) => {
    throw asReadingProblem(options, error)
  })
  const scheme = 'encrypted' in req.socket && req.socket.encrypted === true ? 'https' : 'http'
  return {
    base,
    appUrl: req.headers.host === undefined ? '' : `${scheme}://${req.headers.host}`,
    now: Date.now(),
    params: req.params as Readonly<Record<string, string>>,
    query: new URLSearchParams(addressOf(res).search),
    reader,
    source: createSnippetReader(projectRoot),
    status,
    settings,
    version,
    csrfToken: () => csrfToken(req, res, base),
  }
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

function clearRoute(options: DashboardOptions): RequestHandler {
  return (req, res) => answerClear(options, req, res).catch((error) => answerProblem(options, req, res, error))
}

async function answerClear(options: DashboardOptions, req: Request, res: Response): Promise<void> {
  const refusal = csrfRefusal(req, (req.body as Record<string, unknown> | undefined)?.[CSRF_FIELD])
  if (refusal !== null) {
    throw new PageProblem(403, 'Form refused', refusal, [
      'Nothing was deleted. Open the page again and send it from there.',
    ])
  }
  const { status, base } = await pageContext(options, req, res)
  await options.writer.clear().catch((error) => {
    options.onError(error)
    throw new PageProblem(503, 'Nothing was cleared', error instanceof Error ? error.message : String(error), [
      'Your app is unaffected. Try again in a moment.',
    ])
  })
  if (addressOf(res).wantsJson) {
    sendJson(res, 200, { cleared: status.recordingCount })
    return
  }
  res.statusCode = 303
  res.setHeader('location', `${base}/settings?cleared=${status.recordingCount}`)
  res.end()
}

function answerProblem(options: DashboardOptions, req: Request, res: Response, error: unknown): void {
  const problem = asProblem(error)
  if (problem.status === 500) options.onError(error)
  const shell = bareShell(baseOf(req), options.version, problem.title)
  sendProblem(res, problem, addressOf(res).wantsJson, shell).catch((failure: unknown) => {
    options.onError(failure)
    res.destroy()
  })
}

function unknownAddress(req: Request): PageProblem {
  const isPage = req.method === 'GET' || req.method === 'HEAD'
  if (!isPage) return new PageProblem(405, 'Not allowed', `${req.method} is not answered at this address.`)
  return new PageProblem(404, 'Not found', `The dashboard has no page "${req.path}".`)
}

function asReadingProblem({ onError }: DashboardOptions, error: unknown): PageProblem {
  if (error instanceof PageProblem) return error
  onError(error)
  return readingProblem(error)
}

function addressOf(res: Response): Address {
  return res.locals.address as Address
}
