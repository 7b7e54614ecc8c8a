import { REDACTED } from '../model/redacted.js'

// Where a word starts, or after a character that is percent-encoded, once or more. Without it a long run of letters would
// be searched again from each `eyJ` in it.
const START = /(?:(?<![\w-])|(?<=%(?:25){0,3}[\dA-Fa-f]{2}))/.source

/**
 * A JSON Web Token: the header is base64url of JSON that begins with `{"`, so the text begins with `eyJ`. Its first part
 * and a piece of the second are enough.
 */
const JWT = new RegExp(`${START}eyJ[\\w-]{8,}\\.[\\w-]{4,}(?:\\.[\\w-]*){0,3}`, 'g')

/** At the end of a text that was cut, its first part alone may be all that is left. */
const JWT_CUT_OFF = new RegExp(`${START}eyJ[\\w-]{8,}\\.?[\\w-]*$`)

/** The text without the secrets that can be told by their form, wherever they stand in it. */
export function maskText(text: string): string {
  return text.includes('eyJ') ? text.replace(JWT, REDACTED) : text
}

const SHORTENED_TO = 500

/**
 * Masks by form, and cuts to 500 characters with a mark of how many there were. The result holds no part of the original
 * in memory: a piece of a string keeps the whole of it alive, be it 100 MB.
 */
export function maskAndShorten(text: string): string {
  if (text.length <= SHORTENED_TO) return maskText(text)
  // Masked before it is cut, with enough after the cut that a token across it is seen as one.
  const masked = maskText(text.slice(0, SHORTENED_TO * 4)).replace(JWT_CUT_OFF, REDACTED)
  const end = isHighSurrogate(masked, SHORTENED_TO - 1) ? SHORTENED_TO - 1 : SHORTENED_TO
  return `${copied(masked.slice(0, end))}… (${text.length} chars)`
}

function isHighSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index)
  return unit >= 0xd800 && unit <= 0xdbff
}

/** The same text, without the longer one that it may be a piece of. */
export function copied(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le')
}
