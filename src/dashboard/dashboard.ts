import { join } from 'node:path'
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express'
import express from 'express'
import type { SqlDialect, StatementInspector } from '../model/explain.js'
import type { ProcessHealth } from '../model/health.js'
import type { RecordingReader, RecordingWriter } from '../model/store.js'
import { type AccessRules, createGate } from './access.js'
import { isEncrypted, setCookie } from './cookies.js'
import { CSRF_FIELD, csrfRefusal, csrfToken } from './csrf.js'
import { createEditorLinks } from './editor-links.js'
import { sendExport } from './export.js'
import { chooseTheme, clearRecordings, type FormHandler, setFindingState, switchKeys } from './forms.js'
import { createLiveTail } from './live-tail.js'
import type { PageContext, PageHandler, SettingInForce } from './page.js'
import { comparePage } from './pages/compare.js'
import { findingPage } from './pages/finding.js'
import { findingsPage } from './pages/findings.js'
import { healthPage } from './pages/health.js'
import { liveRequests } from './pages/live-requests.js'
import { overviewPage } from './pages/overview.js'
import { profilingPage } from './pages/profiling.js'
import { profilingSpanPage } from './pages/profiling-span.js'
import { replayPage } from './pages/replay.js'
import { requestPage } from './pages/request.js'
import { requestsPage } from './pages/requests.js'
import { clearPage, settingsPage } from './pages/settings.js'
import { explainedStatementPage, statementPage } from './pages/statement.js'
import { statementsPage } from './pages/statements.js'
import { PageProblem } from './problem.js'
import { startSession, switchRecording } from './recording-forms.js'
import { prepareViews, renderView, VIEWS_DIRECTORY } from './render.js'
import {
  type Address,
  asProblem,
  baseOf,
  readAddress,
  readingProblem,
  redirect,
  sendHtml,
  sendJson,
  sendProblem,
} from './respond.js'
import { setSecurityHeaders } from './security-headers.js'
import { compareSelected, deletePage, deleteSelected } from './selection.js'
import { bareShell, pageShell } from './shell.js'
import { createSnippetReader } from './source-snippet.js'
import { nextTurn } from './turn.js'
import { readVisitor } from './visitor.js'

export interface DashboardOptions {
  readonly reader: RecordingReader
  readonly writer: Pick<
    RecordingWriter,
    'clear' | 'flush' | 'remove' | 'setFindingState' | 'setPaused' | 'startSession'
  >
  /** Asks the app's databases about a statement, when someone looks at it; without it, that is not offered. */
  readonly inspector?: StatementInspector
  /** What a connection of the app talks; without it, that is guessed from its name. */
  readonly dialectOf?: (connection: string) => SqlDialect | null
  /** A URL with `{file}`, `{line}` and `{column}`, which opens a file in an editor; without it, no such links. */
  readonly editor?: string | null
  /** Writes what is queued, so that a page shows what has just happened. A page waits for it one second at most. */
  readonly beforeRead?: () => Promise<void>
  /** Ends what stays open: pages that show requests live. */
  readonly signal?: AbortSignal
  readonly access: AccessRules
  /** Absolute path that call sites are relative to; source lines are read below it alone. */
  readonly projectRoot: string
  readonly version: string
  /** The label that this process has by environment or code; `null`: that of the store. Default: `null`. */
  readonly ownSession?: string | null
  /** What the process knows of itself. Default: nothing but its number. */
  readonly health?: () => ProcessHealth
  /** Why a recording was not kept; `null`: it is not known. Default: it never is. */
  readonly reasonNotKept?: (id: string) => string | null
  /** What the settings page shows. */
  readonly settings: readonly SettingInForce[]
  /** Hears of every fault of the dashboard's own, and of an `authorize` that throws. Must not throw. */
  readonly onError: (error: unknown) => void
}

const PAGES: Readonly<Record<string, PageHandler>> = {
  '/': overviewPage,
  '/requests': requestsPage,
  '/requests/:id': requestPage,
  '/requests/:id/replay': replayPage,
  '/statements': statementsPage,
  '/statements/:id': statementPage,
  '/findings': findingsPage,
  '/findings/:key': findingPage,
  '/profiling': profilingPage,
  '/profiling/:id': profilingSpanPage,
  '/compare': comparePage,
  '/health': healthPage,
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
  addRequestTools(app, options)
  for (const [route, handler] of Object.entries(PAGES)) app.get(route, answering(options, pageAnswer(options, handler)))
  const form = express.urlencoded({ extended: false, limit: '4kb' })
  app.post('/settings/clear', form, answering(options, formAnswer(options, clearRecordings)))
  app.post('/findings/:key/state', form, answering(options, formAnswer(options, setFindingState)))
  app.post('/statements/:id', form, answering(options, pageAnswer(options, explainedStatementPage, checkForm)))
  app.post('/settings/keys', form, answering(options, formAnswer(options, switchKeys)))
  app.post('/settings/theme', form, answering(options, formAnswer(options, chooseTheme)))
  app.post('/recording', form, answering(options, formAnswer(options, switchRecording)))
  app.post('/sessions', form, answering(options, formAnswer(options, startSession)))
  app.use((req: Request, res: Response) => answerProblem(options, req, res, unknownAddress(req)))
  const onRouteError: ErrorRequestHandler = (error, req, res, _next) => answerProblem(options, req, res, error)
  app.use(onRouteError)
  return app
}

