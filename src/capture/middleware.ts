import type { IncomingMessage } from 'node:http'
import type { Request, RequestHandler, Response } from 'express'
import { pathOf } from '../model/url.js'
import type { AnswerHeaders } from './answer-headers.js'
import { createBodyNotes, type TakeBodyNotes } from './bodies.js'
import type { RequestOutcome } from './build-recording.js'
import { clock } from './clock.js'
import type { ContextCarrier } from './context.js'
import type { CpuProfiling } from './cpu-profile/profiling.js'
import { type Scope, UNRECORDED_SCOPE } from './current.js'
import { type Arrival, type Ended, Exchange, exchangeOf, remember } from './exchange.js'
import { hookOwnMethods } from './http-hooks.js'
import type { InFlight } from './in-flight.js'
import type { Masker } from './mask.js'
import { outcomeOf } from './outcome.js'
import { overload } from './overload.js'
import { Recorder } from './recorder.js'
import type { Report } from './report.js'
import { installRouteTracking, trackRoute } from './route-pattern.js'
import type { SiteMemory } from './sites/site-memory.js'
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
  readonly inFlight: InFlight
  /** `null`: nothing is ever profiled. */
  readonly cpuProfiling: CpuProfiling | null
  /** Who sent a request; `null`: nobody is asked. */
  readonly userOf: UserOf | null
  /** What of the process is measured with each request. */
  readonly usage: UsageWanted
  /** Takes the recorder of a response that is done. */
  done(recorder: Recorder, outcome: () => RequestOutcome): void
  readonly report: Report
}

/**
 * Records each request. What it may cost the answer: nothing. It reads no request body, changes no byte but for
 * the headers that it adds, and hands over only after the response is done.
 */
export function createMiddleware(options: MiddlewareOptions): RequestHandler {
  const { carrier, report, maxBodyBytes } = options
  const takeBodyNotes = maxBodyBytes === null ? null : createBodyNotes(maxBodyBytes)
  const { userOf } = options
  const ended: TakeEnded = (left, req, exchange) => {
    options.inFlight.delete(exchange)
    // What the app's function sends to find out is nobody's.
    const user = userOf === null ? null : carrier.run(UNRECORDED_SCOPE, () => userOf(req as Request))
    options.done(left.recorder, () => outcomeOf(left, user, options))
  }

  return function silk(req, res, next): void {
    // A request is recorded once, by the first silk() that it meets, also by another profiler's.
    if (exchangeOf(req) !== undefined) {
      next()
      return
    }
    // What is not recorded runs in this scope: its queries are no background work, also when the load falls meanwhile.
    let scope = UNRECORDED_SCOPE
    overload.seen()
    try {
      const url = urlOf(req)
      if (overload.takes('requests') && !options.isIgnored(pathOf(url), req)) {
        scope = begin({ req, res, url }, options, takeBodyNotes, ended)
      }
    } catch (error) {
      report(error, 'starting to record a request')
    }
    carrier.run(scope, next)
  }
}

type TakeEnded = (left: Ended, req: IncomingMessage, exchange: Exchange) => void

interface Arriving {
  readonly req: Request
  readonly res: Response
  readonly url: string
}

function begin(
  { req, res, url }: Arriving,
  { carrier, memory, headers, inFlight, cpuProfiling, usage, report }: MiddlewareOptions,
  takeBodyNotes: TakeBodyNotes | null,
  ended: TakeEnded,
): Scope {
  const startMs = clock.now()
  installRouteTracking(req)
  const route = trackRoute(req)
  const recorder = new Recorder('request', null, { trail: route.trail, memory })
  recorder.meter = meterOf(usage)
  const { method } = req
  recorder.request = { method, path: pathOf(url) }
  const scope: Scope = { recorder }
  const arrival: Arrival = { req, res, method, url, baseUrl: req.baseUrl ?? '' }
  const bodies = takeBodyNotes === null ? null : takeBodyNotes(req, res)
  recorder.held = bodies
  const exchange = new Exchange(arrival, { recorder, scope, carrier, route, bodies, headers, ended, report })
  remember(exchange, arrival)
  hookOwnMethods(exchange, req, res)
  // Last, since it takes a while, and what comes after it is in the profile.
  cpuProfiling?.ofRequest(recorder, req, url)
  inFlight.add(exchange)
  recorder.overheadMs += clock.now() - startMs
  return scope
}

/** As sent: the app may rewrite `req.url`. */
function urlOf(req: Request): string {
  return req.originalUrl ?? req.url ?? ''
}
