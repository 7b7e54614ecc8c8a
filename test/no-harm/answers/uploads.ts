import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import express from 'express'
import multer from 'multer'
import { type Move, posted, request, split } from '../support/exchange.js'
import { type Answer, any, hash, LARGE, parsed } from './answer.js'

/** A body of bytes, behind its head. */
function bytes(body: Uint8Array, type: string, more: readonly string[] = []): readonly Move[] {
  return [
    request('POST', '/', [`Content-Type: ${type}`, `Content-Length: ${body.byteLength}`, ...more]),
    Buffer.from(body),
  ]
}

const HUGE = Buffer.alloc(6_000_000, 'six million bytes, ')
const BINARY = Uint8Array.from({ length: 512 }, (_, at) => at % 256)

function part(name: string, value: string, more = ''): string {
  return `--x\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`
}
const MULTIPART = 'multipart/form-data; boundary=x'
const FILE = `${part('title', 'é')}${part('f', 'the file', '; filename="f.txt"')}--x--\r\n`

/** How an app may read a body without a parser. */
const read: readonly Answer[] = [
  any('an upload of megabytes, piped into a digest', (req, res) => hash(req, res, () => {}), {
    request: bytes(HUGE, 'application/octet-stream'),
  }),
  any(
    'an upload of megabytes through something slow',
    async (req, res) => {
      let seen = 0
      const slow = new Transform({
        highWaterMark: 64 * 1024,
        transform(chunk, _encoding, done) {
          seen += chunk.length
          setImmediate(done)
        },
      })
      await pipeline(req, slow.resume())
      res.json(seen)
    },
    { request: bytes(HUGE, 'text/plain') },
  ),
  // Of a known length: the sizes of chunks would follow the packets.
  any('an upload that comes back', (req, res) => req.pipe(res.set('content-length', req.get('content-length'))), {
    request: bytes(Buffer.alloc(300_000, 'to and fro '), 'text/plain'),
  }),
  any(
    'an upload that is read late',
    async (req, res) => {
      await pause(40)
      hash(req, res, () => {})
    },
    { request: split(posted(LARGE, 'text/plain')) },
  ),
  any(
    'an upload that is paused',
    (req, res) => {
      const digest = createHash('sha256')
      req.on('data', (piece) => {
        digest.update(piece)
        req.pause()
        setTimeout(() => req.resume(), 1)
      })
      req.on('end', () => res.end(digest.digest('hex')))
    },
    { request: bytes(HUGE.subarray(0, 300_000), 'text/plain') },
  ),
  any(
    'an upload that is awaited piece by piece',
    async (req, res) => {
      const digest = createHash('sha256')
      for await (const piece of req) digest.update(piece)
      res.end(digest.digest('hex'))
    },
    { request: split(posted(LARGE, 'text/plain')) },
  ),
  any(
    'an upload that is pulled',
    (req, res) => {
      let text = ''
      req.setEncoding('utf8')
      req.on('readable', () => {
        for (let piece = req.read(); piece !== null; piece = req.read()) text += piece
      })
      req.on('end', () => res.json([text.length, req.readableEncoding, req.complete]))
    },
    { request: split(posted('é'.repeat(999), 'text/plain')) },
  ),
  any(
    'an upload in latin1',
    (req, res) => {
      let text = ''
      req
        .setEncoding('latin1')
        .on('data', (piece) => (text += piece))
        .on('end', () => res.send(text))
    },
    { request: bytes(BINARY, 'text/plain') },
  ),
  any(
    'a body that is pushed back',
    (req, res) => {
      req.once('readable', () => {
        const first = req.read(3)
        if (first) req.unshift(first)
        let text = ''
        req.on('data', (piece) => (text += piece)).on('end', () => res.send(text))
      })
    },
    { request: [posted('pushed back', 'text/plain')] },
  ),
  any('an upload that is refused before its end', (_req, res) => res.status(413).send('too much'), {
    request: [posted('much', 'text/plain').slice(0, -2), { until: 'too much' }],
    prepare: (server) => server.on('connection', (socket) => setTimeout(() => socket.end(), 60)),
  }),
  any(
    'what is there of a request before it is read',
    (req: IncomingMessage, res) => {
      const listeners = ['data', 'readable', 'end', 'error', 'aborted'].map((name) => req.listenerCount(name))
      const { readableFlowing, readableDidRead, readableEnded, complete } = req
      res.end(JSON.stringify({ listeners, readableFlowing, readableDidRead, readableEnded, complete }))
    },
    { request: split(posted('unread', 'text/plain')) },
  ),
]

const json = (): express.RequestHandler => express.json()
const form = (): express.RequestHandler => express.urlencoded({ extended: true })

const parsers: readonly Answer[] = [
  parsed('raw bytes', ({ raw }) => raw({ type: '*/*' }), bytes(BINARY, 'application/octet-stream')),
  parsed('JSON that is gzipped', json, bytes(gzipSync('{"a":1}'), 'application/json', ['Content-Encoding: gzip'])),
  parsed(
    'JSON that is deflated',
    json,
    bytes(deflateSync('{"a":1}'), 'application/json', ['Content-Encoding: deflate']),
  ),
  parsed('JSON in brotli', json, bytes(brotliCompressSync('{"a":1}'), 'application/json', ['Content-Encoding: br'])),
  parsed('JSON that says it is gzipped', json, [posted('{"a":1}', 'application/json', ['Content-Encoding: gzip'])]),
  parsed('JSON in an encoding that is none', json, [posted('{"a":1}', 'application/json', ['Content-Encoding: zip'])]),
  parsed('JSON in a charset that is none', json, [posted('{"a":1}', 'application/json; charset=klingon')]),
  parsed('JSON of bytes that are no text', json, bytes(BINARY, 'application/json')),
  parsed('JSON that is a number', json, [posted('7', 'application/json')]),
  parsed('an empty JSON body', json, [posted('', 'application/json')]),
  parsed('JSON that would reach the prototype', json, [posted('{"__proto__":{"a":1}}', 'application/json')]),
  parsed('a form that is none', form, [posted('%E0%A4%A&a=%&=&&b[', 'application/x-www-form-urlencoded')]),
  parsed('a form of too many fields', form, [posted('a=1&'.repeat(1_001), 'application/x-www-form-urlencoded')]),
  parsed('a body of a type that nobody parses', json, [posted('x', 'application/x-unheard-of')]),
  parsed(
    'a multipart form of files in memory',
    () => multer({ storage: multer.memoryStorage() }).any(),
    split(posted(FILE, MULTIPART)),
  ),
  parsed('a multipart form without its end', () => multer().any(), [posted(FILE.slice(0, -8), MULTIPART)]),
  parsed('a multipart form without a boundary', () => multer().any(), [posted(FILE, 'multipart/form-data')]),
  parsed('a multipart form with a file that nobody expects', () => multer().single('other'), [posted(FILE, MULTIPART)]),
  parsed('a multipart form whose file is too large', () => multer({ limits: { fileSize: 3 } }).any(), [
    posted(FILE, MULTIPART),
  ]),
]

export const uploads: readonly Answer[] = [...read, ...parsers]
