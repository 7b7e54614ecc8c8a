import type { IncomingMessage, ServerResponse } from 'node:http'
import { type NotedAnswer, noteAnswer } from './answer.js'
import { type AnswerHeaders, headerLines } from './answer-headers.js'
import type { NotedBodies } from './bodies.js'
import { clock } from './clock.js'
import type { ContextCarrier } from './context.js'
import type { Scope } from './current.js'
import type { Recorder } from './recorder.js'
import type { Report } from './report.js'
import { headOf } from './response-head.js'
import type { RouteTracker } from './route-tracker.js'

/** A request as it came. */
export interface Arrival {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly method: string
  /** As sent: the app may rewrite `req.url`. */
  readonly url: string
  /** Path below which silk is mounted. */
  readonly baseUrl: string
}

/** What is left of a request and its response when it is done. Holds neither of them, which are large. */
export interface Ended {
  readonly method: string
  readonly url: string
  readonly recorder: Recorder
  readonly route: string | null
  readonly rawHeaders: readonly string[]
  /** `null`: nothing was sent. */
  readonly head: string | null
  readonly status: number | null
  readonly aborted: boolean
  readonly answer: NotedAnswer | null
  readonly bodies: NotedBodies | null
  /** For what the app's parser left on it; `null`: it had no body. */
  readonly req: IncomingMessage | null
}

interface ExchangeParts {
  readonly recorder: Recorder
  readonly scope: Scope
  readonly carrier: ContextCarrier<Scope>
  readonly route: RouteTracker
  /** `null`: bodies are not recorded. */
  readonly bodies: NotedBodies | null
  /** What is added to the answer; `null`: nothing. */
  readonly headers: AnswerHeaders | null
  /** Takes what is left, once. */
  ended(ended: Ended, req: IncomingMessage, exchange: Exchange): void
  readonly report: Report
}

/**
 * A request that is being recorded, and its response.
 *
 * Express gives each request and response a hidden class of its own, so that every property of them that is read or set
 * costs about a microsecond: what is here touches few, and sets none.
 */
export class Exchange {
  readonly recorder: Recorder
  readonly scope: Scope
  readonly carrier: ContextCarrier<Scope>
  /** The response's `write` and `end` are its own, by somebody in front of silk: then they are wrapped there. */
  hasOwnMethods = false
  readonly #arrival: Arrival
  readonly #parts: ExchangeParts
  #answer: NotedAnswer | null = null
  #isEnded = false

  constructor(arrival: Arrival, parts: ExchangeParts) {
    this.recorder = parts.recorder
    this.scope = parts.scope
    this.carrier = parts.carrier
    this.#arrival = arrival
    this.#parts = parts
  }

  /** A piece of the request's body was handed to the app. */
  noteRead(chunk: unknown): void {
    this.#guarded(() => this.#parts.bodies?.request?.add(chunk, this.#arrival.req.readableEncoding))
  }

  /** A piece of the response's body is written. */
  noteWrite(chunk: unknown, encoding: unknown): void {
    const { bodies } = this.#parts
    if (bodies !== null) this.#guarded(() => bodies.response.add(chunk, encoding))
  }

  /** The response ends with this piece, if it is one. */
  noteLast(chunk: unknown, encoding: unknown): void {
    this.#guarded(() => {
      this.#answer ??= noteAnswer(chunk, this.#arrival.res.headersSent)
      this.#parts.bodies?.response.end(chunk, encoding)
    })
  }

  /** Lines to go behind the status line of the answer. */
  addedLines(): string {
    const { headers } = this.#parts
    if (headers === null) return ''
    let lines = ''
    this.#guarded(() => {
      lines = headerLines(this.recorder, this.#arrival.baseUrl, headers)
      this.recorder.addedHeadLines = Number(headers.id) + Number(headers.link) + Number(headers.serverTiming)
    })
    return lines
  }

  /** 'finish' never comes when the client goes away or the response is destroyed; 'close' always does. */
  end(isFinished: boolean): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.recorder.endMs = clock.now()
    this.recorder.meter?.end()
    this.recorder.cpuProfile?.end()
    this.#guarded(() => this.#parts.ended(this.#left(isFinished), this.#arrival.req, this))
  }

  /** Nobody will hear of its end. */
  endUnfinished(): void {
    this.recorder.isUnfinished = true
    this.end(false)
  }

  /** Noted now: the app may go on writing to a response whose client has gone. */
  #left(isFinished: boolean): Ended {
    const { req, res, method, url } = this.#arrival
    const { recorder, route, bodies } = this.#parts
    const head = headOf(res)
    return {
      method,
      url,
      recorder,
      route: route.pattern(),
      rawHeaders: req.rawHeaders,
      head,
      status: head === null ? null : res.statusCode,
      aborted: !isFinished && !res.writableFinished,
      answer: this.#answer,
      bodies,
      req: bodies?.request ? req : null,
    }
  }

  #guarded(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.#parts.report(error, 'recording a request')
    }
  }
}

// By request and by response. A WeakMap needs no property of theirs, and costs the same whatever their hidden class.
const exchanges = new WeakMap<object, Exchange>()

/** Of a request or a response that is being recorded, or was. */
export function exchangeOf(object: object): Exchange | undefined {
  return exchanges.get(object)
}

/** Lets it be found. */
export function remember(exchange: Exchange, { req, res }: Arrival): void {
  exchanges.set(req, exchange)
  exchanges.set(res, exchange)
}
