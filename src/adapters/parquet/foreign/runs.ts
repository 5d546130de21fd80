/**
 * The hybrid of runs and packed bits that holds levels, booleans and places in a dictionary; and bits packed the same
 * way.
 */

const cut = (): RangeError => new RangeError("a page is cut within its runs")

/** The `width` (up to 32) bits that begin at a bit, lowest first. */
export const bitsAt = (bytes: Uint8Array, bit: number, width: number): number => {
  let value = 0
  for (let got = 0; got < width;) {
    const from = (bit + got) & 7
    const take = Math.min(8 - from, width - got)
    value |= ((bytes[(bit + got) >>> 3] as number) >>> from & (1 << take) - 1) << got
    got += take
  }
  return value >>> 0
}

export class RunReader {
  readonly #bytes: Uint8Array
  readonly #width: number
  #at = 0
  /** Values left of the run that is being read. */
  #left = 0
  #isPacked = false
  #value = 0
  #bit = 0

  /** @param width bits of a value: where it is 0 all are 0, and some writers leave the runs out */
  constructor(bytes: Uint8Array, width: number) {
    if (!(width >= 0 && width <= 32)) throw new RangeError(`a page has values of ${width} bits`)
    this.#bytes = bytes
    this.#width = width
    if (width === 0) this.#left = Infinity
  }

  /** The next value. Throws where there is none. */
  next(): number {
    while (this.#left === 0) this.#open()
    this.#left--
    if (!this.#isPacked) return this.#value
    const bit = this.#bit
    this.#bit += this.#width
    // The last group may be cut behind the last value.
    if (this.#bit > this.#bytes.length * 8) throw cut()
    return bitsAt(this.#bytes, bit, this.#width)
  }

  #open(): void {
    const head = this.#varint()
    this.#isPacked = (head & 1) === 1
    if (this.#isPacked) {
      this.#left = (head >>> 1) * 8
      this.#bit = this.#at * 8
      this.#at += (head >>> 1) * this.#width
      return
    }
    this.#left = head >>> 1
    const end = this.#at + Math.ceil(this.#width / 8)
    if (end > this.#bytes.length) throw cut()
    this.#value = 0
    for (let shift = 0; this.#at < end; shift += 8) this.#value |= (this.#bytes[this.#at++] as number) << shift
    this.#value >>>= 0
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw cut()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw cut()
  }
}

/** Those that stand behind their length, of 4 bytes; and the place behind them. */
export const readRuns = (bytes: Uint8Array, width: number): { readonly runs: RunReader; readonly end: number } => {
  const length = bytes.length < 4 ? Infinity : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  if (length > bytes.length - 4) throw cut()
  return { runs: new RunReader(bytes.subarray(4, 4 + length), width), end: 4 + length }
}
