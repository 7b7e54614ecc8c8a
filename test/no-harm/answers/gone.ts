import { pipeline } from 'node:stream/promises'
import compression from 'compression'
import type { Request, Response } from 'express'
import { get, posted } from '../support/exchange.js'
import { type Answer, any, file, LARGE, type Parts, type shown } from './answer.js'

export const CLOSES = { goes: 'closes' } as const
export const RESETS = { goes: 'resets' } as const
export const HALF = posted('the whole of it', 'text/plain').slice(0, -6)

/** Notes how a request and its response end, in the order of their names: which socket event comes first is chance. */
export function noteEnd(req: Request, res: Response, note: Parts['note']): void {
  const seen = new Set<string>()
  req.on('aborted', () => seen.add('aborted'))
  req.on('error', (error: Error & { code?: string }) => seen.add(`request ${error.code}`))
  req.on('end', () => seen.add('request read'))
  res.on('error', (error: Error & { code?: string }) => seen.add(`response ${error.code}`))
  res.on('finish', () => seen.add('finished'))
  res.once('close', () => {
    setImmediate(() => {
      note([...seen].sort().join(', '))
      note(`${req.complete} ${req.destroyed} ${res.destroyed} ${res.writableEnded} ${res.writableFinished}`)
    })
  })
}

const inRequest: readonly Answer[] = [
  any(
    'the client goes in the midst of its body, which is read',
    (req, res, note) => {
      noteEnd(req, res, note)
      req.on('data', () => res.write('read'))
    },
    { request: [HALF, { until: 'read' }, CLOSES], notes: 2 },
    { recorded: { status: 200, aborted: true } },
  ),
  any(
    'the client resets in the midst of its body',
    (req, res, note) => {
      noteEnd(req, res, note)
      req.on('data', () => res.write('read'))
    },
    { request: [HALF, { until: 'read' }, RESETS], notes: 2 },
    { recorded: { status: 200, aborted: true } },
  ),
  any(
    'the client goes in the midst of a body that is awaited piece by piece',
    async (req, res, note) => {
      res.flushHeaders()
      try {
        for await (const _piece of req) res.write('read')
      } catch (error) {
        note(`${(error as { code?: string }).code}`)
      }
    },
    { request: [HALF, { until: 'read' }, CLOSES], notes: 1 },
    { recorded: { status: 200, aborted: true } },
  ),
  any(
    'the client goes in the midst of a body that is piped',
    async (req, res, note) => {
      res.flushHeaders()
      await pipeline(req, res).catch((error: { code?: string }) => note(`${error.code}`))
    },
    { request: [HALF, { until: 'the whole' }, CLOSES], notes: 1 },
    { recorded: { status: 200, aborted: true } },
  ),
  {
    name: 'the client goes in the midst of a body that a parser reads',
    app: (app, { express, note }) => {
      app.use((req, res, next) => {
        noteEnd(req, res, note)
        res.writeProcessing()
        next()
      })
      app.post('/', express.text(), (_req, res) => void res.end('never'))
      app.use(((error, _req, _res, _next) => note(error.type)) as typeof shown)
    },
    exchange: { request: [HALF, { until: '102' }, CLOSES], notes: 3 },
    recorded: { status: null, aborted: true },
  },
]

const inResponse: readonly Answer[] = [
  any(
    'the client goes before the answer',
    (req, res, note) => {
      noteEnd(req, res, note)
      res.writeProcessing()
      res.on('close', () => res.json('too late'))
    },
    { request: [get('/'), { until: '102' }, CLOSES], notes: 2 },
    { recorded: { status: null, aborted: true } },
  ),
  any(
    'the client goes in the midst of the answer',
    (req, res, note) => {
      noteEnd(req, res, note)
      res.write('one')
      res.on('close', () => res.end('two', () => {}))
    },
    { request: [get('/'), { until: 'one' }, CLOSES], notes: 2 },
    { recorded: { status: 200, aborted: true } },
  ),
  {
    name: 'the client goes in the midst of an answer that is compressed',
    app: (app, { note }) =>
      app.use(compression()).use((req, res) => {
        noteEnd(req, res, note)
        res.type('text').write('a'.repeat(5_000))
        res.flush()
      }),
    exchange: { request: [get('/', ['Accept-Encoding: gzip']), { until: 'gzip' }, CLOSES], notes: 2 },
    recorded: { status: 200, aborted: true },
  },
  any(
    'the client goes while it waits for more than fits',
    async (req, res, note) => {
      noteEnd(req, res, note)
      res.write('begin')
      res.write(LARGE.repeat(20))
    },
    { request: [get('/'), { until: 'begin' }, CLOSES], notes: 2 },
    { recorded: { status: 200, aborted: true } },
  ),
  any(
    'the client goes, and a pipeline to it hears of that',
    async (_req, res, note) => {
      res.write('begin')
      const endless = async function* () {
        for (;;) {
          yield 'more'
          await new Promise((resolve) => setTimeout(resolve, 2))
        }
      }
      await pipeline(endless, res).catch((error: { code?: string }) => note(`${error.code}`))
    },
    { request: [get('/'), { until: 'begin' }, CLOSES], notes: 1 },
    { recorded: { status: 200, aborted: true } },
  ),
  any(
    'a file that is sent when its client has gone',
    (_req, res, note) => {
      res.writeProcessing()
      res.on('close', () => res.sendFile(file, (error) => note(`${(error as { code?: string })?.code}`)))
    },
    { request: [get('/'), { until: '102' }, CLOSES], notes: 1 },
    { recorded: { status: null, aborted: true } },
  ),
]

/** The client goes before it has the whole answer. */
export const gone: readonly Answer[] = [...inRequest, ...inResponse]
