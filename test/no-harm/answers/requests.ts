import multer from 'multer'
import { get, posted, request, split } from '../support/exchange.js'
import { type Answer, any, hash, LARGE, parsed } from './answer.js'

const FORM =
  '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n\r\nfile\r\n--x--\r\n'

export const requests: readonly Answer[] = [
  parsed('a JSON body', (express) => express.json(), [posted('{"a":[1,2]}', 'application/json')]),
  parsed(
    'a JSON body in two packets',
    (express) => express.json(),
    split(posted('{"a":"in two packets"}', 'application/json')),
  ),
  parsed('a JSON body that is none', (express) => express.json(), [posted('{"a":', 'application/json')]),
  parsed('a body that is too large', (express) => express.json({ limit: 10 }), [
    posted('{"a":"longer than ten"}', 'application/json'),
  ]),
  parsed('a form', (express) => express.urlencoded({ extended: true }), [
    posted('a[b]=1&c=%C3%A9', 'application/x-www-form-urlencoded'),
  ]),
  parsed('a text body', (express) => express.text(), [posted('plain', 'text/plain')]),
  parsed('a multipart form', () => multer().any(), split(posted(FORM, 'multipart/form-data; boundary=x'))),
  {
    name: 'a piped upload',
    app: (app) => app.post('/', hash),
    exchange: { request: split(posted(LARGE, 'application/octet-stream')) },
  },
  {
    name: 'a chunked upload',
    app: (app) => app.post('/', hash),
    exchange: { request: [request('POST', '/', ['Transfer-Encoding: chunked']), '5\r\nhello\r\n', '0\r\n\r\n'] },
  },
  {
    name: 'an upload that nobody reads',
    app: (app) => app.post('/', (_req, res) => void res.json('no, thanks')),
    exchange: { request: [posted(LARGE.slice(0, 5_000), 'text/plain')] },
  },
  {
    name: 'Expect: 100-continue',
    app: (app) => app.post('/', hash),
    exchange: { request: split(posted('continued', 'text/plain', ['Expect: 100-continue'])) },
  },
  any('a request that is none', (_req, res) => res.json(1), { request: ['NONSENSE\r\n\r\n'] }),
  any('two requests on one connection', (req, res) => res.json(req.url), {
    request: ['GET /1 HTTP/1.1\r\nHost: x\r\n\r\n', get('/2')],
  }),
  any('three requests at once', (req, res) => setTimeout(() => res.json(req.url), req.url === '/1' ? 30 : 0), {
    request: [`GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n${get('/3')}`],
  }),
]
