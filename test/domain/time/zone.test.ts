/**
 * Time zones: which names are read, and where local days begin. Every midnight of a year is compared with what `Intl`
 * prints just before and just after it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { DAY_MS, dayFromDate } from "../../../src/domain/time/calendar.ts"
import { instantOfWall, parseZone, utc, type Zone } from "../../../src/domain/time/zone.ts"

const zone = (name: string): Zone => Result.getOrThrow(parseZone(name))

describe("zone", () => {
  it("reads IANA names in any case and refuses everything else", () => {
    assert.strictEqual(zone("europe/zurich").name, "Europe/Zurich")
    for (const text of ["UTC", "utc", "Etc/UTC", "Zulu"]) assert.strictEqual(zone(text), utc, text)
    for (const text of ["", "Mars/Base", "+01:00", "Europe/Zurich ", "../etc", "CEST2"]) {
      assert.isTrue(Result.isFailure(parseZone(text)), text)
    }
  })

  it("finds every local midnight of a year, in both hemispheres and where midnight is skipped or repeated", () => {
    const zones = ["Europe/Zurich", "America/New_York", "Australia/Sydney", "America/Santiago", "Asia/Beirut",
      "Africa/Cairo", "Asia/Kolkata", "Pacific/Apia", "America/Havana", "Australia/Lord_Howe"]
    for (const name of zones) {
      const tz = zone(name)
      const format = new Intl.DateTimeFormat("en-CA", { timeZone: name })
      for (let day = dayFromDate(2026, 1, 1); day < dayFromDate(2027, 1, 1); day++) {
        const start = instantOfWall(tz, day * DAY_MS)
        const label = new Date(day * DAY_MS).toISOString().slice(0, 10)
        assert.strictEqual(format.format(start), label, `${name} ${label}`)
        assert.notStrictEqual(format.format(start - 1), label, `${name} ${label}`)
      }
    }
  })
})
