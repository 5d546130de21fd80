import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { makeDayBuffer, MAX_GATHERED_ROWS } from "../../../../src/domain/jobs/backfill/day-buffer.ts"
import { comparePoints } from "../../../../src/domain/samples/names.ts"
import type { Columns } from "../../../../src/domain/samples/series.ts"

const pairs = (columns: Columns): ReadonlyArray<readonly [number, number]> =>
  Array.from(columns.timestamps, (at, i) => [at, columns.values[i] as number] as const)

/** A small seeded generator of integers below `n`. */
const seeded = (seed: number) => {
  let state = seed >>> 0
  return (n: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor(state / 2 ** 32 * n)
  }
}

describe("DayBuffer", () => {
  it("gives back what a naive map gives, whatever the order and repetition of pages", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seeded(seed)
      const buffer = makeDayBuffer(1 + random(40))
      const model = new Map<string, Map<number, number>>()
      for (let page = 0; page < 20; page++) {
        const point = `p${random(5)}😀～`.slice(0, 2 + random(3))
        const from = random(50)
        const timestamps = Float64Array.from({ length: random(12) }, (_, i) => 1_790_000_000_000 + (from + i * (1 + seed % 3)) * 60_000)
        const values = Float64Array.from(timestamps, () => random(1_000) / 10 - 50)
        buffer.add({ point, timestamps, values })
        const held = model.get(point) ?? new Map<number, number>()
        model.set(point, held)
        timestamps.forEach((at, i) => held.set(at, values[i] as number))
      }
      assert.deepStrictEqual(buffer.points(), [...model.keys()].sort(comparePoints))
      for (const [point, held] of model) {
        const columns = Result.getOrThrow(buffer.columns(point))
        assert.deepStrictEqual(pairs(columns), [...held].sort((a, b) => a[0] - b[0]), `seed ${seed}, ${point}`)
      }
    }
  })

  it("answers nothing for a point it does not hold", () => {
    assert.strictEqual(Result.getOrThrow(makeDayBuffer().columns("x")).timestamps.length, 0)
  })

  it("law 9: costs 20 bytes a gathered row and 2.5 a compressed one at full scale: 3 million samples in 13 MB", () => {
    const points = 4_583
    const perPage = 10
    const random = seeded(7)
    const buffer = makeDayBuffer()
    const values = Array.from({ length: points }, () => random(800) / 10)
    let peak = 0
    for (let page = 0; buffer.rows() < 800_000; page++) {
      for (let p = 0; p < points; p++) {
        const timestamps = new Float64Array(perPage)
        const column = new Float64Array(perPage)
        for (let i = 0; i < perPage; i++) {
          // Minutes with jitter; every fifth point a full-mantissa value, the rest decimals that walk.
          timestamps[i] = 1_790_000_000_000 + (page * perPage + i) * 60_000 + p % 50 * 1_000 + random(500)
          const value = (values[p] as number) + (random(3) - 1) / 10
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
