import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { averageBuckets } from "../../src/domain/bucket.ts"
import { parseInterval } from "../../src/domain/interval.ts"

const columns = (rows: ReadonlyArray<readonly [number, number]>) => ({
  timestamps: Float64Array.from(rows, ([at]) => at),
  values: Float64Array.from(rows, ([, value]) => value)
})

describe("averageBuckets", () => {
  it("equals a naive grouping", () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => [i * 37_003 - 60_000_000, Math.sin(i) * 1e6] as const)
    for (const width of [1_000, 60_000, 3_600_000]) {
      const groups = new Map<number, Array<number>>()
      for (const [at, value] of rows) {
        const bucket = Math.floor(at / width) * width
        groups.set(bucket, [...groups.get(bucket) ?? [], value])
      }
      const got = averageBuckets(columns(rows), width)
      assert.deepStrictEqual([...got.timestamps], [...groups.keys()])
      for (const [i, values] of [...groups.values()].entries()) {
        const mean = values.reduce((a, b) => a + b, 0) / values.length
        assert.approximately(got.values[i] ?? NaN, mean, Math.abs(mean) * 1e-12 + 1e-9)
      }
    }
  })

  it("small values are not lost beside large ones", () => {
    const got = averageBuckets(columns([[0, 1e100], [1, 1], [2, -1e100], [3, 1]]), 1_000)
    assert.deepStrictEqual([...got.values], [0.5])
  })

  it("the mean of the largest doubles is finite", () => {
    assert.deepStrictEqual([...averageBuckets(columns([[0, 1.7e308], [1, 1.7e308]]), 10).values], [1.7e308])
  })

  it("buckets without samples are absent, before 1970 too", () => {
    const got = averageBuckets(columns([[-1, 1], [0, 3], [5_000, 7]]), 1_000)
    assert.deepStrictEqual([...got.timestamps], [-1_000, 0, 5_000])
    assert.deepStrictEqual([...averageBuckets(columns([]), 1_000).timestamps], [])
  })
})

describe("parseInterval", () => {
  it("reads the common spellings", () => {
    const widths = { raw: null, "1s": 1_000, "30s": 30_000, "5m": 300_000, "5min": 300_000, "1h": 3_600_000,
      "24h": 86_400_000, "1d": 86_400_000, " 15MIN ": 900_000 }
    for (const [text, width] of Object.entries(widths)) {
      assert.deepStrictEqual(parseInterval(text), Result.succeed(width), text)
    }
  })

  it("refuses what is no width from one second to one day", () => {
    for (const text of ["", "0s", "5", "min", "-5m", "1.5h", "2d", "1e3s", "5 parsecs", "1000000s", "5constructor"]) {
      assert.isTrue(Result.isFailure(parseInterval(text)), text)
    }
  })
})
