import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { get } from '../support/exchange.js'
import { type Answer, any, file, folder, LARGE } from './answer.js'

export const streams: readonly Answer[] = [
  any('pieces', (_req, res) => {
    res.write('one ')
    res.write(Buffer.from('two '))
    res.end('three')
  }),
  any('pieces in several encodings', (_req, res) => {
    res.write('é', 'latin1')
    res.write('6f6b', 'hex')
    res.end('ü', 'utf16le')
  }),
  any('empty pieces', (_req, res) => {
    res.write('')
    res.write('a')
    res.end('')
  }),
  any('pieces with backpressure', async (_req, res) => {
    for (let at = 0; at < 40; at++) {
      if (!res.write(LARGE.slice(0, 60_000))) await new Promise((resolve) => res.once('drain', resolve))
    }
    res.end()
  }),
  any('what write and end give back and call back', async (_req, res) => {
    const said: unknown[] = []
    said.push(res.write('a', () => said.push('written')))
    said.push(res.write('b', 'utf8', () => said.push('written too')))
    await pause(10)
    said.push(res.write(LARGE.repeat(3)))
    await pause(10)
    res.write(JSON.stringify(said))
    said.push(res.end('z', () => said.push('ended')) === res)
  }),
  any('end with a callback alone', (_req, res) => {
    res.write('x')
    res.end(() => {})
  }),
  any('corked', (_req, res) => {
    res.cork()
    res.write('a')
    res.write('b')
    process.nextTick(() => res.uncork())
    res.end('c')
  }),
  any('a piped stream', (_req, res) => Readable.from(['a', 'b', 'c']).pipe(res)),
  any('a pipeline', (_req, res) =>
    pipeline(Readable.from(['a', 'b']), new Transform({ transform: (chunk, _, done) => done(null, `${chunk}!`) }), res),
  ),
  any('server-sent events', async (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    for (let id = 0; id < 3; id++) {
      res.write(`id: ${id}\ndata: tick\n\n`)
      await pause(5)
    }
    res.end()
  }),
  any('a file', (_req, res) => res.sendFile(file)),
  any('a part of a file', (_req, res) => res.sendFile(file), { request: [get('/', ['Range: bytes=3-9'])] }),
  any('two parts of a file', (_req, res) => res.sendFile(file), { request: [get('/', ['Range: bytes=0-1,4-5'])] }),
  any('a part that is not there', (_req, res) => res.sendFile(file), { request: [get('/', ['Range: bytes=999999-'])] }),
  any('a download', (_req, res) => res.download(file, 'report.html')),
  any('a file that is not there', (_req, res) =>
    res.sendFile(join(folder, 'none'), (error) => error && res.status(404).send('no such file')),
  ),
  {
    name: 'a static folder, its index and what it has not',
    app: (app, { express }) => app.use('/files', express.static(folder, { index: 'page.html' })),
    exchange: { request: [get('/files/')] },
  },
  {
    name: 'a static file that has not changed',
    app: (app, { express }) => app.use(express.static(folder)),
    exchange: { request: [get('/page.html', ['If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT'])] },
  },
  any('an answer that the server breaks off', (_req, res) => {
    res.write('half of ')
    setTimeout(() => res.destroy(), 10)
  }),
  any('an answer that is broken off before it begins', (_req, res) => void res.destroy()),
  any(
    'server-sent events for a client that comes back',
    async (req, res) => {
      res.set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }).flushHeaders()
      res.write(`: since ${req.get('last-event-id')}\nretry: 500\n\n`)
      await pause(5)
      res.write('event: price\ndata: {"a":1}\ndata: more\n\n')
      res.end()
    },
    { request: [get('/', ['Last-Event-ID: 7'])] },
  ),
  any(
    'an early end, with work afterwards',
    async (_req, res, note) => {
      res.end('early')
      await pause(10)
      note(`later ${res.writableEnded} ${res.headersSent}`)
    },
    { notes: 1 },
  ),
  any('an end by destroy after all is written', (_req, res) => {
    res.set('content-length', '5').write('whole', () => res.destroy())
  }),
]
