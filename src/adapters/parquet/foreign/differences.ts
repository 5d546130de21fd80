/**
 * DELTA_BINARY_PACKED of other writers: any steps, any blocks, differences that wrap around.
 */
import { bitsAt } from "./runs.ts"

const TWO_32 = 2 ** 32
/** Beyond it a 64-bit integer is no exact double. */
const MAX_HIGH = 2 ** 21

const cut = (): RangeError => new RangeError("a page of differences is cut")

/** Most values of a block. */
const MAX_BLOCK = 1_048_576

/** The 64-bit integer of two halves: a number where that is exact. */
export const integerOf = (high: number, low: number): number | bigint =>
  high >= -MAX_HIGH && high < MAX_HIGH
    ? high * TWO_32 + (low >>> 0)
    : BigInt.asIntN(64, BigInt(high) << 32n | BigInt(low >>> 0))

export class DifferenceReader {
  /** Values that the page says it holds. */
  readonly count: number
  readonly #bytes: Uint8Array
  readonly #isLong: boolean
  readonly #miniblocks: number
  readonly #perMiniblock: number
  #at: number
  #taken = 0
  /** The value before, and the least difference of the block: 64 bits in halves. */
  #low: number
  #high: number
  #leastLow = 0
  #leastHigh = 0
  #widthsAt = 0
  #miniblock: number
  /** Values left of the miniblock. */
  #left = 0
  #bit = 0
  #width = 0

  /** @param isLong INT64, else INT32 */
  constructor(bytes: Uint8Array, at: number, isLong: boolean) {
    this.#bytes = bytes
    this.#at = at
    this.#isLong = isLong
    const block = this.#varint()
    this.#miniblocks = this.#varint()
    this.#perMiniblock = block / this.#miniblocks
    this.count = this.#varint()
    if (!(this.#perMiniblock >= 8 && this.#perMiniblock % 8 === 0 && block <= MAX_BLOCK)) {
      throw new RangeError(`a page of differences has blocks of ${block} / ${this.#miniblocks}`)
    }
    const first = this.count === 0 ? { low: 0, high: 0 } : this.#zigZag()
    this.#low = first.low
    this.#high = first.high
    this.#miniblock = this.#miniblocks
  }

  next(): number | bigint {
    if (this.#taken === this.count) throw cut()
    if (this.#taken++ > 0) this.#step()
    return this.#isLong ? integerOf(this.#high, this.#low) : this.#low | 0
  }

  /** Where the bytes that follow the differences begin. */
  end(): number {
    let left = this.count - 1
    let at = this.#at
    while (left > 0) {
      const widthsAt = this.#endOfVarint(at)
      at = widthsAt + this.#miniblocks
      for (let i = 0; i < this.#miniblocks && left > 0; i++, left -= this.#perMiniblock) {
        at += this.#perMiniblock / 8 * this.#widthAt(widthsAt + i)
      }
    }
    if (at > this.#bytes.length) throw cut()
    return at
  }

  #step(): void {
    if (this.#left === 0) this.#open()
    this.#left--
    const lowWidth = Math.min(32, this.#width)
    if (this.#bit + this.#width > this.#bytes.length * 8) throw cut()
    const low = bitsAt(this.#bytes, this.#bit, lowWidth)
    const high = this.#width > 32 ? bitsAt(this.#bytes, this.#bit + 32, this.#width - 32) : 0
    this.#bit += this.#width
    const sum = this.#low + this.#leastLow + low
    this.#low = sum >>> 0
    this.#high = this.#high + this.#leastHigh + high + Math.floor(sum / TWO_32) | 0
  }

  #open(): void {
    if (this.#miniblock === this.#miniblocks) {
      const least = this.#zigZag()
      this.#leastLow = least.low
      this.#leastHigh = least.high
      this.#widthsAt = this.#at
      this.#at += this.#miniblocks
      this.#miniblock = 0
    }
    this.#width = this.#widthAt(this.#widthsAt + this.#miniblock++)
    this.#bit = this.#at * 8
    this.#at += this.#perMiniblock / 8 * this.#width
    this.#left = this.#perMiniblock
  }

  #widthAt(at: number): number {
    const width = this.#bytes[at]
    if (width === undefined) throw cut()
    if (width > 64) throw new RangeError(`a page of differences has values of ${width} bits`)
    return width
  }

  #endOfVarint(from: number): number {
    let at = from
    while ((this.#bytes[at++] ?? 0) >= 0x80);
    return at
  }

  #varint(): number {
    let value = 0
    for (let factor = 1; factor < 2 ** 35; factor *= 0x80) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw cut()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
    throw cut()
  }

  #zigZag(): { readonly low: number; readonly high: number } {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw cut()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) {
        const signed = value >> 1n ^ -(value & 1n)
        return { low: Number(BigInt.asUintN(32, signed)), high: Number(BigInt.asIntN(32, signed >> 32n)) }
      }
    }
    throw cut()
  }
}
