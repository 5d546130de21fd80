/**
 * Bit streams, least significant bit first. One call takes at most 24 bits; the `wide` calls take integers below 2^53.
 */

/** Writes bits into memory that grows. */
export class BitWriter {
  #bytes: Uint8Array
  #view: DataView
  /** How many bytes are complete. Up to 32 bits after them are pending. */
  #length = 0
  #pending = 0
  #pendingBits = 0

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(Math.max(capacity, 64))
    this.#view = new DataView(this.#bytes.buffer)
  }

  /** How many bits were written. */
  get bits(): number {
    return this.#length * 8 + this.#pendingBits
  }

  /** Writes `value` in `width` (0–24) bits. Its higher bits must be 0. */
  write(value: number, width: number): void {
    this.#pending |= value << this.#pendingBits
    this.#pendingBits += width
    if (this.#pendingBits >= 32) {
      this.#flush()
      this.#pendingBits -= 32
      this.#pending = value >>> (width - this.#pendingBits)
    }
  }

  /** Writes a non-negative integer below 2^53 in `width` (0–53) bits. */
  writeWide(value: number, width: number): void {
    for (let left = width; left > 0; left -= 24) {
      const part = Math.min(left, 24)
      this.write(value % 2 ** part, part)
      value = Math.floor(value / 2 ** part)
    }
  }

  /** Writes a 32-bit integer in `width` (0–32) bits. Its higher bits must be 0. */
  writeWord(word: number, width: number): void {
    if (width <= 24) return this.write(word, width)
    this.write(word & 0xffffff, 24)
    this.write(word >>> 24, width - 24)
  }

  /** Writes a non-negative integer below 2^53 as groups of 7 bits, each with a bit that is 1 if another follows. */
  writeVarint(value: number): void {
    for (; value >= 128; value = Math.floor(value / 128)) this.write((value % 128) | 128, 8)
    this.write(value, 8)
  }

  /** What was written; the last byte is filled up with zeros. */
  finish(): Uint8Array {
    const pending = (this.#pendingBits + 7) >> 3
    this.#flush()
    return this.#bytes.subarray(0, this.#length - 4 + pending)
  }

  #flush(): void {
    if (this.#length + 4 > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2)
      grown.set(this.#bytes)
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    this.#view.setInt32(this.#length, this.#pending, true)
    this.#length += 4
  }
}

/**
 * Reads what a {@link BitWriter} wrote. Past the end it reads zeros, and `overrun` becomes true. So callers limit their
 * loops by a count, and check `overrun` once at the end.
 */
export class BitReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  /** The next bit to read. Hot loops keep it in a local variable and store it back. */
  position: number
  readonly #end: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.position = start * 8
    this.#end = end * 8
  }

  /** Whether more was read than there is. */
  get overrun(): boolean {
    return this.position > this.#end
  }

  /** How many bits are left. */
  get left(): number {
    return Math.max(0, this.#end - this.position)
  }

  /** At least 25 bits from a position on. Positions are below 2^31, so a blob has at most 256 MB. */
  peek(position: number): number {
    const at = position >>> 3
    return at + 4 <= this.#bytes.length
      ? this.#view.getInt32(at, true) >>> (position & 7)
      : this.#peekNearEnd(at) >>> (position & 7)
  }

  /** Reads `width` (0–24) bits. */
  read(width: number): number {
    const position = this.position
    this.position = position + width
    return this.peek(position) & ((1 << width) - 1)
  }

  /** Reads an integer of `width` (0–53) bits. */
  readWide(width: number): number {
    let value = 0
    let scale = 1
    for (let left = width; left > 0; left -= 24) {
      const part = Math.min(left, 24)
      value += this.read(part) * scale
      scale *= 2 ** part
    }
    return value
  }

  /** Reads `width` (0–32) bits as a signed 32-bit integer. */
  readWord(width: number): number {
    return width <= 24 ? this.read(width) : this.read(24) | (this.read(width - 24) << 24)
  }

  /** Reads an integer in groups of 7 bits. */
  readVarint(): number {
    let value = 0
    let scale = 1
    for (let groups = 0; groups < 8; groups++) {
      const byte = this.read(8)
      value += (byte & 127) * scale
      if (byte < 128) break
      scale *= 128
    }
    return value
  }

  #peekNearEnd(at: number): number {
    let word = 0
    for (let i = this.#bytes.length - 1; i >= at; i--) word = (word << 8) | (this.#bytes[i] as number)
    return word
  }
}
