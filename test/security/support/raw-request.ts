import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface RawRequest {
  readonly port: number
  /** The address that is connected to. */
  readonly to?: string
  readonly method?: string
  /** As it goes over the line: nothing is normalised. */
  readonly target: string
  readonly headers?: readonly string[]
  readonly body?: string
}

/** What a client that is no browser can send, byte for byte. */
export function ask({
  port,
  to = '127.0.0.1',
  method = 'GET',
  target,
  headers,
  body = '',
}: RawRequest): Promise<RawAnswer> {
  const lines = headers ?? [`Host: localhost:${port}`]
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  const head = [`${method} ${target} HTTP/1.1`, ...lines, ...length, 'Connection: close', '', body].join('\r\n')
  return new Promise((resolve, reject) => {
    const received: Buffer[] = []
    const socket = connect(port, to, () => socket.write(head))
    socket.on('data', (data) => received.push(data))
    socket.on('error', reject)
    socket.on('close', () => resolve(read(Buffer.concat(received).toString('latin1'))))
    socket.setTimeout(15_000, () => socket.destroy(new Error(`no answer to ${method} ${target}`)))
  })
}

function read(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  return { status: Number(first.split(' ')[1]), headers, body: text.slice(end + 4) }
}
