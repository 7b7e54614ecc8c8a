const KEPT_BYTES = 1024 * 1024

/**
 * Grows a byte array of variable-length numbers.
 *
 * Unsigned numbers are written base 128, low digits first (as in Protocol Buffers and SQLite's own records), up to
 * 2^53 - 1: arithmetic and not shifts above 31 bits, since times in microseconds and hashes of 52 bits go beyond.
 */
export class ByteWriter {
  #bytes: Buffer
  #length = 0

  constructor(capacity = 1024) {
    this.#bytes = Buffer.allocUnsafe(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** Starts again at the front; the bytes taken so far stay valid, since `take` copies. */
  reset(): void {
    this.#length = 0
    // One huge recording must not hold its memory for ever.
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafe(1024)
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  /** An integer from 0 to 2^53 - 1. */
  unsigned(value: number): void {
    this.#reserve(8)
    let rest = value
    while (rest > 0x7fffffff) {
      this.#bytes[this.#length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.#bytes[this.#length++] = rest
  }

  /** A safe integer up to 2^52 in magnitude, small magnitudes short, whatever the sign (zigzag). */
  signed(value: number): void {
    this.unsigned(value < 0 ? -value * 2 - 1 : value * 2)
  }

  double(value: number): void {
    this.#reserve(8)
    this.#length = this.#bytes.writeDoubleLE(value, this.#length)
  }

  /** Length in bytes, then the text in `encoding`. */
  text(value: string, encoding: 'utf8' | 'utf16le' = 'utf8'): void {
    const size = Buffer.byteLength(value, encoding)
    this.unsigned(size)
    this.#reserve(size)
    this.#length += this.#bytes.write(value, this.#length, encoding)
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** A copy of what was written. */
  take(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length))
  }

  #reserve(size: number): void {
    const needed = this.#length + size
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}
