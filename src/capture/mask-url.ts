import { REDACTED } from '../model/redacted.js'
import { maskLooks } from './mask-looks.js'
import type { IsSecretName } from './mask-names.js'
import { maskText } from './mask-text.js'
import type { MaskValue } from './mask-value.js'

// A link within a link within a link is the deepest that anybody sends in earnest.
const MAX_DEPTH = 3

/**
 * A URL, or the path and query of one, without its secrets: the user before an `@`, the values of secret parameters in
 * query and fragment, also in a URL that is itself a parameter's value, segments of the path that are made to be
 * unguessable, and tokens anywhere. All else stays byte for byte as it was, however malformed.
 *
 * @param keep asked for each parameter that holds nothing masked, by its name
 */
export function maskUrl(url: string, isSecret: IsSecretName, keep: MaskValue | null = null, depth = 0): string {
  const [beforeHash, hash] = cut(url, '#')
  const [address, query] = cut(beforeHash, '?')
  const masking = { isSecret, keep, depth }
  return (
    maskLooks(maskPath(maskUser(address), isSecret)) +
    (query === null ? '' : `?${maskAll(query, masking)}`) +
    (hash === null ? '' : `#${maskAll(hash, masking)}`)
  )
}

/** `name=value&…`, as in a query string or the body of a form. */
export function maskParameters(text: string, isSecret: IsSecretName, keep: MaskValue | null = null): string {
  return maskAll(text, { isSecret, keep, depth: 0 })
}

interface Masking {
  readonly isSecret: IsSecretName
  readonly keep: MaskValue | null
  readonly depth: number
}

/** `https://user:password@host/` */
function maskUser(address: string): string {
  const start = /^(?:[a-z][a-z\d+.-]*:)?\/\//i.exec(address)?.[0]
  if (start === undefined) return address
  const [authority = ''] = address.slice(start.length).split('/', 1)
  const at = authority.lastIndexOf('@')
  return at === -1 ? address : start + REDACTED + address.slice(start.length + at)
}

function maskPath(address: string, isSecret: IsSecretName): string {
  if (address.length < SHORTEST_SECRET) return address
  let isAfterSecret = false
  return address
    .split('/')
    .map((segment) => {
      const [matrix, ...parameters] = segment.includes(';') ? segment.split(';') : [segment]
      const text = decoded(matrix ?? '')
      const isUnguessable = text.length >= SHORTEST_SECRET && (isRandom(text) || (isAfterSecret && isMixed(text)))
      isAfterSecret = isSecret(text)
      const rest = parameters.map((one) => `;${maskParameter(one, { isSecret, keep: null, depth: MAX_DEPTH })}`)
      return (isUnguessable ? REDACTED : matrix) + rest.join('')
    })
    .join('/')
}

const SHORTEST_SECRET = 10

/** As made by a generator of random bytes: hex of 20 bytes or more, or letters of both cases and digits. */
function isRandom(text: string): boolean {
  if (text.length < 32 || !/^[\w~-]+$/.test(text)) return false
  if (/^[\da-f]{40,}$/i.test(text)) return true
  const words = text.split(/[_-]/)
  return /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text) && words.some((word) => word.length >= 16)
}

/** After `/reset-password/` and the like, less is enough. */
function isMixed(text: string): boolean {
  return /^[\w.~-]+$/.test(text) && /\d/.test(text) && /[a-z]/i.test(text)
}

function maskAll(text: string, masking: Masking): string {
  return text
    .split('&')
    .map((parameter) => maskParameter(parameter, masking))
    .join('&')
}

function maskParameter(parameter: string, masking: Masking): string {
  const [name, value] = cut(parameter, '=')
  if (value === null || value === '') return maskLooks(parameter)
  if (masking.isSecret(decoded(name))) return `${name}=${REDACTED}`
  // Some servers take ';' between parameters too; what follows one is looked at by itself.
  const semicolon = value.indexOf(';')
  if (semicolon !== -1) {
    const first = maskValue(decoded(name), value.slice(0, semicolon), masking)
    return `${name}=${first};${maskRest(value.slice(semicolon + 1), masking)}`
  }
  return `${name}=${maskValue(decoded(name), value, masking)}`
}

/** Parameters apart by `;`, without recursion: there may be thousands. A secret's value may have a `;` in it itself. */
function maskRest(text: string, masking: Masking): string {
  const masked: string[] = []
  for (const parameter of text.split(';')) {
    masked.push(maskParameter(parameter, masking))
    if (parameter.includes('=') && masking.isSecret(decoded(cut(parameter, '=')[0]))) break
  }
  return masked.join(';')
}

function maskValue(name: string, value: string, masking: Masking): string {
  const { isSecret, keep, depth } = masking
  const text = decoded(value)
  if (depth < MAX_DEPTH && /[?#@]/.test(text) && /^(?:[a-z][a-z\d+.-]*:)?\//i.test(text)) {
    const masked = maskUrl(text, isSecret, null, depth + 1)
    // Written anew only when there was a secret in it, so that all others stay as they were.
    if (masked !== text) return value === text ? masked : encodeURIComponent(masked)
  }
  const masked = maskLooks(value)
  if (masked !== value) return masked
  if (maskDecoded(text, masking) !== text) return REDACTED
  if (keep === null) return value
  const kept = keep(name, text)
  return kept === text ? value : encodeURIComponent(String(kept))
}

/** A value that is JSON, or names secrets itself. */
function maskDecoded(text: string, { isSecret, depth }: Masking): string {
  return depth < MAX_DEPTH ? maskText(text, isSecret, depth + 1) : maskLooks(text)
}

function cut(text: string, separator: string): readonly [string, string | null] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)]
}

function decoded(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    // One bad escape must not hide the rest: `%70assword%` is still `password`.
    return spaced.replace(/%([\dA-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
  }
}
