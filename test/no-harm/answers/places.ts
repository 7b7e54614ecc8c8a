import { get, keptOpen, posted } from '../support/exchange.js'
import type { Answer } from './answer.js'

/** Where silk may stand in an app. */
export const places: readonly Answer[] = [
  {
    name: 'silk late, behind other middleware',
    isSilkLater: true,
    app: (app, { express, silk }) =>
      app
        .use(express.json(), (_req, res, next) => {
          res.set('x-before', '1')
          next()
        })
        .use(silk)
        .post('/', (req, res) => void res.json(req.body)),
    exchange: { request: [posted('{"a":1}', 'application/json')] },
  },
  {
    name: 'silk behind a body that is read already, and a wait',
    isSilkLater: true,
    app: (app, { silk }) => {
      app.use((req, _res, next) => void req.resume().on('end', () => setTimeout(next, 5)))
      app.use(silk).post('/', (_req, res) => void res.send('read'))
    },
    exchange: { request: [posted('a body', 'text/plain')] },
  },
  {
    name: 'silk behind an answer that has begun',
    isSilkLater: true,
    app: (app, { silk }) => {
      app.use((_req, res, next) => void res.write('begun ', () => next()))
      app.use(silk).get('/', (_req, res) => void res.end('and ended'))
    },
    unrecorded: 1,
    recorded: { status: 200, aborted: false },
  },
  {
    name: 'silk behind an answer that has ended',
    isSilkLater: true,
    app: (app, { silk, note }) => {
      app.use((_req, res, next) => {
        res.send('ended')
        next()
      })
      app.use(silk).use((_req, res) => note(`reached ${res.writableEnded}`))
    },
    exchange: { notes: 1 },
    unrecorded: 1,
  },
  {
    name: 'silk in a router only',
    isSilkLater: true,
    app: (app, { express, silk }) => {
      const router = express.Router().use(silk)
      router.get('/:id', (req, res) => void res.json([req.params, req.baseUrl]))
      app.use('/shop', router)
    },
    exchange: { request: [get('/shop/7')] },
  },
  {
    name: 'silk at a path only, and a request beside it',
    isSilkLater: true,
    app: (app, { silk }) => app.use('/shop', silk).use((req, res) => void res.send(req.url)),
    exchange: { request: [keptOpen('/shop/a') + get('/other')] },
    unrecorded: 1,
  },
  {
    name: 'silk on one route',
    isSilkLater: true,
    app: (app, { silk }) => app.get('/', silk, (_req, res) => void res.send('route')),
  },
  {
    name: 'silk in a sub-app only',
    isSilkLater: true,
    app: (app, { express, silk }) => {
      app.use(
        '/shop',
        express()
          .use(silk)
          .get('/a', (req, res) => void res.json([req.baseUrl, req.originalUrl])),
      )
    },
    exchange: { request: [get('/shop/a')] },
  },
  {
    name: 'silk and a second one behind it',
    app: (app, { second }) => app.use(second).get('/', (_req, res) => void res.json(1)),
  },
]
