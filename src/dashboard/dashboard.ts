import { join } from 'node:path'
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express'
import express from 'express'
import { createGate } from './access.js'
import { type Answer, answering, answerProblem, checkForm, formAnswer, pageAnswer } from './answers.js'
import { addCpuProfileRoutes } from './cpu-profile-routes.js'
import type { DashboardOptions } from './dashboard-options.js'
import { sendExport } from './export.js'
import { chooseTheme, clearRecordings, setFindingState, switchKeys } from './forms.js'
import { createLiveTail } from './live-tail.js'
import { pinRequests, tagRequest } from './marks.js'
import type { PageHandler } from './page.js'
import { pageContext } from './page-context.js'
import { comparePage } from './pages/compare.js'
import { cpuProfilePage } from './pages/cpu-profile.js'
import { cpuProfilesPage } from './pages/cpu-profiles.js'
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
import { spanRunsPage } from './pages/span-runs.js'
import { explainedStatementPage, statementPage } from './pages/statement.js'
import { statementsPage } from './pages/statements.js'
import { PageProblem } from './problem.js'
import { startSession, switchRecording } from './recording-forms.js'
import { VIEWS_DIRECTORY } from './render.js'
import { readAddress, sendProblem } from './respond.js'
import { setSecurityHeaders } from './security-headers.js'
import { compareSelected, deletePage, deleteSelected } from './selection.js'

const PAGES: Readonly<Record<string, PageHandler>> = {
  '/': overviewPage,
  '/requests': requestsPage,
  '/requests/:id': requestPage,
  '/requests/:id/replay': replayPage,
  '/requests/:id/cpu-profile': cpuProfilePage,
  '/cpu-profiles': cpuProfilesPage,
  '/statements': statementsPage,
  '/statements/:id': statementPage,
  '/findings': findingsPage,
  '/findings/:key': findingPage,
  '/profiling': profilingPage,
  '/profiling/runs': spanRunsPage,
  '/profiling/:id': profilingSpanPage,
  '/compare': comparePage,
  '/health': healthPage,
  '/settings': settingsPage,
  '/settings/clear': clearPage,
}

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
  addCpuProfileRoutes(app, options)
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
  app.post('/requests/pin', form, answering(options, formAnswer(options, pinRequests)))
  app.post('/requests/:id/tags', form, answering(options, formAnswer(options, tagRequest)))
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

function unknownAddress(req: Request): PageProblem {
  const isPage = req.method === 'GET' || req.method === 'HEAD'
  if (!isPage) return new PageProblem(405, 'Not allowed', `${req.method} is not answered at this address.`)
  return new PageProblem(404, 'Not found', `The dashboard has no page "${req.path}".`)
}
