import type { RecordedHeaders, RecordedRequest, RecordedResponse } from '../model/recording.js'
import { createNames, type Names } from './names.js'
import { type Template, templateOf } from './template.js'

/** As much of a recorded body as sending it again takes. */
export interface ReplayBody {
  readonly format: string
  /** `null`: nothing is kept of it. */
  readonly text: string | null
  readonly truncated: boolean
  readonly bytes: number | null
}

/** What is replayed. */
export interface ReplaySource {
  readonly request: Omit<RecordedRequest, 'body'> & { readonly body?: ReplayBody | null | undefined }
  readonly response: Pick<RecordedResponse, 'status' | 'headers'> | null
  readonly queryCount: number
}

/** A recorded request in the shape in which it is sent again. */
export interface ReplayRequest {
  readonly method: string
  /** Scheme, host and port. */
  readonly origin: string
  /** Path and query, with what no client would send as it is percent-encoded. */
  readonly target: Template
  /** Without those that each client sets by itself. */
  readonly headers: readonly (readonly [string, Template])[]
  readonly body: Template | null
  /** Names of environment variables that stand for what was masked. */
  readonly placeholders: readonly string[]
  /** What a reader must know: what is not as it was sent, one sentence each. */
  readonly notes: readonly string[]
}

// Of the connection, or set by each client by itself; a trace of its own is no part of the request.
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive', 'upgrade', 'expect', 'te', 'trailer'],
  ...['proxy-connection', 'http2-settings', 'accept-encoding', 'traceparent', 'tracestate'],
])

/**
 * @param appUrl where the app is, if the request does not say: `http://localhost:3000`
 * @returns `null` for what has no address to be sent to, as `OPTIONS *`
 */
export function replayRequest({ request }: ReplaySource, appUrl: string): ReplayRequest | null {
  const address = addressOf(request, appUrl)
  if (address === null || !/^[\w!#$%&'*+.^`|~-]+$/.test(request.method)) return null
  const names = createNames()
  const target = targetTemplate(address.target, names)
  const headers = headerTemplates(request.headers, names)
  const { body, note } = bodyTemplate(request.body ?? null, request, names)
  return {
    method: request.method.toUpperCase(),
    origin: address.origin,
    target,
    headers,
    body,
    placeholders: names.given,
    notes: note === null ? [] : [note],
  }
}

const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

function addressOf(
  { url, headers }: Pick<RecordedRequest, 'url' | 'headers'>,
  appUrl: string,
): { readonly origin: string; readonly target: string } | null {
  if (!url.startsWith('/')) {
    // As a proxy's client sends it.
    const [, origin = '', target = ''] = /^(https?:\/\/[^/?#]*)(.*)$/is.exec(url) ?? []
    const host = origin.slice(origin.indexOf('//') + 2)
    return HOST.test(host) ? { origin, target: target.startsWith('/') ? target : `/${target}` } : null
  }
  const host = one(headers.host)
  if (host === undefined || !HOST.test(host)) return { origin: appUrl || 'http://localhost', target: url }
  const isEncrypted = one(headers['x-forwarded-proto']) === 'https' || appUrl === `https://${host}`
  return { origin: `${isEncrypted ? 'https' : 'http'}://${host}`, target: url }
}

/** Looked at before a mask, of which there may be thousands. */
const LONGEST_NAME = 500

function targetTemplate(target: string, names: Names): Template {
  const template = templateOf(target, (before) => {
    const parameter = /[?&;#]([^?&;#=]*)=[^?&;#=]*$/.exec(before.slice(-LONGEST_NAME))?.[1]
    return parameter === undefined ? names.next('URL', 'VALUE') : names.next('QUERY', decoded(parameter))
  })
  return template.map((part) => (typeof part === 'string' ? sendable(part) : part))
}

/** Node keeps each byte of an address as one character; what clients change or shells read is written as `%…`. */
function sendable(text: string): string {
  return text.replace(/[^\w\-.~!$&()*+,;=:@/?%[\]]/g, (character) =>
    character.charCodeAt(0) <= 0xff
      ? `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
      : encodeURIComponent(character.replace(/[\ud800-\udfff]/, '\ufffd')),
  )
}

function headerTemplates(headers: RecordedHeaders, names: Names): ReplayRequest['headers'] {
  return Object.entries(headers)
    .filter(([name]) => !LEFT_OUT.has(name))
    .flatMap(([name, value]) =>
      [value].flat().map((single) => {
        // No client sends it with these, nor did this one.
        const text = single.replace(/[\r\n\0]+/g, ' ')
        return [name, templateOf(text, (before) => headerName(name, before, names))] as const
      }),
    )
}

function headerName(name: string, before: string, names: Names): string {
  if (name !== 'cookie') return names.next('', name)
  const end = before.slice(-LONGEST_NAME)
  const cookie = /^\s*([^;=\s]+)=/.exec(end.slice(end.lastIndexOf(';') + 1))?.[1]
  return names.next('COOKIE', cookie ?? '')
}

function bodyTemplate(
  body: ReplayBody | null,
  { headers }: Pick<RecordedRequest, 'headers'>,
  names: Names,
): { readonly body: Template | null; readonly note: string | null } {
  if (body === null) {
    const length = one(headers['content-length'])
    const wasSent = (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined
    return { body: null, note: wasSent ? 'The body of the request is not kept: put in your own.' : null }
  }
  if (body.text === null || body.format === 'binary' || body.format === 'multipart') {
    const size = body.bytes === null ? '' : ` of ${body.bytes} bytes`
    const what = body.format === 'multipart' ? 'multipart, of which only the fields are kept' : 'not text, and not kept'
    return { body: null, note: `The body${size} is ${what}: put in your own.` }
  }
  const template = templateOf(body.text, (before) => bodyName(before, names))
  if (!body.truncated) return { body: template, note: null }
  const size = body.bytes === null ? '' : ` of ${body.bytes} bytes`
  return { body: template, note: `The body is only the beginning of what was sent${size}: put in the rest.` }
}

/** `"password":"`, or `password=` of a form. */
function bodyName(before: string, names: Names): string {
  const end = before.slice(-LONGEST_NAME)
  const key =
    /"((?:[^"\\]|\\.)*)"\s*:\s*(?:\[\s*)?"?[^":,{}]*$/.exec(end)?.[1] ??
    /(?:^|[&?;\s])([^&?;=\s]+)=[^&;=]*$/.exec(end)?.[1]
  return names.next('BODY', key === undefined ? '' : decoded(key))
}

function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
