import type { RequestHandler } from 'express'
import { analyzeInSteps } from './analysis/analyze.js'
import { createAnnouncer } from './announce.js'
import { findProjectRoot } from './capture/call-sites.js'
import { type Capture, createCapture } from './capture/capture.js'
import { ignoring } from './capture/current.js'
import { publish } from './capture/feed.js'
import type { JobOptions } from './capture/job-options.js'
import { recordJob } from './capture/jobs.js'
import { pinRecording, tagRecording } from './capture/marks.js'
import type { Report } from './capture/report.js'
import { type SpanFunction, span } from './capture/spans/decorate.js'
import { wrapMethod } from './capture/spans/wrap.js'
import { type Choice, carriedSecrets, createChoice, withSecrets } from './choosing.js'
import { createCpuProfileRules } from './cpu-profile-choice.js'
import { dashboardUrl, handToDashboard } from './dashboard/mount.js'
import { onProcessExit } from './exit.js'
import { type Dashboard, lazyDashboard } from './lazy-dashboard.js'
import { isPausedFor, sessionOf } from './model/controls.js'
import type { Recording } from './model/recording.js'
import type { Store } from './model/store.js'
import { createNotKept, type NotKept } from './not-kept.js'
import { type ResolvedOptions, resolveOptions, type SilkOptions } from './options.js'
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
  /**
   * Takes silk's hooks off and closes its store; the handler then passes everything through. Requests that are being
   * answered are recorded as they stand. Idempotent.
   */
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
  /**
   * Records a job, a script or a task of a scheduler like a request: its queries, its findings, its time, and the error
   * that it ends with. Inside a request it is a recording of its own. The profiler that was started first takes it;
   * where none records, it is just run.
   *
   * @param name what all runs of the job are grouped by, up to 200 characters: no ids and no dates in it
   * @returns what the function returns; of a promise, one that settles as it does
   * @param options `cpuProfile`: whether the CPU of this run is profiled, `false` by default
   * @throws TypeError when somebody records and the name is no text, `fn` no function, or an option is unknown or wrong; and
   *   what `fn` throws
   * @example await silk.record('nightly report', () => sendReports(db))
   * @example await silk.record('nightly report', () => sendReports(db), { cpuProfile: true })
   */
  record<R>(name: string, fn: () => R, options?: JobOptions): R
  /**
   * Runs a function as a span of the running request or job: its time, its error and the queries in it are shown under
   * its name. Promises, query builders, generators and streams are followed until they are done, and handed on with all
   * they can do. Without a function it is a decorator of methods, standard or `experimentalDecorators`. Outside of
   * requests and jobs, and where nobody records, the function is just run.
   *
   * @param name what calls are grouped by, up to 200 characters: no ids in it, those are for `tags`
   * @param options.tags what tells one call from another; masked like all that is stored
   * @returns what the function returns; of a promise, one that settles as it does
   * @throws TypeError when it is recorded and the name is no text; and what `fn` throws
   * @example const price = await silk.span('price', () => priceOf(cart), { tags: { items: cart.length } })
   * @example class Reports { @silk.span() build() {} }
   */
  readonly span: SpanFunction
  /**
   * Makes each call of a method a span. The method keeps its name, arity, own properties and `this`.
   *
   * @param name of the spans. Default: class and method, `Reports.build`
   * @returns takes it back; idempotent
   * @throws TypeError when there is no such method, or it cannot be replaced
   * @example const undo = silk.wrap(Reports.prototype, 'build')
   */
  wrap(object: object, method: string | symbol, name?: string): () => void
  /**
   * Tags the recording of the running request or job, to find it by: up to 20 tags of up to 60 characters each, masked.
   * Outside of requests and jobs, and where nobody records, it does nothing.
   *
   * @throws TypeError when it is recorded and a tag is no text
   * @example silk.tag('checkout', cart.isLarge ? 'large cart' : 'small cart')
   */
  tag(...tags: readonly string[]): void
  /**
   * Pins the recording of the running request or job: it is kept while others of its time go, and whatever `shouldKeep`
   * says. 500 recordings of a store are pinned at most, for 90 days.
   *
   * @example if (took > 5_000) silk.pin()
   */
  pin(): void
}

