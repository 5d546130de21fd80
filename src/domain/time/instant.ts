/**
 * Instants: whole milliseconds since the epoch, UTC. Every text or number from outside is read here, once.
 */
import { Result, Schema } from "effect"
import { DAY_MS, dateOfDay, dayFromDate, dayOf, daysInMonth, HOUR_MS, MINUTE_MS, SECOND_MS } from "./calendar.ts"
import { parseDuration } from "./interval.ts"
import { instantOfWall, utc, type Zone } from "./zone.ts"

/** A text or number that is not an instant. `field` is the name of the field that held `text`. */
export class InvalidInstant extends Schema.TaggedError<InvalidInstant>()("InvalidInstant", {
  field: Schema.String,
  text: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.field}: ${JSON.stringify(this.text)} is not an instant: ${this.reason}`
  }
}

/**
 * An epoch number tells its unit by its size: below 1e11 it is in seconds, below 1e14 in milliseconds, below 1e17 in
 * microseconds, and else in nanoseconds. Each bound is a date in the year 5138, in the unit below it.
 *
 * **Gotchas** Milliseconds before 1973-03-03 (below 1e11) are read as seconds.
 */
const SECONDS_BELOW = 1e11
const MILLISECONDS_BELOW = 1e14
const MICROSECONDS_BELOW = 1e17

/** The first and the last instant that are accepted, ms: the years 1 to 9999. */
export const MIN_INSTANT = -62_135_596_800_000
export const MAX_INSTANT = 253_402_300_799_999

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:(Z)|([+-])(\d{2})(?::?(\d{2}))?)?)?$/i
const DIGITS = /^[+-]?\d{1,20}$/

/** The instant of an epoch number, ms, floored. Of seconds with a fraction, microseconds count. */
export const fromEpoch = (value: number): number => {
  const size = Math.abs(value)
  // Adding 0 makes -0 the instant it means.
  if (size < SECONDS_BELOW) return Math.floor(Math.round(value * 1_000_000) / 1_000) + 0
  if (size < MILLISECONDS_BELOW) return Math.floor(value)
  return size < MICROSECONDS_BELOW ? Math.floor(value / 1_000) : Math.floor(value / 1_000_000)
}

/** `value` divided by `unit`, floored; exact also where `value` is too large for a double. */
export const floorUnits = (value: bigint, unit: bigint): number =>
  Number((value - ((value % unit) + unit) % unit) / unit)

/** {@link fromEpoch} of a number that may be too large for a double: it is divided before it becomes one. */
export const fromEpochInteger = (value: bigint): number => {
  if (Number.isSafeInteger(Number(value))) return fromEpoch(Number(value))
  const size = value < 0n ? -value : value
  return floorUnits(value, size < BigInt(MICROSECONDS_BELOW) ? 1_000n : 1_000_000n)
}

/** A time with a space where a + was: a URL's + is a space. */
const LOST_PLUS = /^(?:\d{4}-.*:\d{2}(?:\.\d+)? \d{2}(?::?\d{2})?|now \d+[a-z]+)$/i

/** The instant of an ISO 8601 text; the reason where there is no such instant, undefined for any other text. */
const fromIso = (text: string, tz: Zone): number | string | undefined => {
  const m = ISO.exec(text)
  if (m === null) {
    const hint = "expected ISO 8601 with its + written as %2B in a URL, where + means a space"
    return LOST_PLUS.test(text) ? hint : undefined
  }
  const [year, month, day, hour, minute, second] = [m[1], m[2], m[3], m[4] ?? 0, m[5] ?? 0, m[6] ?? 0].map(Number) as
    [number, number, number, number, number, number]
  if (year < 1) return "there is no year 0"
  if (month < 1 || month > 12) return "no such month"
  if (day < 1 || day > daysInMonth(year, month)) return "no such day in that month"
  if (hour > 23 || minute > 59 || second > 59) return "no such time of day"
  const zoneHours = Number(m[10] ?? 0)
  const zoneMinutes = Number(m[11] ?? 0)
  if (zoneHours > 23 || zoneMinutes > 59) return "no such zone"
  const zone = (zoneHours * HOUR_MS + zoneMinutes * MINUTE_MS) * (m[9] === "-" ? -1 : 1)
  const fraction = Number((m[7] ?? "").slice(0, 3).padEnd(3, "0"))
  const time = hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + fraction
  const wall = dayFromDate(year, month, day) * DAY_MS + time
  return m[8] === undefined && m[9] === undefined ? instantOfWall(tz, wall) : wall - zone
}

/**
 * Reads an instant, floored to ms:
 * - an epoch number, or a text of its digits, in s, ms, µs or ns, told apart by its size;
 * - ISO 8601, with `T` or a space, with up to 9 digits of a second, and with a zone or without one, which means `zone`;
 * - a day alone, which is its first instant in `zone`.
 *
 * **Gotchas** A JavaScript number holds nanoseconds only to about 256 ns, so the result may be a millisecond early. A
 * text of the same digits is read exactly. A time that clocks skip is the instant of the change; of one that they show
 * twice, it is the first.
 */
export const parseInstant = (
  input: unknown,
  field: string,
  zone: Zone = utc
): Result.Result<number, InvalidInstant> => {
  const fail = (reason: string) => Result.fail(new InvalidInstant({ field, text: describe(input), reason }))
  if (typeof input === "number") {
    return Number.isInteger(input) ? withinYears(fromEpoch(input), fail) : fail("expected a whole number")
  }
  if (typeof input !== "string") return fail("expected a number or a text")
  const text = input.trim()
  if (text === "") return fail("it is empty")
  if (DIGITS.test(text)) return withinYears(fromEpochInteger(BigInt(text.replace("+", ""))), fail)
  const ms = fromIso(text, zone)
  if (typeof ms === "number") return withinYears(ms, fail)
  return fail(ms ?? "expected epoch s, ms, µs or ns, or ISO 8601 such as 2026-11-23T14:05:00Z")
}

const RELATIVE = /^now(?:([+-])(\d{1,6}[a-z]+))?$/i

/** Reads an instant like {@link parseInstant}, or one relative to `now` (ms): `now`, `now-7d`, `now+90min`. */
export const parseInstantNear = (
  input: unknown,
  field: string,
  now: number,
  zone: Zone = utc
): Result.Result<number, InvalidInstant> => {
  const match = typeof input === "string" ? RELATIVE.exec(input.trim()) : null
  if (match === null) return parseInstant(input, field, zone)
  const fail = (reason: string) => Result.fail(new InvalidInstant({ field, text: describe(input), reason }))
  if (match[2] === undefined) return Result.succeed(now)
  return Result.match(parseDuration(match[2]), {
    onFailure: ({ reason }) => fail(reason),
    onSuccess: (ms) => withinYears(match[1] === "-" ? now - ms : now + ms, fail)
  })
}

/** The input as text for an error. The `toString` of an object is not called, because it could do anything. */
const describe = (input: unknown): string =>
  typeof input === "object" && input !== null ? "an object" : String(input).slice(0, 100)

const withinYears = <E>(ms: number, fail: (reason: string) => Result.Result<never, E>): Result.Result<number, E> =>
  ms >= MIN_INSTANT && ms <= MAX_INSTANT ? Result.succeed(ms) : fail("it is outside the years 1 to 9999")

const pad = (n: number, width: number): string => String(n).padStart(width, "0")

/** An instant as ISO 8601: `2026-11-23T14:05:00.000Z`. */
export const formatInstant = (ms: number): string => {
  const date = dateOfDay(dayOf(ms))
  const rest = ms - dayOf(ms) * DAY_MS
  const time = [Math.floor(rest / HOUR_MS), Math.floor(rest / MINUTE_MS) % 60, Math.floor(rest / SECOND_MS) % 60]
  return `${pad(date.year, 4)}-${pad(date.month, 2)}-${pad(date.day, 2)}T${time.map((n) => pad(n, 2)).join(":")}.${
    pad(rest % SECOND_MS, 3)
  }Z`
}
