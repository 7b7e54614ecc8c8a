import type { RecordedHeaders } from '../model/recording.js'

/**
 * Headers repeat from request to request but for a few. So the set is stored once, and what changes each time is cut
 * out and kept with the recording: one entry per header, `[name, value]`, or `[name]` where the value was cut out.
 */
type HeaderSet = readonly (readonly [string, (string | readonly string[])?])[]
export type HeaderValue = string | readonly string[]

/** Headers whose value belongs to one request or one moment. */
const CHANGING = new Set([
  'age',
  'content-length',
  'cookie',
  'date',
  'etag',
  'expires',
  'if-modified-since',
  'if-none-match',
  'last-modified',
  'location',
  'range',
  'content-range',
  'referer',
  'retry-after',
  'server-timing',
  'set-cookie',
  'traceparent',
  'tracestate',
])

const CHANGING_NAME = /(^|-)(id|trace|time|timing|duration|runtime|remaining|reset|nonce|signature|digest|timestamp)$/

/** Stands for the recording's own id, which silk's response headers carry. */
const OWN_ID = '\u0001id\u0001'

/** The set as a text to be stored once; the values cut out are appended to `cut`. */
export function packHeaders(headers: RecordedHeaders, id: string, cut: HeaderValue[]): string {
  const set = Object.entries(headers).map(([name, value]): HeaderSet[number] => {
    if (mentions(value, id)) return [name, replaced(value, id, OWN_ID)]
    if (!isChanging(name)) return [name, value]
    cut.push(value)
    return [name]
  })
  return JSON.stringify(set)
}

/** Reads a set back; takes the values that were cut out from the front of `cut`. */
export function unpackHeaders(packed: string, id: string, cut: HeaderValue[]): RecordedHeaders {
  const headers: Record<string, HeaderValue> = {}
  for (const [name, kept] of JSON.parse(packed) as HeaderSet) {
    const value = kept === undefined ? (cut.shift() ?? '') : kept
    // Defined, not assigned: a header may be named `__proto__`.
    Object.defineProperty(headers, name, {
      value: mentions(value, OWN_ID) ? replaced(value, OWN_ID, id) : value,
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return headers
}

const changingNames = new Map<string, boolean>()
const NAMES_LIMIT = 1_000

/** Names repeat for ever; those that a client makes up must not stay for ever. */
function isChanging(name: string): boolean {
  const known = changingNames.get(name)
  if (known !== undefined) return known
  const changing = CHANGING.has(name) || CHANGING_NAME.test(name)
  if (changingNames.size >= NAMES_LIMIT) changingNames.clear()
  changingNames.set(name, changing)
  return changing
}

function mentions(value: HeaderValue, part: string): boolean {
  return typeof value === 'string' ? value.includes(part) : value.some((one) => one.includes(part))
}

function replaced(value: HeaderValue, part: string, by: string): HeaderValue {
  return typeof value === 'string' ? value.replaceAll(part, by) : value.map((one) => one.replaceAll(part, by))
}
