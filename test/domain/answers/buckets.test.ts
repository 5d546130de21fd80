import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { bucketEdges } from "../../../src/domain/answers/buckets.ts"
import { DAY_MS, dayFromDate, HOUR_MS } from "../../../src/domain/time/calendar.ts"
import { forSeeds } from "../../random.ts"
import { localDayStart, parseZone, utc, type Zone } from "../../../src/domain/time/zone.ts"

const zone = (name: string): Zone => Result.getOrThrow(parseZone(name))
const at = (text: string) => Date.parse(text)

describe("zone", () => {
  it("reads IANA names in any case and refuses everything else", () => {
    assert.strictEqual(zone("europe/zurich").name, "Europe/Zurich")
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
        const start = localDayStart(tz, day)
        const label = new Date(day * DAY_MS).toISOString().slice(0, 10)
        assert.strictEqual(format.format(start), label, `${name} ${label}`)
        assert.notStrictEqual(format.format(start - 1), label, `${name} ${label}`)
      }
    }
  })
})

describe("bucketEdges", () => {
  it("fixed widths are multiples of themselves and cover the window", () => {
    const window = { start: at("2026-03-01T10:07:30Z"), end: at("2026-03-01T11:00:00Z") }
    const edges = bucketEdges(window, 15 * 60_000, null)
    assert.deepStrictEqual([...edges].map((ms) => new Date(ms).toISOString().slice(11, 16)),
      ["10:00", "10:15", "10:30", "10:45", "11:00"])
  })

  it("local days have 23 and 25 hours where clocks change", () => {
    const tz = zone("Europe/Zurich")
    const spring = bucketEdges({ start: at("2026-03-28T12:00Z"), end: at("2026-03-30T12:00Z") }, "day", tz)
    assert.deepStrictEqual([...spring].slice(1).map((edge, i) => (edge - (spring[i] ?? 0)) / HOUR_MS), [24, 23, 24])
    const autumn = bucketEdges({ start: at("2026-10-24T12:00Z"), end: at("2026-10-26T12:00Z") }, "day", tz)
    assert.deepStrictEqual([...autumn].slice(1).map((edge, i) => (edge - (autumn[i] ?? 0)) / HOUR_MS), [24, 25, 24])
  })

  it("months begin at the first local midnight", () => {
    const window = { start: at("2026-01-15T00:00Z"), end: at("2026-04-02T00:00Z") }
    assert.deepStrictEqual([...bucketEdges(window, "month", zone("America/New_York"))].map((ms) => new Date(ms).toISOString()),
      ["2026-01-01T05:00:00.000Z", "2026-02-01T05:00:00.000Z", "2026-03-01T05:00:00.000Z", "2026-04-01T04:00:00.000Z",
        "2026-05-01T04:00:00.000Z"])
    assert.deepStrictEqual([...bucketEdges(window, "month", null)], [...bucketEdges(window, "month", utc)])
  })

  it("with a zone every local midnight begins a bucket", () => {
    const window = { start: at("2026-03-28T11:30Z"), end: at("2026-03-30T00:00Z") }
    const edges = [...bucketEdges(window, 6 * HOUR_MS, zone("Europe/Zurich"))].map((ms) => new Date(ms).toISOString())
    assert.deepStrictEqual(edges, ["2026-03-28T11:00:00.000Z", "2026-03-28T17:00:00.000Z", "2026-03-28T23:00:00.000Z",
      "2026-03-29T05:00:00.000Z", "2026-03-29T11:00:00.000Z", "2026-03-29T17:00:00.000Z", "2026-03-29T22:00:00.000Z",
      "2026-03-30T04:00:00.000Z"])
  })

  it("edges ascend, cover the window and start no more than a bucket before it, for any window", () => {
    const zones = [null, utc, zone("Europe/Zurich"), zone("America/Santiago"), zone("Asia/Kolkata")]
    forSeeds(600, (random) => {
      const start = at("2026-01-01T00:00Z") + random.below(365 * DAY_MS)
      const window = { start, end: start + random.integer(1, 5 * DAY_MS) }
      const interval = random.pick([random.integer(60_000, DAY_MS), 15 * 60_000, 7 * HOUR_MS, "day", "month"] as const)
      const edges = bucketEdges(window, interval, random.pick(zones))
      assert.isAtMost(edges[0] ?? NaN, window.start)
      assert.isAbove(edges[1] ?? NaN, window.start)
      assert.isAtLeast(edges.at(-1) ?? NaN, window.end)
      assert.isBelow(edges.at(-2) ?? NaN, window.end)
      for (let i = 1; i < edges.length; i++) assert.isAbove(edges[i] ?? NaN, edges[i - 1] ?? NaN)
    })
  })
})
