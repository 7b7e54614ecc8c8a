import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { type Move, talk, until } from './client.js'

export type { Move }

export interface Exchange {
  /** What the client does; bytes that follow bytes are sent after a moment. */
  readonly request?: readonly Move[]
  readonly server?: ServerOptions
  /** Runs on the server before it listens, as for upgrades. */
  readonly prepare?: (server: Server, listener: RequestListener) => void
  readonly isSecure?: boolean
  /** How much the app notes: what the client does not wait for is waited for here. */
  readonly notes?: number
}

const PLAIN_REQUEST = get('/')

/** A request that ends the connection, so that its end is that of the answer. */
export function get(path: string, headers: readonly string[] = []): string {
  return request('GET', path, headers)
}

export function request(method: string, path: string, headers: readonly string[] = [], body = ''): string {
  return [`${method} ${path} HTTP/1.1`, 'Host: shop.example', 'Connection: close', ...headers, '', body].join('\r\n')
}

/** The same, and the connection stays open for the next one. */
export function keptOpen(path: string, headers: readonly string[] = []): string {
  return [`GET ${path} HTTP/1.1`, 'Host: shop.example', ...headers, '', ''].join('\r\n')
}

/** A request that carries a body of a type. */
export function posted(body: string, type: string, more: readonly string[] = []): string {
  return request('POST', '/', [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`, ...more], body)
}

/** A head and its body as two packets. */
export function split(text: string): readonly string[] {
  const at = text.indexOf('\r\n\r\n') + 4
  const half = at + Math.floor((text.length - at) / 2)
  return [text.slice(0, half), text.slice(half)]
}

/** TLS by a key that both know needs no certificate. */
const TLS = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const
const SHARED_KEY = Buffer.alloc(16, 7)

/**
 * Every byte that a server sends for a request, but for what no two answers have in common, the time; and what the app
 * noted, which is `noted` and grows.
 */
export async function answerOf(
  listener: RequestListener,
  { request: moves = [PLAIN_REQUEST], server: options = {}, prepare, isSecure = false, notes = 0 }: Exchange,
  noted: readonly string[] = [],
): Promise<string> {
  const server = isSecure
    ? createSecureServer({ ...options, ...TLS, pskCallback: () => SHARED_KEY }, listener)
    : createServer(options, listener)
  prepare?.(server, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    const received = await talk(isSecure ? secureSocket(port) : connect(port, '127.0.0.1'), moves)
    await until(
      () => noted.length >= notes,
      () => `the app noted ${noted.length} of ${notes}: ${noted.join(', ')}`,
    )
    const text = received.replaceAll(/^(date|last-modified): .*$/gim, '$1: …').replaceAll(`:${port}`, ':port')
    return noted.length > 0 ? `${text}\n--- the app noted: ${noted.join(', ')}` : text
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

function secureSocket(port: number): Socket {
  const pskCallback = () => ({ psk: SHARED_KEY, identity: 'tests' })
  return connectSecurely({ port, host: '127.0.0.1', ...TLS, pskCallback, checkServerIdentity: () => undefined })
}
