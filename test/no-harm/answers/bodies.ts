import { gzipSync } from 'node:zlib'
import { get } from '../support/exchange.js'
import { type Answer, any, LARGE } from './answer.js'

export const bodies: readonly Answer[] = [
  any('JSON', (_req, res) => res.json({ id: 7, name: 'a', tags: ['x', null] })),
  any('JSON of null', (_req, res) => res.json(null)),
  any('JSON in other alphabets', (_req, res) => res.json({ ключ: '値 🧵 \u2028' })),
  any('JSONP', (_req, res) => res.jsonp({ id: 7 }), { request: [get('/?callback=take')] }),
  any('text', (_req, res) => res.type('text').send('plain')),
  any('HTML', (_req, res) => res.send('<p>hello</p>')),
  any('a Buffer', (_req, res) => res.send(Buffer.from([0, 255, 13, 10, 7]))),
  any('an empty text', (_req, res) => res.send('')),
  any('nothing', (_req, res) => res.end()),
  any('end with a text', (_req, res) => res.end('the end')),
  any('end with an encoding', (_req, res) => res.end('dGhlIGVuZA==', 'base64')),
  any('end with bytes', (_req, res) => res.end(new Uint8Array([1, 2, 3]))),
  any('a status by its name', (_req, res) => res.sendStatus(418)),
  any('204 with a body that must not be sent', (_req, res) => res.status(204).json({ id: 1 })),
  any('205', (_req, res) => res.status(205).send('x')),
  any('a large body', (_req, res) => res.json({ text: LARGE })),
  any('a body with a content-length of its own', (_req, res) => res.set('content-length', '3').end('abc')),
  any('a body that was compressed by the app', (_req, res) =>
    res.set('content-encoding', 'gzip').end(gzipSync('packed')),
  ),
]
