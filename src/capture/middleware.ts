import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Request, RequestHandler, Response } from 'express'
import type { RecordedUser } from '../model/marks.js'
import { noteAnswer, onlyNumberOf } from './answer.js'
import { type AnswerHeaders, addAnswerHeaders } from './answer-headers.js'
import { type BodyWatch, createBodyWatch } from './bodies.js'
import { buildBodies } from './bodies-build.js'
import type { RequestOutcome } from './build-recording.js'
import type { ContextCarrier } from './context.js'
import type { CpuProfiling } from './cpu-profile/profiling.js'
import { type Scope, UNRECORDED_SCOPE } from './current.js'
import type { Masker } from './mask.js'
import { overload } from './overload.js'
import { Recorder } from './recorder.js'
import type { Report } from './report.js'
import { contentLengthOf, headersFromRaw, headOf, sentHeaders } from './response-head.js'
import { installRouteTracking, trackRoute } from './route-pattern.js'
import type { SiteMemory } from './sites/site-memory.js'
import { createStamps } from './stamps.js'
import { meterOf, type UsageWanted } from './usage.js'
import type { UserOf } from './user.js'

export interface MiddlewareOptions {
  readonly carrier: ContextCarrier<Scope>
  readonly masker: Masker
  /** Bytes of each body that are kept; `null`: no bodies are. */
  readonly maxBodyBytes: number | null
  /** What is known of the call sites of the app's routes. */
  readonly memory: SiteMemory
  /** Whether a request is left alone. */
  isIgnored(path: string, req: Request): boolean
  /** What is added to the answers; `null`: nothing. */
  readonly headers: AnswerHeaders | null
  /** Who sent a request; `null`: nobody is asked. */
  readonly userOf: UserOf | null
  /** What of the process is measured with each request. */
  readonly usage: UsageWanted
  /** How many recorded requests are being answered, and how many ever began. */
  readonly open: { count: number; begun: number }
  /** `null`: nothing is ever profiled. */
  readonly cpuProfiling: CpuProfiling | null
  /** Takes the recorder of a response that is done. */
  done(recorder: Recorder, outcome: () => RequestOutcome): void
  readonly report: Report
}

// A request is recorded once, by the first silk() that it meets, also by another profiler's.
const met = createStamps<true>()

/**
 * Records each request. What it may cost the answer: nothing. It reads no request body, changes no byte but for
 * the headers that it adds, and hands over only after the response is done.
 */
export function createMiddleware(options: MiddlewareOptions): RequestHandler {
  const { carrier, report, maxBodyBytes } = options
  const watchBodies = maxBodyBytes === null ? null : createBodyWatch(maxBodyBytes)

  return function silk(req, res, next): void {
    if (met.get(req)) {
      next()
      return
    }
    // What is not recorded runs in this scope: its queries are no background work, also when the load falls meanwhile.
    let scope = UNRECORDED_SCOPE
    overload.seen()
    try {
      if (overload.takes('requests') && !options.isIgnored(pathOf(urlOf(req)), req)) {
        met.set(req, true)
        scope = begin(req, res, options, watchBodies)
      }
    } catch (error) {
      report(error, 'starting to record a request')
    }
    carrier.run(scope, next)
  }
}

function begin(req: Request, res: Response, options: MiddlewareOptions, watchBodies: BodyWatch | null): Scope {
  const startMs = performance.now()
  installRouteTracking(req)
  const route = trackRoute(req)
  const recorder = new Recorder('request', null, { trail: route.trail, memory: options.memory })
  const scope: Scope = { recorder }
  recorder.meter = meterOf(options.usage)
  const { method } = req
  const url = urlOf(req)
  recorder.request = { method, path: pathOf(url) }
  keepScope(req, scope, options.carrier)
  keepScope(res, scope, options.carrier)
  recorder.bodies = watchBodies?.(req, res) ?? null
  watchAnswer(res, recorder)
  if (options.headers) addAnswerHeaders(res, recorder, req.baseUrl ?? '', options.headers)

  let ended = false
  const end = (): void => {
    if (ended) return
    ended = true
    options.open.count--
    recorder.endMs = performance.now()
    recorder.meter?.end()
    recorder.cpuProfile?.end()
    try {
      // Noted now: the app may go on writing to a response whose client has gone. And what waits for late queries
      // holds neither request nor response, which are large.
      const seen: Seen = {
        ...{ method, url, recorder, rawHeaders: req.rawHeaders, head: headOf(res), route: route.pattern() },
        status: res.headersSent ? res.statusCode : null,
        aborted: !res.writableFinished,
        user: options.userOf === null ? null : askUser(options.userOf, req, options.carrier),
        req: recorder.bodies?.request ? req : null,
      }
      options.done(recorder, () => outcomeOf(seen, options))
    } catch (error) {
      options.report(error, 'ending a recording')
    }
  }
  // 'finish' never comes when the client goes away or the response is destroyed; 'close' always does.
  res.once('finish', end)
  res.once('close', end)
  // Last, since it takes a while, and what comes after it is in the profile.
  options.cpuProfiling?.ofRequest(recorder, req, url)
  options.open.count++
  options.open.begun++
  recorder.overheadMs += performance.now() - startMs
  return scope
}

