import { REDACTED } from '../model/redacted.js'
import type { IsSecretName } from './mask-names.js'
import { maskText } from './mask-text.js'

// A link within a link within a link is the deepest that anybody sends in earnest.
const MAX_DEPTH = 3

/**
 * A URL, or the path and query of one, without its secrets: the user before an `@`, the values of secret parameters in
 * query and fragment, also in a URL that is itself a parameter's value, and tokens anywhere. All else stays byte for
 * byte as it was, however malformed.
 */
export function maskUrl(url: string, isSecret: IsSecretName, depth = 0): string {
  const [beforeHash, hash] = cut(url, '#')
  const [address, query] = cut(beforeHash, '?')
  return (
    maskText(maskUser(address)) +
    (query === null ? '' : `?${maskParameters(query, isSecret, depth)}`) +
    (hash === null ? '' : `#${maskParameters(hash, isSecret, depth)}`)
  )
}

/** `https://user:password@host/` */
function maskUser(address: string): string {
  const start = /^(?:[a-z][a-z\d+.-]*:)?\/\//i.exec(address)?.[0]
  if (start === undefined) return address
  const [authority = ''] = address.slice(start.length).split('/', 1)
  const at = authority.lastIndexOf('@')
  return at === -1 ? address : start + REDACTED + address.slice(start.length + at)
}

function maskParameters(text: string, isSecret: IsSecretName, depth: number): string {
  return text
    .split('&')
    .map((parameter) => maskParameter(parameter, isSecret, depth))
    .join('&')
}

function maskParameter(parameter: string, isSecret: IsSecretName, depth: number): string {
  const [name, value] = cut(parameter, '=')
  if (value === null || value === '') return maskText(parameter)
  if (isSecret(decoded(name))) return `${name}=${REDACTED}`
  // Some servers take ';' between parameters too; what follows one is looked at by itself.
  const semicolon = value.indexOf(';')
  if (semicolon !== -1) {
    const rest = value.slice(semicolon + 1)
    return `${name}=${maskValue(value.slice(0, semicolon), isSecret, depth)};${maskParameter(rest, isSecret, depth)}`
  }
  return `${name}=${maskValue(value, isSecret, depth)}`
}

function maskValue(value: string, isSecret: IsSecretName, depth: number): string {
  const text = decoded(value)
  if (depth < MAX_DEPTH && /[?#@]/.test(text) && /^(?:[a-z][a-z\d+.-]*:)?\//i.test(text)) {
    const masked = maskUrl(text, isSecret, depth + 1)
    // Written anew only when there was a secret in it, so that all others stay as they were.
    if (masked !== text) return value === text ? masked : encodeURIComponent(masked)
  }
  const masked = maskText(value)
  return masked === value && maskText(text) !== text ? REDACTED : masked
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
