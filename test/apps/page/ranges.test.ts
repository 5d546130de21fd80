/**
 * Windows move as hands expect, instants are read as they are written in any zone, and figures of a window are those of
 * its buckets together.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import { summarize } from "../../../src/apps/page/data/summary.ts"
import { centred, settle, shifted, windowOf, zoomed } from "../../../src/apps/page/ranges.ts"
import { inputText, readInput, timeText } from "../../../src/apps/page/times.ts"
import { DAY_MS, HOUR_MS } from "../../../src/domain/time/lengths.ts"
import { integer, oneOf, property } from "../../properties.ts"

const now = Date.parse("2026-03-05T12:02:00Z")

describe("windows", () => {
  it("the last hours end with the step of five minutes that holds now", () => {
    assert.deepStrictEqual(windowOf({ kind: "last", span: "1h" }, now), {
      start: Date.parse("2026-03-05T11:05Z"),
      end: Date.parse("2026-03-05T12:05Z")
    })
  })

  property(
    "zooming in and out again around an instant comes back",
    Arbitrary.all([integer(HOUR_MS, 10 * DAY_MS), integer(0, 100)]),
    ([length, percent]) => {
      const window = { start: now, end: now + length }
      const at = now + length * percent / 100
      const there = zoomed(zoomed(window, 0.5, at), 2, at)
      assert.approximately(there.start, window.start, 3)
      assert.approximately(there.end, window.end, 3)
    }
  )

  it("no window is longer than a query may be, nor without length", () => {
    const { end, start } = settle({ start: 0, end: 900 * DAY_MS })
    assert.strictEqual(end - start, 366 * DAY_MS)
    assert.deepStrictEqual(settle({ start: now, end: now }), { start: now - 500, end: now + 500 })
  })

  it("a shift and a move keep the length", () => {
    assert.deepStrictEqual(shifted({ start: 0, end: 1_000 }, -0.25), { start: -250, end: 750 })
    assert.deepStrictEqual(centred({ start: 0, end: 1_000 }, 9_000), { start: 8_500, end: 9_500 })
  })
})

describe("instants in a zone", () => {
  property(
    "what is shown is read as the same instant",
    Arbitrary.all([
      integer(0, 4e9),
      oneOf(["UTC", "America/New_York", "Europe/Zurich", "Asia/Kathmandu", "Pacific/Apia"])
    ]),
    ([second, zone]) => {
      const at = second * 1_000
      const again = readInput(inputText(at, zone), zone)
      // The hour that a clock shows twice may be read as either.
      if (again !== at) assert.strictEqual(inputText(again, zone), inputText(at, zone))
    }
  )

  it("seconds are shown where there are some", () => {
    assert.strictEqual(timeText(now, "America/New_York"), "2026-03-05 07:02")
    assert.strictEqual(timeText(now + 7_000, "UTC"), "2026-03-05 12:02:07")
    assert.isNaN(readInput("soon", "UTC"))
  })
})

describe("figures of a window", () => {
  const base = { point: "a", timestamps: [0, 1, 2] }

  it("are added up from those of the buckets, whose means have different weights", () => {
    const figures = { min: [3, null, -1], max: [5, null, 2], sum: [16, null, 1], count: [4, 0, 2], last: [4, null, 2] }
    assert.deepStrictEqual(summarize({ ...base, ...figures, delta: [1, 0, -2] }), {
      min: -1,
      max: 5,
      avg: 17 / 6,
      sum: 17,
      count: 6,
      last: 2,
      delta: -1
    })
  })

  it("are nothing without samples", () => {
    const { avg, last, max, min } = summarize({ point: "a", timestamps: [] })
    assert.deepStrictEqual([avg, last, max, min], [null, null, null, null])
  })
})
