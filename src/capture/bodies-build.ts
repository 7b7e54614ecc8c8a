import type { IncomingMessage } from 'node:http'
import type { RecordedBody } from '../model/body.js'
import type { RecordedHeaders } from '../model/recording.js'
import type { BodyNote, NotedBodies } from './bodies.js'
import { decodeBody } from './bodies-decode.js'
import { parsedBody } from './bodies-parsed.js'
import { charsetOf, formatOf, isMultipart, isTextual, mediaTypeOf } from './bodies-types.js'
import type { BodyMask } from './mask-body.js'
import { cutAt } from './mask-text.js'

export interface RawExchange {
  /** `null`: there was no body. */
  readonly req: IncomingMessage | null
  readonly requestHeaders: RecordedHeaders
  readonly responseHeaders: RecordedHeaders
}

export interface RecordedBodies {
  readonly request: RecordedBody | null
  readonly response: RecordedBody | null
}

export interface BodyBuilding {
  readonly mask: BodyMask
  /** Of each body that are kept. */
  readonly maxBytes: number
}

/** What is to be kept of the bodies of a request; runs after the response. `null`: there was none. Never throws. */
export function buildBodies(bodies: NotedBodies, raw: RawExchange, building: BodyBuilding): RecordedBodies {
  const { request, response } = bodies
  try {
    return {
      request: request && requestBody(request, raw, building),
      response: bodyOf(response, raw.responseHeaders, 'response', building),
    }
  } finally {
    bodies.release()
  }
}

function requestBody(
  note: BodyNote,
  { req, requestHeaders }: RawExchange,
  building: BodyBuilding,
): RecordedBody | null {
  const type = one(requestHeaders['content-type'])
  const seen = isMultipart(type) ? null : bodyOf(note, requestHeaders, 'request', building)
  if (seen !== null) return seen
  const announced = Number(one(requestHeaders['content-length']) ?? Number.NaN)
  const bytes = note.bytes > 0 ? note.bytes : Number.isSafeInteger(announced) ? announced : null
  const parsed = req && parsedBody(req, isMultipart(type), building.maxBytes)
  const shared = { type: mediaTypeOf(type), bytes }
  if (parsed === null) {
    const isUnread = note.bytes === 0 && bytes !== 0
    const omitted = isUnread ? 'unread' : 'binary'
    return { ...shared, format: isMultipart(type) ? 'multipart' : 'binary', text: null, truncated: false, omitted }
  }
  const format = isMultipart(type) ? 'multipart' : 'json'
  const { text, truncated } = cut(building.mask(parsed.text, format, 'request'), parsed.isWhole, building.maxBytes)
  return { ...shared, format, text, truncated, omitted: null }
}

/** `null`: nothing passed by. */
function bodyOf(
  note: BodyNote,
  headers: RecordedHeaders,
  of: 'request' | 'response',
  { mask, maxBytes }: BodyBuilding,
): RecordedBody | null {
  if (note.bytes === 0) return null
  const contentType = one(headers['content-type'])
  const type = mediaTypeOf(contentType)
  const known = { type, bytes: note.bytes }
  const nothing = { ...known, text: null, truncated: false } as const
  if (note.isOverload && isTextual(contentType)) return { ...nothing, format: formatOf(type), omitted: 'overload' }
  if (!isTextual(contentType)) return { ...nothing, format: 'binary', omitted: 'binary' }
  const bytes = note.take()
  const decoded = decodeBody(bytes, {
    content: one(headers['content-encoding']) ?? null,
    charset: charsetOf(contentType),
    isDeclaredText: type !== null,
    isCut: bytes.length < note.bytes,
  })
  if (decoded.text === null) return { ...nothing, format: 'binary', omitted: decoded.omitted }
  const format = type === null && /^\s*[[{]/.test(decoded.text) ? 'json' : formatOf(type)
  // Beyond the limit a little is masked with it, so that a secret across the cut is seen as one.
  const masked = mask(decoded.text.slice(0, maxBytes + LOOKAHEAD_CHARS), format, of)
  return {
    ...known,
    format,
    ...cut(masked, decoded.isWhole && decoded.text.length <= maxBytes, maxBytes),
    omitted: null,
  }
}

const LOOKAHEAD_CHARS = 1_024

/** @param isWhole whether nothing was left out before */
function cut(text: string, isWhole: boolean, maxBytes: number): { readonly text: string; readonly truncated: boolean } {
  if (text.length <= maxBytes) {
    if (isWhole && (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes))
      return { text, truncated: false }
  }
  const bytes = Buffer.from(cutAt(text, maxBytes))
  if (bytes.length <= maxBytes) return { text: bytes.toString(), truncated: !isWhole || text.length > maxBytes }
  const end = bytes.toString('utf8', 0, maxBytes)
  return { text: end.endsWith('\ufffd') ? end.replace(/\ufffd$/, '') : end, truncated: true }
}

function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}
