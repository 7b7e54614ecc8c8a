import { createHash } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type expressType from 'express'
import type { ErrorRequestHandler, Express, NextFunction, Request, RequestHandler, Response } from 'express'
import { type Exchange, get, type Move } from '../support/exchange.js'

/** What an answer's app is made with. */
export interface Parts {
  readonly express: typeof expressType
  /** The profiler, or what passes requests through in its place. */
  readonly silk: RequestHandler
  /** Another profiler of the same process. */
  readonly second: RequestHandler
  /** Adds to what is compared: what the app itself sees. */
  note(what: string): void
}

/** A kind of answer: what the app does, and what it is asked. */
export interface Answer {
  readonly name: string
  /** What stands in front of silk. */
  readonly before?: RequestHandler
  /** The answer's own app takes silk in, where it wants it. */
  readonly isSilkLater?: boolean
  /** Sets up the app behind silk; may return what serves in its place. */
  readonly app: (app: Express, parts: Parts) => unknown
  readonly exchange?: Exchange
  /** How many of the answers come from requests that never come to silk. */
  readonly unrecorded?: number
  /** What the recording says of how it ended. */
  readonly recorded?: { readonly status: number | null; readonly aborted: boolean }
}

export const folder = mkdtempSync(join(tmpdir(), 'silk-answers-'))
export const file = join(folder, 'page.html')
writeFileSync(file, '<p>a page of a few bytes</p>'.repeat(40))
export const LARGE = 'a large text, again and again. '.repeat(20_000)

/** An app of one handler for every path. */
export function any(
  name: string,
  handler: (req: Request, res: Response, note: Parts['note']) => unknown,
  exchange: Exchange = {},
  more: Partial<Answer> = {},
): Answer {
  return {
    name,
    app: (app, { note }) => {
      app.use((req: Request, res: Response, next: NextFunction) => {
        Promise.resolve(handler(req, res, note)).catch(next)
      })
    },
    exchange,
    ...more,
  }
}

export const echo: RequestHandler = (req, res) =>
  void res.json({ body: req.body, files: (req as { files?: { size: number }[] }).files?.map(({ size }) => size) })
/** Answers with the digest of what was uploaded. */
export const hash: RequestHandler = (req, res) =>
  void req.pipe(createHash('sha256')).on('data', (sum) => res.end(sum.toString('hex')))

/** Routes behind a parser, as the app would mount them. */
export function parsed(
  name: string,
  parser: (express: typeof expressType) => RequestHandler,
  request: readonly Move[],
): Answer {
  return {
    name,
    app: (app, { express }) => {
      app.post('/', parser(express), echo)
      app.use((error: { status?: number; message: string }, _req: Request, res: Response, _next: NextFunction) => {
        res.status(error.status ?? 500).send(error.message)
      })
    },
    exchange: { request },
  }
}

/** An app that is asked for one path. */
export function routed(name: string, app: Answer['app'], path = '/'): Answer {
  return { name, app, exchange: { request: [get(path)] } }
}

/** The app's own error handler. */
export const shown: ErrorRequestHandler = (error: Error, _req, res, next) => {
  if (res.headersSent) next(error)
  else res.status(500).json({ error: error.message })
}