/** What is done with requests of the list. Before the pages, one of which takes any word for an id. */
function addRequestTools(app: Express, options: DashboardOptions): void {
  const tail = createLiveTail({ reader: options.reader, signal: options.signal ?? null })
  const live: Answer = async (req, res) => liveRequests(await pageContext(options, req, res), req, res, tail)
  const file: Answer = async (req, res) => {
    const fields = req.method === 'POST' ? checkForm(req) : {}
    await sendExport(await pageContext(options, req, res), fields, res)
  }
  // A whole page of ids.
  const form = express.urlencoded({ extended: false, limit: '32kb', parameterLimit: 250 })
  const ask = pageAnswer(options, deletePage, checkForm)
  const remove = formAnswer(options, deleteSelected)
  app.get('/requests/live', answering(options, live))
  app.get('/requests/export', answering(options, file))
  app.post('/requests/export', form, answering(options, file))
  app.post('/requests/compare', form, answering(options, formAnswer(options, compareSelected)))
  app.get('/requests/delete', answering(options, pageAnswer(options, deletePage)))
  app.post(
    '/requests/delete',
    form,
    answering(options, (req, res) => (req.body?.sure === 'yes' ? remove : ask)(req, res)),
  )
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
  return express.static(join(VIEWS_DIRECTORY, 'assets'), {
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    cacheControl: false,
    // Asked for again each time, answered by 304 while unchanged: a new version of silk shows at once.
    setHeaders: (res) => res.setHeader('cache-control', 'private, no-cache'),
  })
}

type Answer = (req: Request, res: Response) => Promise<void>

// Express 4 leaves a rejected handler hanging, so no answer is left to it.
function answering(options: DashboardOptions, answer: Answer): RequestHandler {
  return (req, res) => {
    answer(req, res).catch((error: unknown) => answerProblem(options, req, res, error))
  }
}

/** @param check throws for a form that is not one of ours */
function pageAnswer(options: DashboardOptions, handler: PageHandler, check?: (req: Request) => Fields): Answer {
  return async (req, res) => {
    const fields = check?.(req) ?? {}
    const { wantsJson, path, search } = addressOf(res)
    const context = await pageContext(options, req, res)
    const page = await handler(context, fields).catch((error) => {
      throw asReadingProblem(options, error)
    })
    if (wantsJson) {
      sendJson(res, 200, await page.json())
      return
    }
    const own = `${path === '/' ? '/overview' : path.replace(/\/$/, '')}.json${search}`
    const twin = page.twin === undefined ? own : page.twin
    const shell = pageShell(page, context, twin === null ? null : `${context.base}${twin}`)
    const model = await page.model()
    await nextTurn()
    sendHtml(res, 200, await renderView(page.view, { shell, page: model }))
  }
}

function formAnswer(options: DashboardOptions, handler: FormHandler): Answer {
  return async (req, res) => {
    const fields = checkForm(req)
    const context = await pageContext(options, req, res)
    const { location, json, cookie } = await handler(context, fields, options)
    if (cookie) setCookie(req, res, context.base, cookie)
    if (addressOf(res).wantsJson) sendJson(res, 200, json)
    else redirect(res, location)
  }
}

type Fields = Readonly<Record<string, unknown>>

/** The fields of a form that came from a page of ours. */
function checkForm(req: Request): Fields {
  const fields = (req.body ?? {}) as Fields
  const refusal = csrfRefusal(req, fields[CSRF_FIELD])
  if (refusal === null) return fields
  const advice = ['Nothing was changed. Open the page again and send the form from there.']
  throw new PageProblem(403, 'Form refused', refusal, advice)
}

async function pageContext(options: DashboardOptions, req: Request, res: Response): Promise<PageContext> {
  const { reader, settings, version, projectRoot } = options
  const base = baseOf(req)
  prepareViews().catch(options.onError)
  await flushQueued(options)
  const status = await reader.status().catch((error) => {
    throw asReadingProblem(options, error)
  })
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
    dialectOf: options.dialectOf ?? (() => null),
    wantsJson: addressOf(res).wantsJson,
    inspector: options.inspector ?? null,
    ownSession: options.ownSession ?? null,
    processHealth: options.health ?? unknownHealth,
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

function answerProblem(options: DashboardOptions, req: Request, res: Response, error: unknown): void {
  const problem = asProblem(error)
  if (problem.status === 500) options.onError(error)
  const shell = bareShell(baseOf(req), options.version, problem.title, readVisitor(req))
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
