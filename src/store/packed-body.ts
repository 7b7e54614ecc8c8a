import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { BodyFormat, BodyOmission, RecordedBody } from '../model/body.js'

/** What stands before the text, on a line of its own. */
type Head = readonly [
  type: string | null,
  bytes: number | null,
  format: BodyFormat,
  truncated: 0 | 1,
  omitted: BodyOmission | null,
]

const PLAIN = 0
const DEFLATED = 1
/** Below this, compression takes longer than it saves: setting it up alone takes some 20 µs. */
const MIN_DEFLATED_BYTES = 4_096
/** A window of 8 kB: most of the time goes into making tables ready, which zlib's own size would have four times as large. */
const DEFLATE = { level: 1, windowBits: 13, memLevel: 6, chunkSize: 8_192 }

/** A body as one value: how it is packed, then a line that tells about it, then its text. */
export function packBody({ type, bytes, format, truncated, omitted, text }: RecordedBody): Buffer {
  const head: Head = [type, bytes, format, truncated ? 1 : 0, omitted]
  const told = `${JSON.stringify(head)}${text === null ? '' : `\n${text}`}`
  const plain = Buffer.from(`\u0000${told}`)
  if (plain.length < MIN_DEFLATED_BYTES) return plain
  return Buffer.concat([Buffer.of(DEFLATED), deflateRawSync(plain.subarray(1), DEFLATE)])
}

/** @throws Error when the value is damaged */
export function unpackBody(packed: Uint8Array): RecordedBody {
  const rest = packed.subarray(1)
  const told = Buffer.from(packed[0] === PLAIN ? rest : inflateRawSync(rest)).toString()
  const end = told.indexOf('\n')
  const [type, bytes, format, truncated, omitted] = JSON.parse(end === -1 ? told : told.slice(0, end)) as Head
  return { type, bytes, format, text: end === -1 ? null : told.slice(end + 1), truncated: truncated === 1, omitted }
}
