import { request as httpRequest } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Recording } from '../../src/model/recording.js'
import { type Harness, serve, settle, startCapture } from '../support/capture-harness.js'
import { expressVersions } from '../support/express-versions.js'

describe.each(expressVersions)('$version: each request is recorded once', ({ express }) => {
  let harness: Harness
  beforeEach(() => {
    harness = startCapture({ ignore: (path) => path === '/healthz' })
  })
  afterEach(() => harness.close())

  async function requestOf(
    register: (app: ReturnType<typeof express>) => void,
    path: string,
    send: (address: string) => Promise<unknown> = async (address) => (await fetch(address)).text(),
  ): Promise<readonly Recording[]> {
    const app = express()
    app.use(harness.capture.middleware)
    register(app)
    // Express prints unhandled errors in development; these are the test's own.
    app.set('env', 'test')
    const server = await serve(app)
    await send(`${server.origin}${path}`).catch(() => {})
    await settle(50)
    const recordings = harness.take()
    await server.close()
    return recordings
  }

  test('with what came in and what went out', async () => {
    const recordings = await requestOf(
      (app) => {
        app.get('/things/:id', (_req, res) => {
          res.set('X-Extra', 'yes').status(201).json({ ok: true })
        })
      },
      '/things/7?token=abc&view=full',
      (address) => fetch(address, { headers: { authorization: 'Bearer abcdef', 'x-client': 'test' } }),
    )

    expect(recordings.length).toBe(1)
    expect(recordings[0]).toMatchObject({
      kind: 'request',
      request: {
        method: 'GET',
        url: '/things/7?token=[redacted]&view=full',
        path: '/things/7',
        route: '/things/:id',
        headers: { authorization: 'Bearer [redacted]', 'x-client': 'test' },
      },
      response: {
        status: 201,
        headers: { 'x-extra': 'yes', 'content-type': 'application/json; charset=utf-8' },
        contentLength: 11,
        aborted: false,
      },
      queries: [],
      queryCount: 0,
    })
    expect(recordings[0]?.durationMs).toBeGreaterThan(0)
  })

  test('headers given to writeHead are those that were sent', async () => {
    const [recording] = await requestOf((app) => {
      app.get('/', (_req, res) => {
        res.writeHead(202, { 'X-Late': 'given' })
        res.end()
      })
    }, '/')

    expect(recording?.response).toMatchObject({ status: 202, headers: { 'x-late': 'given' } })
  })

  test('streamed', async () => {
    const [recording] = await requestOf((app) => {
      app.get('/', async (_req, res) => {
        res.write('one')
        await delay(10)
        res.end('two')
      })
    }, '/')

    expect(recording?.response).toMatchObject({ status: 200, contentLength: null, aborted: false })
  })

  test('failed by the handler', async () => {
    const [recording] = await requestOf((app) => {
      app.get('/broken', (_req, _res, next) => next(new Error('expected by this test')))
    }, '/broken')

    expect(recording).toMatchObject({ request: { route: '/broken' }, response: { status: 500, aborted: false } })
  })

  test('not found', async () => {
    const [recording] = await requestOf(() => {}, '/nothing')

    expect(recording).toMatchObject({ request: { route: null }, response: { status: 404 } })
  })

  test('aborted by the client', async () => {
    const [recording] = await requestOf(
      (app) => {
        app.get('/', async (_req, res) => {
          await delay(100)
          res.end('too late')
        })
      },
      '/',
      async (address) => {
        const outgoing = httpRequest(address)
        outgoing.on('error', () => {})
        outgoing.end()
        await delay(30)
        outgoing.destroy()
        await delay(30)
      },
    )

    expect(recording?.response).toMatchObject({ status: null, aborted: true })
  })

  test('destroyed by the app after the headers', async () => {
    const [recording] = await requestOf((app) => {
      app.get('/', (_req, res) => {
        res.write('part')
        setTimeout(() => res.destroy(), 10)
      })
    }, '/')

    expect(recording?.response).toMatchObject({ status: 200, aborted: true })
  })

  test('also when silk is used twice', async () => {
    const recordings = await requestOf((app) => {
      app.use(harness.capture.middleware)
      app.get('/', (_req, res) => res.end())
    }, '/')

    expect(recordings.length).toBe(1)
  })

  test('by the first of two profilers', async () => {
    const second = startCapture()
    const recordings = await requestOf((app) => {
      app.use(second.capture.middleware)
      app.get('/', (_req, res) => res.end())
    }, '/')
    const others = second.take()
    second.close()

    expect([recordings.length, others.length]).toEqual([1, 0])
  })

  test('not at all when its path is ignored', async () => {
    const recordings = await requestOf((app) => {
      app.get('/healthz', (_req, res) => res.end())
    }, '/healthz')

    expect(recordings).toEqual([])
  })

  test('the app is served when recording fails', async () => {
    const app = express()
    app.use((req, _res, next) => {
      Object.assign(req, { originalUrl: 5 })
      next()
    })
    app.use(harness.capture.middleware)
    app.get('/', (_req, res) => res.send('served'))
    const server = await serve(app)

    const text = await (await fetch(server.origin)).text()
    await server.close()

    expect(text).toBe('served')
    expect(harness.errors.map(String)).toEqual([expect.stringMatching(/^TypeError/)])
  })
})
