/**
 * M4: the samples that are kept draw the same pixels as all samples, which is shown by drawing random walks on a
 * raster; and hourly rollups give the same result as samples.
 */
import { assert, describe, it } from "@effect/vitest"
import { HOUR_MS } from "../../../src/domain/time/calendar.ts"
import { reduceM4 } from "../../../src/domain/answers/m4.ts"
import { pixelGrid } from "../../../src/domain/answers/pixels.ts"
import { joinRows, rollUp } from "../../../src/domain/answers/rollup.ts"
import type { Columns } from "../../../src/domain/samples/series.ts"
import { forSeeds, type Random } from "../../random.ts"
import { columnsOf } from "../../samples.ts"
import type { Window } from "../../../src/domain/time/window.ts"

const HEIGHT = 200

/** A walk of up to `count` samples, spread evenly or crowded at the start of the window. */
const randomWalk = (random: Random, { end, start }: Window, count: number): Columns => {
  const crowd = random.integer(1, 3)
  const instant = () => start + Math.floor(random.next() ** crowd * (end - start))
  const timestamps = Float64Array.from(new Set(Array.from({ length: count }, instant))).sort()
  let value = 0
  return { timestamps, values: timestamps.map(() => value += random.integer(-4, 4)) }
}

const rowsOf = (columns: Columns) => joinRows(columns, [], [])

/** What a line through the samples touches: in each pixel of the width a span of rows, with joints between pixels. */
const rasterOf = ({ timestamps, values }: Columns, window: Window, pixels: number): Set<number> => {
  const lit = new Set<number>()
  const x = (at: number) => (at - window.start) * pixels / (window.end - window.start)
  for (let i = 0; i + 1 < timestamps.length; i++) {
    const [x0, y0, x1, y1] = [x(timestamps[i] ?? 0), values[i] ?? 0, x(timestamps[i + 1] ?? 0), values[i + 1] ?? 0]
    for (let pixel = Math.floor(x0); pixel <= Math.floor(x1); pixel++) {
      const share = (at: number) => x1 === x0 ? 0 : (Math.min(Math.max(at, x0), x1) - x0) / (x1 - x0)
      const a = y0 + (y1 - y0) * share(pixel)
      const b = y0 + (y1 - y0) * share(pixel + 1)
      for (let row = Math.floor(Math.min(a, b)); row <= Math.floor(Math.max(a, b)); row++) {
        lit.add(pixel * 10_000 + row + HEIGHT * 10)
      }
    }
  }
  return lit
}

describe("reduceM4", () => {
  it("draws the same raster as all the samples", () => {
    forSeeds(60, (random) => {
      const start = random.below(1e6)
      const window = { start, end: start + 1_200 * random.integer(1, 7) * 100 }
      const all = randomWalk(random, window, random.pick([5, 300, 5_000]))
      const reduced = reduceM4(rowsOf(all), pixelGrid(window, 1_200))
      assert.isAtMost(reduced.timestamps.length, Math.min(all.timestamps.length, 4 * 1_200))
      assert.deepStrictEqual(rasterOf(reduced, window, 1_200), rasterOf(all, window, 1_200))
    })
  })

  it("keeps first, min, max and last of each pixel, once, in order of time", () => {
    const columns = columnsOf([[0, 2], [1, 9], [2, 5], [3, 1], [4, 3], [10, 7], [21, 8]])
    const reduced = reduceM4(rowsOf(columns), { start: 0, width: 10 })
    assert.deepStrictEqual([...reduced.timestamps], [0, 1, 3, 4, 10, 21])
  })

  it("takes the earliest of equal extremes", () => {
    const columns = columnsOf([[0, 1], [1, 5], [2, 5], [3, 0], [4, 0], [5, 1]])
    assert.deepStrictEqual([...reduceM4(rowsOf(columns), { start: 0, width: 10 }).timestamps], [0, 1, 3, 5])
  })
})

describe("pixels of whole hours", () => {
  it("M4 from rollups equals M4 from samples", () => {
    forSeeds(40, (random) => {
      const hour = 500 * HOUR_MS
      const window = { start: hour + random.below(100) * 7_777, end: hour + random.integer(1, 5) * 400 * HOUR_MS }
      const grid = pixelGrid(window, 100)
      assert.strictEqual(grid.width % HOUR_MS, 0)
      const all = randomWalk(random, window, 3_000)
      assert.deepStrictEqual(reduceM4(rollUp(all), grid), reduceM4(rowsOf(all), grid))
    })
  })

  it("a pixel narrower than an hour keeps its width", () => {
    assert.deepStrictEqual(pixelGrid({ start: 5, end: 5 + 1_200 }, 1_200), { start: 5, width: 1 })
  })
})
