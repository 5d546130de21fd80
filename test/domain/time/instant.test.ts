/**
 * Instants: every accepted form is read to its millisecond and every other refused by name, shown by tables; and random
 * instants are written and read back as `Date` does it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result } from "effect"
import { formatInstant, MAX_INSTANT, MIN_INSTANT, parseInstant } from "../../../src/domain/time/instant.ts"
import { parseZone } from "../../../src/domain/time/zone.ts"
import { integer, oneOf, property } from "../../properties.ts"

const at = Date.UTC(2026, 10, 23, 14, 5, 6, 789)
const minute = Date.UTC(2026, 10, 23, 14, 5)

const accepted: ReadonlyArray<readonly [unknown, number]> = [
  // Epoch numbers and digits, told apart by magnitude.
  [0, 0],
  [-0, 0],
  ["0", 0],
  ["-0", 0],
  [1, 1_000],
  [-1, -1_000],
  ["1795442706", 1_795_442_706_000],
  [1_795_442_706, 1_795_442_706_000],
  ["+1795442706", 1_795_442_706_000],
  ["1795442706789", 1_795_442_706_789],
  [1_795_442_706_789, 1_795_442_706_789],
  ["1795442706789999", 1_795_442_706_789],
  [1_795_442_706_789_999, 1_795_442_706_789],
  ["1795442706789999999", 1_795_442_706_789],
  ["1795442706790000000", 1_795_442_706_790],
  ["99999999999999999", 99_999_999_999_999],
  ["100000000000000000", 100_000_000_000],
  ["-1000000000001", -1_000_000_000_001],
  ["-1000000000000001", -1_000_000_000_001],
  ["-1000000000000000001", -1_000_000_000_001],
  ["-1000000000000000000", -1_000_000_000_000],
  [99_999_999_999, 99_999_999_999_000],
  [100_000_000_000, 100_000_000_000],
  [99_999_999_999_999, 99_999_999_999_999],
  [100_000_000_000_000, 100_000_000_000],
  [" 1795442706 ", 1_795_442_706_000],
  // ISO 8601 with a zone.
  ["2026-11-23T14:05:06.789Z", at],
  ["2026-11-23t14:05:06.789z", at],
  ["2026-11-23T14:05:06.789+00:00", at],
  ["2026-11-23T15:05:06.789+01:00", at],
  ["2026-11-23T19:35:06.789+05:30", at],
  ["2026-11-23T19:35:06.789+0530", at],
  ["2026-11-23T15:05:06.789+01", at],
  ["2026-11-23T06:05:06.789-08:00", at],
  ["2026-11-24T00:05:06.789+10:00", at],
  ["2026-11-23 14:05:06.789Z", at],
  // Without a zone it is UTC, as ACE means it.
  ["2026-11-23T14:05:06.789", at],
  ["2026-11-23 14:05:06.789", at],
  ["2026-11-23T14:05", minute],
  ["2026-11-23T14:05Z", minute],
  ["2026-11-23T14:05:00", minute],
  ["2026-11-23", Date.UTC(2026, 10, 23)],
  // 1 to 9 fraction digits, floored.
  ["2026-11-23T14:05:00.1", minute + 100],
  ["2026-11-23T14:05:00.12", minute + 120],
  ["2026-11-23T14:05:00.1239", minute + 123],
  ["2026-11-23T14:05:00.123999", minute + 123],
  ["2026-11-23T14:05:00.999999999Z", minute + 999],
  ["1969-12-31T23:59:59.9999Z", -1],
  // The edges of the calendar.
  ["2024-02-29", Date.UTC(2024, 1, 29)],
  ["2000-02-29", Date.UTC(2000, 1, 29)],
  ["0001-01-01T00:00:00Z", MIN_INSTANT],
  ["9999-12-31T23:59:59.999Z", MAX_INSTANT]
]

const refused: ReadonlyArray<readonly [unknown, RegExp]> = [
  ["", /empty/],
  ["   ", /empty/],
  [NaN, /whole number/],
  [Infinity, /whole number/],
  [1_795_442_706.5, /whole number/],
  [null, /number or a text/],
  [undefined, /number or a text/],
  [true, /number or a text/],
  [{ toString: 1 }, /number or a text/],
  [[1], /number or a text/],
  ["NaN", /ISO 8601/],
  ["now", /ISO 8601/],
  ["1e9", /ISO 8601/],
  ["1795442706.5", /ISO 8601/],
  ["123456789012345678901", /ISO 8601/],
  ["0x10", /ISO 8601/],
  ["2026-02-30", /no such day/],
  ["2026-02-29T00:00:00Z", /no such day/],
  ["1900-02-29", /no such day/],
  ["2026-04-31", /no such day/],
  ["2026-11-00", /no such day/],
  ["2026-13-01", /no such month/],
  ["2026-00-01", /no such month/],
  ["0000-01-01", /year 0/],
  ["0001-01-01T00:00:00+01:00", /years 1 to 9999/],
  ["9999-12-31T23:59:59.999-00:01", /years 1 to 9999/],
  [-99_999_999_999, /years 1 to 9999/],
  ["2026-11-23T24:00:00Z", /time of day/],
  ["2026-11-23T14:60:00Z", /time of day/],
  ["2026-11-23T14:05:60Z", /time of day/],
  ["2026-11-23T14:05:00+24:00", /no such zone/],
  ["2026-11-23T14:05:00+01:60", /no such zone/],
  ["2026-11-23T14", /ISO 8601/],
  ["2026-11-23T14:05:00.", /ISO 8601/],
  ["2026-11-23T14:05:00.1234567890", /ISO 8601/],
  ["2026-11-23T14:05:00 +01:00", /ISO 8601/],
  ["2026-11-23T14:05:00 01:00", /ISO 8601/],
  ["2026-11-23Z", /ISO 8601/],
  ["2026-1-3", /ISO 8601/],
  ["20261123T140500Z", /ISO 8601/],
  ["23/11/2026", /ISO 8601/],
  ["2026-11-23T14:05:00 UTC", /ISO 8601/],
  ["２０２６-11-23", /ISO 8601/]
]

it("reads every accepted form of an instant", () => {
  for (const [input, expected] of accepted) {
    const read = parseInstant(input, "start_time")
    const label = `${JSON.stringify(input)}: ${String(read)}`
    assert.isTrue(Result.isSuccess(read) && Object.is(read.success, expected), label)
  }
})

it("refuses everything else, naming the field, the text and the reason", () => {
  for (const [input, reason] of refused) {
    const read = parseInstant(input, "start_time")
    if (Result.isSuccess(read)) assert.fail(`${JSON.stringify(input)} was read as ${read.success}`)
    assert.match(read.failure.reason, reason)
    assert.match(read.failure.message, /^start_time: /)
    if (typeof input !== "object") assert.strictEqual(read.failure.text, String(input))
  }
})

property("writes what it reads, and what Date writes", integer(MIN_INSTANT, MAX_INSTANT), (ms) => {
  assert.strictEqual(formatInstant(ms), new Date(ms).toISOString())
  assert.strictEqual(Result.getOrThrow(parseInstant(formatInstant(ms), "time")), ms)
}, 2_000)

/** The digits after a point: "5", "05", "000000001". */
const fraction = Arbitrary.array(integer(0, 9), { minLength: 1, maxLength: 9 }).pipe(
  Arbitrary.map((digits) => digits.join(""))
)

