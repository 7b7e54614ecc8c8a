import zlib from 'node:zlib'

/** A text, or why there is none. */
export type Decoded =
  | { readonly text: string; readonly isWhole: boolean }
  | { readonly text: null; readonly omitted: 'binary' | 'encoded' }

export interface Encodings {
  /** The content-encoding header; `null`: none. */
  readonly content: string | null
  readonly charset: string | null
  /** Whether the type says that it is text. */
  readonly isDeclaredText: boolean
  /** Whether these bytes are the beginning only. */
  readonly isCut: boolean
}

/**
 * The text of a body's bytes. What says that it is compressed may be as it was before: compression may stand between silk
 * and the client. Never throws.
 */
export function decodeBody(bytes: Buffer, encodings: Encodings): Decoded {
  const { content, isCut } = encodings
  if (content === null || content === 'identity') return textOf(bytes, encodings, !isCut)
  const asItIs = plainText(bytes)
  if (asItIs !== null) return { text: asItIs, isWhole: !isCut }
  let inflated: Inflated | null = { bytes, isWhole: !isCut }
  const codings = content.split(',').reverse()
  if (codings.length > MAX_CODINGS) return { text: null, omitted: 'encoded' }
  for (const coding of codings) inflated = inflated && inflate(inflated, coding.trim().toLowerCase())
  return inflated === null ? { text: null, omitted: 'encoded' } : textOf(inflated.bytes, encodings, inflated.isWhole)
}

const MAX_CODINGS = 2
/** However small a body was made, more than this is never made of it. */
const MAX_INFLATED_BYTES = 512 * 1024
const MAX_TRIES = 8

interface Inflated {
  readonly bytes: Buffer
  readonly isWhole: boolean
}

type Inflater = (bytes: Buffer) => Buffer

const BOUND = { maxOutputLength: MAX_INFLATED_BYTES }
// What was cut off ends anywhere: what there is of it is given out.
const CUT = { ...BOUND, finishFlush: zlib.constants.Z_SYNC_FLUSH }
const BROTLI_CUT = { ...BOUND, finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH }

const INFLATERS: Readonly<Record<string, Inflater>> = {
  gzip: (bytes) => zlib.gunzipSync(bytes, CUT),
  'x-gzip': (bytes) => zlib.gunzipSync(bytes, CUT),
  deflate: (bytes) => {
    try {
      return zlib.inflateSync(bytes, CUT)
    } catch (error) {
      if (isTooLarge(error)) throw error
      return zlib.inflateRawSync(bytes, CUT)
    }
  },
  br: (bytes) => zlib.brotliDecompressSync(bytes, BROTLI_CUT),
  identity: (bytes) => bytes,
}

/** @returns `null`: not known how, or damaged */
function inflate({ bytes, isWhole }: Inflated, coding: string): Inflated | null {
  const inflater = INFLATERS[coding]
  if (inflater === undefined) return null
  let input = bytes
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    try {
      return { bytes: inflater(input), isWhole: isWhole && input === bytes }
    } catch (error) {
      if (!isTooLarge(error)) return null
      // The beginning is all that is wanted, and less of the input gives less of the output.
      input = input.subarray(0, Math.floor(input.length / 4))
    }
  }
  return null
}

function isTooLarge(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE'
}

function textOf(bytes: Buffer, { charset, isDeclaredText }: Encodings, isWhole: boolean): Decoded {
  if (charset !== null && charset !== 'utf-8' && charset !== 'utf8') {
    const text = withCharset(bytes, charset)
    if (text !== null) return { text, isWhole }
  }
  const text = isDeclaredText && !bytes.includes(0) ? utf8(bytes) : plainText(bytes)
  return text === null ? { text: null, omitted: 'binary' } : { text, isWhole }
}

function withCharset(bytes: Buffer, charset: string): string | null {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return null
  }
}

/** A character that was cut in two is left out. */
function utf8(bytes: Buffer): string {
  const text = bytes.toString()
  const end = text.endsWith('\ufffd') ? text.length - 1 : text.length
  return text.slice(text.startsWith('\ufeff') ? 1 : 0, end)
}

/** `null`: these bytes are no text. */
function plainText(bytes: Buffer): string | null {
  const text = utf8(bytes)
  return text.includes('\ufffd') || /(?![\t\n\v\f\r])\p{Cc}/u.test(text) ? null : text
}
