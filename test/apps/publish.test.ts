/**
 * Proves that two sorted streams are merged by rank, by lists made by hand and by streams cut at random.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { mergeSorted } from "../../src/apps/publish.ts"
import { mergeSeries } from "../../src/domain/samples/merge.ts"
import { comparePoints } from "../../src/domain/samples/names.ts"
import type { Series } from "../../src/domain/samples/series.ts"
import { series } from "../samples.ts"

// U+FF5E sorts after U+1F600 in UTF-16 code units, before it in code points.
const NAMES = ["a", "a/b", "ab", "b", "~", "é", "\uff5e", "\u{1f600}"]

it("a list that is not done holds back what may still meet its counterpart", () => {
  const step = mergeSeries(
    [series("a", [[1_000, 1]]), series("c", [[1_000, 1]])],
    false,
    [series("b", [[1_000, 2]])],
    false
  )
  assert.deepStrictEqual(step.merged.map(({ point }) => point), ["a", "b"])
  assert.deepStrictEqual(step.lower.map(({ point }) => point), ["c"])
  const last = mergeSeries(step.lower, false, [], true)
  assert.deepStrictEqual(last.merged.map(({ point }) => point), ["c"])
})

it.effect("joins any two sorted streams, however they are cut into pieces, and the higher wins", () =>
  Effect.gen(function*() {
    for (let mask = 0; mask < 3 ** NAMES.length; mask++) {
      const lower: Array<Series> = []
      const higher: Array<Series> = []
      const expected: Array<readonly [string, number]> = []
      for (const [i, name] of NAMES.entries()) {
        const where = Math.floor(mask / 3 ** i) % 3
        if (where !== 1) lower.push(series(name, [[1_000, 1]]))
        if (where !== 0) higher.push(series(name, [[1_000, 2]]))
        expected.push([name, where === 0 ? 1 : 2])
      }
      const merged = yield* Stream.runCollect(mergeSorted(
        Stream.rechunk(Stream.fromIterable(lower), 1 + mask % 3),
        Stream.rechunk(Stream.fromIterable(higher), 1 + mask % 4)
      ))
      assert.deepStrictEqual(merged.map(({ point, values }) => [point, values[0] ?? NaN] as const), expected)
    }
    assert.deepStrictEqual([...NAMES].sort(comparePoints), NAMES)
  }))
