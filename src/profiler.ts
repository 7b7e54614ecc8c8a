import { readFileSync } from 'node:fs'
import type { Express, RequestHandler } from 'express'
import { analyzeInSteps } from './analysis/analyze.js'
import { findProjectRoot } from './capture/call-sites.js'
import { type Capture, createCapture } from './capture/capture.js'
import { ignoring } from './capture/current.js'
import type { Report } from './capture/report.js'
import { liveDialect } from './capture/sources/knex-session.js'
import { dashboardUrl, handToDashboard } from './dashboard/mount.js'
import { onProcessExit } from './exit.js'
import { isPausedFor, sessionOf } from './model/controls.js'
import type { SqlConnections } from './model/explain.js'
import type { ProcessHealth } from './model/health.js'
import type { Recording } from './model/recording.js'
import type { Store } from './model/store.js'
import { describeSettings, type ResolvedOptions, resolveOptions, type SilkOptions } from './options.js'
import { openScratch } from './store/scratch.js'
import { openSqliteStore } from './store/sqlite-store.js'
import { createReport, createTroubleLog } from './warnings.js'

/** An Express handler that records, with the few things one may do to it. */
export interface Profiler extends RequestHandler {
  /**
   * Hears a knex instance that silk cannot find by itself: bundled into the app, or loaded by a test runner's own
   * module registry. All others are heard without it; then it only gives the connection a name.
   *
   * @param options.name shown as the connection's name
   * @returns the same instance
   * @throws TypeError when it is not a knex instance
   * @example const db = profiler.watch(knex(config), { name: 'reports' })
   */
  watch<Knex>(knex: Knex, options?: { readonly name?: string }): Knex
  /** Resolves when all recorded so far can be read; ends the grace for late queries. */
  flush(): Promise<void>
  /** Takes silk's hooks off and closes its store; the handler then passes everything through. Idempotent. */
  close(): Promise<void>
}

function createProfiler(options: SilkOptions = {}): Profiler {
  const resolved = resolveOptions(options, process.env)
  return resolved.enabled ? start(resolved) : passThrough()
}

/** Makes profilers, and marks code of the app for the one that records. */
export interface Silk {
  /**
   * Records every request with its SQL, and shows at `/silk` which one is slow, and why.
   *
   * Off in production unless `SILK_ENABLED=1`; then it is a pass-through without hooks, files, timers or workers.
   *
   * @throws SilkOptionError naming the option, its value and what is allowed
   * @example app.use(silk())
   */
  (options?: SilkOptions): Profiler
  /**
   * Runs a function so that what its queries look like is no finding: they are recorded like all others. What the
   * function starts and leaves running is meant too. Where nobody records, it just runs it.
   *
   * @returns what the function returns
   * @example const rates = await silk.ignore(() => Promise.all(currencies.map((code) => db('rates').where({ code }))))
   */
  ignore<R>(fn: () => R): R
}

export const silk: Silk = Object.assign(createProfiler, { ignore: ignoring })

function passThrough(): Profiler {
  const handler: RequestHandler = (_req, _res, next) => next()
  return Object.assign(handler, {
    watch: <Knex>(knex: Knex) => knex,
    flush: async () => {},
    close: async () => {},
  })
}

function start(options: ResolvedOptions): Profiler {
  const troubles = createTroubleLog()
  const report = createReport(options.onError, troubles.note)
  const startedAt = Date.now()
  const projectRoot = findProjectRoot(process.cwd())
  const store = openSqliteStore({
    file: options.store.file,
    retentionCount: options.retention.count,
    onWarning: (error) => report(error, 'storing'),
    onRepeat: (error) => troubles.note(error, 'storing'),
    history: { script: new URL('./store-worker.js', import.meta.url), settings: options.detect },
  })
  const capture = createCapture({
    context: options.context,
    projectRoot,
    redactNames: options.redact.names,
    isIgnored: pathMatcher(options.ignore),
    session: (startedAt) => options.session ?? sessionOf(store.writer.controls(true), startedAt),
    isPaused: () => store.writer.controls(false).pausedAt !== null,
    onRecording: (recording) => hand(recording, store, options, report),
    report,
  })
  for (const knex of options.knex) capture.watch(knex, undefined)

  const stopExit = onProcessExit(() => {
    capture.finishNow()
    store.writer.flushNow()
  })
  async function flush(): Promise<void> {
    capture.finishNow()
    await store.writer.flush()
  }
  // Unlike flush(), a look at a page leaves the grace for late queries alone.
  async function beforeRead(): Promise<void> {
    await capture.finishQuiet()
    await store.writer.flush()
  }
  const closed = new AbortController()
  let closing: Promise<void> | null = null
  async function close(): Promise<void> {
    stopExit()
    capture.close()
    closed.abort()
    await store.writer.flush()
    await store.writer.close()
  }

  const dashboard = lazyDashboard(options, store, {
    ...{ projectRoot, beforeRead, report, connections: capture.connections },
    signal: closed.signal,
    health: () => ({
      ...{ pid: process.pid, startedAt, madeCount: capture.made.count, madeMs: capture.made.ms },
      troubles: troubles.list(),
    }),
  })
  const handler = route(options.path, capture, dashboard, report)
  return Object.assign(handler, {
    watch: <Knex>(knex: Knex, { name }: { readonly name?: string } = {}) => {
      capture.watch(knex, name)
      return knex
    },
    flush,
    close: () => {
      closing ??= close()
      return closing
    },
  })
}

