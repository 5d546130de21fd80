/**
 * Bucket edges: they cover any window, follow local midnights, and are the same for UTC whether it was named or not.
 * Known days around a change of clocks are spelled out; random windows show the rest.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { bucketEdges } from "../../../src/domain/answers/buckets.ts"
import { countBuckets } from "../../../src/domain/answers/resolution.ts"
import { DAY_MS, HOUR_MS } from "../../../src/domain/time/calendar.ts"
import { parseZone, utc, type Zone } from "../../../src/domain/time/zone.ts"
import { forSeeds } from "../../random.ts"

const zone = (name: string): Zone => Result.getOrThrow(parseZone(name))
const at = (text: string) => Date.parse(text)
const textsOf = (edges: Float64Array) => Array.from(edges, (ms) => new Date(ms).toISOString().slice(0, 16))

describe("bucketEdges", () => {
  it("fixed widths are multiples of themselves and cover the window", () => {
    const window = { start: at("2026-03-01T10:07:30Z"), end: at("2026-03-01T11:00:00Z") }
    const edges = bucketEdges(window, 15 * 60_000, utc)
    assert.deepStrictEqual(textsOf(edges).map((text) => text.slice(11)), ["10:00", "10:15", "10:30", "10:45", "11:00"])
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
    assert.deepStrictEqual(textsOf(bucketEdges(window, "month", zone("America/New_York"))),
      ["2026-01-01T05:00", "2026-02-01T05:00", "2026-03-01T05:00", "2026-04-01T04:00", "2026-05-01T04:00"])
    assert.deepStrictEqual(textsOf(bucketEdges(window, "month", utc)),
      ["2026-01-01T00:00", "2026-02-01T00:00", "2026-03-01T00:00", "2026-04-01T00:00", "2026-05-01T00:00"])
  })

  it("every local midnight begins a bucket, also where the width does not divide the day", () => {
    const spring = { start: at("2026-03-28T11:30Z"), end: at("2026-03-30T00:00Z") }
    assert.deepStrictEqual(textsOf(bucketEdges(spring, 6 * HOUR_MS, zone("Europe/Zurich"))),
      ["2026-03-28T11:00", "2026-03-28T17:00", "2026-03-28T23:00", "2026-03-29T04:00", "2026-03-29T10:00",
        "2026-03-29T16:00", "2026-03-29T22:00", "2026-03-30T04:00"])
    const days = { start: at("2026-03-01T15:00Z"), end: at("2026-03-03T00:00Z") }
    assert.deepStrictEqual(textsOf(bucketEdges(days, 7 * HOUR_MS, utc)),
      ["2026-03-01T14:00", "2026-03-01T21:00", "2026-03-02T00:00", "2026-03-02T07:00", "2026-03-02T14:00",
        "2026-03-02T21:00", "2026-03-03T00:00"])
  })

  it("edges ascend, cover the window, start no more than a bucket before it, and are no more than was counted", () => {
    const zones = [utc, ...["Europe/Zurich", "America/Santiago", "Asia/Kolkata", "Australia/Lord_Howe"].map(zone)]
    forSeeds(600, (random) => {
      const start = at("2026-01-01T00:00Z") + random.integer(0, 365 * DAY_MS)
      const window = { start, end: start + random.integer(1, 5 * DAY_MS) }
      const width = random.pick([random.integer(60_000, DAY_MS), 15 * 60_000, 7 * HOUR_MS, 12 * HOUR_MS])
      const interval = random.pick([width, width, width, "day", "month"] as const)
      const edges = bucketEdges(window, interval, random.pick(zones))
      assert.isAtMost(edges[0] ?? NaN, window.start)
      assert.isAbove(edges[1] ?? NaN, window.start)
      assert.isAtLeast(edges.at(-1) ?? NaN, window.end)
      assert.isBelow(edges.at(-2) ?? NaN, window.end)
      for (let i = 1; i < edges.length; i++) assert.isAbove(edges[i] ?? NaN, edges[i - 1] ?? NaN)
      assert.isAtMost(edges.length - 1, countBuckets(window, interval))
    })
  })

  it("counts no fewer buckets than a year has, where clocks change by an hour or by half of one", () => {
    const window = { start: at("2026-01-01T12:00Z"), end: at("2027-01-01T12:00Z") }
    for (const name of ["Europe/Zurich", "Australia/Lord_Howe"]) {
      for (const interval of [HOUR_MS, 7 * HOUR_MS, 12 * HOUR_MS, "day", "month"] as const) {
        const counted = countBuckets(window, interval)
        assert.isAtMost(bucketEdges(window, interval, zone(name)).length - 1, counted, `${name} ${interval}`)
      }
    }
  })
})
