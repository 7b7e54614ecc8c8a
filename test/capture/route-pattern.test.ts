import { createRequire } from 'node:module'
import express5, { type Express, type RequestHandler } from 'express'
import request from 'supertest'
import { afterEach, describe, expect, test } from 'vitest'
import { installRouteTracking, trackRoute, uninstallRouteTracking } from '../../src/capture/route-pattern.js'

const require = createRequire(import.meta.url)
const express4 = require('express-4') as typeof express5

type Pattern = string | null

/** Stands for silk: follows the request, and reads the pattern when the connection is done with. */
function tracking(): { readonly middleware: RequestHandler; read(): Promise<Pattern> } {
  const { promise, resolve } = withResolvers<Pattern>()
  return {
    middleware: (req, res, next) => {
      installRouteTracking(req)
      const tracker = trackRoute(req)
      res.on('close', () => resolve(tracker.pattern()))
      next()
    },
    read: () => promise,
  }
}

function withResolvers<T>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

const ok: RequestHandler = (_req, res) => void res.send('ok')
const pass: RequestHandler = (_req, _res, next) => next()
const fail: RequestHandler = () => {
  throw new Error('failed on purpose')
}
const failLater: RequestHandler = (_req, _res, next) => void setTimeout(next, 1, new Error('failed later'))

afterEach(uninstallRouteTracking)

