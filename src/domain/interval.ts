/**
 * Bucket widths as people write them: `30s`, `5min` or `5m`, `1h`, `1d`.
 */
import { Result, Schema } from "effect"
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "./calendar.ts"

export class InvalidInterval extends Schema.TaggedError<InvalidInterval>()("InvalidInterval", {
  text: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `interval: ${JSON.stringify(this.text)} is not an interval: ${this.reason}`
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

/** The width in ms, from one second to one day; `null` for `raw`. */
export const parseInterval = (text: string): Result.Result<number | null, InvalidInterval> => {
  if (text === "raw") return Result.succeed(null)
  const match = /^(\d{1,6})([a-z]+)$/.exec(text.trim().toLowerCase())
  const unit = UNITS.get(match?.[2] ?? "")
  const fail = (reason: string) => Result.fail(new InvalidInterval({ text: text.slice(0, 100), reason }))
  if (match === null || unit === undefined) return fail("expected a number and s, min, h or d, such as 5min")
  const width = Number(match[1]) * unit
  return width < SECOND_MS || width > DAY_MS ? fail("expected 1s to 1d") : Result.succeed(width)
}
