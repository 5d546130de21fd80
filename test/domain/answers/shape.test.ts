/**
 * Small series whose answers are known: counters that wobble, values that hold, gaps that are filled, sums in any tier.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Aggregation } from "../../../src/domain/answers/aggregate.ts"
import { type Fill, fillGaps } from "../../../src/domain/answers/fill.ts"
import type { HeldValue } from "../../../src/domain/answers/held.ts"
import { LOOK_BACK_DAYS, lookBackSteps } from "../../../src/domain/answers/look-back.ts"
import { rollUp } from "../../../src/domain/answers/rollup.ts"
import { makeShaper } from "../../../src/domain/answers/shape.ts"
import { emptyColumns, sliceColumns } from "../../../src/domain/samples/series.ts"
import { DAY_MS, HOUR_MS } from "../../../src/domain/time/calendar.ts"
import { utc } from "../../../src/domain/time/zone.ts"
import { forSeeds } from "../../random.ts"
import { columnsOf, regular, type Sample } from "../../samples.ts"

interface Asked {
  readonly agg: Aggregation
  readonly hours: number
  readonly fill?: Fill
  readonly maxGapMs?: number
  readonly held?: HeldValue
}

/** Hourly buckets from hour 100 on. */
const hourly = (samples: ReadonlyArray<Sample>, { agg, fill = "null", held, hours, maxGapMs = Infinity }: Asked) => {
  const window = { start: 100 * HOUR_MS, end: (100 + hours) * HOUR_MS }
  const asked = { kind: "buckets", interval: HOUR_MS, zone: utc, aggregations: [agg], fill, maxGapMs } as const
  const shaper = makeShaper(asked, window)
  const columns = columnsOf(samples.map(([hour, value]) => [(100 + hour) * HOUR_MS, value] as const))
  const before = held === undefined ? undefined : { ...held, timestamp: (100 + held.timestamp) * HOUR_MS }
  return [...shaper.shape(columns, [], before).columns[0]?.values ?? []]
}

describe("counters", () => {
  it("a fall of less than a hundredth is noise, a greater one a reset that counts from 0", () => {
    const delta = (...values: ReadonlyArray<number>) =>
      hourly(values.map((value, i) => [i / 60, value] as const), { agg: "delta", hours: 1 })[0] ?? NaN
    assert.approximately(delta(215.6, 215.6, 215.7, 215.6, 215.6), 0, 1e-9)
    assert.approximately(delta(215.6, 215.7, 215.6, 216), 0.4, 1e-9)
    assert.strictEqual(delta(100, 99.5, 101), 1)
    assert.strictEqual(delta(100, 99, 101), 101)
    assert.strictEqual(delta(100, 3, 8), 8)
    assert.strictEqual(delta(5, 0, 0), 0)
  })
})

describe("what holds", () => {
  it("is the time-weighted average of buckets without samples", () => {
    const samples: ReadonlyArray<Sample> = [[1 / 6, 10], [4 + 1 / 6, 20], [4 + 5 / 6, 40]]
    for (const fill of ["none", "null", "previous"] as const) {
      const got = hourly(samples, { agg: "twa", hours: 6, fill })
      assert.deepStrictEqual(got.map((value) => Math.round(value * 1e6) / 1e6), [10, 10, 10, 10, 21.666667, 40])
    }
    assert.deepStrictEqual(hourly([[2, 1]], { agg: "twa", hours: 3 }), [NaN, NaN, 1])
    assert.deepStrictEqual(hourly([[1.5, 1]], { agg: "twa", hours: 3, held: { timestamp: -9, value: 5 } }), [5, 3, 1])
  })

  it("fills buckets before the first sample, but is no number of samples and no sum", () => {
    const held = { timestamp: -1, value: 5 }
    const filled = (agg: Aggregation, maxGapMs = Infinity) =>
      hourly([[2, 1]], { agg, hours: 4, fill: "previous", held, maxGapMs })
    for (const agg of ["avg", "min", "max", "first", "last", "twa"] as const) {
      assert.deepStrictEqual(filled(agg), [5, 5, 1, 1], agg)
    }
    assert.deepStrictEqual(filled("sum"), [NaN, NaN, 1, 1])
    assert.deepStrictEqual(filled("count"), [0, 0, 1, 0])
    assert.deepStrictEqual(filled("delta"), [NaN, NaN, 1, 1])
    assert.deepStrictEqual(filled("last", HOUR_MS), [5, NaN, 1, 1])
  })

  it("is drawn at the left edge where the first pixel is empty, and only there", () => {
    const window = { start: 1_000, end: 2_000 }
    const { needsHeld, shape } = makeShaper({ kind: "pixels", pixels: 10 }, window)
    const held = { timestamp: 3, value: 5 }
    const drawn = (samples: ReadonlyArray<Sample>) => {
      const { columns, timestamps } = shape(columnsOf(samples), [], held)
      return [...timestamps].map((at, i) => [at, columns[0]?.values[i]])
    }
    assert.deepStrictEqual(drawn([[1_100, 1]]), [[1_000, 5], [1_100, 1]])
    assert.deepStrictEqual(drawn([[1_099, 1]]), [[1_099, 1]])
    assert.deepStrictEqual(drawn([]), [[1_000, 5]])
    assert.deepStrictEqual([undefined, 1_000, 1_099, 1_100].map(needsHeld), [true, false, false, true])
  })

  it("is looked for in steps that cover the days before the window once", () => {
    for (const end of [20_000 * DAY_MS, 20_000 * DAY_MS + 1, 20_000 * DAY_MS - 1]) {
      const steps = lookBackSteps({ start: end, end: end + 1 })
      assert.deepStrictEqual(steps.map((step) => step.end), [end, ...steps.slice(0, -1).map((step) => step.start)])
      assert.strictEqual(steps.at(-1)?.start, end - LOOK_BACK_DAYS * DAY_MS)
      assert.isAtMost(end - (steps[0]?.start ?? 0), DAY_MS)
    }
  })
})

describe("filling", () => {
  it("linear bridges a gap of exactly max_gap", () => {
    const starts = Float64Array.of(0, 10, 20, 30)
    assert.deepStrictEqual([...fillGaps(starts, Float64Array.of(0, NaN, NaN, 3), "linear", 30)], [0, 1, 2, 3])
    assert.deepStrictEqual([...fillGaps(starts, Float64Array.of(0, NaN, NaN, 3), "linear", 29)], [0, NaN, NaN, 3])
  })
})

it("law 2: sums and means have the same bits from samples, from rollups, and from some of both", () => {
  forSeeds(60, (random) => {
    const window = { start: 0, end: 4 * DAY_MS }
    const value = () => random.next() * 10 ** random.integer(-3, 9)
    const all = regular("p", { start: random.below(HOUR_MS), count: 4 * 1_300, value })
    const cut = random.integer(1, 3) * DAY_MS
    const early = sliceColumns(all, { start: 0, end: cut })
    const late = sliceColumns(all, { start: cut, end: window.end })
    const interval = random.pick([HOUR_MS, 5 * HOUR_MS, "day", "month"] as const)
    const { shape } = makeShaper(
      { kind: "buckets", interval, zone: utc, aggregations: ["sum", "avg"], fill: "none", maxGapMs: Infinity },
      window
    )
    const ofSamples = shape(all, [])
    assert.deepStrictEqual(shape(emptyColumns, [rollUp(all)]), ofSamples)
    assert.deepStrictEqual(shape(late, [rollUp(early)]), ofSamples)
    assert.deepStrictEqual(shape(early, [rollUp(late)]), ofSamples)
  })
})
