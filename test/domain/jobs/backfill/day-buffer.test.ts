/**
 * The day buffer: random pages in any order are compared with a map in which the later page wins, and a full-scale day
 * shows how much memory a row takes.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { makeDayBuffer, MAX_GATHERED_ROWS } from "../../../../src/domain/jobs/backfill/day-buffer.ts"
import { comparePoints } from "../../../../src/domain/samples/names.ts"
import { MINUTE_MS } from "../../../../src/domain/time/calendar.ts"
import { forSeeds, randomOf } from "../../../random.ts"
import { assertSameColumns, columnsOf, regular, samplesOf } from "../../../samples.ts"

describe("DayBuffer", () => {
  it("gives back what a naive map gives, whatever the order and repetition of pages", () => {
    forSeeds(60, ({ below }) => {
      const step = (1 + below(3)) * MINUTE_MS
      const buffer = makeDayBuffer(1 + below(40))
      const model = new Map<string, Map<number, number>>()
      for (let pages = 0; pages < 20; pages++) {
        const point = `p${below(5)}😀～`.slice(0, 2 + below(3))
        const page = regular(point, {
          start: 1_790_000_000_000 + below(50) * MINUTE_MS,
          count: below(12),
          step,
          value: () => below(1_000) / 10 - 50
        })
        buffer.add(page)
        model.set(point, new Map([...model.get(point) ?? [], ...samplesOf(page)]))
      }
      assert.deepStrictEqual(buffer.points(), [...model.keys()].sort(comparePoints))
      for (const [point, held] of model) {
        const expected = columnsOf([...held].sort(([a], [b]) => a - b))
        assertSameColumns(Result.getOrThrow(buffer.columns(point)), expected, point)
      }
    })
  })

  it("answers nothing for a point it does not hold", () => {
    assert.strictEqual(Result.getOrThrow(makeDayBuffer().columns("x")).timestamps.length, 0)
  })

  it("law 9: costs 20 bytes a gathered row and 2.5 a compressed one at full scale: 3 million samples in 13 MB", () => {
    const points = 4_583
    const perPage = 10
    const { below } = randomOf(7)
    const buffer = makeDayBuffer()
    const values = Array.from({ length: points }, () => below(800) / 10)
    let peak = 0
    for (let page = 0; buffer.rows() < 800_000; page++) {
      for (let p = 0; p < points; p++) {
        const timestamps = new Float64Array(perPage)
        const column = new Float64Array(perPage)
        for (let i = 0; i < perPage; i++) {
          // Minutes with jitter; every fifth point a full-mantissa value, the rest decimals that walk.
          timestamps[i] = 1_790_000_000_000 + (page * perPage + i) * 60_000 + p % 50 * 1_000 + below(500)
          const value = (values[p] as number) + (below(3) - 1) / 10
          values[p] = value
          column[i] = p % 5 === 0 ? Math.fround(value * 1.1) : Math.round(value * 10) / 10
        }
        buffer.add({ point: `p${p}`, timestamps, values: column })
      }
      peak = Math.max(peak, buffer.bytes())
    }
    assert.isBelow(peak, MAX_GATHERED_ROWS * 20 + buffer.rows() * 2.5)
    assert.strictEqual(Result.getOrThrow(buffer.columns("p1")).timestamps.length, buffer.rows() / points)
    assert.isBelow(buffer.bytes(), buffer.rows() * 2.5)
  })
})
