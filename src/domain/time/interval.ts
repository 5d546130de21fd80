/**
 * Bucket widths and lengths of time, as people write them: `30s`, `5min` or `5m`, `1h`, `1d`, `1mo`.
 */
import { Result, Schema } from "effect"
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "./calendar.ts"
import type { Window } from "./window.ts"

/** A bucket width: a fixed one in ms, a local day, or a local month. */
export type Interval = number | "day" | "month"

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

/** Reads a length of time such as `90s`, `5min` or `7d`, as ms. The shortest is a second. */
export const parseDuration = (text: string): Result.Result<number, InvalidInterval> => {
  const match = /^(\d{1,6})([a-z]+)$/.exec(text.trim().toLowerCase())
  const unit = UNITS.get(match?.[2] ?? "")
  const fail = (reason: string) => Result.fail(new InvalidInterval({ text: text.slice(0, 100), reason }))
  if (match === null || unit === undefined) return fail("expected a number and s, min, h or d, such as 5min")
  const width = Number(match[1]) * unit
  return width < SECOND_MS ? fail("expected at least a second") : Result.succeed(width)
}

/** Reads `raw` (samples, no buckets), `auto` (a width that suits the window), a width from `1s` to `1d`, or `1mo`. */
export const parseInterval = (text: string): Result.Result<"raw" | "auto" | Interval, InvalidInterval> => {
  const word = text.trim().toLowerCase()
  if (word === "raw" || word === "auto") return Result.succeed(word)
  if (word === "1mo" || word === "1month") return Result.succeed("month")
  return Result.flatMap(parseDuration(text), (width) =>
    width > DAY_MS
      ? Result.fail(new InvalidInterval({ text: text.slice(0, 100), reason: "expected 1s to 1d, or 1mo" }))
      : Result.succeed(width === DAY_MS ? "day" : width))
}

/** A bucket width as text, in the form that {@link parseInterval} reads. */
export const formatInterval = (interval: Interval): string => {
  if (interval === "day") return "1d"
  if (interval === "month") return "1mo"
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
