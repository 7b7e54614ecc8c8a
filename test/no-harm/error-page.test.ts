import type express from 'express'
import silk from 'express-silk'
import { afterAll, describe, expect, test } from 'vitest'
import { expressVersions } from '../support/express-versions.js'
import { answerOf } from './support/exchange.js'

const profiler = silk({ store: ':memory:', headers: { id: false, link: false, serverTiming: false } })
afterAll(() => profiler.close())

function app(make: typeof express, handler: express.RequestHandler): express.Express {
  const made = make()
  made.set('env', 'development')
  made.use(handler)
  made.get('/', function ofTheApp() {
    throw new Error('of the app')
  })
  return made
}

/** Lines of silk, and of the context that it runs the app in. */
const OF_SILK =
  /<br> &nbsp; &nbsp;at [^<]*(?:express-silk|\/dist\/|[Aa]sync_hooks|async_context|AsyncLocalStorage)[^<]*/g

/** The page without what is of the middleware, of whichever it is, and without the length that follows from it. */
function pageOf(answer: string): string {
  return answer
    .replace(OF_SILK, '')
    .replace(/content-length: \d+/i, '')
    .replace(/<br> &nbsp; &nbsp;at plain [^<]*/, '')
}

describe.each(expressVersions)('the error page of $version in development', ({ express: make }) => {
  test('differs by the lines of silk in the stack alone', async () => {
    const limit = Error.stackTraceLimit
    // Else as many lines of Express fall off at the end.
    Error.stackTraceLimit = 100
    try {
      const without = await answerOf(
        app(make, function plain(_req, _res, next) {
          next()
        }),
        {},
      )
      const withSilk = await answerOf(app(make, profiler), {})
      expect(withSilk).toContain('ofTheApp')
      expect(pageOf(withSilk)).toBe(pageOf(without))
    } finally {
      Error.stackTraceLimit = limit
    }
  })
})
