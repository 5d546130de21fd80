/**
 * What the columns of other tools mean: instants, values and names, from the physical values that lie in the file.
 */
import { Result } from "effect"
import { parseFloat16 } from "hyparquet/src/convert.js"
import { floorUnits, fromEpoch, fromEpochInteger, MAX_INSTANT, MIN_INSTANT } from "../../../domain/time/instant.ts"
import { makeInstantReader } from "../../../domain/time/instant-reader.ts"
import { parsePointName } from "../../../domain/samples/names.ts"
import { readValue } from "../../../domain/samples/value.ts"
import type { Cell } from "./cells.ts"
import type { Convert, Meaning } from "./column.ts"
import type { Element } from "./schema.ts"
import type { Work } from "./work.ts"

const refuse = (what: string, { logical, type }: Element, expected: string): never => {
  throw new RangeError(`${what} are ${type}${logical === undefined ? "" : ` (${logical})`}, not ${expected}`)
}

/** Bytes of the longest text that is looked at; a name has fewer. */
const LONGEST_TEXT = 4_096

const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true })
const encoder = new TextEncoder()

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

/** Undefined where the bytes are no UTF-8. */
const decodeText = (bytes: Uint8Array): string | undefined => {
  const text = decoder.decode(bytes)
  return text.includes("\ufffd") && !sameBytes(encoder.encode(text), bytes) ? undefined : text
}

/** Undefined where the cell is no text, or a longer one than can mean anything. */
const textOf = (cell: Cell): string | undefined => {
  const bytes = cell as Uint8Array
  return bytes.length > LONGEST_TEXT ? undefined : decodeText(bytes)
}

/** The day of INT96 from which Julian days are counted to the epoch, and the nanoseconds of a day. */
const EPOCH_IN_JULIAN_DAYS = 2_440_588n
const DAY_NS = 86_400_000_000_000n

const fromInt96 = (cell: Cell): number => {
  const bytes = cell as Uint8Array
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const days = BigInt(view.getInt32(8, true)) - EPOCH_IN_JULIAN_DAYS
  return floorUnits(days * DAY_NS + view.getBigUint64(0, true), 1_000_000n)
}

/** A remainder is exact where a quotient is not. */
const floorNumber = (value: number, unit: number): number => (value - (value % unit + unit) % unit) / unit

const fromUnits = (unitsPerMs: bigint): (cell: Cell) => number => (cell) =>
  typeof cell === "number" ? floorNumber(cell, Number(unitsPerMs)) : floorUnits(cell as bigint, unitsPerMs)

const fromTexts = (): (cell: Cell) => number => {
  const read = makeInstantReader()
  return (cell) => read(textOf(cell))
}

const instantOf = (element: Element): (cell: Cell) => number => {
  const { logical, type, unitsPerMs } = element
  if (logical?.startsWith("TIMESTAMP") === true && type === "INT64") return fromUnits(unitsPerMs)
  if (logical === undefined) {
    switch (type) {
      case "INT96":
        return fromInt96
      case "INT64":
        return (cell) => typeof cell === "number" ? fromEpoch(cell) : fromEpochInteger(cell as bigint)
      case "INT32":
      case "DOUBLE":
        return (cell) => fromEpoch(cell as number)
      case "BYTE_ARRAY":
        return fromTexts()
    }
  }
  return refuse("timestamps", element, "instants")
}

/** Nanoseconds, roughly, to make out a cell. */
const NUMBER_WORK = 60
const BYTES_WORK = 300

const workOf = ({ type }: Element): number => type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY" || type === "INT96" ? BYTES_WORK : NUMBER_WORK

/**
 * The instants of the column `timestamp`: TIMESTAMP in any unit, INT96, whole numbers (s, ms, µs or ns by their size),
 * seconds or milliseconds as doubles, and texts as the API takes them. A TIMESTAMP that is not adjusted to UTC is taken for
 * UTC. Throws where the column is something else.
 */
export const instants = (element: Element): Meaning => {
  const read = instantOf(element)
  return {
    missing: "timestamp",
    work: workOf(element),
    convert: (cell) => {
      const at = read(cell)
      return at >= MIN_INSTANT && at <= MAX_INSTANT ? at : "timestamp"
    }
  }
}

/** Bytes of the longest DECIMAL. */
const LONGEST_DECIMAL = 64

