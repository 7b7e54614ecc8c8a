import type { ServerResponse } from 'node:http'
import type { Response } from 'express'
import { type Answer, any, shown } from './answer.js'

/** What an error is called. */
function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? error)
}

/** What became of a call. */
function outcome(call: () => unknown): string {
  try {
    return typeof call()
  } catch (error) {
    return codeOf(error)
  }
}

/** The head is made by calls whose types are wider than those of Node. */
function head(name: string, args: readonly unknown[], before: (res: Response) => unknown = () => {}): Answer {
  return any(`writeHead ${name}`, (_req, res, note) => {
    before(res)
    note(outcome(() => Reflect.apply(res.writeHead, res, args)))
    res.end('x')
  })
}

const setBefore = (res: Response): void => void res.set({ 'x-a': 'before', 'x-b': '1' })

/** Middleware such as that of sessions, which waits for the head to set what it has to set. */
function onHead(res: ServerResponse, set: () => void): void {
  const { writeHead } = res
  res.writeHead = function (this: ServerResponse, ...args: unknown[]) {
    set()
    return Reflect.apply(writeHead, this, args)
  } as typeof writeHead
}

const forms: readonly Answer[] = [
  head('with a status alone', [202]),
  head('with a status as text', ['203']),
  head('with nothing for a message', [200, undefined, { 'x-a': '1' }]),
  head('with null for the headers', [200, null]),
  head('with a message and a list', [200, 'Fine', ['x-a', '1', 'x-b', '2']]),
  head('with a message alone', [404, 'Gone Fishing']),
  head('with pairs', [
    200,
    [
      ['x-a', '1'],
      ['x-b', '2'],
    ],
  ]), // prettier
  head('with an object over headers set before', [201, { 'X-A': 'after' }], setBefore),
  head('with a list over headers set before', [201, ['X-A', 'after', 'x-c', '3']], setBefore),
  head('with a list of odd length', [200, ['x-a']]),
  head('with a value that is forbidden', [200, { 'x-a': 'a\r\nb: c' }]),
  head('with a name that is forbidden', [200, { 'x a': '1' }]),
  head('with no value', [200, { 'x-a': undefined }]),
  head('with a status that is none', [99]),
  head('with a number and a list as values', [200, { 'x-n': 7, 'x-l': ['1', '2'], 'content-length': 1 }]),
  head('of chunks', [200, { 'transfer-encoding': 'chunked' }]),
  head('with an end of the connection', [200, { connection: 'close', 'content-length': '1' }]),
  any('writeHead twice', (_req, res, note) => {
    res.writeHead(200, { 'content-length': '1' })
    note(outcome(() => res.writeHead(201)))
    note(outcome(() => res.setHeader('x-a', '1')))
    res.end('x')
  }),
  any('writeHead gives back the response', (_req, res, note) => {
    note(String(res.writeHead(200) === res))
    res.end()
  }),
  any('writeHead by middleware that waits for it', (_req, res) => {
    onHead(res, () => res.setHeader('set-cookie', 'session=1'))
    res.json({ id: 1 })
  }),
  {
    ...any('writeHead by middleware in front of silk that waits for it', (_req, res) => res.writeHead(200).end('x')),
    before: (_req, res, next) => {
      onHead(res, () => res.setHeader('x-late', '1'))
      next()
    },
  },
  any('a response whose methods the app replaces', (_req, res, note) => {
    const { end, write } = res
    res.write = ((...args: unknown[]) => {
      note('write')
      return Reflect.apply(write, res, args)
    }) as typeof write
    res.end = ((...args: unknown[]) => {
      note('end')
      return Reflect.apply(end, res, args)
    }) as typeof end
    res.write('a')
    res.end('b')
  }),
  any('headers as a Map', (_req, res) => res.setHeaders(new Map([['x-a', '1']])).end('x')),
  any('headers as Headers', (_req, res) => res.setHeaders(new Headers({ 'x-a': '1' })).end('x')),
  any('headers appended, removed and asked for', (_req, res) => {
    res.appendHeader('x-a', '1').appendHeader('x-a', ['2', '3'])
    res.setHeader('x-b', '1')
    res.removeHeader('x-b')
    res.json([res.getHeaderNames(), res.getHeaders(), res.hasHeader('x-b'), res.headersSent])
  }),
  any('102 and an answer', (_req, res) => {
    res.writeProcessing()
    res.end('x')
  }),
  any('a content-length that Node is to check', (_req, res, note) => {
    res.strictContentLength = true
    res.setHeader('content-length', '2')
    note(outcome(() => res.end('three')))
    res.end('ok')
  }),
]

const ends: readonly Answer[] = [
  any('end with a body and a callback', (_req, res, note) => res.end('x', () => note('ended')), { notes: 1 }),
  any('end with a body, an encoding and a callback', (_req, res, note) => res.end('7a', 'hex', () => note('ended')), {
    notes: 1,
  }),
  any('end with nothing and a callback', (_req, res, note) => res.end(undefined, () => note('ended')), { notes: 1 }),
  any('end with null', (_req, res, note) => note(outcome(() => res.end(null)))),
  any('end with an encoding that is none', (_req, res, note) => {
    note(outcome(() => res.end('x', 'klingon' as BufferEncoding)))
    res.destroy()
  }),
  any('end with a number', (_req, res, note) => {
    note(outcome(() => res.end(7)))
    res.end('x')
  }),
  any(
    'end twice, both with a callback',
    (_req, res, note) => {
      res.on('error', () => {})
      res.end('first', () => note('first'))
      res.end('second', (error?: unknown) => note(`second ${codeOf(error)}`))
    },
    { notes: 2 },
  ),
  any('write of null, a number and nothing', (_req, res, note) => {
    for (const piece of [null, 7, undefined, {}]) note(outcome(() => res.write(piece)))
    res.end('x')
  }),
  any(
    'write after end with a callback',
    (_req, res, note) => {
      res.on('error', (error) => note(codeOf(error)))
      res.end('x')
      res.write('y', (error) => note(codeOf(error)))
    },
    { notes: 2 },
  ),
  any(
    'the events of a response in their order',
    (_req, res, note) => {
      for (const event of ['prefinish', 'finish', 'close', 'error', 'pipe', 'unpipe']) res.on(event, () => note(event))
      res.end('x', () => note('callback'))
    },
    { notes: 4 },
  ),
  any('what is known of a response at its end', (_req, res, note) => {
    const state = (): string => [res.headersSent, res.writableEnded, res.finished, res.statusCode].join(' ')
    note(state())
    res.write('x')
    note(state())
    res.end()
    note(state())
  }),
  any('writes in text, bytes and views of a larger piece of memory', (_req, res) => {
    const memory = Buffer.from('in the midst of more')
    res.write(memory.subarray(3, 6))
    res.write(new Uint8Array(memory.buffer, memory.byteOffset + 7, 5))
    // What is written is what was there then.
    memory.fill('-')
    res.end()
  }),
]

const brokenHeads: readonly Answer[] = [
  {
    name: 'a header that is forbidden, for the app’s own error handler',
    app: (app) => app.get('/', (_req, res) => void res.set('x-a', 'a\nb').end()).use(shown),
  },
  {
    name: 'a status that is none, for the app’s own error handler',
    app: (app) => app.get('/', (_req, res) => void res.status(1000).send('x')).use(shown),
  },
]

export const writeHeads: readonly Answer[] = [...forms, ...ends, ...brokenHeads]
