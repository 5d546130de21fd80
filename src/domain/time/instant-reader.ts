/**
 * A reader of instants for hot paths: the same answers as `parseInstant`, without a regular expression or a `Result`
 * a row. Rows ascend and share timestamps, so the last text and the last day are remembered.
 */
import { Result } from "effect"
import { DAY_MS, dayFromDate, daysInMonth, HOUR_MS, MINUTE_MS, SECOND_MS } from "./calendar.ts"
import { parseInstant } from "./instant.ts"

/** Reads one field after another; NaN for what is no instant. */
export type InstantReader = (input: unknown) => number

/** The two digits at `i` as a number; at least 1,000 where one of them is no digit. */
const twoDigits = (text: string, i: number): number => {
  const tens = text.charCodeAt(i) - 48
  const ones = text.charCodeAt(i + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 1_000
}

/** Milliseconds of the fraction that starts at `i`, floored; NaN unless it is 1–9 digits to the end of the text. */
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

/** A fresh reader with its own memory of the last text. */
export const makeInstantReader = (): InstantReader => {
  let lastText: unknown = ""
  let lastMs = NaN
  let lastDate = -1
  let lastDayMs = NaN

  /** `YYYY-MM-DDTHH:MM:SS[.f]`, no zone; NaN where the text is anything else, valid or not. */
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
