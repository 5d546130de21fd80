/**
 * A fast reader of instants for many rows. It gives the same answers as `parseInstant`, but most rows need neither a
 * regular expression nor a `Result`: neighbouring rows often share their timestamp or their day, so it remembers both.
 */
import { Result } from "effect"
import { DAY_MS, dayFromDate, daysInMonth, HOUR_MS, MINUTE_MS, SECOND_MS } from "./calendar.ts"
import { parseInstant } from "./instant.ts"

/** Reads a number or a text as an instant, ms; NaN where it is not an instant. */
export type InstantReader = (input: unknown) => number

/** The number in the two digits at `i`; 1,000 where one of them is not a digit, which no caller accepts. */
const twoDigits = (text: string, i: number): number => {
  const tens = text.charCodeAt(i) - 48
  const ones = text.charCodeAt(i + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 1_000
}

/** The fraction of a second from `i` to the end of the text, ms, floored; NaN unless it is 1 to 9 digits. */
const fractionMs = (text: string, i: number): number => {
  if (i === text.length || text.length - i > 9) return NaN
  let ms = 0
  let weight = 100
  for (; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return NaN
    ms += digit * weight
    weight = weight === 100 ? 10 : weight === 10 ? 1 : 0
  }
  return ms
}

/** A new reader with a memory of its own. */
export const makeInstantReader = (): InstantReader => {
  let lastText: unknown = ""
  let lastMs = NaN
  let lastDate = -1
  let lastDayMs = NaN

  /** Reads `YYYY-MM-DDTHH:MM:SS[.f]`, the form of nearly all rows; NaN for every other text, whether valid or not. */
  const plain = (text: string): number => {
    if (text.length < 19 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return NaN
    if (text.charCodeAt(10) !== 84 || text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return NaN
    const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
    const month = twoDigits(text, 5)
    const day = twoDigits(text, 8)
    const hour = twoDigits(text, 11)
    const minute = twoDigits(text, 14)
    const second = twoDigits(text, 17)
    if (year < 1 || year > 9_999 || day < 1 || hour > 23 || minute > 59 || second > 59) return NaN
    const date = year * 10_000 + month * 100 + day
    if (date !== lastDate) {
      if (month > 12 || day > daysInMonth(year, month)) return NaN
      lastDate = date
      lastDayMs = dayFromDate(year, month, day) * DAY_MS
    }
    const fraction = text.length === 19 ? 0 : text.charCodeAt(19) === 46 ? fractionMs(text, 20) : NaN
    return lastDayMs + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + fraction
  }

  return (input) => {
    if (input === lastText) return lastMs
    let ms = typeof input === "string" ? plain(input) : NaN
    if (Number.isNaN(ms)) ms = Result.getOrElse(parseInstant(input, "time"), () => NaN)
    lastText = input
    lastMs = ms
    return ms
  }
}
