/**
 * Byte streams. A varint has 7 bits in a byte, least significant first; the high bit is set in all bytes but the last.
 */

/** The most bytes of a varint: 2^53 takes 8. */
const LONGEST = 8

export class ByteWriter {
  #bytes: Uint8Array
  #length = 0

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity)
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#length
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = value
  }

  /** Writes a non-negative integer up to 2^53. */
  varint(value: number): void {
    if (this.#length + LONGEST > this.#bytes.length) this.#grow(LONGEST)
    const bytes = this.#bytes
    let at = this.#length
    for (; value >= 0x80000000; value = Math.floor(value / 128)) bytes[at++] = (value % 128) | 128
    let low = value | 0
    for (; low >= 128; low >>>= 7) bytes[at++] = (low & 127) | 128
    bytes[at++] = low
    this.#length = at
  }

  /** Writes bytes as they are. */
  raw(more: Uint8Array): void {
    if (this.#length + more.length > this.#bytes.length) this.#grow(more.length)
    this.#bytes.set(more, this.#length)
    this.#length += more.length
  }

  /** Writes doubles, 8 bytes each. */
  doubles(values: Float64Array): void {
    this.raw(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }

  /** Forgets what was written, and keeps the memory. */
  clear(): void {
    this.#length = 0
  }

  /** What was written. **Gotchas** It is a view that the next write may change. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #grow(more: number): void {
    const grown = new Uint8Array(this.#bytes.length * 2 + more)
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}

/** Reads what a {@link ByteWriter} wrote. Past the end it reads zeros, and `overrun` becomes true. */
export class ByteReader {
  readonly #bytes: Uint8Array
  /** The next byte to read. */
  position: number
  readonly #end: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.position = start
    this.#end = end
  }

  /** Whether more was read than there is. */
  get overrun(): boolean {
    return this.position > this.#end
  }

  /** How many bytes are left. */
  get left(): number {
    return Math.max(0, this.#end - this.position)
  }

  byte(): number {
    const at = this.position++
    return at < this.#end ? this.#bytes[at] as number : 0
  }

  varint(): number {
    const first = this.byte()
    return first < 128 ? first : this.#rest(first & 127)
  }

  /** Fills `out`. The caller must know that enough bytes are left. */
  raw(out: Uint8Array): void {
    out.set(this.#bytes.subarray(this.position, this.position + out.length))
    this.position += out.length
  }

  /** Fills `out` with doubles of 8 bytes each. The caller must know that enough bytes are left. */
  doubles(out: Float64Array): Float64Array {
    this.raw(new Uint8Array(out.buffer, out.byteOffset, out.byteLength))
    return out
  }

  #rest(value: number): number {
    let scale = 128
    for (let i = 1; i < LONGEST; i++) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) break
      scale *= 128
    }
    return value
  }
}
