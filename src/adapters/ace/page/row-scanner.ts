/**
 * Reads a row of a page straight from its bytes: `{"name": "…", "value": "…", "time": "…"}`, in any order and with any
 * white space. It knows only the plain forms that nearly all rows have, and leaves every other row to a slower reader.
 */
import type { DropReason } from "../../../domain/samples/page.ts"
import { readValue } from "../../../domain/samples/value.ts"
import type { InstantReader } from "../../../domain/time/instant-reader.ts"
import {
  BACKSLASH,
  CLOSE,
  COLON,
  COMMA,
  fieldAt,
  NAME,
  QUOTE,
  skipBlank,
  TIME,
  VALUE
} from "./bytes.ts"
import { type Held, isSame } from "./buffer.ts"
import { hashBytes } from "./hash.ts"
import type { NameTable } from "./name-table.ts"

const MINUS = 45
const DOT = 46
const ZERO = 48
const LOWER_N = 110

/** Digits that a double holds exactly, so that one division gives the nearest double of a decimal fraction. */
const EXACT_DIGITS = 15
const POWERS = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i)
const NULL_AFTER_N = [117, 108, 108]
/** Texts of values and times that are longer are left to the slower reader. */
const MAX_TEXT = 64
/** A name may have 1,024 characters, of three bytes each at most. */
const MAX_NAME_BYTES = 4_096

/** Where the text that begins at `from` ends; -1 if it has an escape, a control character or no end within `most`. */
const endOfPlainText = ({ bytes, length }: Held, from: number, most: number): number => {
  const limit = Math.min(length, from + most)
  for (let at = from; at < limit; at++) {
    const byte = bytes[at] as number
    if (byte === QUOTE) return at
    if (byte < 32 || byte === BACKSLASH) return -1
  }
  return -1
}

const isAscii = (bytes: Uint8Array, from: number, to: number): boolean => {
  for (let at = from; at < to; at++) if ((bytes[at] as number) > 127) return false
  return true
}

/** Reads rows one after the other; the fields are those of the last one that was read. */
export class RowScanner {
  readonly #names: NameTable
  readonly #instants: InstantReader
  /** Instant and number of the row: doubles in fields would be objects of their own. */
  readonly numbers = new Float64Array(2)
  /** The number of the row's name. */
  name = 0
  /** Why the row has no value; null where it has one. */
  reason: DropReason | null = null
  /** The bytes of the last time that was read, and a hash of them. */
  readonly time = new Uint8Array(MAX_TEXT)
  readonly #timeView = new DataView(this.time.buffer)
  timeLength = 0
  timeHash = 0
  #instant = NaN
  /** Where a field ended. */
  #end = 0

  constructor(names: NameTable, instants: InstantReader) {
    this.#names = names
    this.#instants = instants
  }

  get instant(): number {
    return this.numbers[0] as number
  }

  get value(): number {
    return this.numbers[1] as number
  }

  /** Reads the row whose brace is at `start`. Just after its end; -1 if it has another form, or no end. */
  scan(held: Held, start: number): number {
    const { bytes } = held
    let seen = 0
    let at = start + 1
    for (;;) {
      at = skipBlank(bytes, at)
      if (bytes[at++] !== QUOTE) return -1
      const field = fieldAt(held, at)
      if (field === 0) return -1
      at = skipBlank(bytes, at + (field === VALUE ? 6 : 5))
      if (bytes[at] !== COLON) return -1
      at = skipBlank(bytes, at + 1)
      const isRead = field === NAME
        ? this.#readName(held, at)
        : field === VALUE
        ? this.#readValue(held, at)
        : this.#readTime(held, at)
      if (!isRead) return -1
      seen |= field
      at = skipBlank(bytes, this.#end)
      const next = bytes[at++]
      if (next === CLOSE) {
        this.numbers[0] = this.#instant
        return seen === (NAME | VALUE | TIME) ? at : -1
      }
      if (next !== COMMA) return -1
    }
  }

  #readName(held: Held, at: number): boolean {
    const { bytes } = held
    if (bytes[at] !== QUOTE) return false
    // Points mostly come in the order in which they came before.
    const guess = this.name + 1
    if (this.#names.matches(guess, held, at + 1)) {
      this.name = guess
      this.#end = at + 2 + this.#names.lengthOf(guess)
      return true
    }
    const end = endOfPlainText(held, at + 1, MAX_NAME_BYTES)
    if (end < 0) return false
    this.name = this.#names.find(held, at + 1, end)
    this.#end = end + 1
    return true
  }

  #readValue(held: Held, from: number): boolean {
    const { bytes } = held
    const isText = bytes[from] === QUOTE
    let at = isText ? from + 1 : from
    const isNegative = bytes[at] === MINUS
    if (isNegative) at++
    const first = at
    let digits = 0
    for (let byte = bytes[at] as number; byte >= ZERO && byte <= 57; byte = bytes[++at] as number) {
      digits = digits * 10 + byte - ZERO
    }
    const whole = at - first
    let decimals = 0
    if (bytes[at] === DOT) {
      const begin = ++at
      for (let byte = bytes[at] as number; byte >= ZERO && byte <= 57; byte = bytes[++at] as number) {
        digits = digits * 10 + byte - ZERO
      }
      decimals = at - begin
      if (decimals === 0) return this.#readOther(held, from)
    }
    if (whole === 0 || whole + decimals > EXACT_DIGITS) return this.#readOther(held, from)
    if (isText ? bytes[at] !== QUOTE : whole > 1 && bytes[first] === ZERO) return this.#readOther(held, from)
    const value = digits / (POWERS[decimals] as number)
    this.numbers[1] = isNegative ? -value : value
    this.reason = null
    this.#end = isText ? at + 1 : at
    return true
  }

  /** A text of any other form, or null. */
  #readOther(held: Held, from: number): boolean {
    const { bytes } = held
    if (bytes[from] === LOWER_N && NULL_AFTER_N.every((byte, i) => bytes[from + 1 + i] === byte)) {
      this.reason = "null"
      this.#end = from + 4
      return true
    }
    if (bytes[from] !== QUOTE) return false
    const end = endOfPlainText(held, from + 1, MAX_TEXT)
    if (end < 0 || !isAscii(bytes, from + 1, end)) return false
    const read = readValue(String.fromCharCode.apply(null, bytes.subarray(from + 1, end) as unknown as number[]))
    this.reason = typeof read === "string" ? read : null
    if (typeof read === "number") this.numbers[1] = read
    this.#end = end + 1
    return true
  }

  #readTime(held: Held, from: number): boolean {
    const { bytes, view } = held
    if (bytes[from] !== QUOTE) return false
    const start = from + 1
    if (this.#isSameTime(held, start)) {
      this.#end = start + this.timeLength + 1
      return true
    }
    const end = endOfPlainText(held, start, MAX_TEXT)
    if (end < 0 || !isAscii(bytes, start, end)) return false
    const instant = this.#instants.readBytes(bytes, start, end)
    if (Number.isNaN(instant)) return false
    this.timeLength = end - start
    for (let i = start; i < end; i++) this.time[i - start] = bytes[i] as number
    this.timeHash = hashBytes(view, start, end)
    this.#instant = instant
    this.#end = end + 1
    return true
  }

  #isSameTime(held: Held, start: number): boolean {
    const { bytes, view } = held
    const length = this.timeLength
    if (length === 0 || start + length >= held.length || bytes[start + length] !== QUOTE) return false
    return isSame(view, start, this.#timeView, 0, length)
  }
}
