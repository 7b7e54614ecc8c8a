/** Reads back what `ByteWriter` wrote. Throws a RangeError when the bytes end too early. */
export class ByteReader {
  readonly #bytes: Buffer
  #position = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get atEnd(): boolean {
    return this.#position >= this.#bytes.length
  }

  byte(): number {
    const value = this.#bytes[this.#position++]
    if (value === undefined) throw new RangeError('The packed value ends too early.')
    return value
  }

  unsigned(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
  }

  signed(): number {
    const value = this.unsigned()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  double(): number {
    const value = this.#bytes.readDoubleLE(this.#position)
    this.#position += 8
    return value
  }

  text(encoding: 'utf8' | 'utf16le' = 'utf8'): string {
    const size = this.unsigned()
    if (this.#position + size > this.#bytes.length) throw new RangeError('The packed value ends too early.')
    const value = this.#bytes.toString(encoding, this.#position, this.#position + size)
    this.#position += size
    return value
  }
}
