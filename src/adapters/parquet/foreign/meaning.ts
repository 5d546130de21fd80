/**
 * What the columns of other tools mean: instants, values and sites, from the physical values that lie in the file.
 */
import { parseFloat16 } from "hyparquet/src/convert.js"
import { floorUnits, fromEpoch, fromEpochInteger, MAX_INSTANT, MIN_INSTANT } from "../../../domain/time/instant.ts"
import { makeInstantReader } from "../../../domain/time/instant-reader.ts"
import { readValue } from "../../../domain/samples/value.ts"
import type { Cell } from "./cells.ts"
import type { Convert, Meaning } from "./column.ts"
import type { Element } from "./schema.ts"

export const refuse = (what: string, { logical, type }: Element, expected: string): never => {
  throw new RangeError(`${what} are ${type}${logical === undefined ? "" : ` (${logical})`}, not ${expected}`)
}

/** Bytes of the longest text that is looked at; a legal name has fewer. */
export const LONGEST_TEXT = 4_096

const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true })
const encoder = new TextEncoder()

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])

/** Undefined where the bytes are no UTF-8. */
export const decodeText = (bytes: Uint8Array): string | undefined => {
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
  const { read } = makeInstantReader()
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

const workOf = ({ type }: Element): number =>
  type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY" || type === "INT96" ? BYTES_WORK : NUMBER_WORK

/**
 * The instants of the column `timestamp`: TIMESTAMP in any unit, INT96, whole numbers (s, ms, µs or ns by their size),
 * seconds or milliseconds as doubles, and texts as the API takes them. A TIMESTAMP that is not adjusted to UTC is taken
 * for UTC. Throws where the column is something else.
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
  if (type === "INT64") {
    return isUnsigned
      ? (cell) => Number(BigInt.asUintN(64, BigInt(cell as number | bigint)))
      : Number
  }
  if (type === "INT32" && isUnsigned) return (cell) => (cell as number) >>> 0
  return type === "BYTE_ARRAY" ? (cell) => readValue(textOf(cell) ?? "") : readValue
}

/**
 * The numbers of the column `value`: any numeric type, booleans, and texts as a source gives them. Throws for others.
 */
export const values = (element: Element): Meaning => ({
  missing: "null",
  work: workOf(element),
  convert: numberOf(element)
})

/** Other sites that are told apart; a refusal names the first. */
const MAX_OTHERS = 16

/**
 * The column `site_name` of an object of a site: 0 where it says so, else the place of what it says in `others`,
 * counted from 1.
 */
export const sites = (
  element: Element,
  site: string
): { readonly meaning: Meaning; readonly others: ReadonlyArray<string> } => {
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
