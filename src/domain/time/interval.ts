/**
 * Bucket widths and lengths of time, as people write them: `30s`, `5min` or `5m`, `1h`, `1d`, `1w`, `1mo`, `1q`, `1y`.
 */
import { Result, Schema } from "effect"
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "./calendar.ts"
import type { Window } from "./window.ts"

/** Bucket widths that follow the calendar of a zone. */
export type CalendarUnit = "day" | "week" | "month" | "quarter" | "year"

/** A bucket width: a fixed one in ms, or a local day, week, month, quarter or year. */
export type Interval = number | CalendarUnit

/** A text that is not a bucket width or a length of time. */
export class InvalidInterval extends Schema.TaggedError<InvalidInterval>()("InvalidInterval", {
  text: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${JSON.stringify(this.text)} is not an interval: ${this.reason}`
  }
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ["s", SECOND_MS],
  ["sec", SECOND_MS],
  ["m", MINUTE_MS],
  ["min", MINUTE_MS],
  ["h", HOUR_MS],
  ["hour", HOUR_MS],
  ["d", DAY_MS],
  ["day", DAY_MS]
])

const invalid = (text: string, reason: string) =>
  Result.fail(new InvalidInterval({ text: text.slice(0, 100), reason }))

/** Reads a length of time such as `90s`, `5min` or `7d`, as ms. The shortest is a second. */
export const parseDuration = (text: string): Result.Result<number, InvalidInterval> => {
  const match = /^(\d{1,6})([a-z]+)$/.exec(text.trim().toLowerCase())
  const unit = UNITS.get(match?.[2] ?? "")
  if (match === null || unit === undefined) return invalid(text, "expected a number and s, min, h or d, such as 5min")
  const width = Number(match[1]) * unit
  return width < SECOND_MS ? invalid(text, "expected at least a second") : Result.succeed(width)
}

const CALENDAR: ReadonlyMap<string, CalendarUnit> = new Map([
  ["1w", "week"],
  ["1week", "week"],
  ["1mo", "month"],
  ["1month", "month"],
  ["1q", "quarter"],
  ["1quarter", "quarter"],
  ["3mo", "quarter"],
  ["1y", "year"],
  ["1year", "year"],
  ["12mo", "year"]
])

/**
 * Reads `raw` (samples, no buckets), `auto` (a width that suits the window), a width from `1s` to `1d`, or `1w`, `1mo`,
 * `1q` or `1y`.
 */
export const parseInterval = (text: string): Result.Result<"raw" | "auto" | Interval, InvalidInterval> => {
  const word = text.trim().toLowerCase()
  if (word === "raw" || word === "auto") return Result.succeed(word)
  const unit = CALENDAR.get(word)
  if (unit !== undefined) return Result.succeed(unit)
  const width = Result.getOrElse(parseDuration(text), () => Infinity)
  if (width === DAY_MS) return Result.succeed("day")
  return width < DAY_MS
    ? Result.succeed(width)
    : invalid(text, "expected raw, auto, a width from 1s to 1d such as 5min, or 1w, 1mo, 1q or 1y")
}

const CALENDAR_TEXTS: { readonly [K in CalendarUnit]: string } = {
  day: "1d",
  week: "1w",
  month: "1mo",
  quarter: "1q",
  year: "1y"
}

/** A bucket width as text, in the form that {@link parseInterval} reads. */
export const formatInterval = (interval: Interval): string => {
  if (typeof interval !== "number") return CALENDAR_TEXTS[interval]
  if (interval % HOUR_MS === 0) return `${interval / HOUR_MS}h`
  return interval % MINUTE_MS === 0 ? `${interval / MINUTE_MS}min` : `${interval / SECOND_MS}s`
}

/** The widths that `auto` chooses from, ms, ascending. */
const WIDTHS = [
  ...[1, 5, 10, 30].map((n) => n * SECOND_MS),
  ...[1, 5, 10, 15, 30].map((n) => n * MINUTE_MS),
  ...[1, 2, 6, 12].map((n) => n * HOUR_MS)
]

/** `auto` gives a window at most this many buckets: about one for each pixel of a chart. */
export const AUTO_BUCKETS = 1_500

/** The smallest of the widths that gives the window at most {@link AUTO_BUCKETS} buckets; else days, or months. */
export const autoInterval = ({ end, start }: Window): Interval =>
  WIDTHS.find((width) => (end - start) / width <= AUTO_BUCKETS) ??
    ((end - start) / DAY_MS <= AUTO_BUCKETS ? "day" : "month")