property(
  "reads any zone and any number of fraction digits as Date does",
  Arbitrary.all({
    ms: integer(0, 4e12),
    sign: oneOf(["+", "-"]),
    hours: integer(0, 23),
    minutes: integer(0, 59),
    fraction
  }),
  ({ fraction, hours, minutes, ms, sign }) => {
    const zone = `${sign}${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`
    const seconds = new Date(ms).toISOString().slice(0, 19)
    const text = `${seconds}.${fraction}${zone}`
    const expected = Date.parse(`${seconds}${zone}`) + Number(fraction.padEnd(3, "0").slice(0, 3))
    assert.strictEqual(Result.getOrThrow(parseInstant(text, "time")), expected, text)
  },
  2_000
)

property(
  "reads a digit string in any unit to the millisecond, however many digits it has",
  // From 1973 to 5138, where all units can be told apart.
  Arbitrary.all({ ms: integer(100_000_000_000, 99_999_999_999_999), within: integer(0, 999_999) }),
  ({ ms, within }) => {
    const nanoseconds = BigInt(ms) * 1_000_000n + BigInt(within)
    for (const unit of [1n, 1_000n, 1_000_000n]) {
      assert.strictEqual(Result.getOrThrow(parseInstant(String(nanoseconds / unit), "time")), ms)
    }
  },
  2_000
)

describe("instants without a zone", () => {
  const zurich = Result.getOrThrow(parseZone("Europe/Zurich"))
  const textOf = (text: string) =>
    formatInstant(Result.getOrThrow(parseInstant(text, "start_time", zurich))).slice(0, 19)

  it("are read in the zone that is given; a skipped time is the change, a repeated one the first", () => {
    const texts = {
      "2026-07-01": "2026-06-30T22:00:00",
      "2026-01-01 06:30": "2026-01-01T05:30:00",
      "2026-03-29T02:30": "2026-03-29T01:00:00",
      "2026-10-25T02:30": "2026-10-25T00:30:00",
      "2026-10-25T02:30+01:00": "2026-10-25T01:30:00",
      "2026-07-01T00:00Z": "2026-07-01T00:00:00",
      "1782864000": "2026-07-01T00:00:00",
      "1850-01-01": "1849-12-31T23:25:52"
    }
    for (const [text, instant] of Object.entries(texts)) assert.strictEqual(textOf(text), instant, text)
  })
})
