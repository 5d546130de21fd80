/**
 * Extents: the extent of a union is the join of the extents, however the samples are divided.
 */
import { assert, describe, it } from "@effect/vitest"
import { extentOf, joinAllExtents, pointExtents } from "../../../src/domain/samples/extent.ts"
import { forSeeds } from "../../random.ts"
import { columnsOf, samplesOf, series } from "../../samples.ts"

describe("extents", () => {
  it("of a series is its ends, of none there is none", () => {
    const extent = { point: "a", first: -5, last: 9, lastValue: -0 }
    assert.deepStrictEqual(pointExtents(series("a", [[-5, 1], [7, 2], [9, -0]])), [extent])
    assert.deepStrictEqual(pointExtents(series("a", [])), [])
    assert.isUndefined(joinAllExtents([]))
  })

  it("join to that of the union, by rank, however the samples are cut", () => {
    forSeeds(500, ({ below, integer, next }) => {
      const parts = Array.from({ length: integer(1, 5) }, () => {
        const times = [...new Set(Array.from({ length: integer(1, 4) }, () => below(8)))].sort((a, b) => a - b)
        return columnsOf(times.map((at) => [at, below(4) === 0 ? -0 : next()]))
      })
      const union = new Map(parts.flatMap(samplesOf))
      const whole = columnsOf([...union].sort(([a], [b]) => a - b))
      assert.deepStrictEqual(joinAllExtents(parts.map(extentOf)), extentOf(whole))
    })
  })
})
