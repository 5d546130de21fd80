/**
 * Bucket widths as people write them: `30s`, `5min` or `5m`, `1h`, `1d`, `1mo`.
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

/** A length of time in ms, at least a second: `90s`, `5min`, `7d`. */
export const parseDuration = (text: string): Result.Result<number, InvalidInterval> => {
  const match = /^(\d{1,6})([a-z]+)$/.exec(text.trim().toLowerCase())
  const unit = UNITS.get(match?.[2] ?? "")
  const fail = (reason: string) => Result.fail(new InvalidInterval({ text: text.slice(0, 100), reason }))
  if (match === null || unit === undefined) return fail("expected a number and s, min, h or d, such as 5min")
  const width = Number(match[1]) * unit
  return width < SECOND_MS ? fail("expected a second at least") : Result.succeed(width)
}

/** `raw` for the samples themselves, `auto` for what suits the window; else a width from `1s` to `1d`, or `1mo`. */
export const parseInterval = (text: string): Result.Result<"raw" | "auto" | Interval, InvalidInterval> => {
  const word = text.trim().toLowerCase()
  if (word === "raw" || word === "auto") return Result.succeed(word)
  if (word === "1mo" || word === "1month") return Result.succeed("month")
  return Result.flatMap(parseDuration(text), (width) =>
    width > DAY_MS
      ? Result.fail(new InvalidInterval({ text: text.slice(0, 100), reason: "expected 1s to 1d, or 1mo" }))
      : Result.succeed(width === DAY_MS ? "day" : width))
}

/** As {@link parseInterval} reads it. */
export const formatInterval = (interval: Interval): string => {
  if (interval === "day") return "1d"
  if (interval === "month") return "1mo"
  if (interval % HOUR_MS === 0) return `${interval / HOUR_MS}h`
  return interval % MINUTE_MS === 0 ? `${interval / MINUTE_MS}min` : `${interval / SECOND_MS}s`
}

/** The widths that `auto` chooses from, in ms. */
const LADDER = [
  ...[1, 5, 10, 30].map((n) => n * SECOND_MS),
  ...[1, 5, 10, 15, 30].map((n) => n * MINUTE_MS),
  ...[1, 2, 6, 12].map((n) => n * HOUR_MS)
]

/** As many buckets as `auto` lets a window have: about one a pixel of a chart. */
export const AUTO_BUCKETS = 1_500

/** The smallest width of the ladder that cuts the window into {@link AUTO_BUCKETS} at most; days or months beyond it. */
export const autoInterval = ({ end, start }: Window): Interval =>
  LADDER.find((width) => (end - start) / width <= AUTO_BUCKETS) ??
    ((end - start) / DAY_MS <= AUTO_BUCKETS ? "day" : "month")
