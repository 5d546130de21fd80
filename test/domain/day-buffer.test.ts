import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { makeDayBuffer } from "../../src/domain/day-buffer.ts"
import { comparePoints } from "../../src/domain/names.ts"
import type { Columns } from "../../src/domain/series.ts"

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
})
