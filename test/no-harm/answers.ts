import { createHash } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import compression from 'compression'
import type expressType from 'express'
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express'
import multer from 'multer'
import { WebSocketServer } from 'ws'
import { type Exchange, get, request } from './support/exchange.js'

/** A kind of answer: what the app does, and what it is asked. */
export interface Answer {
  readonly name: string
  /** What stands in front of silk. */
  readonly before?: RequestHandler
  readonly app: (app: Express, express: typeof expressType, silk: RequestHandler) => void
  readonly exchange?: Exchange
  /** The request never comes to silk. */
  readonly isUnrecorded?: boolean
}

const folder = mkdtempSync(join(tmpdir(), 'silk-answers-'))
const file = join(folder, 'page.html')
writeFileSync(file, '<p>a page of a few bytes</p>'.repeat(40))
const LARGE = 'a large text, again and again. '.repeat(20_000)

/** An app of one handler for every path. */
function any(name: string, handler: (req: Request, res: Response) => unknown, exchange?: Exchange): Answer {
  return {
    name,
    app: (app) => {
      app.use((req: Request, res: Response, next: NextFunction) => {
        Promise.resolve(handler(req, res)).catch(next)
      })
    },
    ...(exchange && { exchange }),
  }
}

const bodies: readonly Answer[] = [
  any('JSON', (_req, res) => res.json({ id: 7, name: 'a', tags: ['x', null] })),
  any('JSON of null', (_req, res) => res.json(null)),
  any('JSON in other alphabets', (_req, res) => res.json({ ключ: '値 🧵 \u2028' })),
  any('JSONP', (_req, res) => res.jsonp({ id: 7 }), { request: [get('/?callback=take')] }),
  any('text', (_req, res) => res.type('text').send('plain')),
  any('HTML', (_req, res) => res.send('<p>hello</p>')),
  any('a Buffer', (_req, res) => res.send(Buffer.from([0, 255, 13, 10, 7]))),
  any('an empty text', (_req, res) => res.send('')),
  any('nothing', (_req, res) => res.end()),
  any('end with a text', (_req, res) => res.end('the end')),
  any('end with an encoding', (_req, res) => res.end('dGhlIGVuZA==', 'base64')),
  any('end with bytes', (_req, res) => res.end(new Uint8Array([1, 2, 3]))),
  any('a status by its name', (_req, res) => res.sendStatus(418)),
  any('204 with a body that must not be sent', (_req, res) => res.status(204).json({ id: 1 })),
  any('205', (_req, res) => res.status(205).send('x')),
  any('a large body', (_req, res) => res.json({ text: LARGE })),
  any('a body with a content-length of its own', (_req, res) => res.set('content-length', '3').end('abc')),
  any('a body that was compressed by the app', (_req, res) =>
    res.set('content-encoding', 'gzip').end(gzipSync('packed')),
  ),
]

