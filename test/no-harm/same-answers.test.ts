import type { RequestHandler } from 'express'
import silk, { type Profiler, type SilkOptions } from 'express-silk'
import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expressVersions } from '../support/express-versions.js'
import type { Answer } from './answers/answer.js'
import { ANSWERS } from './answers/index.js'
import { answerOf } from './support/exchange.js'

type ExpressModule = (typeof expressVersions)[number]['express']

/** What stands in an app: two profilers, or nothing. */
interface Setting {
  readonly silk: RequestHandler
  readonly second: RequestHandler
  close(): Promise<void>
}

const pass: RequestHandler = (_req, _res, next) => next()
const WITHOUT: Setting = { silk: pass, second: pass, close: async () => {} }

function withSilk(options: SilkOptions): Setting & { readonly silk: Profiler } {
  const first = silk({ store: ':memory:', ...options })
  const second = silk({ store: ':memory:', ...options })
  return {
    silk: first,
    second,
    close: async () => {
      await first.close()
      await second.close()
    },
  }
}

function send(answer: Answer, express: ExpressModule, { silk: handler, second }: Setting): Promise<string> {
  const app = express()
  // In development Express's own error page shows the stack, which any middleware is in.
  app.set('env', 'production')
  if (answer.before) app.use(answer.before)
  if (!answer.isSilkLater) app.use(handler)
  const noted: string[] = []
  const note = (what: string): void => void noted.push(what)
  const instead = answer.app(app, { express, silk: handler, second, note })
  const listener = typeof instead === 'function' ? (instead as typeof app) : app
  return answerOf(listener, answer.exchange ?? {}, noted)
}

/** What silk adds, right behind the status line. */
const ADDED = new RegExp(
  [
    '(?<=HTTP/1\\.[01] \\d{3} [^\\r\\n]*\\r\\n)x-silk-id: ([\\da-f-]{36})\\r\\n',
    'link: <[/\\w]*/silk/requests/\\1>; rel="silk"\\r\\n',
    'server-timing: total;dur=[\\d.]+, sql;dur=0;desc="0 queries", pool;dur=0\\r\\n',
  ].join(''),
  'g',
)
const NO_HEADERS = { id: false, link: false, serverTiming: false }
/** Node itself speaks of what is to be continued, and to what is no request or takes too long. */
const OF_NODE =
  /HTTP\/1\.[01] (?:10[023] |(?:4\d\d|503) [\w ]+\r\n(?:Date: …\r\n)?Connection: close\r\n(?:\r\n|Date|Transfer-))/g

/** Heads that the app answers with. */
function headsOf(bytes: string): number {
  return (bytes.match(/HTTP\/1\.[01] \d{3} /g)?.length ?? 0) - (bytes.match(OF_NODE)?.length ?? 0)
}

/** How the newest recording ended. */
async function newest(express: ExpressModule, profiler: Profiler): Promise<unknown> {
  await profiler.flush()
  const app = express().use(profiler)
  const { body: list } = await supertest(app).get('/silk/requests.json?kind=request&limit=1').expect(200)
  const { body } = await supertest(app).get(`/silk/requests/${list.items[0].id}.json`).expect(200)
  return body.response
}

const cases = ANSWERS.map((answer) => [answer.name, answer] as const)

describe.each(expressVersions)('with silk $version sends the same bytes as without', ({ express }) => {
  const without = new Map<string, string>()
  let recording: ReturnType<typeof withSilk>
  let silent: Setting

  // All before silk is there: its hooks are on classes that every app of the process shares.
  beforeAll(async () => {
    for (const answer of ANSWERS) {
      const bytes = await send(answer, express, WITHOUT).catch((cause) => {
        throw new Error(`${answer.name}: ${cause}`, { cause })
      })
      without.set(answer.name, bytes)
    }
    recording = withSilk({})
    silent = withSilk({ headers: NO_HEADERS })
  }, 120_000)
  afterAll(async () => {
    await recording.close()
    await silent.close()
  })

  test.each(cases)('but for its headers: %s', async (name, answer) => {
    const bytes = await send(answer, express, recording)

    expect(bytes.replaceAll(ADDED, '')).toBe(without.get(name))
    const recordedHeads = headsOf(without.get(name) ?? '') - (answer.unrecorded ?? 0)
    expect(bytes.match(ADDED)?.length ?? 0).toBe(recordedHeads)
    if (answer.recorded) expect(await newest(express, recording.silk)).toMatchObject(answer.recorded)
  })

  test.each(cases)('with all headers off: %s', async (name, answer) => {
    expect(await send(answer, express, silent)).toBe(without.get(name))
  })

  describe('and with a CPU profile of each', () => {
    let profiled: Setting
    beforeAll(() => {
      const cpuProfile = { shouldProfile: () => true, perMinute: 600, intervalUs: 1_000 }
      profiled = withSilk({ headers: NO_HEADERS, cpuProfile })
    })
    afterAll(() => profiled.close())

    test.each(cases)('%s', async (name, answer) => {
      expect(await send(answer, express, profiled)).toBe(without.get(name))
    })
  })

  describe('and with all middleware as spans', () => {
    let timed: Setting
    beforeAll(() => {
      timed = withSilk({ headers: NO_HEADERS, middleware: true })
    })
    afterAll(() => timed.close())

    test.each(cases)('%s', async (name, answer) => {
      expect(await send(answer, express, timed)).toBe(without.get(name))
    })
  })
})

test('there are more than three hundred kinds of answers, each once', () => {
  const names = ANSWERS.map(({ name }) => name)
  expect(names.length).toBeGreaterThan(300)
  expect(new Set(names).size).toBe(names.length)
})
