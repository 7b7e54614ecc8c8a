import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { promisify } from 'node:util'
import { headersFromRaw } from '#dist/capture/response-head.js'
import type { ReplaySource } from '../../../src/codegen/index.js'
import type { RecordedHeaders } from '../../../src/model/recording.js'

const run = promisify(execFile)

/** What a server got, byte for byte. */
export interface Got {
  readonly method: string
  readonly url: string
  readonly headers: RecordedHeaders
  readonly body: Buffer
}

/** A server that keeps what it gets. */
export async function startEcho() {
  const got: Got[] = []
  const server = createServer((req, res) => {
    const pieces: Buffer[] = []
    req.on('data', (piece: Buffer) => pieces.push(piece))
    req.on('end', () => {
      const { method = '', url = '', rawHeaders } = req
      got.push({ method, url, headers: headersFromRaw(rawHeaders), body: Buffer.concat(pieces) })
      res.setHeader('connection', 'close')
      res.end(method === 'HEAD' ? undefined : 'echoed')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    take: () => got.splice(0),
    close: () => server.close(),
    /** Sends bytes as they are, and tells what the server made of them. */
    send: async (bytes: Buffer): Promise<Got> => {
      await new Promise<void>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
        socket
          .on('data', () => {})
          .on('close', () => resolve())
          .on('error', reject)
      })
      const [one] = got.splice(0)
      if (one === undefined) throw new Error('The server took it for no request.')
      return one
    },
  }
}

/** A request on the wire. Header values are characters of one byte each. */
export function wire(port: string, { method = 'GET', target = '/', headers = [], body = '' }: Sent): Buffer {
  const bytes = Buffer.from(body, 'utf8')
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: close',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(bytes.length > 0 ? [`Content-Length: ${bytes.length}`] : []),
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes])
}

export interface Sent {
  readonly method?: string
  readonly target?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string
}

/** As silk records it. */
export function sourceOf({ method, url, headers, body }: Got): ReplaySource {
  const text = body.toString('utf8')
  return {
    request: {
      method,
      url,
      path: url.split('?', 1)[0] ?? '',
      route: null,
      headers,
      ...(body.length > 0 && { body: { format: 'text', text, truncated: false, bytes: body.length } }),
    },
    response: { status: 200, headers: {} },
    queryCount: 0,
  }
}

type Environment = Readonly<Record<string, string>>

export async function runInBash(script: string, env: Environment = {}): Promise<string> {
  const { stdout } = await run('bash', ['-c', script], { env: { ...process.env, LC_ALL: 'C.UTF-8', ...env } })
  return stdout
}

export async function runInNode(code: string, env: Environment = {}): Promise<void> {
  await run(process.execPath, ['--input-type=module', '-e', code], { env: { ...process.env, ...env } })
}

/** Sends the request of a `.http` file, by the rules that editors have in common. */
export async function sendHttpFile(file: string, send: (bytes: Buffer) => Promise<Got>): Promise<Got> {
  const lines = file.split('\n')
  const start = lines.findIndex((line) => /^[A-Z-]+ http/.test(line))
  const variables = new Map(
    lines.slice(0, start).flatMap((line) => {
      const [, name, value] = /^@(\w+) =\s*(.*)$/.exec(line) ?? []
      return name === undefined ? [] : [[name, value ?? ''] as const]
    }),
  )
  const filled = lines
    .slice(start)
    .join('\n')
    .replace(/\{\{(\w+)\}\}/g, (_, name: string) => variables.get(name) ?? '')
  const blank = filled.indexOf('\n\n')
  const head = blank === -1 ? filled.trimEnd() : filled.slice(0, blank)
  const body = blank === -1 ? '' : filled.slice(blank + 2).replace(/\n$/, '')
  const [first = '', ...headers] = head.split('\n')
  const [method = '', address = ''] = first.split(' ')
  const url = /^http:\/\/([^/]*)(\/.*)$/.exec(address)
  return send(
    Buffer.concat([
      Buffer.from(
        [
          `${method} ${url?.[2]} HTTP/1.1`,
          `host: ${url?.[1]}`,
          'connection: close',
          ...headers,
          ...(body === '' ? [] : [`content-length: ${Buffer.byteLength(body)}`]),
          '\r\n',
        ].join('\r\n'),
      ),
      Buffer.from(body),
    ]),
  )
}
