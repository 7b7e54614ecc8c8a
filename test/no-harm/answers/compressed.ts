import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import compression from 'compression'
import type { Express, Request, Response } from 'express'
import { get } from '../support/exchange.js'
import { type Answer, any, file, LARGE } from './answer.js'

const GZIP = ['Accept-Encoding: gzip']
export const compressed: readonly Answer[] = (
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
    ['no content', (_req, res) => res.status(204).end()],
    ['not modified', (_req, res) => res.status(304).end()],
    ['what the app has compressed already', (_req, res) => res.set('content-encoding', 'gzip').end(gzipSync(LARGE))],
    ['what must not be transformed', (_req, res) => res.set('cache-control', 'no-transform').send(LARGE)],
    ['a file in parts', (_req, res) => res.sendFile(file)],
    ['a stream', (_req, res) => Readable.from([LARGE, 'end']).pipe(res.type('text'))],
    [
      'pieces with backpressure',
      async (_req, res) => {
        res.type('text')
        for (let at = 0; at < 10; at++) if (!res.write(LARGE)) await once(res, 'drain')
        res.end()
      },
    ],
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
