import type { RecordedHeaders } from '../model/recording.js'
import { REDACTED } from '../model/redacted.js'
import { maskLooks } from './mask-looks.js'
import type { IsSecretName } from './mask-names.js'
import { maskText } from './mask-text.js'
import { maskUrl } from './mask-url.js'
import type { MaskValue } from './mask-value.js'

/** As Node has them, of a request or of a response. */
export type HeadersToMask = Readonly<Record<string, string | number | readonly string[] | undefined>>

const WITH_URL = new Set([
  'referer',
  'referrer',
  'location',
  'content-location',
  'origin',
  'x-original-url',
  'x-original-uri',
  'x-rewrite-url',
  'x-forwarded-uri',
  'x-forwarded-url',
])

// Kept, since which one was sent is worth knowing; any other first word may be a piece of the secret.
const SCHEME =
  /^(?:AWS4-HMAC-SHA256|ApiKey|Basic|Bearer|Digest|DPoP|GNAP|Hawk|HOBA|JWT|Mutual|Negotiate|NTLM|OAuth|SCRAM-SHA-\d+|Token)(?=\s)/i

const MOST_NAMES = 500
const MOST_VALUES = 50
const MOST_REMEMBERED_CHARS = 300

/**
 * Headers with lower-case names and without their secrets. Of cookies the names stay, of authorizations the scheme.
 * Values repeat from request to request, so what became of them is remembered, but for those of secret names.
 */
export function createHeaderMask(
  isSecret: IsSecretName,
): (headers: HeadersToMask, keep: MaskValue | null) => RecordedHeaders {
  const masks = new Map<string, MaskHeader>()

  function maskOf(name: string): MaskHeader {
    const known = masks.get(name)
    if (known !== undefined) return known
    if (masks.size >= MOST_NAMES) masks.clear()
    const mask = isSecret(name) ? maskFor(name, isSecret) : remembering(maskFor(name, isSecret))
    masks.set(name, mask)
    return mask
  }

  return (headers, keep) => {
    const masked: Record<string, string | readonly string[]> = {}
    for (const sentName in headers) {
      const value = headers[sentName]
      if (value === undefined) continue
      const name = sentName.toLowerCase()
      const mask = asking(name, maskOf(name), keep)
      put(masked, name, Array.isArray(value) ? value.map((each) => mask(String(each))) : mask(String(value)))
    }
    return masked
  }
}

/** A header may be named `__proto__`. */
function put(
  headers: Record<string, string | readonly string[]>,
  name: string,
  value: string | readonly string[],
): void {
  if (name !== '__proto__') headers[name] = value
  else Object.defineProperty(headers, name, { value, enumerable: true, writable: true, configurable: true })
}

function remembering(mask: MaskHeader): MaskHeader {
  const known = new Map<string, string>()
  return (value) => {
    const before = known.get(value)
    if (before !== undefined) return before
    const masked = mask(value)
    if (value.length > MOST_REMEMBERED_CHARS) return masked
    if (known.size >= MOST_VALUES) known.clear()
    known.set(value, masked)
    return masked
  }
}

type MaskHeader = (value: string) => string

function asking(name: string, mask: MaskHeader, keep: MaskValue | null): MaskHeader {
  if (keep === null) return mask
  return (value) => {
    const masked = mask(value)
    return masked === value ? String(keep(name, value)) : masked
  }
}

function maskFor(name: string, isSecret: IsSecretName): MaskHeader {
  if (isSecret(name)) return WHAT_STAYS[name] ?? (() => REDACTED)
  if (WITH_URL.has(name)) return (value) => maskUrl(value, isSecret)
  return PLAIN.has(name) ? maskLooks : (value) => maskText(value, isSecret)
}

/** On every request, and never with a name and a value in them. */
const PLAIN = new Set([
  'host',
  'date',
  'accept',
  'accept-language',
  'accept-encoding',
  'user-agent',
  'etag',
  'connection',
])

const WHAT_STAYS: Readonly<Record<string, MaskHeader>> = {
  authorization: maskAuthorization,
  'proxy-authorization': maskAuthorization,
  cookie: maskCookies,
  'set-cookie': maskSetCookie,
}

function maskAuthorization(value: string): string {
  const scheme = SCHEME.exec(value)?.[0]
  return scheme === undefined ? REDACTED : `${scheme} ${REDACTED}`
}

function maskCookies(value: string): string {
  return value.split(';').map(maskPair).join(';')
}

/** The attributes after the first `;` say how the cookie is guarded, and no secret. */
function maskSetCookie(value: string): string {
  const end = value.indexOf(';')
  return end === -1 ? maskPair(value) : maskPair(value.slice(0, end)) + value.slice(end)
}

function maskPair(pair: string): string {
  const equals = pair.indexOf('=')
  if (equals !== -1) return `${pair.slice(0, equals)}=${REDACTED}`
  return pair.trim() === '' ? pair : REDACTED
}