/** Detection comes before storing, on what the capture room made of the raw values. */
function* hand(recording: Recording, store: Store, options: ResolvedOptions, report: Report): Generator<void, void> {
  // Paused by another process, which this one has only now heard of.
  if (isPausedFor(store.writer.controls(true), recording.startedAt)) return
  const occurrences = yield* analyzeInSteps(recording, options.detect, (error) => report(error, 'looking for findings'))
  store.writer.push({ recording, occurrences })
}

/** @param rules read once: each request is asked about */
function pathMatcher(rules: ResolvedOptions['ignore']): (path: string) => boolean {
  const matchers = rules.map((rule): ((path: string) => boolean) => {
    if (typeof rule === 'string') {
      const below = rule.endsWith('/') ? rule : `${rule}/`
      return (path) => path === rule || path.startsWith(below)
    }
    // With these flags a RegExp remembers where it stopped, and would answer differently the next time.
    const stateless = new RegExp(rule.source, rule.flags.replace(/[gy]/g, ''))
    return (path) => stateless.test(path)
  })
  return (path) => matchers.some((matches) => matches(path))
}

/** Loaded at the first look at it: an app that nobody inspects pays for no templates and no highlighter. */
type Dashboard = () => Promise<Express>

/** The dashboard's own requests run unrecorded; all others go through the capture. */
function route(path: string, capture: Capture, dashboard: Dashboard, report: Report): RequestHandler {
  return function silk(req, res, next) {
    // Looked at before the sub-app is entered: calling it changes the prototypes of `req` and `res`.
    const url = capture.isClosed() ? null : dashboardUrl(req.url, path)
    if (url === null) {
      capture.middleware(req, res, next)
      return
    }
    capture.unrecorded(() => {
      dashboard().then(
        (app) => handToDashboard(app, path, url, req, res),
        (error: unknown) => {
          // Not for the app's own error handler: it did nothing wrong.
          report(error, 'loading the dashboard')
          res.writeHead(500, { 'content-type': 'text/plain' }).end('silk could not load its dashboard.\n')
        },
      )
    })
  }
}

interface DashboardParts {
  readonly projectRoot: string
  /** Lets a page show what has just happened. */
  readonly beforeRead: () => Promise<void>
  readonly report: Report
  readonly connections: SqlConnections
  readonly health: () => ProcessHealth
  /** Aborted when the profiler closes. */
  readonly signal: AbortSignal
}

function lazyDashboard(options: ResolvedOptions, store: Store, parts: DashboardParts): Dashboard {
  let loading: Promise<Express> | null = null

  async function load(): Promise<Express> {
    const { createDashboard } = await import('./dashboard/dashboard.js')
    const { createStatementInspector } = await import('./statement-inspector.js')
    const { connections, report } = parts
    return createDashboard({
      reader: store.reader,
      writer: store.writer,
      inspector: createStatementInspector({
        ...{ connections, openScratch, reader: store.reader, writer: store.writer, detection: options.detect },
        onError: (error) => report(error, 'looking at an index'),
      }),
      dialectOf: liveDialect,
      editor: options.editor,
      beforeRead: parts.beforeRead,
      signal: parts.signal,
      access: { authorize: options.authorize, allowFrom: options.allowFrom, production: options.production },
      projectRoot: parts.projectRoot,
      version: packageVersion(),
      settings: describeSettings(options),
      ownSession: options.session,
      health: parts.health,
      onError: (error) => report(error, 'showing the dashboard'),
    })
  }

  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = null
      throw error
    })
    return loading
  }
}

function packageVersion(): string {
  const file = new URL('../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
}