/**
 * Runs all listeners of a request or response in its own scope. A body that arrives in several packets is emitted from
 * the socket's context, not the middleware's: raw 'end' handlers, multer, busboy and formidable would lose theirs.
 */
function keepScope(emitter: IncomingMessage | ServerResponse, scope: Scope, carrier: ContextCarrier<Scope>): void {
  const { emit } = emitter
  emitter.emit = function (this: typeof emitter, ...args: Parameters<typeof emit>) {
    if (carrier.current() === scope) return emit.apply(this, args)
    return carrier.run(scope, () => emit.apply(this, args))
  } as typeof emit
}

/**
 * Notes the size of a body that is sent in one piece, as `res.json` and `res.send` do. The wrapper hands on all that it
 * gets and returns what the original does: compression and session stores wrap it again, and rest on both.
 */
function watchAnswer(res: ServerResponse, recorder: Recorder): void {
  const { end } = res
  res.end = function (this: ServerResponse, ...args: unknown[]) {
    recorder.answer ??= noteAnswer(args[0], this.headersSent)
    recorder.bodies?.response.end(args[0], args[1])
    return Reflect.apply(end, this, args)
  } as typeof end
}

/** What the app's function sends to find out is nobody's. */
function askUser(userOf: UserOf, req: Request, carrier: ContextCarrier<Scope>): RecordedUser | null {
  return carrier.run(UNRECORDED_SCOPE, () => userOf(req))
}

interface Seen {
  readonly method: string
  readonly url: string
  readonly status: number | null
  readonly aborted: boolean
  readonly user: RecordedUser | null
  /** `null`: it had no body. */
  readonly req: Request | null
  readonly rawHeaders: readonly string[]
  readonly head: string | null
  readonly route: string | null
  readonly recorder: Recorder
}

function outcomeOf(seen: Seen, { masker, maxBodyBytes }: MiddlewareOptions): RequestOutcome {
  const { method, status, aborted, req, route, recorder } = seen
  const url = masker.url(seen.url)
  const headers = sentHeaders(seen.head, recorder.addedHeadLines)
  const contentLength = contentLengthOf(headers)
  const requestHeaders = headersFromRaw(seen.rawHeaders)
  const building = { mask: masker.body, maxBytes: maxBodyBytes ?? 0 }
  const raw = { req, requestHeaders, responseHeaders: headers }
  const bodies = recorder.bodies && buildBodies(recorder.bodies, raw, building)
  if (route !== null) recorder.request = { method, path: route }
  return {
    request: {
      method,
      url,
      path: pathOf(url),
      route,
      headers: masker.headers(requestHeaders, 'request'),
      ...(bodies?.request && { body: bodies.request }),
    },
    response: {
      status,
      headers: masker.headers(headers, 'response'),
      ...(bodies?.response && { body: bodies.response }),
      contentLength,
      bodyBytes: recorder.answer?.bytes ?? ('content-encoding' in headers ? null : contentLength),
      onlyNumber: onlyNumberOf(recorder.answer?.short ?? null),
      aborted,
    },
    user: seen.user && masker.user(seen.user),
  }
}

/** As sent: the app may rewrite `req.url`. */
function urlOf(req: Request): string {
  return req.originalUrl ?? req.url ?? ''
}

function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}
