import { setTimeout as pause } from 'node:timers/promises'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { get } from '../support/exchange.js'
import { type Answer, routed, shown } from './answer.js'

export const errors: readonly Answer[] = [
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
  routed('an async error handler', (app) =>
    app
      .get('/', () => {
        throw new Error('of the app')
      })
      .use(async (error: Error, _req: Request, res: Response, _next: NextFunction) => {
        await pause(5)
        res.status(500).json({ error: error.message })
      }),
  ),
  routed('an error handler that throws', (app) =>
    app
      .get('/', () => {
        throw new Error('of the app')
      })
      .use((_error: Error, _req: Request, _res: Response, _next: NextFunction) => {
        throw Object.assign(new Error('of the handler'), { status: 502 })
      }),
  ),
  routed('an error handler that hands on to the next', (app) =>
    app
      .get('/', (_req, _res, next) => next(new Error('first')))
      .use((_error: Error, _req: Request, _res: Response, next: NextFunction) => next(new Error('second')))
      .use(shown),
  ),
  routed('an error handler that gives up the error', (app) =>
    app
      .get('/', (_req, _res, next) => next(new Error('first')))
      .use((_error: Error, _req: Request, _res: Response, next: NextFunction) => next())
      .use((_req, res) => void res.status(404).send('forgotten')),
  ),
  routed('a handler that rejects by itself', (app) => {
    // Express 4 leaves a rejection to the process.
    const handler: RequestHandler = async (_req, _res, next) => {
      await pause(2)
      if ('lazyrouter' in app) next(new Error('later'))
      else throw new Error('later')
    }
    app.get('/', handler).use(shown)
  }),
  routed(
    'an error in a router, handled there',
    (app, { express }) => {
      const router = express.Router()
      router.get('/', (_req, _res, next) => next(new Error('inside')))
      router.use(shown)
      app.use('/shop', router).use((_req, res) => void res.send('never'))
    },
    '/shop',
  ),
  routed(
    'an error in a sub-app, handled outside',
    (app, { express }) => {
      const shop = express()
      shop.set('env', 'production')
      shop.get('/', (_req, _res, next) => next(new Error('inside')))
      app.use('/shop', shop).use(shown)
    },
    '/shop',
  ),
  routed(
    'an error of a parameter',
    (app) => {
      app.param('id', (_req, _res, next) => next(new Error('no such id')))
      app.get('/:id', (_req, res) => void res.send('never')).use(shown)
    },
    '/7',
  ),
  routed('a later error, when the answer is complete', (app) =>
    app
      .get('/', (_req, res, next) => {
        res.send('done')
        next(new Error('too late'))
      })
      .use((_error: Error, _req: Request, _res: Response, _next: NextFunction) => {}),
  ),
  routed('an error with an odd status', (app) =>
    app.get('/', (_req, _res, next) => next(Object.assign(new Error('x'), { status: 42, statusCode: 418 }))),
  ),
  routed('next("router")', (app, { express }) => {
    const router = express.Router()
    router.get('/', (_req, _res, next) => next('router'))
    router.get('/', (_req, res) => void res.send('never'))
    app.use(router).get('/', (_req, res) => void res.send('outside'))
  }),
  routed('a stack that is deep', (app) => {
    app.get('/', () => {
      const deeper = (): never => deeper()
      return deeper()
    })
    app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => void res.status(500).send(error.name))
  }),
  routed('headers set after they were sent', (app) =>
    app
      .get('/', (_req, res) => {
        res.write('sent')
        try {
          res.set('x-a', '1')
        } catch (error) {
          res.end((error as { code: string }).code)
        }
      })
      .use(shown),
  ),
]
