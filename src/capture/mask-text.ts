import { REDACTED } from '../model/redacted.js'
import { maskJson } from './mask-json.js'
import { maskCutOff, maskLooks } from './mask-looks.js'
import type { IsSecretName } from './mask-names.js'

/** A text within a text within a text is the deepest that anybody sends in earnest. */
const MAX_DEPTH = 3

/**
 * A text that may be anything, without its secrets: those that can be told by their form, the values of secret names
 * (`password=…`, `"token": "…"`, `<secret>…</secret>`), and, where the text is JSON, those within it. Never throws.
 */
export function maskText(text: string, isSecret: IsSecretName, depth = 0): string {
  return maskLooks(maskNamed(text, isSecret, depth))
}

/** Like `maskText`, for a text without secrets that could be told by their form. */
export function maskNamed(text: string, isSecret: IsSecretName, depth = 0): string {
  if (text.length < SHORTEST) return text
  if (depth < MAX_DEPTH && isLikeJson(text)) {
    return maskJson(text, { isSecret, text: (value) => maskText(value, isSecret, depth + 1) })
  }
  const masked = text.includes('=') || text.includes(':') ? maskAssignments(maskLines(text, isSecret), isSecret) : text
  return masked.includes('<') ? maskMarkup(masked, isSecret) : masked
}

/** `pin=1` */
const SHORTEST = 5

/** It begins as JSON does, apart from a mark such as `[redacted]`. */
function isLikeJson(text: string): boolean {
  const first = text.charCodeAt(0)
  return (first <= 32 || first === 123 || first === 91) && JSON_START.test(text)
}

