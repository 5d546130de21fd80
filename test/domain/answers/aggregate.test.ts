/**
 * Aggregations and filling: random samples and buckets are compared with the definitions, written down once more as
 * naively as possible; small cases show counters, time weights and the largest doubles.
 */
import { assert, describe, it } from "@effect/vitest"
import { aggregate, AGGREGATIONS, type Aggregation } from "../../../src/domain/answers/aggregate.ts"
import { fillGaps } from "../../../src/domain/answers/fill.ts"
import { joinRows, type Rollup } from "../../../src/domain/answers/rollup.ts"
import { forSeeds } from "../../random.ts"
import { columnsOf, type Sample } from "../../samples.ts"

const rollupOf = (rows: ReadonlyArray<Sample>): Rollup => joinRows(columnsOf(rows), [], [])

const one = (rows: ReadonlyArray<Sample>, edges: ReadonlyArray<number>, aggregation: Aggregation) => {
  const window = { start: edges[0] ?? 0, end: edges.at(-1) ?? 0 }
  return [...aggregate(rollupOf(rows), Float64Array.from(edges), window, [aggregation])[0] ?? []]
}

/** The definitions again, as a reader would write them down. */
const naive = (rows: ReadonlyArray<Sample>, start: number, end: number, aggregation: Aggregation): number => {
  const inside = rows.filter(([at]) => at >= start && at < end)
  const earlier = rows.filter(([at]) => at < start).at(-1)
  if (inside.length === 0) return aggregation === "twa" && earlier !== undefined ? earlier[1] : NaN
  const values = inside.map(([, value]) => value)
  const total = values.reduce((a, b) => a + b, 0)
  const pairs = rows.flatMap((row, i) => {
    const before = rows[i - 1]
    return before !== undefined && row[0] >= start && row[0] < end ? [[before, row] as const] : []
  })
  const increase = pairs.reduce((sum, [[, a], [, b]]) => sum + (b < a && a - b >= Math.abs(a) / 100 ? b : b - a), 0)
  const seconds = pairs.reduce((sum, [a, b]) => sum + (b[0] - a[0]) / 1_000, 0)
  const steps = earlier === undefined ? inside : [[start, earlier[1]] as const, ...inside]
  const area = steps.reduce((sum, [at, value], i) => sum + value * ((steps[i + 1]?.[0] ?? end) - at), 0)
  switch (aggregation) {
    case "avg": return total / values.length
    case "min": return Math.min(...values)
    case "max": return Math.max(...values)
    case "sum": return total
    case "count": return values.length
    case "first": return values[0] ?? NaN
    case "last": return values.at(-1) ?? NaN
    case "delta": return pairs.length === 0 ? NaN : increase
    case "rate": return pairs.length === 0 ? NaN : increase / seconds
    case "twa": return area / (end - (steps[0]?.[0] ?? start))
  }
}

describe("aggregate", () => {
  it("equals the naive reading of every definition, over random samples and buckets", () => {
    forSeeds(150, (random) => {
      const rows: Array<Sample> = []
      for (let at = random.below(900); at < 10_000; at += random.integer(1, 900)) {
        rows.push([at, random.integer(-4_000, 6_000) / 64])
      }
      const edges = [0]
      while ((edges.at(-1) ?? 0) < 10_000) edges.push((edges.at(-1) ?? 0) + random.integer(1, 2_000))
      const got = aggregate(rollupOf(rows), Float64Array.from(edges), { start: 0, end: 10_000 }, AGGREGATIONS)
      for (const [k, aggregation] of AGGREGATIONS.entries()) {
        for (let i = 0; i + 1 < edges.length; i++) {
          const want = naive(rows, edges[i] ?? 0, Math.min(edges[i + 1] ?? 0, 10_000), aggregation)
          const value = got[k]?.[i] ?? NaN
          if (Number.isNaN(want)) assert.isNaN(value)
          else assert.approximately(value, want, Math.abs(want) * 1e-12 + 1e-9, `${aggregation}, bucket ${i}`)
        }
      }
    })
  })

  it("a counter that is reset goes on from zero", () => {
    assert.deepStrictEqual(one([[0, 90], [10, 100], [20, 3], [30, 8]], [0, 15, 40], "delta"), [10, 8])
    assert.deepStrictEqual(one([[0, 0], [1_000, 5], [3_000, 5]], [0, 4_000], "rate"), [5 / 3])
  })

  it("the window's first sample has no predecessor", () => {
    assert.deepStrictEqual(one([[0, 90], [20, 91]], [0, 15, 40], "delta"), [NaN, 1])
  })

  it("the time-weighted average holds a sample until the next one and carries it into the bucket", () => {
    assert.deepStrictEqual(one([[0, 1], [10, 3]], [0, 20], "twa"), [2])
    assert.deepStrictEqual(one([[0, 4], [15, 0]], [0, 10, 20], "twa"), [4, 2])
    assert.deepStrictEqual(one([[5, 4]], [0, 10, 20], "twa"), [4, 4])
  })
})

describe("fillGaps", () => {
  const starts = Float64Array.of(0, 10, 20, 30, 40, 50)
  const values = Float64Array.of(NaN, 1, NaN, NaN, 4, NaN)
  const fill = (how: "previous" | "linear" | "null", maxGap = Infinity) => [...fillGaps(starts, values, how, maxGap)]

  it("previous repeats the last known value, linear draws a line, both within the largest gap", () => {
    assert.deepStrictEqual(fill("null"), [NaN, 1, NaN, NaN, 4, NaN])
    assert.deepStrictEqual(fill("previous"), [NaN, 1, 1, 1, 4, 4])
    assert.deepStrictEqual(fill("previous", 10), [NaN, 1, 1, NaN, 4, 4])
    assert.deepStrictEqual(fill("linear"), [NaN, 1, 2, 3, 4, NaN].map((x) => x))
    assert.deepStrictEqual(fill("linear", 29), [NaN, 1, NaN, NaN, 4, NaN])
  })

  it("leaves its input alone", () => {
    assert.deepStrictEqual([...values], [NaN, 1, NaN, NaN, 4, NaN])
  })
})

describe("avg", () => {
  const avg = (rows: ReadonlyArray<Sample>) => one(rows, [0, 1_000], "avg")

  it("small values are not lost beside large ones", () => {
    assert.deepStrictEqual(avg([[0, 1e100], [1, 1], [2, -1e100], [3, 1]]), [0.5])
  })

  it("the mean of the largest doubles is finite", () => {
    assert.deepStrictEqual(avg([[0, 1.7e308], [1, 1.7e308]]), [1.7e308])
  })
})
