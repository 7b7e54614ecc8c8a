import type { RequestHandler } from 'express'
import silk, { type Profiler } from 'express-silk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expressVersions } from '../support/express-versions.js'
import { ANSWERS, type Answer } from './answers.js'
import { answerOf } from './support/exchange.js'

type ExpressModule = (typeof expressVersions)[number]['express']

function send(
  { before, app: setUp, exchange = {} }: Answer,
  express: ExpressModule,
  profiler: Profiler | null,
): Promise<string> {
  const app = express()
  // In development Express's own error page shows the stack, which any middleware is in.
  app.set('env', 'production')
  const handler: RequestHandler = profiler ?? ((_req, _res, next) => next())
  if (before) app.use(before)
  app.use(handler)
  setUp(app, express, handler)
  return answerOf(app, exchange)
}

/** What silk adds, right behind the status line. */
const ADDED = new RegExp(
  [
    '(?<=HTTP/1\\.[01] \\d{3} [^\\r\\n]*\\r\\n)x-silk-id: ([\\da-f-]{36})\\r\\n',
    'link: </silk/requests/\\1>; rel="silk"\\r\\n',
    'server-timing: total;dur=[\\d.]+, sql;dur=0;desc="0 queries", pool;dur=0\\r\\n',
  ].join(''),
  'g',
)
const NO_HEADERS = { id: false, link: false, serverTiming: false }

/** Heads that the app answers with: Node itself speaks of what is to be continued, and to what is no request. */
function headsOf(bytes: string): number {
  return bytes.match(/HTTP\/1\.[01] (?!10[023] |400 Bad Request\r\nConnection: close\r\n\r\n)/g)?.length ?? 0
}

describe.each(expressVersions)('with silk $version sends the same bytes as without', ({ express }) => {
  const without = new Map<string, string>()
  let profiler: Profiler
  let silent: Profiler

  // All before silk is there: its hooks are on classes that every app of the process shares.
  beforeAll(async () => {
    for (const answer of ANSWERS) without.set(answer.name, await send(answer, express, null))
    profiler = silk({ store: ':memory:' })
    silent = silk({ store: ':memory:', headers: NO_HEADERS })
  }, 60_000)
  afterAll(async () => {
    await profiler.close()
    await silent.close()
  })

  test.each(ANSWERS.map((answer) => [answer.name, answer] as const))(
    'but for its headers: %s',
    async (name, answer) => {
      const bytes = await send(answer, express, profiler)

      expect(bytes.replaceAll(ADDED, '')).toBe(without.get(name))
      expect(bytes.match(ADDED)?.length ?? 0).toBe(answer.isUnrecorded ? 0 : headsOf(without.get(name) ?? ''))
    },
  )

  test.each(ANSWERS.map((answer) => [answer.name, answer] as const))(
    'with all headers off: %s',
    async (name, answer) => {
      expect(await send(answer, express, silent)).toBe(without.get(name))
    },
  )

  describe('and with all middleware as spans', () => {
    let timed: Profiler
    beforeAll(() => {
      timed = silk({ store: ':memory:', headers: NO_HEADERS, middleware: true })
    })
    afterAll(() => timed.close())

    test.each(ANSWERS.map((answer) => [answer.name, answer] as const))('%s', async (name, answer) => {
      expect(await send(answer, express, timed)).toBe(without.get(name))
    })
  })
})

test('there are more than sixty kinds of answers, each once', () => {
  const names = ANSWERS.map(({ name }) => name)
  expect(names.length).toBeGreaterThan(60)
  expect(new Set(names).size).toBe(names.length)
})
