import { assert, describe, it } from "@effect/vitest"
import { extentOf, joinAllExtents, pointExtents } from "../../../src/domain/samples/extent.ts"
import { chanceOf } from "../../simulation/random.ts"

const columns = (...samples: ReadonlyArray<readonly [number, number]>) => ({
  timestamps: Float64Array.from(samples, ([ms]) => ms),
  values: Float64Array.from(samples, ([, value]) => value)
})

describe("extents", () => {
  it("of a series is its ends, of none there is none", () => {
    assert.deepStrictEqual(pointExtents({ point: "a", ...columns([-5, 1], [7, 2], [9, -0]) }), [{ point: "a", first: -5, last: 9, lastValue: -0 }])
    assert.deepStrictEqual(pointExtents({ point: "a", ...columns() }), [])
    assert.isUndefined(joinAllExtents([]))
  })

  it("join to that of the union, by rank, however the samples are cut", () => {
    const { below, next } = chanceOf(7)
    for (let round = 0; round < 500; round++) {
      const union = new Map<number, number>()
      const parts = Array.from({ length: 1 + below(5) }, () => {
        const times = [...new Set(Array.from({ length: 1 + below(4) }, () => below(8)))].sort((a, b) => a - b)
        return columns(...times.map((ms): readonly [number, number] => [ms, below(4) === 0 ? -0 : next()]))
      })
      for (const { timestamps, values } of parts) timestamps.forEach((ms, i) => union.set(ms, values[i] as number))
      const whole = columns(...[...union].sort(([a], [b]) => a - b))
      assert.deepStrictEqual(joinAllExtents(parts.map(extentOf)), extentOf(whole))
    }
  })
})
