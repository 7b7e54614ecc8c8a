import { REDACTED } from '../model/redacted.js'
import type { IsSecretName } from './mask-names.js'
import { copied, maskText } from './mask-text.js'

const MAX_CHARS = 1_000

/**
 * Where drivers quote a value of the app's, with the value between the groups: identifiers, which they quote the same
 * way, stay. MySQL and MariaDB, PostgreSQL, SQLite, in this order.
 */
const QUOTED_VALUES = [
  /(Duplicate entry ').*(' for key)/gs,
  /(Duplicate entry ')(?!.*' for key).*('$)/gs,
  /((?:[Ii]ncorrect|[Ii]nvalid|Truncated incorrect)[\w ]* value:? ').*?('(?: for | in |$))/gs,
  /((?:invalid (?:input (?:syntax|value)|byte sequence)|out of range|malformed)[^"]*: ").*("$|"(?=\n))/gs,
  /(value ").*(" is out of range)/gs,
  /(\([^()]*\)=\().*(\) (?:already exists|is not present|conflicts|is still referenced))/gs,
  /(datatype mismatch: ').*(')/gs,
]

/** A driver's message without the values that it quotes, nor tokens; at most 1,000 characters. */
export function maskError(message: string, isSecret: IsSecretName): string {
  let text = message.slice(0, MAX_CHARS * 2)
  for (const pattern of QUOTED_VALUES) text = text.replace(pattern, `$1${REDACTED}$2`)
  text = maskText(text, isSecret)
  return text.length > MAX_CHARS ? `${copied(text.slice(0, MAX_CHARS))}…` : text
}
