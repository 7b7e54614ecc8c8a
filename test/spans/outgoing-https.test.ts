import { createServer, type RequestOptions, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { start } from './support.js'

/** TLS by a key that both know needs no certificate. */
const TLS = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const
const psk = Buffer.alloc(16, 7)

test('a request that the app sends by https is a span, its secrets masked', async () => {
  const server = createServer({ ...TLS, pskCallback: () => psk }, (_req, res) => res.writeHead(201).end('body'))
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const started = await start()
  started.app.get('/', async (_req, res) => {
    await new Promise<void>((resolve, reject) => {
      const pskCallback = () => ({ psk, identity: 'tests' })
      const to = { host: '127.0.0.1', port, path: '/pay?token=geheim', method: 'POST', agent: false } as const
      // Node takes what TLS takes, which its types do not say.
      const options = { ...to, ...TLS, pskCallback, checkServerIdentity: () => undefined } as RequestOptions
      const sent = request(options, (answer) => {
        answer.resume().once('end', resolve)
      })
      sent.once('error', reject).end('paid')
    })
    res.json(1)
  })

  expect((await fetch(started.origin)).status).toBe(200)

  const { spans } = await started.newest('request')
  const host = `127.0.0.1:${port}`
  expect(spans.map(({ kind, name, tags, error }) => ({ kind, name, tags, error }))).toEqual([
    {
      kind: 'http',
      name: `POST ${host}`,
      tags: { url: `https://${host}/pay?token=[redacted]`, status: 201 },
      error: null,
    },
  ])
  expect(spans[0]?.durationMs).toBeGreaterThan(0)
})
