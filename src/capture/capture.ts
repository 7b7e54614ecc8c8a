import type { Request, RequestHandler } from 'express'
import type { SqlConnections } from '../model/explain.js'
import type { ProcessHealth } from '../model/health.js'
import type { Recording } from '../model/recording.js'
import type { AnswerHeaders } from './answer-headers.js'
import { createBackground } from './background.js'
import { buildRecording, type RecordingTools } from './build-recording.js'
import { createCallSites } from './call-sites.js'
import { createClosing } from './closing.js'
import { type ContextKind, contextCarrier } from './context.js'
import { type CpuProfileChoice, createCpuProfiling } from './cpu-profile/profiling.js'
import { enlist, type Scope, UNRECORDED_SCOPE } from './current.js'
import { enterFeed } from './feed.js'
import { hookHttp } from './http-hooks.js'
import { InFlight } from './in-flight.js'
import { createJobs } from './jobs.js'
import { createMasker, type Masker, type Masking } from './mask.js'
import { createMiddleware } from './middleware.js'
import { overload } from './overload.js'
import type { Report } from './report.js'
import { installRouteTracking, uninstallRouteTracking } from './route-pattern.js'
import type { Sampling } from './sites/route-sites.js'
import { createSiteMemory } from './sites/site-memory.js'
import { listenToKnex, watchKnex } from './sources/knex.js'
import { liveConnections } from './sources/knex-session.js'
import { type AutomaticSpans, automaticSpans } from './spans/automatic.js'
import type { UsageWanted } from './usage.js'
import { type GivenUser, guardedUser } from './user.js'

export interface CaptureOptions {
  readonly context: ContextKind
  /** Call sites are named relative to it. */
  readonly projectRoot: string
  /** What is masked. */
  readonly redact: Masking
  /** Bytes of each body that are kept; `null`: no bodies are. */
  readonly maxBodyBytes: number | null
  /** Whether a request is left alone. */
  isIgnored(path: string, req: Request): boolean
  /** The app's own function; it may throw. Default: nobody is asked who sent a request. */
  readonly user?: ((req: Request) => GivenUser) | null
  /** What of the process is measured with each request and job. Default: nothing. */
  readonly usage?: UsageWanted
  /** What is added to the answers. Default: nothing. */
  readonly headers?: AnswerHeaders
  /** What becomes a span by itself. Default: nothing. */
  readonly spans?: AutomaticSpans
  /** What is profiled. Default: nothing. */
  readonly cpuProfile?: CpuProfileChoice | null
  /** The label of what began at a time; `null`: none. Asked once for each recording. Default: none. */
  session?(startedAt: number): string | null
  /** Whether nothing that begins now is recorded. Asked for each request and query. Default: never. */
  isPaused?(): boolean
  /** How full the queue of what waits to be stored is, 0 to 1. Default: empty. */
  queueFullness?(): number
  /** Takes each recording; what it gives back is run in slices, like the making of the recording. */
  onRecording(recording: Recording): Generator<void, void> | void
  /** How often stacks are taken where the call sites of a route are known. */
  readonly sampling?: Partial<Sampling>
  readonly report: Report
}

export interface Capture {
  readonly middleware: RequestHandler
  watch(knex: unknown, name: string | undefined): void
  /** Runs fn so that its queries are not recorded. */
  unrecorded<R>(fn: () => R): R
  /** The app's own connections, for questions that are not recorded. */
  readonly connections: SqlConnections
  readonly health: Pick<ProcessHealth, 'madeCount' | 'madeMs' | 'load'>
  /** Ends the grace for late queries and hands over all recordings of ended requests, before it returns. */
  finishNow(): void
  /** The same, with the requests and jobs that are still running, as they stand: the process ends. */
  finishAll(): void
  /** Resolves when all recordings whose grace is over have been handed over. */
  finishQuiet(): Promise<void>
  /** Hooks off; the middleware then passes everything through. Idempotent. */
  close(): void
  isClosed(): boolean
}

const NOTHING_MEASURED: UsageWanted = { memory: false, eventLoop: false, cpu: false }

/** The capture room: from a request in the app's process to a finished `Recording`. */
export function createCapture(options: CaptureOptions): Capture {
  const { report, usage = NOTHING_MEASURED } = options
  const carrier = contextCarrier<Scope>(options.context)
  const masker = createMasker(options.redact, report)
  const isPaused = (): boolean => options.isPaused?.() ?? false
  const isOff = (): boolean => overload.isResting || isPaused()
  const tools = recordingTools(options, masker)
  const closing = createClosing(function* (recorder, outcome) {
    const recording = yield* buildRecording(recorder, outcome, tools)
    yield* options.onRecording(recording) ?? []
  }, report)
  const inFlight = new InFlight(report)
  const cpuProfiling = options.cpuProfile
    ? createCpuProfiling(options.cpuProfile, { ...options, open: inFlight })
    : null
  const background = createBackground((recorder) => closing.add(recorder, null))
  const jobs = createJobs(carrier, { usage, cpuProfiling }, (recorder) => closing.add(recorder, null))
  const sink = {
    runJob: jobs.run,
    // Out of the request's context, or the timer it starts would hold that request for ever.
    background: () => (isOff() ? null : carrier.outside(background.recorder)),
    isPaused: isOff,
    report,
  }
  const takeBack = [
    enlist(carrier, sink),
    enterFeed({ openCount: () => inFlight.count, finishNow }),
    listenToKnex(),
    hookHttp(),
    overload.addQueue(() => Math.max(closing.fullness(), options.queueFullness?.() ?? 0)),
    uninstallRouteTracking,
    ...automaticSpans(options, masker),
  ]
  installRouteTracking()
  let closed = false

  const middleware = createMiddleware({
    ...{ carrier, masker },
    ...{ maxBodyBytes: options.maxBodyBytes, memory: createSiteMemory(options.sampling) },
    isIgnored: options.isIgnored,
    headers: options.headers ?? null,
    ...{ userOf: options.user ? guardedUser(options.user, report) : null, usage },
    ...{ inFlight, cpuProfiling, report },
    done: (recorder, outcome) => carrier.outside(() => closing.add(recorder, outcome)),
  })

  function finishNow(): void {
    background.finishNow()
    closing.finishNow()
  }

  function finishAll(): void {
    for (const running of [jobs, inFlight]) running.endAll()
    finishNow()
  }

  return {
    middleware: (req, res, next) => (closed || isPaused() ? next() : middleware(req, res, next)),
    watch: watchKnex,
    unrecorded: (fn) => carrier.run(UNRECORDED_SCOPE, fn),
    connections: {
      use: (name, work) => carrier.run(UNRECORDED_SCOPE, () => liveConnections.use(name, work)),
    },
    get health() {
      return { madeCount: closing.made.count, madeMs: closing.made.ms, load: overload.health }
    },
    ...{ finishNow, finishAll, finishQuiet: closing.finishQuiet },
    isClosed: () => closed,
    close() {
      if (closed) return
      closed = true
      finishAll()
      for (const undo of takeBack) undo()
    },
  }
}

function recordingTools({ projectRoot, session, report }: CaptureOptions, masker: Masker): RecordingTools {
  return {
    callSites: createCallSites(projectRoot, report),
    masker,
    projectRoot,
    session: (startedAt) => session?.(startedAt) ?? null,
    report,
  }
}
