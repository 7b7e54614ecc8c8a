import type { RequestHandler } from 'express'
import { describe, expect, test, vi } from 'vitest'
import { dashboardUrl, handToDashboard } from '../../src/dashboard/mount.js'
import { expressVersions } from '../support/express-versions.js'
import { naiveRecording } from './support/build-recordings.js'
import { dashboard, visit } from './support/dashboard-host.js'
import { memoryStore } from './support/memory-reader.js'

/** The dashboard as silk() itself mounts it: a handler that takes what is for it and passes on the rest. */
function silkLike(path: string): RequestHandler {
  const app = dashboard({ store: memoryStore(naiveRecording()) })
  return (req, res, next) => {
    const url = dashboardUrl(req.url, path)
    if (url === null) next()
    else handToDashboard(app, path, url, req, res)
  }
}

describe('dashboardUrl', () => {
  test.each([
    ['/silk', '/'],
    ['/silk/', '/'],
    ['/silk?window=1h', '/?window=1h'],
    ['/silk.json', '/overview.json'],
    ['/silk.json?window=1h', '/overview.json?window=1h'],
    ['/silk/requests?a=/silk', '/requests?a=/silk'],
    ['/silks', null],
    ['/silk.jsonx', null],
    ['/silk.json/x', null],
    ['/other/silk', null],
    ['/?/silk', null],
  ])('%s → %s', (url, expected) => {
    expect(dashboardUrl(url, '/silk')).toEqual(expected)
  })
})

describe.each(expressVersions)('in a host of $version', ({ express }) => {
  test.each(['/silk.json', '/silk/overview.json', '/base/silk.json'])('%s is the overview as JSON', async (path) => {
    const app = express()
    app.use(silkLike('/silk'))
    app.use('/base', silkLike('/silk'))
    const { status, body } = await visit(app, path)
    expect([status, body.requestCount]).toEqual([200, 1])
  })

  test.each(['/silk', '/api/v1/silk', '/tenant-7/silk'])(
    'all links stay below the mount path %s',
    async (mountPath) => {
      const app = express()
      const below = dashboard({ store: memoryStore(naiveRecording()) })
      app.use(mountPath === '/tenant-7/silk' ? '/:tenant/silk' : mountPath, below)
      for (const page of ['', '/requests', '/statements', '/findings', '/settings', '/settings/clear', '/nope']) {
        const { text } = await visit(app, `${mountPath}${page}`)
        const addresses = [...text.matchAll(/(?:href|src|action)="([^"]*)"/g)].map((match) => match[1] ?? '')
        expect(addresses.filter((address) => address !== '#main' && !address.startsWith(`${mountPath}/`))).toEqual([])
      }
    },
  )

  test('the host’s views, settings, locals and catch-all stay out of it, and it out of theirs', async () => {
    const app = express()
    const rendered: string[] = []
    app.set('views', '/nowhere')
    app.set('view engine', 'host')
    app.engine('host', (path) => rendered.push(path))
    app.locals.title = 'Host'
    app.locals.shell = 'Host'
    app.set('json spaces', 8)
    app.use('/silk', dashboard({ store: memoryStore(naiveRecording()) }))
    app.get('/own', (_req, res) => {
      res.json({ path: res.req.path, title: app.locals.title, engine: app.get('view engine') })
    })
    app.use((_req, res) => {
      res.status(418).end()
    })
    const page = await visit(app, '/silk/')
    const missing = await visit(app, '/silk/nope')
    const own = await visit(app, '/own')
    expect([page.status, missing.status, own.body, rendered]).toEqual([
      200,
      404,
      { path: '/own', title: 'Host', engine: 'host' },
      [],
    ])
    expect(page.text).toContain('<title>Overview · silk</title>')
    expect((await visit(app, '/other')).status).toEqual(418)
  })

  test('never calls the host’s next, whatever comes', async () => {
    const app = express()
    let passed = 0
    app.use('/silk', dashboard(), () => {
      passed += 1
    })
    for (const path of ['/', '/nope', '/assets/nope', '/requests/%E0%A4%A', '/?window=7y', '/requests/a.json']) {
      await visit(app, `/silk${path}`)
    }
    expect(passed).toEqual(0)
  })
})

test('where the package resolves express to version 4, all is the same', async () => {
  vi.resetModules()
  vi.doMock('express', () => import('express-4' as string))
  const { createDashboard } = await import('../../src/dashboard/dashboard.js')
  const one = naiveRecording()
  const store = memoryStore(one)
  const below = createDashboard({
    reader: store.reader,
    writer: store.writer,
    access: { authorize: null, allowFrom: [], production: false },
    projectRoot: '/nowhere',
    version: '0.1.0',
    settings: [],
    onError: () => {},
  })
  vi.doUnmock('express')
  const results: unknown[] = []
  for (const { express } of expressVersions) {
    const app = express()
    app.use('/silk', below)
    for (const path of [
      '/',
      '/overview.json',
      `/requests/${one.recording.id}`,
      '/assets/silk.css',
      '/requests/%E0%A4%A',
      '/x',
    ]) {
      results.push((await visit(app, `/silk${path}`)).status)
    }
  }
  expect(results).toEqual([200, 200, 200, 200, 400, 404, 200, 200, 200, 200, 400, 404])
})
