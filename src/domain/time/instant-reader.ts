/**
 * A fast reader of instants for many rows. It gives the same answers as `parseInstant`, but most rows need neither a
 * regular expression nor a `Result`: neighbouring rows often share their timestamp or their day, so it remembers both.
 */
import { Result } from "effect"
import { DAY_MS, dayFromDate, daysInMonth, HOUR_MS, MINUTE_MS, SECOND_MS } from "./calendar.ts"
import { parseInstant } from "./instant.ts"

/** Reads numbers and texts as instants, ms; NaN where one is not an instant. */
export interface InstantReader {
  readonly read: (input: unknown) => number
  /** Reads a text of ASCII, given as its bytes from `from` to before `to`. */
  readonly readBytes: (bytes: Uint8Array, from: number, to: number) => number
}

/** The number in the two digits at `i`; 1,000 where one of them is not a digit, which no caller accepts. */
const twoDigits = (bytes: Uint8Array, i: number): number => {
  const tens = (bytes[i] as number) - 48
  const ones = (bytes[i + 1] as number) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 1_000
}

/** The fraction of a second from `i` to `end`, ms, floored; NaN unless it is 1 to 9 digits. */
const fractionMs = (bytes: Uint8Array, from: number, end: number): number => {
  if (from === end || end - from > 9) return NaN
  let ms = 0
  let weight = 100
  for (let i = from; i < end; i++) {
    const digit = (bytes[i] as number) - 48
    if (digit < 0 || digit > 9) return NaN
    ms += digit * weight
    weight = weight === 100 ? 10 : weight === 10 ? 1 : 0
  }
  return ms
}

/** No text of the plain form is longer. */
const MAX_PLAIN = 29

/** A new reader with a memory of its own. */
export const makeInstantReader = (): InstantReader => {
  const scratch = new Uint8Array(MAX_PLAIN)
  let lastText: unknown = ""
  let lastMs = NaN
  let lastDate = -1
  let lastDayMs = NaN

  /** Reads `YYYY-MM-DDTHH:MM:SS[.f]`, the form of nearly all rows; NaN for every other text, whether valid or not. */
  const plain = (bytes: Uint8Array, at: number, end: number): number => {
    if (end - at < 19 || bytes[at + 4] !== 45 || bytes[at + 7] !== 45) return NaN
    if (bytes[at + 10] !== 84 || bytes[at + 13] !== 58 || bytes[at + 16] !== 58) return NaN
    const year = twoDigits(bytes, at) * 100 + twoDigits(bytes, at + 2)
    const month = twoDigits(bytes, at + 5)
    const day = twoDigits(bytes, at + 8)
    const hour = twoDigits(bytes, at + 11)
    const minute = twoDigits(bytes, at + 14)
    const second = twoDigits(bytes, at + 17)
    if (year < 1 || year > 9_999 || day < 1 || hour > 23 || minute > 59 || second > 59) return NaN
    const date = year * 10_000 + month * 100 + day
    if (date !== lastDate) {
      if (month > 12 || day > daysInMonth(year, month)) return NaN
      lastDate = date
      lastDayMs = dayFromDate(year, month, day) * DAY_MS
    }
    const fraction = end - at === 19 ? 0 : bytes[at + 19] === 46 ? fractionMs(bytes, at + 20, end) : NaN
    return lastDayMs + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + fraction
  }

  const plainText = (text: string): number => {
    if (text.length > MAX_PLAIN) return NaN
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      // The byte of another character: it must not become that of a digit.
      scratch[i] = code < 128 ? code : 0
    }
    return plain(scratch, 0, text.length)
  }

  const read = (input: unknown): number => {
    if (input === lastText) return lastMs
    let ms = typeof input === "string" ? plainText(input) : NaN
    if (Number.isNaN(ms)) ms = Result.getOrElse(parseInstant(input, "time"), () => NaN)
    lastText = input
    lastMs = ms
    return ms
  }

  return {
    read,
    readBytes: (bytes, from, to) => {
      const ms = plain(bytes, from, to)
      return Number.isNaN(ms) ? read(String.fromCharCode(...bytes.subarray(from, to))) : ms
    }
  }
}