const decimalOf = (scale: number): Convert => (cell) => {
  if (cell instanceof Uint8Array && cell.length > LONGEST_DECIMAL) return "text"
  const unscaled = cell instanceof Uint8Array
    ? BigInt.asIntN(8 * cell.length, cell.reduce((value, byte) => value * 256n + BigInt(byte), 0n))
    : cell
  // By way of its text a decimal becomes the nearest double; a division or a product may miss it.
  return readValue(Number(`${String(unscaled)}e${-scale}`))
}

const isNumeric = ({ type }: Element): boolean => type !== "FIXED_LEN_BYTE_ARRAY" && type !== "INT96"

const numberOf = (element: Element): Convert => {
  const { isUnsigned, logical, scale, type } = element
  if (logical === "DECIMAL") return decimalOf(scale)
  if (logical === "FLOAT16") return (cell) => readValue(parseFloat16(cell as Uint8Array))
  if (logical !== undefined || !isNumeric(element)) return refuse("values", element, "numbers")
  if (type === "INT64") return isUnsigned ? (cell) => Number(BigInt.asUintN(64, BigInt(cell as number | bigint))) : Number
  if (type === "INT32" && isUnsigned) return (cell) => (cell as number) >>> 0
  return type === "BYTE_ARRAY" ? (cell) => readValue(textOf(cell) ?? "") : readValue
}

/** The numbers of the column `value`: any numeric type, booleans, and texts as a source gives them. Throws for others. */
export const values = (element: Element): Meaning => ({
  missing: "null",
  work: workOf(element),
  convert: numberOf(element)
})

/** Most names of an object, and most bytes of all of them. */
const MAX_NAMES = 262_144
const MAX_NAME_BYTES = 33_554_432

/** Nanoseconds, roughly, that a text takes which is not that of the row before. */
const TEXT_WORK = 250

/** The texts of a column, numbered as they are met. */
export class Names {
  readonly texts: Array<string> = []
  readonly #numbers = new Map<string, number>()
  readonly #isLegal: (text: string) => boolean
  readonly #work: Work
  #bytes = 0
  #last = new Uint8Array(0)
  #lastNumber: number | "name" = "name"

  constructor(isLegal: (text: string) => boolean, work: Work) {
    this.#isLegal = isLegal
    this.#work = work
  }

  /** As numbers; those that are not legal, or no UTF-8, mean no name. */
  meaning(element: Element): Meaning {
    if (element.type !== "BYTE_ARRAY" || element.logical === "DECIMAL") return refuse("names", element, "texts")
    return { missing: "name", work: NUMBER_WORK, convert: (cell) => this.#numberOf(cell as Uint8Array) }
  }

  #numberOf(bytes: Uint8Array): number | "name" {
    if (bytes.length > LONGEST_TEXT) return "name"
    // Rows of one point mostly follow each other.
    if (this.#last.length > 0 && sameBytes(bytes, this.#last)) return this.#lastNumber
    this.#work.spend(TEXT_WORK + bytes.length, "reading the names")
    this.#last = bytes.slice()
    const text = decodeText(bytes)
    return this.#lastNumber = text === undefined ? "name" : this.#numbers.get(text) ?? this.#add(text, bytes.length)
  }

  #add(text: string, bytes: number): number | "name" {
    if (!this.#isLegal(text)) return "name"
    this.#bytes += bytes
    if (this.texts.length === MAX_NAMES || this.#bytes > MAX_NAME_BYTES) {
      throw new RangeError(`the object has more than ${MAX_NAMES} names, or ${MAX_NAME_BYTES} bytes of names`)
    }
    this.#numbers.set(text, this.texts.length)
    return this.texts.push(text) - 1
  }
}

export const isPointName = (text: string): boolean => Result.isSuccess(parsePointName(text))

/** Other sites that are told apart; a refusal names the first. */
const MAX_OTHERS = 16

/**
 * The column `site_name` of an object of a site: 0 where it says so, else the place of what it says in `others`, counted
 * from 1.
 */
export const sites = (element: Element, site: string): { readonly meaning: Meaning; readonly others: ReadonlyArray<string> } => {
  if (element.type !== "BYTE_ARRAY") return refuse("sites", element, "texts")
  const expected = encoder.encode(site)
  const others: Array<string> = []
  const convert: Convert = (cell) => {
    const bytes = cell as Uint8Array
    if (sameBytes(bytes, expected)) return 0
    return others.length === MAX_OTHERS ? MAX_OTHERS : others.push(decoder.decode(bytes.subarray(0, LONGEST_TEXT)))
  }
  return { meaning: { missing: "name", work: NUMBER_WORK, convert }, others }
}