export const silk: Silk = Object.assign(createProfiler, {
  ...{ ignore: ignoring, record: recordJob, span, wrap: wrapMethod },
  ...{ tag: tagRecording, pin: pinRecording },
})

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
  const home = { baseUrl: '' }
  const notKept = createNotKept()
  const choice = createChoice(options, report)
  const store = openStore(options, { home, report, noteTrouble: troubles.note })
  const profiles = options.cpuProfile && createCpuProfileRules(options.cpuProfile, store.writer, report)
  const capture = createCapture({
    ...{ context: options.context, projectRoot },
    ...{ redact: withSecrets(options.redact, carriedSecrets(options)), maxBodyBytes: options.bodies.maxBytes },
    isIgnored: choice.skips,
    headers: { ...options.headers, path: options.path },
    ...{ spans: options, cpuProfile: profiles?.choice ?? null, user: options.user, usage: options.usage },
    session: (startedAt) => options.session ?? sessionOf(store.writer.controls(true), startedAt),
    isPaused: () => store.writer.controls(false).pausedAt !== null,
    queueFullness: () => store.writer.fullness(),
    onRecording: (made) => hand(profiles?.settle(made) ?? made, store, options, { report, notKept, choice }),
    report,
  })
  for (const knex of options.knex) capture.watch(knex, undefined)

  const stopExit = onProcessExit(() => {
    capture.finishAll()
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
    ...{ reasonNotKept: notKept.reasonOf, cpuProfiling: profiles?.pages ?? null },
    remove: (ids) => {
      for (const id of ids) notKept.note(id, 'It was deleted by hand.')
      return store.writer.remove(ids)
    },
    health: () => ({
      pid: process.pid,
      startedAt,
      ...capture.health,
      choices: choice.counts,
      troubles: troubles.list(),
    }),
  })
  const handler = route(options.path, home, capture, dashboard, report)
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

interface StoreParts {
  /** Where the app has put silk. */
  readonly home: { readonly baseUrl: string }
  readonly report: Report
  readonly noteTrouble: Report
}

function openStore(options: ResolvedOptions, { home, report, noteTrouble }: StoreParts): Store {
  const { cpuProfile } = options
  return openSqliteStore({
    ...(cpuProfile && { cpuProfiles: { count: cpuProfile.keep, bytes: cpuProfile.keepBytes } }),
    ...{ file: options.store.file, retentionCount: options.retention.count },
    ...{ retentionAgeHours: options.retention.ageHours, retentionBytes: options.retention.bytes },
    onWarning: (error) => report(error, 'storing'),
    onRepeat: (error) => noteTrouble(error, 'storing'),
    onNewFinding: createAnnouncer({
      ...{ onFinding: options.onFinding, production: options.production },
      home: () => `${home.baseUrl}${options.path}`,
      onError: (error) => report(error, 'telling of a finding'),
    }),
    history: { script: new URL('./store-worker.js', import.meta.url), settings: options.detect },
  })
}

/** Detection comes before storing, on what the capture room made of the raw values. */
function* hand(
  recording: Recording,
  store: Store,
  options: ResolvedOptions,
  { report, notKept, choice }: { readonly report: Report; readonly notKept: NotKept; readonly choice: Choice },
): Generator<void, void> {
  if (isPausedFor(store.writer.controls(true), recording.startedAt)) {
    notKept.note(recording.id, 'Another process on this store had paused recording before it began.')
    return
  }
  const occurrences = yield* analyzeInSteps(recording, options.detect, (error) => report(error, 'looking for findings'))
  publish({ recording, occurrences })
  if (choice.keeps({ recording, occurrences })) {
    yield* store.writer.prepare(recording)
    store.writer.push({ recording, occurrences })
  } else notKept.note(recording.id, 'The option `shouldKeep` did not want it.')
}

/** The dashboard's own requests run unrecorded; all others go through the capture. */
function route(
  path: string,
  home: { baseUrl: string },
  capture: Capture,
  dashboard: Dashboard,
  report: Report,
): RequestHandler {
  return function silk(req, res, next) {
    // Looked at before the sub-app is entered: calling it changes the prototypes of `req` and `res`.
    const url = capture.isClosed() ? null : dashboardUrl(req.url, path)
    if (url === null) {
      home.baseUrl = req.baseUrl ?? ''
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
