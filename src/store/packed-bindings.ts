import type { RecordedBinding } from '../model/query.js'
import type { ByteReader } from './byte-reader.js'
import type { ByteWriter } from './byte-writer.js'

/**
 * One binding begins with an unsigned number: below `FIRST_INTEGER` it names a kind, from there on it is an integer
 * itself. Ids, the usual bindings of an N+1, so take one or two bytes.
 */
const NULL = 0
const FALSE = 1
const TRUE = 2
const DOUBLE = 3
const TEXT = 4
const SEEN_TEXT = 5
const BROKEN_TEXT = 6
const FIRST_INTEGER = 7

/** Above it, zigzag and the offset would leave the integers that a double holds exactly. */
const LARGEST_INTEGER = 2 ** 51

const LONE_SURROGATE = /\p{Surrogate}/u

/** Numbers of the texts written so far: masked and repeated values are written once. */
export type SeenTexts = Map<string, number>

export function packBinding(writer: ByteWriter, value: RecordedBinding, seen: SeenTexts): void {
  if (typeof value === 'number') packNumber(writer, value)
  else if (typeof value === 'string') packText(writer, value, seen)
  else if (value === null) writer.unsigned(NULL)
  else writer.unsigned(value ? TRUE : FALSE)
}

function packNumber(writer: ByteWriter, value: number): void {
  if (Number.isInteger(value) && Math.abs(value) <= LARGEST_INTEGER && !Object.is(value, -0)) {
    writer.unsigned((value < 0 ? -value * 2 - 1 : value * 2) + FIRST_INTEGER)
    return
  }
  writer.unsigned(DOUBLE)
  writer.double(value)
}

function packText(writer: ByteWriter, value: string, seen: SeenTexts): void {
  const known = seen.get(value)
  if (known !== undefined) {
    writer.unsigned(SEEN_TEXT)
    writer.unsigned(known)
    return
  }
  seen.set(value, seen.size)
  // UTF-8 has no way to write half a surrogate pair: such a text would come back changed.
  const wellFormed = !LONE_SURROGATE.test(value)
  writer.unsigned(wellFormed ? TEXT : BROKEN_TEXT)
  writer.text(value, wellFormed ? 'utf8' : 'utf16le')
}

export function unpackBinding(reader: ByteReader, seen: string[]): RecordedBinding {
  const kind = reader.unsigned()
  if (kind >= FIRST_INTEGER) {
    const zigzag = kind - FIRST_INTEGER
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
  }
  switch (kind) {
    case NULL:
      return null
    case FALSE:
      return false
    case TRUE:
      return true
    case DOUBLE:
      return reader.double()
    case SEEN_TEXT:
      return seen[reader.unsigned()] ?? ''
    default: {
      const text = reader.text(kind === BROKEN_TEXT ? 'utf16le' : 'utf8')
      seen.push(text)
      return text
    }
  }
}
