import type { ErrorRequestHandler } from 'express'

/** Thrown by a handler to answer with this status and JSON body. */
export class HttpError extends Error {
  readonly status: number
  readonly body: object

  constructor(status: number, body: object) {
    super(`${status} ${JSON.stringify(body)}`)
    this.name = 'HttpError'
    this.status = status
    this.body = body
  }
}

export function notFound(): HttpError {
  return new HttpError(404, { detail: 'Not found.' })
}

/** Answers with what an `HttpError` says; with 500 for anything that nobody foresaw. */
export const handleError: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) return next(error)
  if (error.status === 401) res.set('WWW-Authenticate', 'Bearer')

  if (error instanceof HttpError) {
    res.status(error.status).json(error.body)
  } else if (error.status >= 400 && error.status < 500) {
    // Express's own: JSON that can't be parsed, a body that is too large, a malformed URL.
    res.status(error.status).json({ detail: error.message })
  } else {
    console.error(error)
    res.status(500).json({ detail: 'Internal server error.' })
  }
}
