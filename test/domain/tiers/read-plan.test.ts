import { assert, describe, it } from "@effect/vitest"
import { type Day, DAY_MS, dayFromDate, dayStart, monthOf } from "../../../src/domain/time/calendar.ts"
import type { CatalogEntry } from "../../../src/domain/tiers/catalog.ts"
import type { BuiltMonth } from "../../../src/domain/tiers/months.ts"
import { estimateSamples, planReads } from "../../../src/domain/tiers/read-plan.ts"

const FIRST = dayFromDate(2025, 11, 1)
const PER_DAY = 1_440
const POINTS = 100

const partition = (day: Day): CatalogEntry => ({
  site: "plant",
  day,
  generation: 1,
  key: String(day),
  etag: "",
  size: 1,
  rows: PER_DAY * POINTS,
  points: POINTS,
  firstTimestamp: dayStart(day),
  lastTimestamp: dayStart(day) + DAY_MS - 60_000,
  checksum: "",
  source: "archival",
  writtenBy: "",
  index: null
})

const partitions = Array.from({ length: 365 }, (_, i) => partition(FIRST + i))

/** Every month from the first, made from the days that it has; `stale` days have another version since. */
const months = (stale: ReadonlyArray<Day> = []): ReadonlyArray<BuiltMonth> =>
  [...Map.groupBy(partitions, ({ day }) => monthOf(day))].map(([month, days]) => ({
    site: "plant",
    month,
    build: 1,
    days: days.map(({ day }) => ({ day, generation: stale.includes(day) ? 0 : 1 })),
    parts: []
  }))

const year = { start: dayStart(FIRST), end: dayStart(FIRST + 365) }

describe("planReads", () => {
  it("rollups stand for whole days of current months only", () => {
    const window = { start: dayStart(FIRST) + 3_600_000, end: dayStart(FIRST + 40) + 3_600_000 }
    const hot = { timestamps: Float64Array.of(dayStart(FIRST + 9) + 5), values: Float64Array.of(1) }
    const plan = planReads(window, true, partitions, months([FIRST + 20]), [hot])
    assert.deepStrictEqual(plan.rollups.map(({ days }) => days.length), [27, 10])
    assert.deepStrictEqual(plan.months.map(({ days }) => days), [[FIRST, FIRST + 9]])
    assert.deepStrictEqual(plan.entries.map(({ day }) => day - FIRST).sort((a, b) => a - b), [20, 40])
  })

  it("where rollups will not do there are none", () => {
    const plan = planReads(year, false, partitions, months(), [])
    assert.deepStrictEqual([plan.rollups.length, plan.months.length, plan.entries.length], [0, 12, 0])
  })
})

describe("estimateSamples", () => {
  it("counts an hour of a rollup as one sample: a year of 100 points by the hour is a fraction of a year of samples", () => {
    const of = (hourly: boolean) => estimateSamples(planReads(year, hourly, partitions, months(), []), partitions)
    assert.deepStrictEqual([of(true), of(false)], [365 * 24, 365 * PER_DAY])
  })
})
