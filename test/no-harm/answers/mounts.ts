import { WebSocketServer } from 'ws'
import { get, keptOpen } from '../support/exchange.js'
import { type Answer, folder } from './answer.js'

export const mounts: readonly Answer[] = [
  {
    name: 'a sub-app',
    app: (app, { express }) => {
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
    app: (app, { express }) => {
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
    app: (app, { silk }) => app.use(silk).get('/', (_req, res) => void res.json(1)),
  },
  {
    name: 'silk after a route that answers',
    app: (app, { silk }) => app.get('/', (_req, res) => void res.json('first')).use(silk),
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
    unrecorded: 1,
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
  {
    name: 'silk around a router in a router in a sub-app',
    app: (app, { express }) => {
      const inner = express.Router({ mergeParams: true })
      inner.route('/:c').get((req, res) => void res.json([req.params, req.baseUrl, req.url]))
      const outer = express.Router({ mergeParams: true }).use('/:b', inner)
      app.use('/v1', express().use('/:a', outer))
    },
    exchange: { request: [get('/v1/1/2/3?x=1')] },
  },
  {
    name: 'routes by pattern, list and several handlers',
    app: (app) => {
      app.get(['/a', /^\/b+$/], (req, res) => void res.json([req.path, req.params]))
      app.all('/a', (_req, res) => void res.send('never'))
    },
    exchange: { request: [keptOpen('/a') + get('/bbb')] },
  },
  {
    name: 'strict and case sensitive routing',
    app: (app) => {
      app.enable('strict routing').enable('case sensitive routing')
      app.get('/Shop/', (_req, res) => void res.send('shop'))
    },
    exchange: { request: [keptOpen('/Shop/') + keptOpen('/Shop') + get('/shop/')] },
  },
  {
    name: 'behind a proxy that is trusted',
    app: (app) =>
      app.enable('trust proxy').use((req, res) => void res.json([req.ip, req.ips, req.protocol, req.hostname])),
    exchange: {
      request: [get('/', ['X-Forwarded-For: 1.2.3.4, 5.6.7.8', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: a.b'])],
    },
  },
  {
    name: 'a view',
    app: (app) => {
      app.engine('html', (_file, options, done) => done(null, `<p>${(options as { name?: string }).name}</p>`))
      app.set('views', folder).set('view engine', 'html')
      app.get('/', (_req, res) => res.render('page', { name: 'shop' }))
    },
  },
]
