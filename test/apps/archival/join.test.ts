import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { joinDays } from "../../../src/apps/archival/join.ts"
import type { Series } from "../../../src/domain/samples/series.ts"

const series = (point: string, ...timestamps: ReadonlyArray<number>): Series => ({
  point,
  timestamps: Float64Array.from(timestamps),
  values: Float64Array.from(timestamps, (at) => at * 10)
})

/** What each series was when it came. */
const collect = <E>(days: ReadonlyArray<Stream.Stream<Series, E>>) =>
  Stream.runCollect(Stream.map(joinDays(days), ({ point, timestamps, values }) => ({ point, timestamps: [...timestamps], values: [...values] })))

describe("joinDays", () => {
  it.effect("joins the days of each point, in the order of points, whatever days have it", () =>
    Effect.gen(function*() {
      const days = [
        Stream.make(series("a", 1, 2), series("c", 3)),
        Stream.empty,
        Stream.make(series("B", 11), series("a", 12), series("c"), series("d", 13))
      ]
      assert.deepStrictEqual(yield* collect(days), [
        { point: "B", timestamps: [11], values: [110] },
        { point: "a", timestamps: [1, 2, 12], values: [10, 20, 120] },
        { point: "c", timestamps: [3], values: [30] },
        { point: "d", timestamps: [13], values: [130] }
      ])
    }))

  it.effect("law 9: holds no column of a point that is passed", () =>
    Effect.gen(function*() {
      const days = [[series("a", 1), series("b", 2), series("c", 3)], [series("b", 12)]]
      const seen: Array<Series> = []
      yield* Stream.runForEach(joinDays(days.map((day) => Stream.fromIterable(day))), (one) =>
        Effect.sync(() => {
          assert.isAbove(one.timestamps.length, 0)
          for (const { timestamps, values } of seen) assert.strictEqual(timestamps.length + values.length, 0)
          seen.push(one)
        }))
      assert.deepStrictEqual(seen.map(({ point }) => point), ["a", "b", "c"])
      for (const { timestamps } of [...seen, ...days.flat()]) assert.lengthOf(timestamps, 0)
    }))

  it.effect("fails with what a day fails with", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(collect([Stream.make(series("a", 1)), Stream.fail("damaged")]))
      assert.strictEqual(error, "damaged")
    }))
})
