import { render, type Template } from './template.js'

/** Controls, what turns the direction of text, half surrogates: nobody sees them, so they are written by their number. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufeff]/u
const EACH_UNSEEN = new RegExp(UNSEEN.source, 'gu')

/** A word of a POSIX shell line, `'…'`; `$'…'` of bash where something in it cannot be seen. */
export function shellQuote(text: string, isBytes = false): string {
  if (UNSEEN.test(text) || (isBytes && /[^\x20-\x7e]/.test(text))) return `$'${ansiC(text, isBytes)}'`
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function ansiC(text: string, isBytes: boolean): string {
  return text.replace(/[\\']/g, '\\$&').replace(isBytes ? /[^\x20-\x7e]/g : EACH_UNSEEN, (character) => {
    if (character === '\n') return '\\n'
    if (character === '\t') return '\\t'
    const bytes = isBytes ? [character.charCodeAt(0) & 0xff] : utf8(character)
    return bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
  })
  // A digit after `\x41` would be read as a part of it: at most two are, so none is.
}

/** @param isBytes each character is one byte, as in a header that Node has read */
export function shellWord(template: Template, isBytes = false): string {
  return render(
    template,
    (text) => shellQuote(text, isBytes),
    // Unset, it says so instead of sending nothing.
    (name) => `"\${${name}:?}"`,
  )
}

/** A literal of JavaScript: `'…'`, or a template literal where there are placeholders. */
export function jsLiteral(template: Template): string {
  if (template.every((part) => typeof part === 'string')) return `'${escaped(template.join(''), "'")}'`
  return `\`${render(
    template,
    (text) => escaped(text, '`').replaceAll('${', '\\${'),
    (name) => `\${process.env.${name}}`,
  )}\``
}

export function jsString(text: string): string {
  return jsLiteral([text])
}

function escaped(text: string, quote: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replace(EACH_UNSEEN, (character) => {
      if (character === '\n') return '\\n'
      if (character === '\r') return '\\r'
      if (character === '\t') return '\\t'
      return [...Array(character.length).keys()]
        .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
        .join('')
    })
}

/** Bytes of one character; half a surrogate pair is no character, and becomes the mark for that. */
function utf8(character: string): readonly number[] {
  return encodeURIComponent(/\p{Cs}/u.test(character) ? '\ufffd' : character)
    .match(/%[\dA-F]{2}|./g)
    ?.map((part) => (part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0))) as number[]
}

/** Comment lines, none of which can end before its text does. */
export function commentLines(mark: string, texts: readonly string[]): readonly string[] {
  return texts.map((text) => `${mark} ${text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')}`)
}
