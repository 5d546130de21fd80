/**
 * Thrift's compact protocol, in which footers and page headers are written, read field by field. What is not asked for
 * is passed over; the work is in proportion to the bytes, whatever they claim.
 */

const TRUE = 1
const FALSE = 2
const BYTE = 3
const I64 = 6
const DOUBLE = 7
const BINARY = 8
const LIST = 9
const SET = 10
const MAP = 11
const STRUCT = 12
const UUID = 13

/** Structs and lists inside each other; those of Parquet are eight deep. */
const MAX_DEPTH = 32
/** Bytes of the longest varint. */
const VARINT_BYTES = 10

const cut = (): RangeError => new RangeError("its metadata is cut")

/** **Gotchas** Begins at a struct. A method reads the field or element that `struct` or `list` stands on, once. */
export class ThriftReader {
  readonly #bytes: Uint8Array
  #at: number
  #depth = 0
  /** Of the field or element that stands to be read. */
  #type = STRUCT
  #isTaken = false

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  /** Behind what was read. */
  get offset(): number {
    return this.#at
  }

  /** @param take gets the number of each field, and may read it */
  struct(take: (field: number) => void): void {
    this.#take(STRUCT)
    this.#enter()
    let field = 0
    for (let head = this.#byte(); head !== 0; head = this.#byte()) {
      field = head >> 4 === 0 ? this.#zigZag() : field + (head >> 4)
      this.#turn(head & 15, false, () => take(field))
    }
    this.#depth--
  }

  /** @param take is called for each element, and may read it */
  list(take: () => void): void {
    this.#take(LIST)
    this.#elements(take)
  }

  /** A whole number of any width. */
  integer(): number {
    if (this.#type < BYTE || this.#type > I64) throw this.#unexpected()
    const value = this.#type === BYTE ? this.#byte() << 24 >> 24 : this.#zigZag()
    if (!Number.isSafeInteger(value)) throw new RangeError("its metadata holds a number beyond all use")
    this.#isTaken = true
    return value
  }

  binary(): Uint8Array {
    this.#take(BINARY)
    const length = this.#varint()
    this.#skipBytes(length)
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  boolean(): boolean {
    if (this.#type !== TRUE) this.#take(FALSE)
    this.#isTaken = true
    return this.#type === TRUE
  }

  #take(type: number): void {
    if (this.#type !== type) throw this.#unexpected()
    this.#isTaken = true
  }

  #unexpected(): RangeError {
    return new RangeError(`its metadata holds a field of type ${this.#type} where another belongs`)
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw new RangeError(`its metadata is nested more than ${MAX_DEPTH} deep`)
  }

  /** Lets `take` read what stands here, and passes over it otherwise. */
  #turn(type: number, isElement: boolean, take: () => void): void {
    this.#type = type
    this.#isTaken = false
    take()
    if (!this.#isTaken) this.#skip(type, isElement)
    this.#isTaken = true
  }

  #elements(take: () => void): void {
    this.#enter()
    const head = this.#byte()
    const size = head >> 4 === 15 ? this.#varint() : head >> 4
    // No element takes less than a byte.
    if (size > this.#bytes.length - this.#at) throw cut()
    for (let i = 0; i < size; i++) this.#turn(head & 15, true, take)
    this.#depth--
  }

  #skip(type: number, isElement: boolean): void {
    if (type === TRUE || type === FALSE) this.#skipBytes(isElement ? 1 : 0)
    else if (type === BYTE) this.#skipBytes(1)
    else if (type > BYTE && type <= I64) this.#varint()
    else if (type === DOUBLE) this.#skipBytes(8)
    else if (type === BINARY) this.#skipBytes(this.#varint())
    else if (type === LIST || type === SET) this.#elements(() => {})
    else if (type === MAP) this.#skipMap()
    else if (type === STRUCT) {
      this.#type = STRUCT
      this.struct(() => {})
    } else if (type === UUID) this.#skipBytes(16)
    else throw new RangeError(`its metadata holds a field of the unknown type ${type}`)
  }

  #skipMap(): void {
    const size = this.#varint()
    if (size > this.#bytes.length - this.#at) throw cut()
    if (size === 0) return
    this.#enter()
    const types = this.#byte()
    for (let i = 0; i < size; i++) {
      this.#skip(types >> 4, true)
      this.#skip(types & 15, true)
    }
    this.#depth--
  }

  #skipBytes(count: number): void {
    if (count > this.#bytes.length - this.#at) throw cut()
    this.#at += count
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw cut()
    return byte
  }

  /** Exact up to 2^53. */
  #varint(): number {
    let value = 0
    let factor = 1
    for (let i = 0; i < VARINT_BYTES; i++) {
      const byte = this.#byte()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 0x80
    }
    throw new RangeError("its metadata holds an endless number")
  }

  #zigZag(): number {
    const value = this.#varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}