describe.each([
  ['Express 4', express4],
  ['Express 5', express5],
])('%s', (version, express) => {
  const is4 = version === 'Express 4'

  /** The pattern of one request to an app that `build` fills. */
  async function patternOf(
    path: string,
    build: (app: Express) => void,
    method: 'get' | 'post' | 'head' | 'options' = 'get',
  ): Promise<Pattern> {
    const app = express()
    app.set('env', 'test')
    const { middleware, read } = tracking()
    app.use(middleware)
    build(app)
    await request(app)[method](path)
    return read()
  }

  test('a route of the app', async () => {
    expect(await patternOf('/collections/7?x=1', (app) => app.get('/collections/:id', ok))).toBe('/collections/:id')
    expect(await patternOf('/', (app) => app.get('/', ok))).toBe('/')
    expect(await patternOf('/items/', (app) => app.get('/items/', ok))).toBe('/items/')
    expect(await patternOf('/items/', (app) => app.get('/items', ok))).toBe('/items')
    expect(await patternOf('/ITEMS', (app) => app.get('/items', ok))).toBe('/items')
    expect(await patternOf('/a%20b/x%2Fy', (app) => app.get('/:first/:second', ok))).toBe('/:first/:second')
    expect(await patternOf('/x', (app) => app.route('/x').get(ok).post(ok), 'post')).toBe('/x')
    expect(await patternOf('/x', (app) => app.get('/x', ok), 'head')).toBe('/x')
  })

  test('no route: null', async () => {
    expect(await patternOf('/nope', (app) => app.get('/items', ok))).toBeNull()
    expect(await patternOf('/items', (app) => app.post('/items', ok))).toBeNull()
    expect(await patternOf('/42/x', (app) => app.use('/:id', ok))).toBeNull()
    expect(await patternOf('/42', (app) => app.use('/:id', express.Router().get('/x', ok)))).toBeNull()
    expect(await patternOf('/x', (app) => app.get('/x', ok), 'options')).toBeNull()
    expect(await patternOf('/x', (app) => app.use(fail))).toBeNull()
  })

  test('optional parts, wildcards and constraints are shown as written', async () => {
    if (is4) {
      expect(await patternOf('/x', (app) => app.get('/x/:id?', ok))).toBe('/x/:id?')
      expect(await patternOf('/x/5', (app) => app.get('/x/:id(\\d+)', ok))).toBe('/x/:id(\\d+)')
      expect(await patternOf('/files/a/b', (app) => app.get('/files/*', ok))).toBe('/files/*')
      expect(await patternOf('/x', (app) => app.all('*', ok))).toBe('*')
    } else {
      expect(await patternOf('/x', (app) => app.get('/x{/:id}', ok))).toBe('/x{/:id}')
      expect(await patternOf('/files/a/b', (app) => app.get('/files/*rest', ok))).toBe('/files/*rest')
      expect(await patternOf('/', (app) => app.all('/{*any}', ok))).toBe('/{*any}')
    }
  })

  test('RegExps and arrays are shown as written', async () => {
    expect(await patternOf('/abcd', (app) => app.get(/^\/ab?cd$/i, ok))).toBe('/^\\/ab?cd$/i')
    expect(await patternOf('/b', (app) => app.get(['/a', '/b'], ok))).toBe('/a,/b')
    expect(await patternOf('/b', (app) => app.get(['/a', /^\/b$/], ok))).toBe('/a,/^\\/b$/')
    const inRouter = express.Router().get(['/a', '/b/:id'], ok)
    expect(await patternOf('/api/b/1', (app) => app.use('/api', inRouter))).toBe('/api/a,/api/b/:id')
  })

  test.each([
    ['/api', '/api/items/1', '/api/items/:id'],
    ['/api/', '/api/items/1', '/api/items/:id'],
    ['/', '/items/1', '/items/:id'],
    ['/t/:team', '/t/42/items/1', '/t/:team/items/:id'],
    ['/t/:team/', '/t/42/items/1', '/t/:team/items/:id'],
    ['/t/:team', '/t/a%20b/items/1', '/t/:team/items/:id'],
    ['/t/:team', '/t/%F0%9F%98%80/items/1', '/t/:team/items/:id'],
    ['/t/:team', '/t/t/items/t', '/t/:team/items/:id'],
    ['/items/:name/items', '/items/items/items/items/items', '/items/:name/items/items/:id'],
    ['/:a/:b', '/x/x/items/x', '/:a/:b/items/:id'],
    ['/v:version', '/v2/items/1', '/v:version/items/:id'],
    ['/:from-:to', '/1-1/items/1', '/:from-:to/items/:id'],
    ['/API', '/api/items/1', '/API/items/:id'],
    [['/a/:x', '/b/:y'], '/b/5/items/1', '/b/:y/items/:id'],
  ])('below a mount at %j', async (mount, path, pattern) => {
    const router = express.Router().get('/items/:id', ok)
    expect(await patternOf(path, (app) => app.use(mount, router))).toBe(pattern)
  })

  test('below a mount that is a RegExp', async () => {
    const router = express.Router().get('/x', ok)
    expect(await patternOf('/v7/x', (app) => app.use(/^\/v(\d+)/, router))).toBe('/^\\/v(\\d+)//x')
    const once = /^\/g\d/
    const kept = /^\/k\d/g
    kept.lastIndex = 0
    expect(await patternOf('/g1/x', (app) => app.use([once, kept], router))).toMatch(/x$/)
  })

  test('below a mount with a constraint or an optional part', async () => {
    const router = express.Router().get('/x', ok)
    if (is4) {
      expect(await patternOf('/5/x', (app) => app.use('/:id(\\d+)', router))).toBe('/:id/x')
      expect(await patternOf('/en/x', (app) => app.use('/:lang(de|en)', router))).toBe('/:lang/x')
      expect(await patternOf('/files/x', (app) => app.use('/files/:id?', router))).toBeNull()
    } else {
      expect(await patternOf('/t/5/x', (app) => app.use('/t{/:id}', router))).toBe('/t{/:id}/x')
    }
  })

  test('nested routers, at root, at paths and with parameters of the same name', async () => {
    const leaf = express.Router({ mergeParams: true }).get('/', ok).get('/:id', ok)
    const middle = express.Router({ mergeParams: true }).use(pass).use('/items/:id', leaf)
    const outer = express.Router().use(pass).use('/', middle)
    const build = (app: Express) => app.use('/t/:id', pass, outer)
    expect(await patternOf('/t/1/items/1', build)).toBe('/t/:id/items/:id')
    expect(await patternOf('/t/1/items/1/1', build)).toBe('/t/:id/items/:id/:id')
  })

  test('one router mounted twice', async () => {
    const router = express.Router().get('/x', ok)
    const build = (app: Express) => app.use('/a/:first', router).use('/b/:second', router)
    expect(await patternOf('/a/1/x', build)).toBe('/a/:first/x')
    expect(await patternOf('/b/1/x', build)).toBe('/b/:second/x')
  })

  test('routers that passed the request on leave nothing behind', async () => {
    const build = (app: Express) =>
      app
        .use('/a', express.Router().get('/other', ok))
        .use('/:one', express.Router().get('/nothing', ok))
        .use('/a/b/:two', express.Router().get('/x', ok))
    expect(await patternOf('/a/b/7/x', build)).toBe('/a/b/:two/x')
  })

  test('mounted apps, also inside routers', async () => {
    const inner = express()
    inner.get('/x/:id', ok)
    inner.get('/fails', fail)
    const outer = express()
    outer.use('/inner/:b', inner)
    const build = (app: Express) => app.use('/outer/:a', express.Router().use('/deep', outer))
    expect(await patternOf('/outer/1/deep/inner/2/x/3', build)).toBe('/outer/:a/deep/inner/:b/x/:id')
    expect(await patternOf('/outer/1/deep/inner/2/fails', build)).toBe('/outer/:a/deep/inner/:b/fails')
  })

  test.each([
    ['throws', fail],
    ['fails later', failLater],
    ['rejects', (async () => Promise.reject(new Error('rejected'))) as RequestHandler],
  ])('when the handler %s', async (how, handler) => {
    if (is4 && how === 'rejects') return
    const router = express.Router().get('/x/:id', handler)
    const build = (app: Express) => app.use('/t/:team', router)
    expect(await patternOf('/t/42/x/1', build)).toBe('/t/:team/x/:id')
    const withErrorHandler = (app: Express) =>
      build(app).use(((_error, _req, res, _next) => {
        res.status(500).end()
      }) as express5.ErrorRequestHandler)
    expect(await patternOf('/t/42/x/1', withErrorHandler)).toBe('/t/:team/x/:id')
  })

  test('when a parameter’s callback fails: the route matched, though nothing handled it', async () => {
    const failing = express.Router({ mergeParams: true })
    failing.param('id', (_req, _res, next) => void setTimeout(next, 1, new Error('no such thing')))
    failing.get('/x/:id', ok)
    const nested = express.Router().use(pass).use(failing)
    const build = (app: Express) => app.use('/other/:team', pass).use('/t/:team', nested).use('/:any', pass)
    expect(await patternOf('/t/42/x/1', build)).toBe('/t/:team/x/:id')
    const inApp = (app: Express) => {
      app.param('id', (_req, _res, next) => next(new Error('no such thing')))
      app.use('/:some', pass)
      app.get('/x/:id', ok)
    }
    expect(await patternOf('/x/1', inApp)).toBe('/x/:id')
    const sub = express()
    sub.param('id', (_req, _res, next) => next(new Error('no such thing')))
    sub.get('/x/:id', ok)
    expect(await patternOf('/t/42/x/1', (app) => app.use('/t/:team', sub))).toBe('/t/:team/x/:id')
  })

  test('the last route that matched wins', async () => {
    const star = is4 ? '*' : '/{*any}'
    const build = (app: Express) => app.all(star, pass).get('/x/:id', pass).get('/x/5', ok)
    expect(await patternOf('/x/5', build)).toBe('/x/5')
    expect(await patternOf('/x/6', build)).toBe('/x/:id')
    expect(await patternOf('/y', build)).toBe(star)
    const skipping: RequestHandler = (_req, _res, next) => next('route')
    expect(await patternOf('/x/5', (app) => app.get('/x/:a', skipping, fail).get('/x/:b', ok))).toBe('/x/:b')
  })

  test('several handlers in a route, of all kinds', async () => {
    const build = (app: Express) =>
      app.use('/t/:team', express.Router().all('/x', pass, [pass, pass]).get('/x', pass, ok))
    expect(await patternOf('/t/1/x', build)).toBe('/t/:team/x')
  })

  test('an app that rewrites the URL: the route that the new URL matched', async () => {
    const build = (app: Express) => {
      app.use((req, _res, next) => {
        req.url = '/t/9/x'
        next()
      })
      app.use('/t/:team', express.Router().get('/x', ok))
    }
    expect(await patternOf('/old', build)).toBe('/t/:team/x')
  })

  test('case-sensitive and strict routing', async () => {
    const router = express.Router({ strict: true, caseSensitive: true }).get('/Items/', ok)
    const build = (app: Express) => app.enable('strict routing').enable('case sensitive routing').use('/Api/:v', router)
    expect(await patternOf('/Api/1/Items/', build)).toBe('/Api/:v/Items/')
    expect(await patternOf('/Api/1/items/', build)).toBeNull()
  })

  test('tracking that begins in a mounted app, a router or a route', async () => {
    const inApp = tracking()
    const sub = express()
    sub.use(inApp.middleware).get('/x/:id', ok)
    await request(express().use('/v/:version', sub)).get('/v/1/x/2')
    expect(await inApp.read()).toBe('/v/:version/x/:id')

    const inRouter = tracking()
    const router = express.Router().use(inRouter.middleware).get('/x/:id', ok)
    await request(express().use('/v/:version', router)).get('/v/1/x/2')
    expect(await inRouter.read()).toBe('/v/:version/x/:id')

    const inRoute = tracking()
    await request(express().get('/x/:id', inRoute.middleware, ok)).get('/x/2')
    expect(await inRoute.read()).toBe('/x/:id')
  })

  test('200 requests at once, each its own', async () => {
    const app = express()
    const patterns: Pattern[] = []
    app.use((req, res, next) => {
      installRouteTracking(req)
      const tracker = trackRoute(req)
      res.on('close', () => patterns.push(`${tracker.pattern()} ${req.originalUrl.split('/')[1]}`))
      next()
    })
    const slow: RequestHandler = (req, res) => void setTimeout(() => res.send(req.url), Math.random() * 5)
    const router = express.Router({ mergeParams: true })
    router.param('id', (_req, _res, next) => void setTimeout(next, Math.random() * 5))
    router.get('/x/:id', slow)
    for (const name of ['a', 'b', 'c', 'd']) app.use(`/${name}/:${name}`, router)
    const server = app.listen(0)
    try {
      const sent = Array.from({ length: 200 }, (_, n) => request(server).get(`/${'abcd'[n % 4]}/${n}/x/${n}`))
      await Promise.all(sent)
    } finally {
      await new Promise((closed) => server.close(closed))
    }
    const expected = ['a', 'b', 'c', 'd'].flatMap((name) => Array(50).fill(`/${name}/:${name}/x/:id ${name}`))
    expect(patterns.sort()).toEqual(expected)
  })

  test('hooks once per copy, passes everything through, and comes off without a trace', async () => {
    const file = is4 ? 'express-4/lib/router/layer.js' : 'router/lib/layer.js'
    const Layer = require(file) as { readonly prototype: Record<string, unknown> }
    const method = is4 ? 'handle_request' : 'handleRequest'
    uninstallRouteTracking()
    const original = Layer.prototype[method]
    installRouteTracking()
    const hooked = Layer.prototype[method]
    installRouteTracking()
    await patternOf('/x', (app) => app.get('/x', ok))
    expect({ hooked: hooked !== original, again: Layer.prototype[method] === hooked }).toEqual({
      hooked: true,
      again: true,
    })
    uninstallRouteTracking()
    expect(Layer.prototype[method]).toBe(original)
  })

  test('a request that nobody follows is served as ever', async () => {
    installRouteTracking()
    const app = express().use('/t/:team', express.Router().get('/x', ok))
    expect((await request(app).get('/t/1/x')).text).toBe('ok')
    expect((await request(app).get('/t/%zz/x')).status).toBe(400)
  })

  test('a URL that cannot be decoded has no route', async () => {
    expect(await patternOf('/t/%zz/x', (app) => app.use('/t/:team', express.Router().get('/x', ok)))).toBeNull()
    expect(await patternOf('/x/%zz', (app) => app.get('/x/:id', ok))).toBeNull()
  })
})

describe('two majors of Express in one process', () => {
  test.each([
    ['an Express 4 app in an Express 5 app', express5, express4],
    ['an Express 5 app in an Express 4 app', express4, express5],
  ])('%s', async (_name, outside, inside) => {
    const { middleware, read } = tracking()
    const sub = inside()
    sub.use('/in/:b', inside.Router().get('/x/:id', ok))
    const app = outside().use(middleware).use('/out/:a', sub)
    await request(app).get('/out/1/in/2/x/3')
    expect(await read()).toBe('/out/:a/in/:b/x/:id')
  })
})

test('a request that never met Express has no route', () => {
  const { IncomingMessage } = require('node:http') as typeof import('node:http')
  const { Socket } = require('node:net') as typeof import('node:net')
  const req = new IncomingMessage(new Socket())
  installRouteTracking(req)
  expect(trackRoute(req).pattern()).toBeNull()
})
