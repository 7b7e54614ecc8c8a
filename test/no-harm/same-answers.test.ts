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

describe.each(expressVersions)('with silk $version sends the same bytes as without', ({ express }) => {
  const without = new Map<string, string>()
  let profiler: Profiler

  // All before silk is there: its hooks are on classes that every app of the process shares.
  beforeAll(async () => {
    for (const answer of ANSWERS) without.set(answer.name, await send(answer, express, null))
    profiler = silk({ store: ':memory:' })
  }, 60_000)
  afterAll(() => profiler.close())

  test.each(ANSWERS.map((answer) => [answer.name, answer] as const))('%s', async (name, answer) => {
    expect(await send(answer, express, profiler)).toBe(without.get(name))
  })
})

test('there are more than sixty kinds of answers, each once', () => {
  const names = ANSWERS.map(({ name }) => name)
  expect(names.length).toBeGreaterThan(60)
  expect(new Set(names).size).toBe(names.length)
})
