import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Request, RequestHandler, Response } from 'express'
import { noteAnswer, onlyNumberOf } from './answer.js'
import type { RequestOutcome } from './build-recording.js'
import type { ContextCarrier } from './context.js'
import { type Scope, UNRECORDED_SCOPE } from './current.js'
import type { Masker } from './mask.js'
import { Recorder } from './recorder.js'
import type { Report } from './report.js'
import { contentLengthOf, headersFromRaw, sentHeaders } from './response-head.js'
import { installRouteTracking, type RouteTracker, trackRoute } from './route-pattern.js'

export interface MiddlewareOptions {
  readonly carrier: ContextCarrier<Scope>
  readonly masker: Masker
  /** Whether a request to this path is left alone. */
  isIgnored(path: string): boolean
  /** Takes the recorder of a response that is done. */
  done(recorder: Recorder, outcome: () => RequestOutcome): void
  readonly report: Report
}

// A request is recorded once, by the first silk() that it meets, also by another profiler's.
const met = new WeakSet<IncomingMessage>()

/**
 * Records each request. What it may cost the answer: nothing. It reads no request body, changes no byte, sets no header,
 * and hands over only after the response is done.
 */
export function createMiddleware(options: MiddlewareOptions): RequestHandler {
  const { carrier, report } = options

  return function silk(req, res, next): void {
    if (met.has(req)) {
      next()
      return
    }
    let scope = UNRECORDED_SCOPE
    try {
      if (!options.isIgnored(pathOf(urlOf(req)))) {
        met.add(req)
        scope = begin(req, res, options)
      }
    } catch (error) {
      report(error, 'starting to record a request')
    }
    carrier.run(scope, next)
  }
}

function begin(req: Request, res: Response, options: MiddlewareOptions): Scope {
  const startMs = performance.now()
  const recorder = new Recorder('request')
  const scope: Scope = { recorder }
  const { method } = req
  const url = urlOf(req)
  recorder.request = { method, path: pathOf(url) }
  installRouteTracking(req)
  const route = trackRoute(req)
  keepScope(req, scope, options.carrier)
  keepScope(res, scope, options.carrier)
  watchAnswer(res, recorder)

  let ended = false
  const end = (): void => {
    if (ended) return
    ended = true
    recorder.endMs = performance.now()
    try {
      // Noted now: the app may go on writing to a response whose client has gone.
      const status = res.headersSent ? res.statusCode : null
      const aborted = !res.writableFinished
      options.done(recorder, () =>
        outcomeOf({ method, url, status, aborted, req, res, route, recorder }, options.masker),
      )
    } catch (error) {
      options.report(error, 'ending a recording')
    }
  }
  // 'finish' never comes when the client goes away or the response is destroyed; 'close' always does.
  res.once('finish', end)
  res.once('close', end)
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
    return Reflect.apply(end, this, args)
  } as typeof end
}

interface Seen {
  readonly method: string
  readonly url: string
  readonly status: number | null
  readonly aborted: boolean
  readonly req: Request
  readonly res: Response
  readonly route: RouteTracker
  readonly recorder: Recorder
}

function outcomeOf(seen: Seen, masker: Masker): RequestOutcome {
  const { method, status, aborted, req, res, recorder } = seen
  const url = masker.url(seen.url)
  const headers = sentHeaders(res)
  const contentLength = contentLengthOf(headers)
  const route = seen.route.pattern()
  if (route !== null) recorder.request = { method, path: route }
  return {
    request: {
      method,
      url,
      path: pathOf(url),
      route,
      headers: masker.headers(headersFromRaw(req.rawHeaders)),
    },
    response: {
      status,
      headers: masker.headers(headers),
      contentLength,
      bodyBytes: recorder.answer?.bytes ?? ('content-encoding' in headers ? null : contentLength),
      onlyNumber: onlyNumberOf(recorder.answer?.short ?? null),
      aborted,
    },
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