const JSON_START = /^\s{0,20}(?:\{\s{0,20}["}]|\[\s{0,20}[["{\d\]tfn-])/

// A whole line of cookies is one value, and so are the words after an authorization's scheme.
const WHOLE_LINE =
  /(?<![\w-])((?:set-|proxy-)?(?:cookie|authorization)["']?\s{0,3}[:=]\s{0,3}["']?)([^\r\n"'\\]{1,8000})/gi

function maskLines(text: string, isSecret: IsSecretName): string {
  if (!/cookie|authorization/i.test(text)) return text
  return text.replace(WHOLE_LINE, (whole, name: string, value: string) =>
    isSecret(/[a-z-]+/i.exec(name)?.[0] ?? '') && value !== REDACTED ? name + REDACTED : whole,
  )
}

const MAX_NAME_CHARS = 64
const VALUE =
  /[=>]?\s{0,3}(\\"[^"\\]*(?:\\[^"][^"\\]*)*(?:\\?"|$)|"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|$)|'[^'\\]*(?:\\[\s\S][^'\\]*)*(?:'|$)|[^\s&;,<>"'(){}[\]\\]+)/y

/** The values of secret names. It goes from one `=` or `:` to the next and looks back, since these are few. */
function maskAssignments(text: string, isSecret: IsSecretName): string {
  const parts: string[] = []
  let copiedTo = 0
  let readTo = 0
  for (let at = nextSign(text, 0); at !== -1; at = nextSign(text, Math.max(at + 1, readTo))) {
    const name = nameBefore(text, at, readTo)
    if (name === '' || !isSecret(name) || isFileName(name)) continue
    VALUE.lastIndex = at + 1
    const [whole = '', value = ''] = VALUE.exec(text) ?? []
    if (value === '' || isPlainWord(value)) continue
    readTo = at + 1 + whole.length
    parts.push(text.slice(copiedTo, readTo - value.length), maskQuoted(value))
    copiedTo = readTo
  }
  if (parts.length === 0) return text
  parts.push(text.slice(copiedTo))
  return parts.join('')
}

const SIGN = /[=:]/g

function nextSign(text: string, from: number): number {
  SIGN.lastIndex = from
  return SIGN.exec(text)?.index ?? -1
}

/** The name that ends before a sign, without its quotes; empty: there is none. */
function nameBefore(text: string, sign: number, from: number): string {
  let end = sign
  while (end > from && end > sign - 6 && isAround(text.charCodeAt(end - 1))) end--
  let start = end
  while (start > from && start > end - MAX_NAME_CHARS && isNameChar(text.charCodeAt(start - 1))) start--
  // `10:30` and `2026-11-22T10:30` have no name: what begins with a digit is none.
  return text.charCodeAt(start) <= 57 ? '' : text.slice(start, end)
}

/** Space, quotes, and the backslash before one. */
function isAround(code: number): boolean {
  return code === 32 || code === 9 || code === 34 || code === 39 || code === 92
}

/** Letters, digits, and `_-.[]`. */
function isNameChar(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    [95, 45, 46, 91, 93].includes(code) ||
    code > 127
  )
}

/** `src/token.ts:12` is a place in the code. */
function isFileName(name: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(name)
}

/** That there is none, or whether there is one, is no secret; nor is a mark that stands there already. */
function isPlainWord(value: string): boolean {
  return /^["']?(?:null|undefined|true|false|nil|none|\[redacted\]|\[redacted)["']?$/i.test(value)
}

function maskQuoted(value: string): string {
  const quote = /^(?:\\?"|')/.exec(value)?.[0] ?? ''
  return quote + REDACTED + quote
}

const ELEMENT = /<(?:[\w-]{1,64}:)?([\w.-]{1,64})(?:\s[^<>]{0,500})?>/g
const TAG = /<(?:input|meta|option|button|param|field|attribute|property|add|entry)\s[^<>]{0,2000}>/gi
const NAMED =
  /\s(?:name|id|key|property|http-equiv)\s{0,3}=\s{0,3}(?:"([^"]{0,200})"|'([^']{0,200})'|([^\s"'>]{1,200}))/gi
const VALUED = /(\s(?:value|content)\s{0,3}=\s{0,3})(?:"[^"]*"|'[^']*'|[^\s"'>]+)/gi

const CLOSING = /<\/(?:[\w-]{1,64}:)?([\w.-]{1,64})/g

/** `<password>…</password>`, and `<input name="csrf" value="…">`: looked for only where such a name is. */
function maskMarkup(text: string, isSecret: IsSecretName): string {
  const inTags = hasSecret(text, NAMED, isSecret) ? maskTags(text, isSecret) : text
  return hasSecret(inTags, CLOSING, isSecret) ? maskElements(inTags, isSecret) : inTags
}

function maskElements(text: string, isSecret: IsSecretName): string {
  const parts: string[] = []
  let copiedTo = 0
  for (const { index, 0: tag, 1: name = '' } of text.matchAll(ELEMENT)) {
    const from = index + tag.length
    if (from < copiedTo || !isSecret(name)) continue
    const to = endOfContent(text, from)
    if (to === -1 || text.slice(from, to).trim() === '') continue
    parts.push(text.slice(copiedTo, from), REDACTED)
    copiedTo = to
  }
  if (parts.length === 0) return text
  parts.push(text.slice(copiedTo))
  return parts.join('')
}

/** Where the next tag begins, CDATA passed over; -1: there is none. */
function endOfContent(text: string, from: number): number {
  let at = text.indexOf('<', from)
  while (at !== -1 && text.startsWith('<![CDATA[', at)) {
    const end = text.indexOf(']]>', at)
    if (end === -1) return text.length
    at = text.indexOf('<', end)
  }
  return at
}

function hasSecret(text: string, names: RegExp, isSecret: IsSecretName): boolean {
  for (const [, one, other, bare] of text.matchAll(names)) if (isSecret(one ?? other ?? bare ?? '')) return true
  return false
}

function maskTags(text: string, isSecret: IsSecretName): string {
  return text.replace(TAG, (tag) => (hasSecret(tag, NAMED, isSecret) ? tag.replace(VALUED, `$1"${REDACTED}"`) : tag))
}

const SHORTENED_TO = 500

/**
 * Masks, and cuts to 500 characters with a mark of how many there were. The result holds no part of the original in
 * memory: a piece of a string keeps the whole of it alive, be it 100 MB.
 */
export function maskAndShorten(text: string, isSecret: IsSecretName): string {
  if (text.length <= SHORTENED_TO) return maskText(text, isSecret)
  // Masked before it is cut, with enough after the cut that a token across it is seen as one.
  const masked = maskCutOff(maskText(text.slice(0, SHORTENED_TO * 4), isSecret))
  return `${copied(cutAt(masked, SHORTENED_TO))}… (${text.length} chars)`
}

/** The beginning of a text, without half of a character. */
export function cutAt(text: string, length: number): string {
  return text.slice(0, isHighSurrogate(text, length - 1) ? length - 1 : length)
}

function isHighSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index)
  return unit >= 0xd800 && unit <= 0xdbff
}

/** The same text, without the longer one that it may be a piece of. */
export function copied(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le')
}
