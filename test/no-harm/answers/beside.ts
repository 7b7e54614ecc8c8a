import { request as httpRequest, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { Request, Response } from 'express'
import { get, keptOpen, posted, request, split } from '../support/exchange.js'
import { type Answer, any, hash, LARGE } from './answer.js'

const UPGRADE = ['Connection: Upgrade', 'Upgrade: chat'].join('\r\n')
const upgrading = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n\r\n`
const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n'

/** Talks back until it is told to stop. */
function chat(socket: Duplex, head: Buffer): void {
  socket.write(`${SWITCHED}head ${head.length}\n`)
  socket.on('data', (said) => (String(said) === 'bye' ? socket.end('bye\n') : socket.write(`you said ${said}\n`)))
}

const upgrades: readonly Answer[] = [
  {
    name: 'a raw upgrade, and talk afterwards',
    app: (app) => app.get('/', (_req, res) => void res.end('never')),
    exchange: {
      prepare: (server) => server.on('upgrade', (_req, socket, head) => chat(socket, head)),
      request: [upgrading('/'), { until: 'head 0' }, 'hello', { until: 'you said hello' }, 'bye'],
    },
    unrecorded: 1,
  },
  {
    name: 'a raw upgrade after an answer of the app on the same connection',
    app: (app) => app.get('/', (_req, res) => void res.send('plain')),
    exchange: {
      prepare: (server) => server.on('upgrade', (_req, socket, head) => chat(socket, head)),
      request: [keptOpen('/'), { until: 'plain' }, upgrading('/chat'), { until: 'head 0' }, 'bye'],
    },
    unrecorded: 1,
  },
  {
    name: 'an upgrade that nobody hears is a request like others',
    app: (app) => app.get('/', (_req, res) => void res.set('connection', 'close').send('plain')),
    exchange: { request: [upgrading('/')] },
  },
  {
    name: 'an upgrade that is refused',
    app: (app) => app.get('/', (_req, res) => void res.end('never')),
    exchange: {
      prepare: (server) =>
        server.on('upgrade', (_req, socket) => socket.end('HTTP/1.1 401 Unauthorized\r\nX-By: server\r\n\r\n')),
      request: [upgrading('/')],
    },
    unrecorded: 1,
  },
  {
    // As express-ws does it.
    name: 'an upgrade that goes through the app’s routes',
    app: (app) =>
      app.get('/chat', (req, res) => {
        const { socket } = req
        res.detachSocket(socket)
        chat(socket, Buffer.alloc(0))
      }),
    exchange: {
      prepare: (server, app) =>
        server.on('upgrade', (req, socket) => {
          const res = new ServerResponse(req)
          res.assignSocket(socket as typeof req.socket)
          app(req, res)
        }),
      request: [upgrading('/chat'), { until: 'head 0' }, 'bye'],
    },
    unrecorded: 1,
  },
  any(
    'CONNECT',
    (_req, res) => res.end('never'),
    {
      prepare: (server) => server.on('connect', (_req, socket) => socket.end('HTTP/1.1 200 Through\r\n\r\nhello')),
      request: ['CONNECT elsewhere:80 HTTP/1.1\r\nHost: x\r\n\r\n'],
    },
    { unrecorded: 1 },
  ),
]

const SECURE = { isSecure: true } as const
const secure: readonly Answer[] = [
  any('HTTPS: JSON', (req, res) => res.json([req.secure, req.protocol]), SECURE),
  any('HTTPS: a large answer', (_req, res) => res.send(LARGE.repeat(3)), SECURE),
  any(
    'HTTPS: pieces',
    async (_req, res) => {
      res.write('a')
      await pause(5)
      res.end('b')
    },
    SECURE,
  ),
  any('HTTPS: an upload', (req, res) => hash(req, res, () => {}), {
    ...SECURE,
    request: split(posted(LARGE, 'text/plain')),
  }),
  any('HTTPS: HEAD', (_req, res) => res.json(1), { ...SECURE, request: [request('HEAD', '/')] }),
  any('HTTPS: kept open', (req, res) => res.json(req.url), {
    ...SECURE,
    request: [keptOpen('/1'), { until: '"/1"' }, get('/2')],
  }),
  any(
    'HTTPS: the client goes',
    (_req, res, note) => {
      res.write('begin')
      res.on('close', () => note(`closed ${res.writableFinished}`))
    },
    { ...SECURE, request: [get('/'), { until: 'begin' }, { goes: 'closes' }], notes: 1 },
    {
      recorded: { status: 200, aborted: true },
    },
  ),
]

/** All headers but that of the host, whose port has four digits or five. */
function sentOn({ rawHeaders }: Request, res: Response): unknown {
  const host = rawHeaders.findIndex((name) => name.toLowerCase() === 'host')
  return res.set('connection', 'close').json(rawHeaders.toSpliced(host, 2))
}

const byHost = (req: Request, res: Response): void => void res.json([req.hostname, req.url, Object.keys(res.locals)])

/** Several apps and servers in one process. */
const several: readonly Answer[] = [
  {
    name: 'two apps with one silk',
    app: (app, { express, silk }) => {
      const other = express().use(silk).get('/', byHost)
      app.get('/', (_req, res) => void res.send('the first'))
      return (req: Request, res: Response) => (req.headers['x-app'] === 'other' ? other : app)(req, res)
    },
    exchange: { request: [keptOpen('/', ['X-App: other']) + get('/')] },
  },
  {
    name: 'two apps with a silk each',
    app: (app, { express, second }) => {
      const other = express().use(second).get('/', byHost)
      app.get('/', (_req, res) => void res.send('the first'))
      return (req: Request, res: Response) => (req.headers['x-app'] === 'other' ? other : app)(req, res)
    },
    exchange: { request: [keptOpen('/', ['X-App: other']) + get('/')] },
  },
  {
    name: 'an app beside one without silk',
    app: (app, { express }) => {
      const plain = express().get('/', byHost)
      app.get('/', (_req, res) => void res.send('the first'))
      return (req: Request, res: Response) => (req.headers['x-app'] === 'plain' ? plain : app)(req, res)
    },
    exchange: { request: [keptOpen('/', ['X-App: plain']) + get('/')] },
    unrecorded: 1,
  },
  {
    name: 'a sub-app with a silk of its own',
    app: (app, { express, second }) => {
      app.use('/shop', express().use(second).get('/', byHost))
    },
    exchange: { request: [get('/shop')] },
  },
  any('a request that the app sends on', (req, res) => {
    if (req.url === '/behind') return sentOn(req, res)
    const { localPort: port } = req.socket
    const asked = httpRequest({ host: '127.0.0.1', port, path: '/behind', agent: false, headers: { 'x-mine': '1' } })
    return asked.on('response', (answer) => answer.pipe(res)).end()
  }),
  any('a request that the app sends by fetch', async (req, res) => {
    if (req.url === '/behind') return sentOn(req, res)
    const answer = await fetch(`http://127.0.0.1:${req.socket.localPort}/behind`, { headers: { 'x-mine': '1' } })
    return res.json(await answer.json())
  }),
]

export const beside: readonly Answer[] = [...upgrades, ...secure, ...several]
