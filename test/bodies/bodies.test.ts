import { createReadStream, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import zlib from 'node:zlib'
import compression from 'compression'
import type { Express, RequestHandler } from 'express'
import multer from 'multer'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RecordedBody } from '../../src/model/body.js'
import { type Harness, serve, settle, startCapture } from '../support/capture-harness.js'
import { expressVersions } from '../support/express-versions.js'

const MAX_BYTES = 65_536

interface Seen {
  readonly request: RecordedBody | undefined
  readonly response: RecordedBody | undefined
  /** What the client got. */
  readonly answer: string
}

describe.each(expressVersions)('bodies under $version', ({ express }) => {
  let harness: Harness
  beforeEach(() => {
    harness = startCapture({ maxBodyBytes: MAX_BYTES })
  })
  afterEach(() => {
    harness.close()
    expect(harness.errors).toEqual([])
  })

  type SetUp = (app: Express, recorded: RequestHandler) => void

  async function seen(setUp: SetUp, send: (origin: string) => Promise<string>): Promise<Seen> {
    const app = express()
    app.set('env', 'test')
    setUp(app, harness.capture.middleware)
    const server = await serve(app)
    const answer = await send(server.origin)
    await settle(50)
    await server.close()
    const [recording] = harness.takeRequests()
    return { request: recording?.request?.body, response: recording?.response?.body, answer }
  }

  const post =
    (body: string | Uint8Array<ArrayBuffer> | FormData, type?: string, headers: Record<string, string> = {}) =>
    async (origin: string): Promise<string> => {
      const response = await fetch(`${origin}/`, {
        method: 'POST',
        body,
        headers: { ...(type && { 'content-type': type }), ...headers },
      })
      return response.text()
    }
  const get = async (origin: string): Promise<string> => (await fetch(`${origin}/`)).text()

  /** The body of an answer that a handler gives. */
  const answered = (handler: RequestHandler, before: readonly RequestHandler[] = []): Promise<Seen> =>
    seen((app, recorded) => app.use(recorded, ...before, handler), get)

  const echo: RequestHandler = (req, res) => res.json(req.body ?? null)

  describe('of a request', () => {
    test('JSON is kept as it was sent, and answered as ever', async () => {
      const body = '{ "name": "Ada", "password": "hunter2",\n "big": 12345678901234567890 }'

      const { request, answer } = await seen(
        (app, recorded) => app.use(recorded, express.json(), echo),
        post(body, 'application/json; charset=utf-8'),
      )

      expect(request).toEqual({
        type: 'application/json',
        bytes: body.length,
        format: 'json',
        text: body.replace('hunter2', '[redacted]'),
        truncated: false,
        omitted: null,
      })
      expect(JSON.parse(answer)).toEqual(JSON.parse(body))
    })

    test('a form has its secret fields masked', async () => {
      const { request } = await seen(
        (app, recorded) => app.use(recorded, express.urlencoded({ extended: true }), echo),
        post('a=1&user%5Bpassword%5D=hunter2&note=x%20y', 'application/x-www-form-urlencoded'),
      )

      expect(request).toMatchObject({ format: 'form', text: 'a=1&user%5Bpassword%5D=[redacted]&note=x%20y' })
    })

    test('multipart is kept as its parser shows it: fields, and names, types and sizes of files', async () => {
      const form = new FormData()
      form.set('title', 'Holiday')
      form.set('api_key', 'hunter2')
      form.set('photo', new File(['x'.repeat(5_000)], 'beach.jpg', { type: 'image/jpeg' }))

      const { request } = await seen(
        (app, recorded) => app.use(recorded, multer().single('photo'), (_req, res) => res.json({ ok: true })),
        post(form),
      )

      expect(request).toMatchObject({ type: 'multipart/form-data', format: 'multipart', truncated: false })
      expect(JSON.parse(request?.text ?? '')).toEqual({
        fields: { title: 'Holiday', api_key: '[redacted]' },
        files: [{ field: 'photo', name: 'beach.jpg', type: 'image/jpeg', bytes: 5_000 }],
      })
      expect(request?.bytes).toBeGreaterThan(5_000)
    })

    test('a long one is cut at the limit, with its whole size', async () => {
      const body = JSON.stringify({ text: 'é'.repeat(100_000) })

      const { request, answer } = await seen(
        (app, recorded) => app.use(recorded, express.json({ limit: '1mb' }), echo),
        post(body, 'application/json'),
      )

      expect(request).toMatchObject({ bytes: Buffer.byteLength(body), truncated: true })
      expect(Buffer.byteLength(request?.text ?? '')).toBeLessThanOrEqual(MAX_BYTES)
      expect(Buffer.byteLength(request?.text ?? '')).toBeGreaterThan(MAX_BYTES - 4)
      expect(body.startsWith(request?.text ?? '-')).toBe(true)
      expect(answer).toBe(body)
    })

    test('of one that is no text the size and the type are kept', async () => {
      const bytes = new Uint8Array(3_000).fill(7)

      const { request, answer } = await seen(
        (app, recorded) => app.use(recorded, express.raw(), (req, res) => res.send(String(req.body.length))),
        post(bytes, 'application/octet-stream'),
      )

      expect(request).toEqual({
        type: 'application/octet-stream',
        bytes: 3_000,
        format: 'binary',
        text: null,
        truncated: false,
        omitted: 'binary',
      })
      expect(answer).toBe('3000')
    })

    test('one that says nothing of its type is text if it looks like it', async () => {
      const asText = await seen(
        (app, recorded) => app.use(recorded, express.text({ type: () => true }), (_req, res) => res.end()),
        post(new TextEncoder().encode('just words, token=hunter2')),
      )
      const asBytes = await seen(
        (app, recorded) => app.use(recorded, express.raw({ type: () => true }), (_req, res) => res.end()),
        post(new Uint8Array([0, 1, 2, 255])),
      )

      expect(asText.request).toMatchObject({ type: null, format: 'text', text: 'just words, token=[redacted]' })
      expect(asBytes.request).toMatchObject({ type: null, text: null, omitted: 'binary' })
    })

    test('a compressed one is read', async () => {
      const { request } = await seen(
        (app, recorded) => app.use(recorded, express.json(), echo),
        post(new Uint8Array(zlib.gzipSync('{"a":1}')), 'application/json', { 'content-encoding': 'gzip' }),
      )

      expect(request).toMatchObject({ text: '{"a":1}', truncated: false })
    })

    test.each<[string, RequestHandler]>([
      [
        'listeners',
        (req, res) => {
          const chunks: Buffer[] = []
          req.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => res.end(Buffer.concat(chunks)))
        },
      ],
      ['a pipe', (req, res) => void req.pipe(res)],
      [
        'iteration',
        async (req, res) => {
          for await (const chunk of req) res.write(chunk)
          res.end()
        },
      ],
      [
        'read()',
        (req, res) => {
          req.on('readable', () => {
            for (let chunk = req.read(); chunk !== null; chunk = req.read()) res.write(chunk)
          })
          req.on('end', () => res.end())
        },
      ],
      [
        'text listeners',
        (req, res) => {
          req.setEncoding('utf8')
          req.on('data', (text: string) => res.write(text)).on('end', () => res.end())
        },
      ],
      [
        'listeners that come late',
        async (req, res) => {
          await delay(30)
          req.on('data', (chunk) => res.write(chunk)).on('end', () => res.end())
        },
      ],
    ])('that the app reads by %s comes to it whole, and is kept', async (_, handler) => {
      const body = `{"text":"${'ü'.repeat(20_000)}"}`

      const { request, response, answer } = await seen(
        (app, recorded) => app.use(recorded, handler),
        post(body, 'application/json'),
      )

      expect(answer).toBe(body)
      expect([request?.text, request?.bytes]).toEqual([body, Buffer.byteLength(body)])
      expect(response?.bytes).toBe(Buffer.byteLength(body))
    })

    test('that came in many packets is whole', async () => {
      const { request } = await seen(
        (app, recorded) => app.use(recorded, express.json(), echo),
        (origin) =>
          new Promise((resolve, reject) => {
            const sent = httpRequest(`${origin}/`, { method: 'POST', headers: { 'content-type': 'application/json' } })
            sent.on('response', (response: IncomingMessage) => resolve(String(response.resume().statusCode)))
            sent.on('error', reject)
            sent.write('{"a":')
            setTimeout(() => sent.write('[1,2'), 15)
            setTimeout(() => sent.end(',3]}'), 30)
          }),
      )

      expect(request).toMatchObject({ text: '{"a":[1,2,3]}', bytes: 13, truncated: false })
    })

    test('that another middleware has read before silk is told as it was parsed', async () => {
      const { request } = await seen(
        (app, recorded) => app.use(express.json(), recorded, echo),
        post('{"a":1,"secret":"hunter2"}', 'application/json'),
      )

      expect(request).toMatchObject({ format: 'json', bytes: 26, text: '{"a":1,"secret":"[redacted]"}', omitted: null })
    })

    test('that nobody reads is kept as Node throws it away', async () => {
      const { request } = await seen(
        (app, recorded) => app.use(recorded, (_req, res) => res.end('no')),
        post('{"a":1}', 'application/json'),
      )

      expect(request).toMatchObject({ type: 'application/json', bytes: 7, text: '{"a":1}' })
    })

    test('hostile ones of the app’s own making do no harm', async () => {
      const circular: Record<string, unknown> = { name: 'x', password: 'hunter2' }
      circular.self = circular
      Object.defineProperty(circular, 'evil', {
        enumerable: true,
        get() {
          throw new Error('no')
        },
      })
      const refuse = (): never => {
        throw new Error('no')
      }
      circular.proxy = new Proxy({}, { ownKeys: refuse })
      circular.big = 10n
      circular.symbol = Symbol('s')

      const { request } = await seen(
        (app, recorded) =>
          app.use(
            express.json(),
            recorded,
            (req, _res, next) => {
              req.body = circular
              next()
            },
            (_req, res) => res.end(),
          ),
        post('{"a":1}', 'application/json'),
      )

      expect(JSON.parse(request?.text ?? '')).toEqual({
        name: 'x',
        password: '[redacted]',
        self: '…',
        evil: '<unreadable value>',
        proxy: '<unreadable value>',
        big: '10',
        symbol: '<symbol>',
      })
    })

    test('a request without a body has none', async () => {
      const { request } = await answered((_req, res) => res.end('x'))

      expect(request).toBeUndefined()
    })
  })

  describe('of a response', () => {
    test('JSON is kept as it was sent', async () => {
      const { response, answer } = await answered((_req, res) => res.json({ id: 1, access_token: 'hunter2' }))

      expect(response).toEqual({
        type: 'application/json',
        bytes: 33,
        format: 'json',
        text: '{"id":1,"access_token":"[redacted]"}',
        truncated: false,
        omitted: null,
      })
      expect(answer).toBe('{"id":1,"access_token":"hunter2"}')
    })

    test('what is written in pieces is put together', async () => {
      const { response } = await answered((_req, res) => {
        res.type('text/plain')
        res.write('one ')
        res.write(Buffer.from('two '), () => {})
        res.write('7468726565', 'hex')
        res.end(new Uint8Array([33]), () => {})
      })

      expect(response).toMatchObject({ format: 'text', text: 'one two three!', bytes: 14 })
    })

    test('what is written again into one buffer is kept as it was', async () => {
      const { response } = await answered((_req, res) => {
        res.type('text/plain')
        const buffer = Buffer.from('aaa')
        res.write(buffer, () => {
          buffer.fill('b')
          res.end(buffer, () => buffer.fill('c'))
        })
      })

      expect(response?.text).toBe('aaabbb')
    })

    test('a long stream is cut at the limit and counted whole', async () => {
      const file = join(tmpdir(), `silk-bodies-${process.pid}.txt`)
      writeFileSync(file, 'line of text\n'.repeat(50_000))

      const { response, answer } = await answered((_req, res) => {
        res.type('text/plain')
        createReadStream(file).pipe(res)
      })

      expect(answer.length).toBe(650_000)
      expect(response).toMatchObject({ bytes: 650_000, truncated: true, text: answer.slice(0, MAX_BYTES) })
    })

    test('of an image the size and the type are kept', async () => {
      const { response } = await answered((_req, res) => res.type('image/png').send(Buffer.alloc(2_000)))

      expect(response).toMatchObject({
        type: 'image/png',
        bytes: 2_000,
        format: 'binary',
        text: null,
        omitted: 'binary',
      })
    })

    const words = { words: Array.from({ length: 2_000 }, (_, index) => `word ${index}`) }

    test.each(['gzip', 'br', 'deflate'])('compressed as %s between silk and the client, it is read', async (coding) => {
      const { response } = await seen(
        (app, recorded) => app.use(recorded, compression(), (_req, res) => void res.json(words)),
        async (origin) => (await fetch(`${origin}/`, { headers: { 'accept-encoding': coding } })).text(),
      )

      expect(response?.text).toBe(JSON.stringify(words))
      expect(response?.bytes).toBeLessThan(JSON.stringify(words).length)
    })

    test('compressed behind silk’s back, it is read as it was before', async () => {
      const { response, answer } = await seen((app, recorded) => {
        app.use(compression(), recorded, (_req, res) => void res.json(words))
      }, get)

      expect(response).toMatchObject({ text: JSON.stringify(words), truncated: false })
      expect(answer).toBe(JSON.stringify(words))
    })

    test('what was made small out of gigabytes costs no more than another', async () => {
      const bomb = zlib.gzipSync(Buffer.alloc(60_000_000, 'a'), { level: 9 })

      const { response } = await seen(
        (app, recorded) => {
          app.use(recorded, (_req, res) => void res.type('text/plain').set('content-encoding', 'gzip').send(bomb))
        },
        async (origin) => {
          await new Promise((resolve) => httpRequest(`${origin}/`, (got) => got.resume().on('end', resolve)).end())
          return ''
        },
      )

      expect(response).toMatchObject({ truncated: true, omitted: null })
      expect(response?.text).toBe('a'.repeat(MAX_BYTES))
    })

    test('what says that it is compressed, and cannot be read, is marked as encoded', async () => {
      const { response } = await seen(
        (app, recorded) => {
          app.use(recorded, (_req, res) => {
            res
              .type('text/plain')
              .set('content-encoding', 'x-unheard-of')
              .send(Buffer.from([200, 201, 0, 1]))
          })
        },
        async (origin) => {
          await new Promise((resolve) => httpRequest(`${origin}/`, (got) => got.resume().on('end', resolve)).end())
          return ''
        },
      )

      expect(response).toMatchObject({ text: null, omitted: 'encoded', bytes: 4 })
    })

    test('to HEAD, with 204 and with 304 there is none', async () => {
      const head = await seen(
        (app, recorded) => app.use(recorded, (_req, res) => void res.json({ a: 1 })),
        async (origin) => (await fetch(`${origin}/`, { method: 'HEAD' })).text(),
      )
      const empty = await answered((_req, res) => void res.status(204).end())

      expect([head.response, empty.response]).toEqual([undefined, undefined])
    })

    test('events of a stream are masked line by line', async () => {
      const { response } = await answered((_req, res) => {
        res.type('text/event-stream')
        res.write('event: hello\ndata: {"token":"hunter2","n":1}\n\n')
        res.end('data: done\n\n')
      })

      expect(response?.text).toBe('event: hello\ndata: {"token":"[redacted]","n":1}\n\ndata: done\n\n')
    })

    test.each([
      ['text/plain; charset=iso-8859-1', Buffer.from('café', 'latin1'), 'café'],
      ['text/plain; charset=utf-16le', Buffer.from('café', 'utf16le'), 'café'],
      ['text/plain; charset=nonsense', Buffer.from('café'), 'café'],
      ['text/html', Buffer.from('\ufeff<p>café</p>'), '<p>café</p>'],
    ])('%s is read by its character set', async (type, bytes, text) => {
      const { response } = await answered((_req, res) => void res.set('content-type', type).end(bytes))

      expect(response?.text).toBe(text)
    })

    test('a client that goes away leaves what was sent by then', async () => {
      const { response } = await seen(
        (app, recorded) => {
          app.use(recorded, (_req, res) => {
            res.type('text/plain').write('as far as here')
          })
        },
        (origin) =>
          new Promise((resolve) => {
            const sent = httpRequest(`${origin}/`, (got) => {
              got.once('data', () => {
                sent.destroy()
                resolve('')
              })
              got.on('error', () => {})
            })
            sent.end()
          }),
      )

      expect(response?.text).toBe('as far as here')
    })
  })

  test('what does not fit beside the bodies of others is counted, and told as left out', async () => {
    const app = express()
    const held: { end(): void }[] = []
    app.use(harness.capture.middleware, (_req, res) => {
      res.type('text/plain').write('x'.repeat(MAX_BYTES))
      held.push(res)
    })
    const server = await serve(app)
    const count = 520
    const gone = Array.from({ length: count }, () => fetch(`${server.origin}/`).then((got) => got.text()))
    while (held.length < count) await delay(10)
    for (const res of held) res.end()
    await Promise.all(gone)
    await settle(50)
    await server.close()

    const bodies = harness.takeRequests().map(({ response }) => response?.body)

    expect(bodies.length).toBe(count)
    const omitted = bodies.filter((body) => body?.omitted === 'overload')
    expect(omitted.length).toBeGreaterThan(0)
    expect(omitted[0]).toMatchObject({ bytes: MAX_BYTES, text: null })
    // What was held is free again.
    const after = await seen(
      (again, recorded) => again.use(recorded, (_req, res) => void res.type('text/plain').end('x')),
      get,
    )
    expect(after.response?.text).toBe('x')
  })
})
