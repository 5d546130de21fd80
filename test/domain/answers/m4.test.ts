import { assert, describe, it } from "@effect/vitest"
import { HOUR_MS } from "../../../src/domain/time/calendar.ts"
import { pixelGrid, reduceM4 } from "../../../src/domain/answers/m4.ts"
import { joinRows, rollUp } from "../../../src/domain/answers/rollup.ts"
import type { Columns } from "../../../src/domain/samples/series.ts"
import type { Window } from "../../../src/domain/time/window.ts"

const HEIGHT = 200

const randomSeries = (seed: number, window: Window, count: number): Columns => {
  let state = seed
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
  const times = new Set<number>()
  for (let i = 0; i < count; i++) times.add(window.start + Math.floor(random() ** (1 + seed % 3) * (window.end - window.start)))
  const timestamps = Float64Array.from([...times].sort((a, b) => a - b))
  let value = 0
  return { timestamps, values: timestamps.map(() => Math.round(value += (random() - 0.5) * 8)) }
}

const rowsOf = (columns: Columns) => joinRows(columns, [], [])

/** Which pixels a line through the samples touches: a column's whole span of values, and the joints between columns. */
const rasterOf = ({ timestamps, values }: Columns, window: Window, pixels: number): Set<number> => {
  const lit = new Set<number>()
  const x = (at: number) => (at - window.start) * pixels / (window.end - window.start)
  for (let i = 0; i + 1 < timestamps.length; i++) {
    const [x0, y0, x1, y1] = [x(timestamps[i] ?? 0), values[i] ?? 0, x(timestamps[i + 1] ?? 0), values[i + 1] ?? 0]
    for (let column = Math.floor(x0); column <= Math.floor(x1); column++) {
      const share = (at: number) => x1 === x0 ? 0 : (Math.min(Math.max(at, x0), x1) - x0) / (x1 - x0)
      const a = y0 + (y1 - y0) * share(column)
      const b = y0 + (y1 - y0) * share(column + 1)
      for (let row = Math.floor(Math.min(a, b)); row <= Math.floor(Math.max(a, b)); row++) {
        lit.add(column * 10_000 + row + HEIGHT * 10)
      }
    }
  }
  return lit
}

describe("reduceM4", () => {
  it("draws the same raster as all the samples", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const window = { start: seed * 1_000, end: seed * 1_000 + 1_200 * (1 + seed % 7) * 100 }
      const all = randomSeries(seed, window, [5, 300, 5_000][seed % 3] ?? 5)
      const reduced = reduceM4(rowsOf(all), pixelGrid(window, 1_200))
      assert.isAtMost(reduced.timestamps.length, Math.min(all.timestamps.length, 4 * 1_200))
      assert.deepStrictEqual(rasterOf(reduced, window, 1_200), rasterOf(all, window, 1_200), `seed ${seed}`)
    }
  })

  it("keeps first, min, max and last of each column, once, in order of time", () => {
    const columns = { timestamps: Float64Array.of(0, 1, 2, 3, 4, 10, 21), values: Float64Array.of(2, 9, 5, 1, 3, 7, 8) }
    const reduced = reduceM4(rowsOf(columns), { start: 0, width: 10 })
    assert.deepStrictEqual([...reduced.timestamps], [0, 1, 3, 4, 10, 21])
  })

  it("takes the earliest of equal extremes", () => {
    const columns = { timestamps: Float64Array.of(0, 1, 2, 3, 4, 5), values: Float64Array.of(1, 5, 5, 0, 0, 1) }
    assert.deepStrictEqual([...reduceM4(rowsOf(columns), { start: 0, width: 10 }).timestamps], [0, 1, 3, 5])
  })
})

describe("columns of whole hours", () => {
  it("M4 from rollups equals M4 from samples", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const window = { start: 500 * HOUR_MS + seed * 7_777, end: (500 + 400 * (1 + seed % 5)) * HOUR_MS }
      const grid = pixelGrid(window, 100)
      assert.strictEqual(grid.width % HOUR_MS, 0)
      const all = randomSeries(seed, window, 3_000)
      assert.deepStrictEqual(reduceM4(rollUp(all), grid), reduceM4(rowsOf(all), grid))
    }
  })

  it("a column narrower than an hour stays as wide as a pixel", () => {
    assert.deepStrictEqual(pixelGrid({ start: 5, end: 5 + 1_200 }, 1_200), { start: 5, width: 1 })
  })
})
