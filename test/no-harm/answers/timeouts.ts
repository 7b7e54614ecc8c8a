import type { IncomingMessage } from 'node:http'
import type { RequestHandler } from 'express'
import { get, keptOpen, posted } from '../support/exchange.js'
import { type Answer, any } from './answer.js'

const SOON_MS = 40
const LOOK_OFTEN = { connectionsCheckingInterval: 10 }
const UNFINISHED = posted('never all of it', 'text/plain').slice(0, -5)
const soon = (req: IncomingMessage): unknown => req.socket.setTimeout(SOON_MS)
const never: RequestHandler = () => {}

export const timeouts: readonly Answer[] = [
  any('a head that does not come to its end', (_req, res) => res.end('never'), {
    server: { ...LOOK_OFTEN, headersTimeout: SOON_MS, requestTimeout: SOON_MS },
    request: ['GET / HTTP/1.1\r\nHost: x\r\n'],
  }),
  {
    name: 'a body that does not come to its end, for a parser',
    app: (app, { express, note }) => {
      app.use((_req, res, next) => {
        res.on('close', () => note(`closed ${res.writableFinished}`))
        next()
      })
      app.post('/', express.text(), never)
    },
    exchange: {
      server: LOOK_OFTEN,
      // Not before the app has it.
      prepare: (server) => server.on('request', () => Object.assign(server, { headersTimeout: 1, requestTimeout: 1 })),
      request: [UNFINISHED],
      notes: 1,
    },
    // What Node answers is no answer of the app.
    recorded: { status: null, aborted: true },
  },
  any('a body that does not come to its end, and is not awaited', (_req, res) => res.end('answered'), {
    request: [UNFINISHED],
  }),
  {
    name: 'a server whose sockets time out, and nobody hears of it',
    app: (app) => app.get('/', never),
    exchange: { prepare: (server) => server.on('request', soon) },
    recorded: { status: null, aborted: true },
  },
  {
    name: 'a server whose sockets time out, and that says so',
    app: (app) => app.get('/', never),
    exchange: {
      prepare: (server) =>
        server
          .on('request', soon)
          .on('timeout', (socket) => void socket.end('HTTP/1.1 408 Too Slow\r\nX-By: server\r\n\r\n')),
    },
    unrecorded: 1,
    recorded: { status: null, aborted: true },
  },
  any('a response that times out, and answers then', (_req, res, note) => {
    res.setTimeout(SOON_MS, () => {
      note('timed out')
      res.status(503).send('too slow')
    })
  }),
  any('a request that times out, and answers then', (req, res) => {
    req.setTimeout(SOON_MS, () => res.status(503).json({ error: 'too slow' }))
  }),
  any(
    'a response that times out in its midst',
    (_req, res) => {
      res.write('begin')
      res.setTimeout(SOON_MS, () => res.destroy())
    },
    {},
    { recorded: { status: 200, aborted: true } },
  ),
  any(
    'a socket that times out',
    (req, _res, note) => {
      req.socket.setTimeout(SOON_MS, () => {
        note('timed out')
        req.socket.destroy()
      })
    },
    {},
    { recorded: { status: null, aborted: true } },
  ),
  any(
    'a time-out of the app, and the answer that comes after it',
    (_req, res) => {
      setTimeout(() => {
        res.status(503).send('too slow')
        setTimeout(() => res.headersSent || res.send('late'), 5)
      }, 5)
    },
    {},
    { recorded: { status: 503, aborted: false } },
  ),
  any('a connection for one request only', (req, res) => res.end(req.url), {
    prepare: (server) => {
      server.maxRequestsPerSocket = 1
    },
    request: [keptOpen('/1') + get('/2')],
  }),
  any('a connection that may be kept, and how long', (req, res) => res.end(req.url), {
    server: { keepAliveTimeout: 7_000 },
    request: [keptOpen('/1'), { until: '/1' }, get('/2')],
  }),
]
