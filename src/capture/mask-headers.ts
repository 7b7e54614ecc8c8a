import type { RecordedHeaders } from '../model/recording.js'
import { REDACTED } from '../model/redacted.js'
import type { IsSecretName } from './mask-names.js'
import { maskText } from './mask-text.js'
import { maskUrl } from './mask-url.js'

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

/** Headers with lower-case names and without their secrets. Of cookies the names stay, of authorizations the scheme. */
export function maskHeaders(headers: HeadersToMask, isSecret: IsSecretName): RecordedHeaders {
  const masked: [string, string | readonly string[]][] = []
  for (const [sentName, value] of Object.entries(headers)) {
    if (value === undefined) continue
    const name = sentName.toLowerCase()
    const mask = maskFor(name, isSecret)
    masked.push([name, Array.isArray(value) ? value.map((each) => mask(String(each))) : mask(String(value))])
  }
  return Object.fromEntries(masked)
}

function maskFor(name: string, isSecret: IsSecretName): (value: string) => string {
  if (name === 'authorization' || name === 'proxy-authorization') return maskAuthorization
  if (name === 'cookie') return maskCookies
  if (name === 'set-cookie') return maskSetCookie
  if (isSecret(name)) return () => REDACTED
  if (WITH_URL.has(name)) return (value) => maskUrl(value, isSecret)
  return maskText
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