const heads: readonly Answer[] = [
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
  any('writeHead(101)', (_req, res) => {
    res.writeHead(101, { connection: 'upgrade', upgrade: 'chat' }).end()
    setTimeout(() => res.socket?.end(), 10)
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
]

const streams: readonly Answer[] = [
  any('pieces', (_req, res) => {
    res.write('one ')
    res.write(Buffer.from('two '))
    res.end('three')
  }),
  any('pieces in several encodings', (_req, res) => {
    res.write('é', 'latin1')
    res.write('6f6b', 'hex')
    res.end('ü', 'utf16le')
  }),
  any('empty pieces', (_req, res) => {
    res.write('')
    res.write('a')
    res.end('')
  }),
  any('pieces with backpressure', async (_req, res) => {
    for (let at = 0; at < 40; at++) {
      if (!res.write(LARGE.slice(0, 60_000))) await new Promise((resolve) => res.once('drain', resolve))
    }
    res.end()
  }),
  any('what write and end give back and call back', async (_req, res) => {
    const said: unknown[] = []
    said.push(res.write('a', () => said.push('written')))
    said.push(res.write('b', 'utf8', () => said.push('written too')))
    await pause(10)
    said.push(res.write(LARGE.repeat(3)))
    await pause(10)
    res.write(JSON.stringify(said))
    said.push(res.end('z', () => said.push('ended')) === res)
  }),
  any('end with a callback alone', (_req, res) => {
    res.write('x')
    res.end(() => {})
  }),
  any('corked', (_req, res) => {
    res.cork()
    res.write('a')
    res.write('b')
    process.nextTick(() => res.uncork())
    res.end('c')
  }),
  any('a piped stream', (_req, res) => Readable.from(['a', 'b', 'c']).pipe(res)),
  any('a pipeline', (_req, res) =>
    pipeline(Readable.from(['a', 'b']), new Transform({ transform: (chunk, _, done) => done(null, `${chunk}!`) }), res),
  ),
  any('server-sent events', async (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    for (let id = 0; id < 3; id++) {
      res.write(`id: ${id}\ndata: tick\n\n`)
      await pause(5)
    }
    res.end()
  }),
  any('a file', (_req, res) => res.sendFile(file)),
  any('a part of a file', (_req, res) => res.sendFile(file), { request: [get('/', ['Range: bytes=3-9'])] }),
  any('two parts of a file', (_req, res) => res.sendFile(file), { request: [get('/', ['Range: bytes=0-1,4-5'])] }),
  any('a part that is not there', (_req, res) => res.sendFile(file), { request: [get('/', ['Range: bytes=999999-'])] }),
  any('a download', (_req, res) => res.download(file, 'report.html')),
  any('a file that is not there', (_req, res) =>
    res.sendFile(join(folder, 'none'), (error) => error && res.status(404).send('no such file')),
  ),
  {
    name: 'a static folder, its index and what it has not',
    app: (app, express) => app.use('/files', express.static(folder, { index: 'page.html' })),
    exchange: { request: [get('/files/')] },
  },
  {
    name: 'a static file that has not changed',
    app: (app, express) => app.use(express.static(folder)),
    exchange: { request: [get('/page.html', ['If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT'])] },
  },
  any('an answer that the server breaks off', (_req, res) => {
    res.write('half of ')
    setTimeout(() => res.destroy(), 10)
  }),
  any('an answer that is broken off before it begins', (_req, res) => void res.destroy()),
]

const GZIP = ['Accept-Encoding: gzip']
const compressed: readonly Answer[] = (
  [
    ['JSON', (_req, res) => res.json({ text: LARGE })],
    ['pieces', (_req, res) => res.write(LARGE) !== undefined && res.end(LARGE)],
    [
      'pieces that are flushed',
      async (_req, res) => {
        res.type('text').write('a'.repeat(2_000))
        ;(res as Response & { flush(): void }).flush()
        await pause(10)
        res.end('b')
      },
    ],
    ['a small body, which is not compressed', (_req, res) => res.json(1)],
    ['end with a callback', (_req, res) => res.type('text').end('c'.repeat(3_000), () => {})],
  ] as const satisfies readonly (readonly [string, (req: Request, res: Response) => unknown])[]
).flatMap(([name, handler]) => [
  { ...any(`compression before silk: ${name}`, handler, { request: [get('/', GZIP)] }), before: compression() },
  {
    name: `compression after silk: ${name}`,
    app: (app: Express) =>
      app.use(compression()).use((req, res, next) => void Promise.resolve(handler(req, res)).catch(next)),
    exchange: { request: [get('/', GZIP)] },
  },
])

function posted(body: string, type: string, more: readonly string[] = []): string {
  return request('POST', '/', [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`, ...more], body)
}

const FORM =
  '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n\r\nfile\r\n--x--\r\n'
const echo: RequestHandler = (req, res) =>
  void res.json({ body: req.body, files: (req as { files?: { size: number }[] }).files?.map(({ size }) => size) })
const hash: RequestHandler = (req, res) =>
  void req.pipe(createHash('sha256')).on('data', (sum) => res.end(sum.toString('hex')))

/** Routes behind a parser, as the app would mount them. */
function parsed(
  name: string,
  parser: (express: typeof expressType) => RequestHandler,
  pieces: readonly (string | Buffer)[],
): Answer {
  return {
    name,
    app: (app, express) => {
      app.post('/', parser(express), echo)
      app.use((error: { status?: number; message: string }, _req: Request, res: Response, _next: NextFunction) => {
        res.status(error.status ?? 500).send(error.message)
      })
    },
    exchange: { request: pieces },
  }
}

const requests: readonly Answer[] = [
  parsed('a JSON body', (express) => express.json(), [posted('{"a":[1,2]}', 'application/json')]),
  parsed(
    'a JSON body in two packets',
    (express) => express.json(),
    split(posted('{"a":"in two packets"}', 'application/json')),
  ),
  parsed('a JSON body that is none', (express) => express.json(), [posted('{"a":', 'application/json')]),
  parsed('a body that is too large', (express) => express.json({ limit: 10 }), [
    posted('{"a":"longer than ten"}', 'application/json'),
  ]),
  parsed('a form', (express) => express.urlencoded({ extended: true }), [
    posted('a[b]=1&c=%C3%A9', 'application/x-www-form-urlencoded'),
  ]),
  parsed('a text body', (express) => express.text(), [posted('plain', 'text/plain')]),
  parsed('a multipart form', () => multer().any(), split(posted(FORM, 'multipart/form-data; boundary=x'))),
  {
    name: 'a piped upload',
    app: (app) => app.post('/', hash),
    exchange: { request: split(posted(LARGE, 'application/octet-stream')) },
  },
  {
    name: 'a chunked upload',
    app: (app) => app.post('/', hash),
    exchange: { request: [request('POST', '/', ['Transfer-Encoding: chunked']), '5\r\nhello\r\n', '0\r\n\r\n'] },
  },
  {
    name: 'an upload that nobody reads',
    app: (app) => app.post('/', (_req, res) => void res.json('no, thanks')),
    exchange: { request: [posted(LARGE.slice(0, 5_000), 'text/plain')] },
  },
  {
    name: 'Expect: 100-continue',
    app: (app) => app.post('/', hash),
    exchange: { request: split(posted('continued', 'text/plain', ['Expect: 100-continue'])) },
  },
  any('a request that is none', (_req, res) => res.json(1), { request: ['NONSENSE\r\n\r\n'] }),
  any('two requests on one connection', (req, res) => res.json(req.url), {
    request: ['GET /1 HTTP/1.1\r\nHost: x\r\n\r\n', get('/2')],
  }),
  any('three requests at once', (req, res) => setTimeout(() => res.json(req.url), req.url === '/1' ? 30 : 0), {
    request: [`GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n${get('/3')}`],
  }),
]

/** A head and its body as two packets. */
function split(text: string): readonly string[] {
  const at = text.indexOf('\r\n\r\n') + 4
  const half = at + Math.floor((text.length - at) / 2)
  return [text.slice(0, half), text.slice(half)]
}

function routed(name: string, app: Answer['app']): Answer {
  return { name, app }
}

const shown: expressType.ErrorRequestHandler = (error: Error, _req, res, next) => {
  if (res.headersSent) next(error)
  else res.status(500).json({ error: error.message })
}

const errors: readonly Answer[] = [
  {
    ...routed('406', (app) => app.get('/', (_req, res) => void res.format({ json: () => res.send({ a: 1 }) }))),
    exchange: { request: [get('/', ['Accept: image/png'])] },
  },
  routed('404 of Express', () => {}),
  routed('500 of Express', (app) =>
    app.get('/', () => {
      throw new Error('of the app')
    }),
  ),
  routed('an error with a status and headers', (app) =>
    app.get('/', (_req, _res, next) =>
      next(Object.assign(new Error('busy'), { status: 503, headers: { 'retry-after': '7' } })),
    ),
  ),
  routed('an error for the app’s own handler', (app) =>
    app
      .get('/', () => {
        throw new Error('of the app')
      })
      .use(shown),
  ),
  routed('a rejection', (app) =>
    app.get('/', (_req, _res, next) => void Promise.reject(new Error('later')).catch(next)).use(shown),
  ),
  routed('an error after the headers', (app) =>
    app.get('/', (_req, res, next) => {
      res.write('half')
      setTimeout(() => next(new Error('too late')), 10)
    }),
  ),
  routed('headers sent twice', (app) =>
    app
      .get('/', (_req, res) => {
        res.json(1)
        res.json(2)
      })
      .use(shown),
  ),
  routed('write after end', (app) =>
    app.get('/', (_req, res) => {
      res.on('error', () => {})
      res.end('done')
      res.write('more')
      res.end('and more')
    }),
  ),
  routed('something that is no Error', (app) =>
    app
      .get('/', () => {
        throw 'a text'
      })
      .use((error: unknown, _req: Request, res: Response, _next: NextFunction) => void res.status(500).json({ error })),
  ),
]

const mounts: readonly Answer[] = [
  {
    name: 'a sub-app',
    app: (app, express) => {
      const shop = express()
      shop.get(
        '/items/:id',
        (req, res) => void res.json([req.baseUrl, req.url, req.originalUrl, req.params, shop.mountpath]),
      )
      app.use('/shop', shop)
    },
    exchange: { request: [get('/shop/items/7?x=1')] },
  },
  {
    name: 'routers with parameters',
    app: (app, express) => {
      const items = express.Router({ mergeParams: true })
      items.param('id', (req, _res, next, id) => {
        Object.assign(req, { item: id })
        next()
      })
      items.get(
        '/:id',
        (req, res) => void res.json([req.baseUrl, req.path, req.params, (req as { item?: string }).item]),
      )
      app.use('/shops/:shop/items', items)
    },
    exchange: { request: [get('/shops/3/items/7')] },
  },
  {
    name: 'a rewritten address',
    app: (app) => {
      app.use((req, _res, next) => {
        req.url = `/v2${req.url}`
        next()
      })
      app.get('/v2/a', (req, res) => void res.json([req.url, req.originalUrl]))
    },
    exchange: { request: [get('/a')] },
  },
  {
    name: 'silk twice',
    app: (app, _express, silk) => app.use(silk).get('/', (_req, res) => void res.json(1)),
  },
  {
    name: 'silk after a route that answers',
    app: (app, _express, silk) => app.get('/', (_req, res) => void res.json('first')).use(silk),
  },
  {
    name: 'next("route") and several handlers',
    app: (app) => {
      app.get(
        '/',
        (_req, _res, next) => next('route'),
        (_req, res) => void res.json('not this'),
      )
      app.get(
        '/',
        (_req, _res, next) => next(),
        (_req, res) => void res.json('this'),
      )
    },
  },
  {
    name: 'locals of the response and the app',
    app: (app) => {
      app.locals.name = 'shop'
      app.get(
        '/',
        (req, res) => void res.json([Object.keys(res.locals), req.app.locals.name, Object.keys(req.app.locals)]),
      )
    },
  },
  {
    name: 'an upgrade beside the app',
    isUnrecorded: true,
    app: (app) => app.get('/', (_req, res) => void res.json(1)),
    exchange: {
      prepare: (server) => {
        const sockets = new WebSocketServer({ server })
        sockets.on('connection', (socket) => {
          socket.send('hello')
          socket.close()
        })
      },
      request: [
        [
          'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13',
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
        ].join('\r\n'),
        // The frame that closes, masked as a client has to.
        Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]),
      ],
    },
  },
]

export const ANSWERS: readonly Answer[] = [
  ...bodies,
  ...heads,
  ...streams,
  ...compressed,
  ...requests,
  ...errors,
  ...mounts,
]
