import { REDACTED } from '../model/redacted.js'
import type { IsSecretName } from './mask-names.js'

export interface JsonMasking {
  readonly isSecret: IsSecretName
  /** A text value as it may be kept. */
  text(value: string): string
  /** What is kept of a value at a path (`items.0.name`) that has not been masked; absent: the value. */
  readonly value?: ((path: string, value: string | number | boolean) => string | number | boolean | null) | undefined
}

const QUOTE = 34
const BACKSLASH = 92
const MASKED = JSON.stringify(REDACTED)
const MAX_PATH_CHARS = 500

/** An object or array that is open. */
interface Open {
  readonly isObject: boolean
  /** Where the value is that comes next: a name, or a number. */
  key: string | number
  isKeyNext: boolean
  /** `{ "name": "password", "value": "…" }`: the name of a secret stands in a value. */
  hasSecretName: boolean
}

/**
 * JSON as it is written, with the values of secret names replaced and the text values masked. Takes any text: what is cut
 * off, damaged, nested without end or no JSON at all is read as far as it goes, in time in proportion to its length and
 * without recursion. What holds no secret comes back as it was.
 */
export function maskJson(text: string, masking: JsonMasking): string {
  return new JsonMasker(text, masking).run()
}

class JsonMasker {
  readonly #text: string
  readonly #masking: JsonMasking
  readonly #open: Open[] = []
  readonly #parts: string[] = []
  #copiedTo = 0
  /** Where a secret object or array begins, and at what depth; -1: not within one. */
  #secretFrom = -1
  #secretDepth = 0

  constructor(text: string, masking: JsonMasking) {
    this.#text = text
    this.#masking = masking
  }

  run(): string {
    const text = this.#text
    for (let at = 0; at < text.length; ) at = this.#read(at)
    if (this.#secretFrom !== -1) this.#replace(this.#secretFrom, text.length, MASKED)
    if (this.#parts.length === 0) return text
    this.#parts.push(text.slice(this.#copiedTo))
    return this.#parts.join('')
  }

  /** @returns where what comes next begins */
  #read(at: number): number {
    switch (this.#text.charCodeAt(at)) {
      case QUOTE:
        return this.#readString(at)
      case 123: // {
        return this.#enter(at, true)
      case 91: // [
        return this.#enter(at, false)
      case 125: // }
      case 93: // ]
        return this.#leave(at)
      case 44: // ,
        this.#next()
        return at + 1
      case 58: // :
      case 32:
      case 10:
      case 13:
      case 9:
        return at + 1
      default:
        return this.#readBare(at)
    }
  }

  #enter(at: number, isObject: boolean): number {
    if (this.#secretFrom === -1 && this.#isSecretHere()) {
      this.#secretFrom = at
      this.#secretDepth = this.#open.length
    }
    this.#open.push({ isObject, key: isObject ? '' : 0, isKeyNext: isObject, hasSecretName: false })
    return at + 1
  }

  #leave(at: number): number {
    this.#open.pop()
    if (this.#secretFrom !== -1 && this.#open.length <= this.#secretDepth) {
      this.#replace(this.#secretFrom, at + 1, MASKED)
      this.#secretFrom = -1
    }
    return at + 1
  }

  #next(): void {
    const open = this.#open.at(-1)
    if (open === undefined) return
    if (open.isObject) open.isKeyNext = true
    else if (typeof open.key === 'number') open.key += 1
  }

  #readString(at: number): number {
    const text = this.#text
    const close = closingQuote(text, at + 1)
    const end = close === -1 ? text.length : close + 1
    if (this.#secretFrom !== -1) return end
    const raw = text.slice(at + 1, close === -1 ? text.length : close)
    const open = this.#open.at(-1)
    if (open?.isKeyNext === true) {
      open.key = unescaped(raw)
      open.isKeyNext = false
    } else if (this.#isSecretHere()) this.#replace(at, end, MASKED)
    else this.#readText(raw, at, end)
    return end
  }

  #readText(raw: string, at: number, end: number): void {
    const { isSecret, text, value: keep } = this.#masking
    const value = raw.includes('\\') ? unescaped(raw) : raw
    const open = this.#open.at(-1)
    if (open?.isObject === true && NAMING.has(open.key)) open.hasSecretName = isSecret(value)
    const masked = text(value)
    const kept = keep === undefined || masked !== value ? masked : keep(this.#path(), value)
    if (kept !== value) this.#replace(at, end, JSON.stringify(kept))
  }

  /** A number, `true`, or whatever else stands there without quotes. */
  #readBare(at: number): number {
    const text = this.#text
    let end = at + 1
    while (end < text.length && !isDelimiter(text.charCodeAt(end))) end++
    if (this.#secretFrom !== -1) return end
    const raw = text.slice(at, end)
    const isWord = raw === 'true' || raw === 'false'
    if (raw === 'null') return end
    if (!isWord && this.#isSecretHere()) {
      this.#replace(at, end, MASKED)
      return end
    }
    if (!isWord && this.#masking.text(raw) !== raw) this.#replace(at, end, MASKED)
    else this.#askForBare(raw, at, end)
    return end
  }

  #askForBare(raw: string, at: number, end: number): void {
    const { value: keep } = this.#masking
    if (keep === undefined) return
    const value = raw === 'true' ? true : raw === 'false' ? false : Number.isFinite(Number(raw)) ? Number(raw) : raw
    const kept = keep(this.#path(), value)
    if (kept !== value) this.#replace(at, end, JSON.stringify(kept))
  }

  #isSecretHere(): boolean {
    const open = this.#open.at(-1)
    if (open === undefined || typeof open.key === 'number') return false
    return this.#masking.isSecret(open.key) || (open.hasSecretName && VALUES.has(open.key))
  }

  #path(): string {
    const keys: (string | number)[] = []
    let chars = 0
    // Innermost first, so that a path of ten thousand steps costs no more than what is told of it.
    for (let depth = this.#open.length - 1; depth >= 0 && chars < MAX_PATH_CHARS; depth--) {
      const key = this.#open[depth]?.key ?? ''
      keys.push(key)
      chars += String(key).length + 1
    }
    return keys.reverse().join('.')
  }

  #replace(from: number, to: number, by: string): void {
    this.#parts.push(this.#text.slice(this.#copiedTo, from), by)
    this.#copiedTo = to
  }
}

const NAMING: ReadonlySet<string | number> = new Set(['name', 'key', 'field', 'param', 'header', 'variable'])
const VALUES: ReadonlySet<string> = new Set(['value', 'values', 'content', 'data'])

/** -1: it has none. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from)
  while (at !== -1) {
    let start = at
    while (start > from && text.charCodeAt(start - 1) === BACKSLASH) start--
    if ((at - start) % 2 === 0) return at
    at = text.indexOf('"', at + 1)
  }
  return -1
}

function unescaped(raw: string): string {
  if (!raw.includes('\\')) return raw
  try {
    return String(JSON.parse(`"${raw}"`))
  } catch {
    return unescapedByParts(raw)
  }
}

/** One bad escape, or the cut in the middle of one, must not hide the rest. */
function unescapedByParts(raw: string): string {
  return raw
    .replace(/\\u([\dA-Fa-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/\\(["\\/])/g, '$1')
    .replace(/\\[nrt]/g, '\n')
}

function isDelimiter(code: number): boolean {
  return (
    code === QUOTE ||
    code === 44 ||
    code === 58 ||
    code === 123 ||
    code === 125 ||
    code === 91 ||
    code === 93 ||
    code <= 32
  )
}
