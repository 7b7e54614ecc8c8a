import type { RequestHandler } from 'express'
import { describe, expect, test } from 'vitest'
import { expressVersions } from '../support/express-versions.js'
import { naiveRecording } from './support/build-recordings.js'
import { dashboard, visit } from './support/dashboard-host.js'
import { memoryStore } from './support/memory-reader.js'

const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/** What an app may have set before: helmet's policy, permissive CORS, caching. */
const outer: RequestHandler = (_req, res, next) => {
  res.set({
    'content-security-policy': "script-src 'unsafe-inline'",
    'content-security-policy-report-only': "default-src 'none'",
    'cache-control': 'public, max-age=3600',
    'access-control-allow-origin': '*',
    'x-frame-options': 'SAMEORIGIN',
  })
  next()
}

describe.each(expressVersions)('under $version', ({ express }) => {
  const one = naiveRecording()
  const app = express()
  app.use(outer)
  app.use('/silk', dashboard({ store: memoryStore(one) }))
  app.use('/prod', dashboard({ access: { production: true } }))

  test.each([
    ['/silk/', 200],
    [`/silk/requests/${one.recording.id}`, 200],
    ['/silk/requests.json', 200],
    ['/silk/assets/silk.js', 200],
    ['/silk/nope', 404],
    ['/silk/?window=7y', 400],
    ['/prod/', 403],
  ])('%s carries the policy of the dashboard, in the place of the app’s own', async (path, status) => {
    const response = await visit(app, path)
    const { headers } = response
    expect({
      status: response.status,
      policy: headers['content-security-policy'],
      reportOnly: headers['content-security-policy-report-only'],
      nosniff: headers['x-content-type-options'],
      referrer: headers['referrer-policy'],
      frame: headers['x-frame-options'],
      cors: headers['access-control-allow-origin'],
    }).toEqual({
      status,
      policy: POLICY,
      reportOnly: undefined,
      nosniff: 'nosniff',
      referrer: 'no-referrer',
      frame: 'DENY',
      cors: undefined,
    })
  })

  test('pages are never cached, assets are asked for again by their etag', async () => {
    const page = await visit(app, '/silk/')
    const asset = await visit(app, '/silk/assets/silk.css')
    const again = await visit(app, '/silk/assets/silk.css').set('if-none-match', asset.headers.etag ?? '')
    expect([page.headers['cache-control'], asset.headers['cache-control'], again.status]).toEqual([
      'no-store',
      'private, no-cache',
      304,
    ])
  })
})

test.each(['/silk/', '/silk/requests', '/silk/statements', '/silk/findings', '/silk/settings', '/silk/settings/clear'])(
  '%s holds no inline script, style, handler or data: address',
  async (path) => {
    const app = expressVersions[1]?.express()
    app?.use('/silk', dashboard({ store: memoryStore(naiveRecording()) }))
    const { text } = await visit(app as never, path)
    expect(text.match(/<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+="|data:/g)).toEqual(null)
  },
)

test.each(['/silk/assets/../render.js', '/silk/assets/%2e%2e/request.ejs', '/silk/assets/', '/silk/assets/.env'])(
  '%s is not served',
  async (path) => {
    const app = expressVersions[1]?.express()
    app?.use('/silk', dashboard())
    expect((await visit(app as never, path)).status).toBeGreaterThanOrEqual(400)
  },
)
