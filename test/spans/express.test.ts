import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, get as httpGet } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { ErrorRequestHandler, Express, RequestHandler } from 'express'
import { describe, expect, onTestFinished, test } from 'vitest'
import { expressVersions } from '../support/express-versions.js'
import { start, type ToldSpan } from './support.js'

/** Where nobody listens. */
async function closedHost(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `127.0.0.1:${port}`
}

const pause = (ms = 2): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const tree = (spans: readonly ToldSpan[]): readonly string[] =>
  spans.map(({ kind, name, parentIndex }) => {
    const parent = spans.find(({ index }) => index === parentIndex)
    return parent === undefined ? `${kind} ${name}` : `${parent.name} > ${kind} ${name}`
  })

/** Quiet: Express writes errors that nobody handles on the console. */
const quiet = (app: Express): Express => app.set('env', 'test')

describe.each(expressVersions)('on $version', ({ express, version }) => {
  test('middleware and handlers are spans with their own time and queries, routers around what is in them', async () => {
    const { app, db, origin, newest } = await start({ middleware: true }, express())
    const slow: RequestHandler = async function slow(_req, _res, next) {
      await pause(30)
      await db('authors')
      next()
    }
    const router = express.Router()
    router.param('id', function loadId(_req, _res, next) {
      next()
    })
    router.get(
      '/:id',
      function check(_req, _res, next) {
        next()
      },
      async function answer(_req, res) {
        res.json(await db('books'))
      },
    )
    app.use(slow)
    app.use('/books', router)

    const answer = await fetch(`${origin}/books/1`)
    await answer.text()

    const { spans, queries } = await newest('request')
    expect(tree(spans)).toEqual([
      'middleware slow',
      'middleware router',
      'router > middleware param id',
      'router > handler check',
      'router > handler answer',
    ])
    expect(spans.map(({ queryCount }) => queryCount)).toEqual([1, 1, 0, 0, 1])
    expect(queries.map(({ spanIndex }) => spanIndex)).toEqual([0, 4])
    const [first, second] = spans
    expect(first?.durationMs).toBeGreaterThanOrEqual(25)
    expect(second?.startMs).toBeGreaterThanOrEqual((first?.startMs ?? 0) + (first?.durationMs ?? 0))
  })

  test('middleware are no spans unless it is asked for', async () => {
    const { app, origin, newest } = await start({}, express())
    app.get('/', (_req, res) => void res.end())

    await (await fetch(origin)).text()

    expect((await newest('request')).spans).toEqual([])
  })

  test.each([
    [
      'thrown',
      (): RequestHandler => () => {
        throw new RangeError('too many')
      },
    ],
    ['passed to next()', (): RequestHandler => (_req, _res, next) => next(new RangeError('too many'))],
    ...(version.startsWith('5') || version.includes(' 5')
      ? [
          [
            'rejected',
            (): RequestHandler => async () => {
              await pause()
              throw new RangeError('too many')
            },
          ] as const,
        ]
      : []),
  ] as const)('an exception that was %s is recorded once, with and without an error handler', async (_, make) => {
    const { app, origin, newest, list, page } = await start({}, quiet(express()))
    const seen: unknown[] = []
    app.get('/handled', make())
    app.get('/unhandled', make())
    const handler: ErrorRequestHandler = (error, req, res, next) => {
      if (req.path !== '/handled') {
        next(error)
        return
      }
      seen.push(error)
      res.status(418).send('handled')
    }
    app.use(handler)

    const handled = await fetch(`${origin}/handled`)
    const told = await newest('request')
    const unhandled = await fetch(`${origin}/unhandled`)
    await unhandled.text()

    expect([handled.status, await handled.text(), unhandled.status]).toEqual([418, 'handled', 500])
    expect(seen).toHaveLength(1)
    expect(told.error).toMatchObject({ class: 'RangeError', message: 'too many' })
    expect(told.error?.callSite?.file).toBe('test/spans/express.test.ts')
    expect((await newest('request')).error).toMatchObject({ class: 'RangeError', message: 'too many' })
    expect(await list('exceptions=1')).toHaveLength(2)
    expect(await page(`/requests/${told.id}`)).toContain('RangeError')
  })

  test('leaving a route for the next one is no exception', async () => {
    const { app, origin, newest } = await start({}, express())
    app.get('/', (_req, _res, next) => next('route'))
    app.get('/', (_req, res) => void res.send('second'))

    const text = await (await fetch(origin)).text()

    expect(text).toBe('second')
    expect((await newest('request')).error).toBeNull()
  })

  test('requests that the app sends are spans in the request that sent them', async () => {
    const server = createServer((req, res) => {
      setTimeout(() => res.writeHead(req.url?.includes('missing') ? 404 : 200).end('body'), 3)
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const closed = await closedHost()
    const { app, origin, list, json } = await start({}, express())
    const byHttp = (url: string): Promise<void> =>
      new Promise((resolve, reject) => {
        httpGet(url, (res) => res.resume().once('end', resolve)).once('error', reject)
      })
    app.get('/:name', async (req, res) => {
      await (await fetch(`http://${host}/${req.params.name}?token=geheim&page=1`)).text()
      await byHttp(`http://${host}/missing/${req.params.name}`)
      await fetch(`http://${closed}/`).catch(() => {})
      res.end()
    })

    await Promise.all(['a', 'b', 'c'].map(async (name) => (await fetch(`${origin}/${name}`)).text()))

    for (const { id, request } of await list()) {
      const { spans } = await json<{ spans: readonly ToldSpan[] }>(`/requests/${id}.json`)
      expect(spans.map(({ kind, name, tags }) => [kind, name, tags])).toEqual([
        ['http', `GET ${host}`, { url: `http://${host}${request?.path}?token=[redacted]&page=1`, status: 200 }],
        ['http', `GET ${host}`, { url: `http://${host}/missing${request?.path}`, status: 404 }],
        ['http', `GET ${closed}`, { url: `http://${closed}/` }],
      ])
      expect(spans[2]?.error).toContain('ECONNREFUSED')
      expect(spans.every(({ durationMs }) => durationMs !== null)).toBe(true)
    }
    expect(await list()).toHaveLength(3)
  })
})

describe('spans by configuration', () => {
  function moduleFile(name: string, code: string): string {
    const folder = mkdtempSync(join(process.cwd(), 'node_modules/.cache-spans-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, name)
    writeFileSync(file, code)
    return file
  }
  const [{ express }] = expressVersions as unknown as [(typeof expressVersions)[number]]

  test('are methods and functions of CommonJS modules, loaded before or later', async () => {
    const code = `class Reports { build() { return 'built' } }
      module.exports = { Reports, total: (a, b) => a + b }`
    const [before, later] = [moduleFile('before.cjs', code), moduleFile('later.cjs', code)]
    const require = createRequire(import.meta.url)
    type Loaded = { Reports: new () => { build(): string }; total(a: number, b: number): number }
    const early = require(before) as Loaded
    const { app, origin, newest } = await start({
      spans: [
        { module: before, export: 'Reports', method: 'build' },
        { module: later, export: 'total', name: 'sum' },
      ],
    })
    app.get('/', (_req, res) => {
      const late = require(later) as Loaded
      res.json([new early.Reports().build(), late.total(1, 2), late.total.length])
    })

    const answer = await (await fetch(origin)).json()

    expect(answer).toEqual(['built', 3, 2])
    expect((await newest('request')).spans.map(({ name }) => name)).toEqual(['Reports.build', 'sum'])
  })

  test('are methods of what an ES module exports; what cannot be is told', async () => {
    const file = moduleFile(
      'reports.mjs',
      `export class Reports { build() { return 1 } }
       export const tools = { run() { return 2 } }
       export function bare() { return 3 }`,
    )
    const errors: string[] = []
    const { app, origin, newest } = await start(
      {
        onError: (error) => errors.push(error.message),
        spans: [
          { module: file, export: 'Reports', method: 'build' },
          { module: file, export: 'tools', method: 'run', name: 'tools' },
          { module: file, export: 'bare' },
          { module: file, export: 'Reports', method: 'built' },
          { module: file, export: 'none', method: 'run' },
          { module: './no-such-file.js', method: 'run' },
        ],
      },
      express(),
    )
    const { Reports, tools } = (await import(file)) as {
      Reports: new () => { build(): number }
      tools: { run(): number }
    }
    app.get('/', (_req, res) => void res.json([new Reports().build(), tools.run()]))
    await pause(50)

    await (await fetch(origin)).text()

    expect((await newest('request')).spans.map(({ name }) => name)).toEqual(['Reports.build', 'tools'])
    expect(errors).toHaveLength(4)
    for (const told of [
      'an export of an ES module cannot be replaced',
      'needs a method of that name: it has build.',
      'the module has no export "none".',
      'there is no module "./no-such-file.js"',
    ]) {
      expect(errors.filter((message) => message.includes(told))).toHaveLength(1)
    }
  })
})
