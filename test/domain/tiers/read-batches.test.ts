/**
 * Batches of a read plan: the estimate counts what will be read, and slices and batches hold everything once. Random
 * windows show the slices, a year of full days the estimate.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  batchPoints,
  countObjects,
  estimateSamples,
  planOfSlice,
  sliceWindow
} from "../../../src/domain/tiers/read-batches.ts"
import { planReads } from "../../../src/domain/tiers/read-plan.ts"
import { DAY_MS, dayFromDate, dayOf, dayStart, monthOf } from "../../../src/domain/time/calendar.ts"
import { windowOfMonth } from "../../../src/domain/tiers/months.ts"
import { forSeeds } from "../../random.ts"
import { entryOf, monthMadeFrom, PER_DAY } from "./objects.ts"

const FIRST = dayFromDate(2025, 11, 1)
const partitions = Array.from({ length: 365 }, (_, i) => entryOf(FIRST + i))
const months = [...Map.groupBy(partitions, ({ day }) => monthOf(day)).values()].map(monthMadeFrom)
const year = { start: dayStart(FIRST), end: dayStart(FIRST + 365) }

describe("estimateSamples", () => {
  it("counts an hour of a rollup as one sample: a year of hours is a fraction of a year of samples", () => {
    const of = (hourly: boolean) => estimateSamples(planReads(year, hourly, partitions, months, []), partitions)
    assert.deepStrictEqual([of(true), of(false)], [365 * 24, 365 * PER_DAY])
  })
})

describe("estimateSamples of small objects", () => {
  it("rounds up: an object of more points than samples is not taken for nothing", () => {
    const object = { ...entryOf(FIRST), rows: 5, points: 4 }
    const plan = planReads({ start: dayStart(FIRST), end: dayStart(FIRST + 1) }, false, [object], [], [])
    assert.strictEqual(estimateSamples(plan, [object]), 2)
  })
})

describe("countObjects", () => {
  it("counts a daily object once, and of a month only the parts that can hold a point", () => {
    const object = { key: "", size: 0, rows: 0, index: new Uint8Array(0) }
    const part = { part: 0, firstPoint: "a", lastPoint: "m", samples: object, hours: object }
    const parts = [part, { ...part, part: 1, firstPoint: "n", lastPoint: "z" }]
    const built = months.map((month) => ({ ...month, parts }))
    const late = entryOf(FIRST + 365)
    const window = { ...year, end: dayStart(FIRST + 366) }
    const plan = planReads(window, false, [...partitions, late], built, [])
    assert.deepStrictEqual([["b", "c"], ["b", "x"], ["~"]].map((points) => countObjects(plan, points)), [13, 25, 1])
  })
})

describe("sliceWindow", () => {
  it("holds every instant once, cuts at the beginning of months only, and keeps a small window whole", () => {
    forSeeds(200, (random) => {
      const start = dayStart(FIRST) + random.integer(0, 400 * DAY_MS)
      const window = { start, end: start + random.integer(1, 400 * DAY_MS) }
      const samples = random.integer(1, 1_000_000)
      const slices = sliceWindow(window, samples, 20_000)
      assert.deepStrictEqual([slices[0]?.start, slices.at(-1)?.end], [window.start, window.end])
      if (samples <= 20_000) assert.strictEqual(slices.length, 1)
      slices.slice(1).forEach(({ start }, i) => {
        assert.strictEqual(start, slices[i]?.end)
        assert.strictEqual(start, windowOfMonth(monthOf(dayOf(start))).start)
      })
    })
  })

  it("is not cut at exactly as many samples as may be, and then into slices of about so many", () => {
    assert.lengthOf(sliceWindow(year, 20_000, 20_000), 1)
    // A third of the year holds as many as may be; a slice ends with the last month that fits.
    const lengths = sliceWindow(year, 60_000, 20_000).map(({ end, start }) => (end - start) / DAY_MS)
    assert.deepStrictEqual(lengths, [120, 92, 92, 61])
  })

  it("the plans of the slices read every object of the plan, none of them twice", () => {
    const plan = planReads(year, false, partitions, months.slice(0, 6), [])
    const slices = sliceWindow(year, 365 * PER_DAY, 100_000)
    assert.isAbove(slices.length, 3)
    const plans = slices.map((slice) => planOfSlice(plan, slice))
    assert.deepStrictEqual(plans.flatMap((one) => one.months), plan.months)
    assert.deepStrictEqual(plans.flatMap((one) => one.entries), plan.entries)
  })
})

describe("batchPoints", () => {
  it("keeps every point once, in order, and a batch within its samples unless it is one point", () => {
    forSeeds(200, (random) => {
      const points = Array.from({ length: random.integer(0, 40) }, (_, i) => `p${i}`)
      const perPoint = random.integer(0, 300)
      const batches = batchPoints(points, perPoint, 200)
      assert.deepStrictEqual(batches.flat(), points)
      for (const batch of batches) assert.isTrue(batch.length === 1 || batch.length * perPoint <= 200)
    })
  })
})
