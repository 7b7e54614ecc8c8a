import type { RequestHandler } from 'express'
import type { SqlConnections } from '../model/explain.js'
import type { Recording } from '../model/recording.js'
import { createBackground } from './background.js'
import { buildRecording } from './build-recording.js'
import { createCallSites } from './call-sites.js'
import { createClosing } from './closing.js'
import { type ContextKind, contextCarrier } from './context.js'
import { enlist, type Scope, UNRECORDED_SCOPE } from './current.js'
import { createMasker } from './mask.js'
import { createMiddleware } from './middleware.js'
import type { Report } from './report.js'
import { installRouteTracking, uninstallRouteTracking } from './route-pattern.js'
import { listenToKnex, watchKnex } from './sources/knex.js'
import { liveConnections } from './sources/knex-session.js'

export interface CaptureOptions {
  readonly context: ContextKind
  /** Call sites are named relative to it. */
  readonly projectRoot: string
  /** Names that mark secrets, beyond the built-in ones. */
  readonly redactNames: readonly string[]
  isIgnored(path: string): boolean
  /** The label of what began at a time; `null`: none. Asked once for each recording. Default: none. */
  session?(startedAt: number): string | null
  /** Whether nothing that begins now is recorded. Asked for each request and query. Default: never. */
  isPaused?(): boolean
  /** Takes each recording; what it gives back is run in slices, like the making of the recording. */
  onRecording(recording: Recording): Generator<void, void> | void
  readonly report: Report
}

export interface Capture {
  readonly middleware: RequestHandler
  watch(knex: unknown, name: string | undefined): void
  /** Runs fn so that its queries are not recorded. */
  unrecorded<R>(fn: () => R): R
  /** The app's own connections, for questions that are not recorded. */
  readonly connections: SqlConnections
  /** Recordings made so far, and the time on the app's thread that it took after the responses. */
  readonly made: { readonly count: number; readonly ms: number }
  /** Ends the grace for late queries and hands over all recordings of ended requests, before it returns. */
  finishNow(): void
  /** Resolves when all recordings whose grace is over have been handed over. */
  finishQuiet(): Promise<void>
  /** Hooks off; the middleware then passes everything through. Idempotent. */
  close(): void
  isClosed(): boolean
}

/** The capture room: from a request in the app's process to a finished `Recording`. */
export function createCapture(options: CaptureOptions): Capture {
  const { report } = options
  const carrier = contextCarrier<Scope>(options.context)
  const masker = createMasker({ names: options.redactNames })
  const isPaused = (): boolean => options.isPaused?.() ?? false
  const tools = {
    callSites: createCallSites(options.projectRoot, report),
    masker,
    session: (startedAt: number) => options.session?.(startedAt) ?? null,
  }
  const closing = createClosing(function* (recorder, outcome) {
    const recording = yield* buildRecording(recorder, outcome, tools)
    yield* options.onRecording(recording) ?? []
  }, report)
  const background = createBackground((recorder) => closing.add(recorder, null))
  const sink = {
    // Out of the request's context, or the timer it starts would hold that request for ever.
    background: () => (isPaused() ? null : carrier.outside(background.recorder)),
    isPaused,
    report,
  }
  const delist = enlist(carrier, sink)
  const stopListening = listenToKnex()
  installRouteTracking()
  let closed = false

  const middleware = createMiddleware({
    carrier,
    masker,
    isIgnored: options.isIgnored,
    done: (recorder, outcome) => carrier.outside(() => closing.add(recorder, outcome)),
    report,
  })

  function finishNow(): void {
    background.finishNow()
    closing.finishNow()
  }

  return {
    middleware: (req, res, next) => (closed || isPaused() ? next() : middleware(req, res, next)),
    watch: watchKnex,
    unrecorded: (fn) => carrier.run(UNRECORDED_SCOPE, fn),
    connections: {
      use: (name, work) => carrier.run(UNRECORDED_SCOPE, () => liveConnections.use(name, work)),
    },
    made: closing.made,
    finishNow,
    finishQuiet: closing.finishQuiet,
    isClosed: () => closed,
    close() {
      if (closed) return
      closed = true
      finishNow()
      delist()
      stopListening()
      uninstallRouteTracking()
    },
  }
}
