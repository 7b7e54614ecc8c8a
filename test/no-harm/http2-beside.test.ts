import { once } from 'node:events'
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { RequestHandler } from 'express'
import silk from 'express-silk'
import supertest from 'supertest'
import { expect, onTestFinished, test } from 'vitest'
import { expressVersions } from '../support/express-versions.js'

function answer(req: Http2ServerRequest, res: Http2ServerResponse): void {
  if (req.method === 'POST') {
    req.pipe(res)
    return
  }
  res.setHeader('x-a', ['1', '2'])
  res.writeHead(201, { 'content-type': 'text/plain' })
  res.write('one ')
  res.addTrailers({ 'x-sum': '1' })
  res.end('two')
}

/** A server of the app's own, which answers in both ways that Node has for it. */
async function http2Session(): Promise<ClientHttp2Session> {
  const server = createServer((req, res) => {
    if (req.url !== '/stream') answer(req, res)
  })
  server.on('stream', (stream, headers) => {
    if (headers[':path'] !== '/stream') return
    stream.respond({ ':status': 200, 'x-by': 'stream' })
    stream.end('streamed')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => {
    session.close()
    server.close()
  })
  return session
}

async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body = ''): Promise<unknown> {
  const stream = session.request(headers)
  const seen: unknown[] = []
  stream.on('response', (head, _flags) => seen.push({ ...head, date: '…' }))
  stream.on('trailers', (trailers) => seen.push({ ...trailers }))
  // GET and HEAD are ended by Node.
  if (body !== '') stream.end(body)
  let text = ''
  for await (const piece of stream.setEncoding('utf8')) text += piece
  return [...seen, text]
}

const QUESTIONS: readonly (readonly [OutgoingHttpHeaders, string?])[] = [
  [{ ':path': '/' }],
  [{ ':path': '/', ':method': 'HEAD' }],
  [{ ':path': '/stream' }],
  [{ ':path': '/', ':method': 'POST', 'content-type': 'application/json' }, '{"password":"hunter2"}'],
]

const askAll = (session: ClientHttp2Session): Promise<unknown> =>
  Promise.all(QUESTIONS.map(([headers, body]) => ask(session, headers, body)))

test.each(expressVersions)('an HTTP/2 server beside $version is left as it is', async ({ express }) => {
  const session = await http2Session()
  const fromRoute = (handler: RequestHandler) =>
    express()
      .use(handler)
      .get('/', (_req, res, next) => void askAll(session).then((answers) => res.json(answers), next))
  const without = [await askAll(session), (await supertest(fromRoute((_req, _res, next) => next())).get('/')).text]

  const profiler = silk({ store: ':memory:' })
  onTestFinished(() => profiler.close())
  const app = fromRoute(profiler)
  const withSilk = [await askAll(session), (await supertest(app).get('/')).text]
  await profiler.flush()

  expect(withSilk).toEqual(without)
  const { body } = await supertest(app).get('/silk/requests.json').expect(200)
  expect(body.items).toMatchObject([{ kind: 'request', request: { route: '/' }, response: { status: 200 } }])
})
