import { request } from '../support/exchange.js'
import { type Answer, any, shown } from './answer.js'

/** Node refuses these, or hands them on as they are. */
export const invalid: readonly Answer[] = [
  ...(
    [
      ['a chunk that is none', request('POST', '/', ['Transfer-Encoding: chunked'], 'xyz\r\nhello\r\n')],
      ['both lengths', request('POST', '/', ['Transfer-Encoding: chunked', 'Content-Length: 5'], '0\r\n\r\n')],
      ['two lengths', request('POST', '/', ['Content-Length: 5', 'Content-Length: 6'], 'hello')],
      ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
      ['a head that is too large', request('GET', '/', [`X-A: ${'a'.repeat(20_000)}`])],
      ['a method that is none', request('CONJURE', '/')],
      ['an address of odd characters', request('GET', '/a%00b/%E0%A4%A?x=<>"\'|\\^`{}')],
      ['an address with a host', request('GET', 'http://elsewhere.example/a?b=1')],
      [
        'headers more than once',
        request('GET', '/', ['X-A: 1', 'x-a: 2', 'Cookie: a=1', 'Cookie: b=2', 'Accept: a', 'Accept: b']),
      ],
      ['a header of other bytes', request('GET', '/', ['X-A: \u00e9\u00ff'])],
    ] as const
  ).map(([name, text]) =>
    any(
      `a request with ${name}`,
      (req, res) => {
        res.json([req.method, req.url, req.rawHeaders])
      },
      { request: [Buffer.from(text, 'latin1')] },
    ),
  ),
  {
    name: 'a parameter that cannot be decoded',
    app: (app) => app.get('/:id', (req, res) => void res.json(req.params)).use(shown),
    exchange: { request: [request('GET', '/%E0%A4%A')] },
  },
]
