import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import { get, keptOpen } from '../support/exchange.js'
import { type Answer, any, file } from './answer.js'
import { CLOSES, HALF, noteEnd, RESETS } from './gone.js'

const lateForOneThatSaysNoMore = (req: Request, res: Response): unknown =>
  req.socket.on('end', () => setTimeout(() => res.end('all the same'), 5))

/** Pieces for as long as somebody listens. */
function ticks(res: Response): void {
  res.write('tick\n')
  const timer = setInterval(() => res.write('tock\n'), 5)
  res.on('close', () => clearInterval(timer))
}

/** Other ways in which a connection ends early, by the client or by the app. */
export const left: readonly Answer[] = [
  any(
    'events for a client that goes',
    (req, res, note) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      ticks(res)
      req.on('close', () => note('closed'))
    },
    { request: [get('/'), { until: 'tick' }, CLOSES], notes: 1 },
    { recorded: { status: 200, aborted: true } },
  ),
  any('a client that says no more and waits', lateForOneThatSaysNoMore, {
    request: [keptOpen('/'), { goes: 'half-closes' }],
  }),
  any('a client that says no more and waits, and a server that lets it', lateForOneThatSaysNoMore, {
    request: [keptOpen('/'), { goes: 'half-closes' }],
    prepare: (server) => Object.assign(server, { httpAllowHalfOpen: true }),
  }),
  any(
    'the client goes with a second request on its way',
    (req, res, note) => {
      if (req.url === '/2') return res.end('2')
      noteEnd(req, res, note)
      return res.write('one')
    },
    { request: [keptOpen('/1') + get('/2'), { until: 'one' }, CLOSES], notes: 2 },
  ),
  any(
    'the client resets after its answer',
    (req, res, note) => {
      noteEnd(req, res, note)
      res.end('done')
    },
    { request: [keptOpen('/'), { until: 'done' }, RESETS], notes: 2 },
    { recorded: { status: 200, aborted: false } },
  ),
  any(
    'the app destroys the request',
    (req, res, note) => {
      noteEnd(req, res, note)
      req.destroy(new Error('of the app'))
    },
    { request: [HALF], notes: 2 },
    { recorded: { status: null, aborted: true } },
  ),
  any(
    'a stream that fails on its way',
    async (_req, res, note) => {
      res.write('begin')
      await pipeline(createReadStream(`${file}.none`), res).catch((error: { code?: string }) => note(`${error.code}`))
    },
    { notes: 1 },
    { recorded: { status: 200, aborted: true } },
  ),
]
