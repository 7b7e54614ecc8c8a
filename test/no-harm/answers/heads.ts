import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { get, request } from '../support/exchange.js'
import { type Answer, any } from './answer.js'

export const heads: readonly Answer[] = [
  any('HEAD of JSON', (_req, res) => res.json({ id: 7 }), { request: [request('HEAD', '/')] }),
  any('HEAD of a stream', (_req, res) => Readable.from(['a', 'b']).pipe(res), { request: [request('HEAD', '/')] }),
  {
    name: 'OPTIONS that Express answers by itself',
    app: (app) => app.get('/a', (_req, res) => res.json(1)).post('/a', (_req, res) => res.json(2)),
    exchange: { request: [request('OPTIONS', '/a')] },
  },
  any('304 by ETag', (_req, res) => res.json({ id: 7 }), {
    request: [get('/', ['If-None-Match: W/"8-sXx/3R+ySXCUrzaXlJ1bMU5wSNM"'])],
  }),
  any('304 by *', (_req, res) => res.json({ id: 7 }), { request: [get('/', ['If-None-Match: *'])] }),
  any('a redirect', (_req, res) => res.redirect('/elsewhere?x=1')),
  any('a permanent redirect of HEAD', (_req, res) => res.redirect(301, '/new'), { request: [request('HEAD', '/')] }),
  any('cookies', (_req, res) => res.cookie('a', '1', { httpOnly: true }).cookie('b', '2').clearCookie('c').json(1)),
  any('headers of many forms', (_req, res) =>
    res
      .append('x-many', ['1', '2'])
      .append('x-many', '3')
      .vary('accept')
      .links({ next: '/2' })
      .location('/x')
      .attachment('a.txt')
      .json(1),
  ),
  any('writeHead with an object', (_req, res) =>
    res.writeHead(201, { 'x-a': '1', 'set-cookie': ['a=1', 'b=2'] }).end('x'),
  ),
  any('writeHead with a message', (_req, res) => res.writeHead(200, 'Fine', { 'x-a': '1' }).end('x')),
  any('writeHead with a list', (_req, res) => res.writeHead(200, ['x-a', '1', 'x-a', '2']).end('x')),
  any('writeHead with a list, and nothing set before', (_req, res) => {
    res.removeHeader('x-powered-by')
    res.writeHead(200, ['X-b', '1', 'x-A', '2', 'X-b', '3', 'content-length', '1']).end('x')
  }),
  any('headers of its own that silk has too', (_req, res) =>
    res.set({ link: '</2>; rel="next"', 'server-timing': 'db;dur=3', 'x-silk-id': 'mine' }).json(1),
  ),
  any('writeHead(101)', (req, res) => {
    res.writeHead(101, { connection: 'upgrade', upgrade: 'chat' }).end()
    setTimeout(() => req.socket.end(), 10)
  }),
  any('a message of its own', (_req, res) => {
    res.statusMessage = 'Very Fine'
    res.end('x')
  }),
  any('trailers', (_req, res) => {
    res.writeHead(200, { trailer: 'x-sum' })
    res.write('part')
    res.addTrailers({ 'x-sum': '42' })
    res.end()
  }),
  any('headers sent first', async (_req, res) => {
    res.set('x-a', '1').flushHeaders()
    await pause(10)
    res.end('later')
  }),
  any('early hints', (_req, res) => res.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => res.end('x'))),
  any('without a date and with a server name', (_req, res) => {
    res.sendDate = false
    res.set('server', 'shop').end('x')
  }),
  {
    name: 'settings of the app: spaces, no ETag, no x-powered-by',
    app: (app) => {
      app.set('json spaces', 2).set('etag', false).disable('x-powered-by')
      app.get('/', (_req, res) => res.json({ a: { b: 1 } }))
    },
  },
  any(
    'by what is accepted',
    (_req, res) => res.format({ text: () => res.send('text'), json: () => res.send({ a: 1 }) }),
    {
      request: [get('/', ['Accept: application/json'])],
    },
  ),
  any('HTTP/1.0', (_req, res) => res.write('a') && res.end('b'), { request: ['GET / HTTP/1.0\r\n\r\n'] }),
  {
    name: 'OPTIONS of an app that answers for another origin',
    app: (app) =>
      app
        .use((req, res, next) => {
          res.set({ 'access-control-allow-origin': '*', vary: 'origin' })
          if (req.method === 'OPTIONS') res.sendStatus(204)
          else next()
        })
        .get('/', (_req, res) => void res.json(1)),
    exchange: { request: [request('OPTIONS', '/', ['Origin: http://a', 'Access-Control-Request-Method: PUT'])] },
  },
  any('OPTIONS of the server', (req, res) => res.json([req.url, req.path]), { request: [request('OPTIONS', '*')] }),
  {
    name: 'OPTIONS of what is not there',
    app: (app) => app.get('/a', (_req, res) => void res.json(1)),
    exchange: { request: [request('OPTIONS', '/b')] },
  },
  {
    name: 'HEAD that a route of GET answers, and one of its own',
    app: (app) =>
      app
        .head('/own', (_req, res) => void res.set('x-own', '1').end())
        .get('/own', (_req, res) => void res.send('never')),
    exchange: { request: [request('HEAD', '/own')] },
  },
  any('HEAD of what is written in pieces', (_req, res) => res.write('a') && res.end('b'), {
    request: [request('HEAD', '/')],
  }),
  any('204 by end with a body', (_req, res) => res.writeHead(204).end('x')),
  any('204 with a length', (_req, res) => res.writeHead(204, { 'content-length': '3' }).end()),
  any('304 of the app with headers of a body', (_req, res) =>
    res.status(304).set({ 'content-type': 'text/plain', 'content-length': '9', etag: '"a"' }).end(),
  ),
  any('304 with a body that must not be sent', (_req, res) => res.writeHead(304).end('x')),
  any('304 by a date', (_req, res) => res.set('last-modified', 'Thu, 01 Jan 2026 00:00:00 GMT').send('x'), {
    request: [get('/', ['If-Modified-Since: Fri, 02 Jan 2026 00:00:00 GMT'])],
  }),
  any('no 304 where the client wants it anew', (_req, res) => res.set('etag', '"a"').send('x'), {
    request: [get('/', ['If-None-Match: "a"', 'Cache-Control: no-cache'])],
  }),
  any('an unusual method', (req, res) => res.send(req.method), { request: [request('PROPFIND', '/')] }),
  any('HEAD of an error', (_req, res) => res.status(500).json({ error: 'x' }), { request: [request('HEAD', '/')] }),
]
