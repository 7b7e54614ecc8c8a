import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'

export interface Exchange {
  /** What is sent, byte for byte, in pieces: the next one when something has come back, or after a moment. */
  readonly request?: readonly (string | Buffer)[]
  /** Runs on the server before it listens, as for upgrades. */
  readonly prepare?: (server: Server) => void
}

const PLAIN_REQUEST = get('/')

/** A request that ends the connection, so that its end is that of the answer. */
export function get(path: string, headers: readonly string[] = []): string {
  return request('GET', path, headers)
}

export function request(method: string, path: string, headers: readonly string[] = [], body = ''): string {
  return [`${method} ${path} HTTP/1.1`, 'Host: shop.example', 'Connection: close', ...headers, '', body].join('\r\n')
}

/** Every byte that a server sends for a request, but for what no two answers have in common: the time. */
export async function answerOf(
  app: RequestListener,
  { request = [PLAIN_REQUEST], prepare }: Exchange,
): Promise<string> {
  const server = createServer(app)
  prepare?.(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    const received = await talk(port, request)
    return received
      .toString('latin1')
      .replaceAll(/^(date|last-modified): .*$/gim, '$1: …')
      .replaceAll(`:${port}`, ':port')
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

/** A piece that follows is sent this long after the one before, when nothing has come back. */
const PAUSE_MS = 20

function talk(port: number, pieces: readonly (string | Buffer)[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    const left = [...pieces]
    const sendNext = (): void => {
      const piece = left.shift()
      if (piece === undefined || socket.destroyed) return
      socket.write(piece)
      if (left.length > 0) setTimeout(sendNext, PAUSE_MS)
    }
    socket.on('connect', sendNext)
    socket.on('data', (data) => received.push(data))
    // Where the server breaks off, what came until then is the answer.
    socket.on('error', () => {})
    socket.on('close', () => resolve(Buffer.concat(received)))
    socket.setTimeout(10_000, () => reject(new Error(`no end of the answer, ${Buffer.concat(received)}`)))
  })
}
