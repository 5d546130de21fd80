/**
 * Instants: integers of milliseconds since the epoch, UTC. Every text or number from outside becomes one here, once.
 */
import { Result, Schema } from "effect"
import { DAY_MS, dateOfDay, dayFromDate, dayOf, daysInMonth, HOUR_MS, MINUTE_MS, SECOND_MS } from "./calendar.ts"
import { parseDuration } from "./interval.ts"

/** A text or number that is no instant; `field` is where it stood and `text` what was there. */
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
 * Where epoch numbers change their unit, by magnitude: below 1e11 seconds (year 5138), below 1e14 milliseconds
 * (the same year), below 1e17 microseconds, above nanoseconds.
 *
 * **Gotchas** Milliseconds before 1973-03-03 (below 1e11) are taken for seconds.
 */
const SECONDS_BELOW = 1e11
const MILLISECONDS_BELOW = 1e14
const MICROSECONDS_BELOW = 1e17

/** The first and the last instant accepted: years 1 to 9999. */
export const MIN_INSTANT = -62_135_596_800_000
export const MAX_INSTANT = 253_402_300_799_999

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:(Z)|([+-])(\d{2})(?::?(\d{2}))?)?)?$/i
const DIGITS = /^[+-]?\d{1,20}$/

/** The instant of an epoch number, ms; a fraction of a second counts to the microsecond, as far as a double reaches. */
export const fromEpoch = (value: number): number => {
  const size = Math.abs(value)
  // Adding 0 makes -0 the instant it means.
  if (size < SECONDS_BELOW) return Math.floor(Math.round(value * 1_000_000) / 1_000) + 0
  if (size < MILLISECONDS_BELOW) return Math.floor(value)
  return size < MICROSECONDS_BELOW ? Math.floor(value / 1_000) : Math.floor(value / 1_000_000)
}

/** How many whole `unit`s lie in `value`, floored; exact beyond what a double holds. */
export const floorUnits = (value: bigint, unit: bigint): number => Number((value - ((value % unit) + unit) % unit) / unit)

/** Digits beyond what a double holds: what is to be floored away is divided off while it is still exact. */
export const fromEpochInteger = (value: bigint): number => {
  if (Number.isSafeInteger(Number(value))) return fromEpoch(Number(value))
  const size = value < 0n ? -value : value
  return floorUnits(value, size < BigInt(MICROSECONDS_BELOW) ? 1_000n : 1_000_000n)
}

/** `undefined` where the text is not ISO 8601, a reason where it is but names no instant. */
const fromIso = (text: string): number | string | undefined => {
  const m = ISO.exec(text)
  if (m === null) return undefined
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
  return dayFromDate(year, month, day) * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS +
    fraction - zone
}

/**
 * Reads an instant: an epoch number or digit string in s, ms, µs or ns (told apart by magnitude), ISO 8601 with a
 * zone, or without one (then UTC), `T` or a space, 0–9 fraction digits, or a day alone (its first millisecond).
 * Fractions of a millisecond are floored.
 *
 * **Gotchas** A JavaScript number of nanoseconds is exact to some 256 ns only, which may be the millisecond before;
 * the digits as text are read exactly.
 */
export const parseInstant = (input: unknown, field: string): Result.Result<number, InvalidInstant> => {
  const fail = (reason: string) => Result.fail(new InvalidInstant({ field, text: describe(input), reason }))
  if (typeof input === "number") {
    return Number.isInteger(input) ? withinYears(fromEpoch(input), fail) : fail("expected a whole number")
  }
  if (typeof input !== "string") return fail("expected a number or a text")
  const text = input.trim()
  if (text === "") return fail("it is empty")
  if (DIGITS.test(text)) return withinYears(fromEpochInteger(BigInt(text.replace("+", ""))), fail)
  const ms = fromIso(text)
  if (typeof ms === "number") return withinYears(ms, fail)
  return fail(ms ?? "expected epoch s, ms, µs or ns, or ISO 8601 such as 2026-11-23T14:05:00Z")
}

const RELATIVE = /^now(?:([+-])(\d{1,6}[a-z]+))?$/i

/**
 * Reads an instant as {@link parseInstant} does, or one relative to `now`: `now`, `now-7d`, `now+90min`.
 */
export const parseInstantNear = (input: unknown, field: string, now: number): Result.Result<number, InvalidInstant> => {
  const match = typeof input === "string" ? RELATIVE.exec(input.trim()) : null
  if (match === null) return parseInstant(input, field)
  const fail = (reason: string) => Result.fail(new InvalidInstant({ field, text: describe(input), reason }))
  if (match[2] === undefined) return Result.succeed(now)
  return Result.match(parseDuration(match[2]), {
    onFailure: ({ reason }) => fail(reason),
    onSuccess: (ms) => withinYears(match[1] === "-" ? now - ms : now + ms, fail)
  })
}

/** Objects are only named: their own `toString` may be anything. */
const describe = (input: unknown): string =>
  typeof input === "object" && input !== null ? "an object" : String(input).slice(0, 100)

const withinYears = <E>(ms: number, fail: (reason: string) => Result.Result<never, E>): Result.Result<number, E> =>
  ms >= MIN_INSTANT && ms <= MAX_INSTANT ? Result.succeed(ms) : fail("it lies outside the years 1 to 9999")

const pad = (n: number, width: number): string => String(n).padStart(width, "0")

/** `2026-11-23T14:05:00.000Z` */
export const formatInstant = (ms: number): string => {
  const date = dateOfDay(dayOf(ms))
  const rest = ms - dayOf(ms) * DAY_MS
  const time = [Math.floor(rest / HOUR_MS), Math.floor(rest / MINUTE_MS) % 60, Math.floor(rest / SECOND_MS) % 60]
  return `${pad(date.year, 4)}-${pad(date.month, 2)}-${pad(date.day, 2)}T${time.map((n) => pad(n, 2)).join(":")}.${
    pad(rest % SECOND_MS, 3)
  }Z`
}
