/**
 * What is made of hours and days beside the chart, and what is taken away from the page: maps, curves, fills, CSV, and
 * requests of other programs.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import type { Progress } from "../../../src/apps/page/ops/api.ts"
import { archiveDays, backfillDays, countStates } from "../../../src/apps/page/ops/days.ts"
import { csvOf } from "../../../src/apps/page/share/csv.ts"
import { archiveText, curlText, fileName } from "../../../src/apps/page/share/texts.ts"
import { dayFills, durationCurve, hourMap } from "../../../src/apps/page/shows/hours.ts"
import { DAY_MS, HOUR_MS } from "../../../src/domain/time/lengths.ts"
import { integer, property } from "../../properties.ts"

const start = Date.parse("2026-10-25T00:00Z")

describe("hours", () => {
  it("stand in the column of their day and the row of their hour on the clock of the zone", () => {
    const timestamps = Array.from({ length: 30 }, (_, i) => start + i * HOUR_MS)
    const map = hourMap({ timestamps, values: timestamps.map((_, i) => i === 5 ? null : i) }, "Europe/Zurich")
    // The clock is set back at 01:00 UTC: 02:00 comes twice.
    assert.deepStrictEqual(map.days, ["2026-10-25", "2026-10-26"])
    assert.deepStrictEqual(map.cells.slice(0, 3), [
      { column: 0, hour: 2, value: 1 },
      { column: 0, hour: 3, value: 2 },
      { column: 0, hour: 4, value: 3 }
    ])
    assert.deepStrictEqual([map.min, map.max, map.cells.length], [1, 29, 28])
  })

  property(
    "a load-duration curve holds every value, from the greatest to the least, over all of the time",
    Arbitrary.array(integer(-9, 9), { minLength: 2 }),
    (values) => {
      const [shares, sorted] = durationCurve({ timestamps: values.map((_, i) => i), values: [null, ...values] })
      assert.deepStrictEqual(sorted.toSorted((a, b) => a - b), values.toSorted((a, b) => a - b))
      assert.isTrue(sorted.every((value, i) => i === 0 || value <= (sorted[i - 1] ?? Infinity)))
      assert.deepStrictEqual([shares[0], shares.at(-1)], [0, 100])
    },
    100
  )

  it("a day is as full as the interval says, or as the fullest day", () => {
    const counts = new Map([["a", 720], ["b", 1_500]])
    assert.deepStrictEqual(dayFills(["a", "b", "c"], counts, 1_440).map(({ fill }) => fill), [0.5, 1, 0])
    assert.deepStrictEqual(dayFills(["a", "b"], counts, null).map(({ fill }) => fill), [0.48, 1])
  })
})

describe("days of the system", () => {
  const day = (site: string, date: string, reason: string) => ({ site, date, reason, attempts: 1 })

  it("those of a backfill before the one in work are done, unless a note says otherwise", () => {
    const job = {
      status: "in_progress",
      sites: ["a", "b"],
      start_date: "2026-02-27",
      end_date: "2026-03-02",
      current_date: "2026-03-01",
      current_site: "b",
      failed_days: [day("a", "2026-02-28", "ACE is down")],
      empty_days: [day("b", "2026-02-27", "no samples")],
      retrying_days: []
    } as unknown as Progress
    const states = (site: string) => backfillDays(job, site).map(({ state }) => state)
    assert.deepStrictEqual(states("a"), ["done", "failed", "done", "waiting"])
    assert.deepStrictEqual(states("b"), ["empty", "done", "current", "waiting"])
    assert.strictEqual(backfillDays(job, "a")[1]?.reason, "ACE is down")
  })

  it("those of the archive have their tier, days without samples are named", () => {
    const one = { samples: 5, exact: true, d1_samples: null, r2_samples: 5, r2_points: 1 }
    const covered = [
      { ...one, day: "2026-03-01", tier: "r2" as const },
      { ...one, day: "2026-03-03", tier: "split" as const },
      { ...one, day: "2026-03-04", tier: "d1" as const }
    ]
    const plan = { site_name: "a", boundary: "", due_days: ["2026-03-04"], postponed_days: [], oldest_hot_day: null }
    const days = archiveDays(covered, plan, Date.parse("2026-03-05T01:00Z"))
    assert.deepStrictEqual(days.map(({ state }) => state), ["archived", "none", "split", "due", "none"])
    assert.deepStrictEqual([...countStates(days)], [["archived", 1], ["none", 2], ["split", 1], ["due", 1]])
  })
})

describe("what is taken away", () => {
  it("a CSV has a row an instant, reads back bit for bit, and no cell is a formula", () => {
    const text = csvOf([
      { title: "=cmd, \"x\"", unit: "°F", track: { timestamps: [start, start + 1], values: [0.1 + 0.2, -0] } },
      { title: "b", unit: "", track: { timestamps: [start + 1], values: [5e-324] } }
    ], "America/New_York")
    assert.strictEqual(
      text,
      `time_utc,time America/New_York,"'=cmd, ""x"" [°F]",b\n` +
        "2026-10-25T00:00:00.000Z,2026-10-24T20:00:00,0.30000000000000004,\n" +
        "2026-10-25T00:00:00.001Z,2026-10-24T20:00:00,-0,5e-324\n"
    )
  })

  const shared = {
    origin: "https://query.example.org",
    site: "it's/here",
    points: ["a b", "o'clock"],
    window: { start, end: start + DAY_MS }
  }

  it("names and texts survive the quotes of a shell and of SQL", () => {
    assert.include(curlText(shared), "site_name=it%27s%2Fhere&point_name=a+b&point_name=o%27clock")
    assert.include(archiveText(shared), "site_name = 'it''s/here'")
    assert.include(archiveText(shared), "IN ('a b', 'o''clock')")
  })

  it("a file is named by site and range, without characters that a file system refuses", () => {
    assert.strictEqual(fileName(shared, "csv"), "it-s-here_2026-10-25T0000Z_2026-10-26T0000Z.csv")
  })
})
