/**
 * Proves that the days of a month are joined point by point and that passed columns are freed, by days made by hand,
 * handed out in pieces.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { joinDays } from "../../../src/apps/archival/join.ts"
import type { Series } from "../../../src/domain/samples/series.ts"
import { series } from "../../samples.ts"

const at = (point: string, ...timestamps: ReadonlyArray<number>) => series(point, timestamps.map((ms) => [ms, ms * 10]))

/** What each series was when it came. */
const collect = <E>(days: ReadonlyArray<Stream.Stream<Series, E>>) =>
  Stream.runCollect(
    Stream.map(
      joinDays(days),
      ({ point, timestamps, values }) => ({ point, timestamps: [...timestamps], values: [...values] })
    )
  )

describe("joinDays", () => {
  it.effect("joins the days of each point, in the order of points, whatever days have it", () =>
    Effect.gen(function*() {
      const days = [
        Stream.make(at("a", 1, 2), at("c", 3)),
        Stream.empty,
        Stream.make(at("B", 11), at("a", 12), at("c"), at("d", 13))
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
      const days = [[at("a", 1), at("b", 2), at("c", 3)], [at("b", 12)]]
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
      const error = yield* Effect.flip(collect([Stream.make(at("a", 1)), Stream.fail("damaged")]))
      assert.strictEqual(error, "damaged")
    }))
})
