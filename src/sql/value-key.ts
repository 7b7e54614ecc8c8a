import { contentHash } from './hash.js'

const MAX_DEPTH = 6
const MAX_PARTS = 2_000
const MAX_COMPARED = 65_536
const MAX_PLAIN_CHARS = 200

/**
 * A text for any value, equal for equal values: `1` and `'1'` differ, and so do `null` and `undefined`. Never throws,
 * whatever getters and proxies do, and calls no `toJSON`. Of what is very large only the length and the beginning count:
 * 65,536 characters or bytes, 2,000 elements and properties, six levels.
 */
export function valueKey(value: unknown): string {
  try {
    return keyOf(value, { depth: 0, partsLeft: MAX_PARTS })
  } catch {
    return '!'
  }
}

interface Walk {
  depth: number
  partsLeft: number
}

function keyOf(value: unknown, walk: Walk): string {
  switch (typeof value) {
    case 'string':
      return textKey(value)
    case 'object':
      return value === null ? 'null' : objectKey(value, walk)
    case 'bigint':
      return `${value}n`
    case 'symbol':
    case 'function':
      return `${typeof value}:${textKey(String(value))}`
    default:
      return String(value)
  }
}

function textKey(text: string): string {
  if (text.length <= MAX_PLAIN_CHARS) return JSON.stringify(text)
  return `text ${text.length} ${contentHash(text.slice(0, MAX_COMPARED))}`
}

function objectKey(value: object, walk: Walk): string {
  if (walk.depth === MAX_DEPTH) return '…'
  // By its inner sort, for Jest's dates are no `instanceof Date`.
  if (Object.prototype.toString.call(value) === '[object Date]') return `date ${Date.prototype.getTime.call(value)}`
  if (ArrayBuffer.isView(value)) return bytesKey(value.buffer, value.byteOffset, value.byteLength)
  if (value instanceof ArrayBuffer) return bytesKey(value, 0, value.byteLength)
  walk.depth++
  const key = Array.isArray(value) ? arrayKey(value, walk) : propertiesKey(value, walk)
  walk.depth--
  return key.length <= MAX_PLAIN_CHARS ? key : `${key[0]}${key.length} ${contentHash(key)}`
}

function arrayKey(values: readonly unknown[], walk: Walk): string {
  let key = `[${values.length}`
  for (let index = 0; index < values.length && walk.partsLeft > 0; index++) {
    walk.partsLeft--
    key += `,${keyOf(values[index], walk)}`
  }
  return key
}

function propertiesKey(value: object, walk: Walk): string {
  const names = Object.keys(value)
  if (names.length === 0) return emptyObjectKey(value)
  let key = `{${names.length}`
  for (let index = 0; index < names.length && walk.partsLeft > 0; index++) {
    walk.partsLeft--
    const name = names[index] ?? ''
    key += `,${textKey(name)}:${keyOf((value as Record<string, unknown>)[name], walk)}`
  }
  return key
}

function bytesKey(buffer: ArrayBufferLike, offset: number, byteLength: number): string {
  const compared = Buffer.from(buffer, offset, Math.min(byteLength, MAX_COMPARED))
  return `bytes ${byteLength} ${contentHash(compared.toString('latin1'))}`
}

/** A class that keeps its value private (a big number, a date of a library) shows it as text, if at all. */
function emptyObjectKey(value: object): string {
  return Object.getPrototypeOf(value) === Object.prototype ? '{}' : `{}${textKey(String(value))}`
}
