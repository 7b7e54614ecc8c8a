import { setTimeout as pause } from 'node:timers/promises'
import { get, keptOpen, posted, request, split } from '../support/exchange.js'
import { type Answer, any, hash, parsed } from './answer.js'

const EXPECTING = posted('continued', 'text/plain', ['Expect: 100-continue'])
const [EXPECTING_HEAD = '', EXPECTING_BODY = ''] = EXPECTING.split(/(?<=\r\n\r\n)/)

const expecting: readonly Answer[] = [
  {
    name: 'Expect: 100-continue of a client that waits for it',
    app: (app) => app.post('/', hash),
    exchange: { request: [EXPECTING_HEAD, { until: '100 Continue' }, EXPECTING_BODY] },
    recorded: { status: 200, aborted: false },
  },
  parsed('Expect: 100-continue before a parser', (express) => express.text(), [
    EXPECTING_HEAD,
    { until: '100 Continue' },
    EXPECTING_BODY,
  ]),
  {
    name: 'Expect: 100-continue that the server decides on',
    app: (app) => app.post('/', hash),
    exchange: {
      prepare: (server, app) =>
        server.on('checkContinue', (req, res) => {
          res.writeContinue()
          app(req, res)
        }),
      request: [EXPECTING_HEAD, { until: '100 Continue' }, EXPECTING_BODY],
    },
  },
  {
    name: 'Expect: 100-continue that a route decides on, and refuses',
    app: (app) => app.post('/', (_req, res) => void res.status(413).send('too much')),
    exchange: { prepare: (server, app) => server.on('checkContinue', app), request: [EXPECTING_HEAD] },
    recorded: { status: 413, aborted: false },
  },
  any('Expect of something else', (_req, res) => res.end('never'), { request: [get('/', ['Expect: miracles'])] }),
  any('Expect of something else that the app looks at', (req, res) => res.send(req.headers.expect), {
    prepare: (server, app) => server.on('checkExpectation', app),
    request: [get('/', ['Expect: miracles'])],
  }),
]

const trailing: readonly Answer[] = [
  any('trailers of a request', (req, res) => req.resume().on('end', () => res.json([req.trailers, req.rawTrailers])), {
    request: [
      request('POST', '/', ['Transfer-Encoding: chunked', 'Trailer: X-Sum']),
      '5\r\nhello\r\n',
      '0\r\nX-Sum: 42\r\n\r\n',
    ],
  }),
  any('trailers after a stream', async (_req, res) => {
    res.setHeader('trailer', 'x-sum, x-count')
    res.flushHeaders()
    for (const piece of ['a', 'b', 'c']) {
      res.write(piece)
      await pause(2)
    }
    res.addTrailers([
      ['x-sum', '6'],
      ['x-count', '3'],
    ])
    res.end('last')
  }),
  any('trailers of an answer that has a length', (_req, res) => {
    res.setHeader('content-length', '1')
    res.addTrailers({ 'x-sum': '1' })
    res.end('x')
  }),
]

const kept: readonly Answer[] = [
  any('keep-alive: the next request after the answer to the first', (req, res) => res.json(req.url), {
    request: [keptOpen('/1'), { until: '"/1"' }, keptOpen('/2'), { until: '"/2"' }, get('/3')],
  }),
  any('keep-alive of HTTP/1.0', (req, res) => res.send(req.url), {
    request: [
      'GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
      { until: '/1' },
      'GET /2 HTTP/1.0\r\nConnection: close\r\n\r\n',
    ],
  }),
  any('keep-alive after a body that nobody read', (req, res) => res.send(req.url), {
    request: ['POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nunread', { until: '\r\n\r\n/1' }, get('/2')],
  }),
  any(
    'pipelining: the last one is ready first',
    (req, res) => {
      const wait = { '/1': 30, '/2': 15, '/3': 0 }[req.url] ?? 0
      setTimeout(() => res.write(req.url) && res.end('.'), wait)
    },
    { request: [keptOpen('/1') + keptOpen('/2') + get('/3')] },
  ),
  any(
    'pipelining: streams, HEAD and 304 among them',
    (req, res) => {
      if (req.method === 'HEAD') res.json({ id: 1 })
      else if (req.url === '/304') res.status(304).end()
      else setTimeout(() => res.write('a') && res.end('b'), 10)
    },
    {
      request: [`${keptOpen('/1')}HEAD /2 HTTP/1.1\r\nHost: x\r\n\r\n${keptOpen('/304')}${get('/3')}`],
    },
  ),
  any(
    'pipelining: the server ends the connection after the first',
    (req, res) => {
      res.set('connection', 'close').end(req.url)
    },
    { request: [keptOpen('/1') + keptOpen('/2')] },
  ),
  any('pipelining: a request that is none after one that is', (req, res) => res.end(req.url), {
    request: [`${keptOpen('/1')}NONSENSE\r\n\r\n`],
  }),
  any('a request in many small packets', (req, res) => res.json(req.headers), {
    request: get('/', ['X-A: 1', 'X-B: 2']).match(/[\s\S]{1,30}/g) ?? [],
  }),
  any(
    'pauses before each piece of a body',
    async (req, res) => {
      const pieces: string[] = []
      for await (const piece of req) pieces.push(String(piece))
      res.json(pieces.join(''))
    },
    { request: [...split(posted('in two halves', 'text/plain'))] },
  ),
]

export const connections: readonly Answer[] = [...expecting, ...trailing, ...kept]
