/** Publications: streams merged by precedence, and no object replaced by one that holds fewer samples. */
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import * as ColdStoreMemory from "../../src/adapters/memory/ColdStoreMemory.ts"
import * as HotStoreMemory from "../../src/adapters/memory/HotStoreMemory.ts"
import { mergeSorted, publishDay } from "../../src/apps/publish.ts"
import { mergeSeries } from "../../src/domain/samples/merge.ts"
import { comparePoints } from "../../src/domain/samples/names.ts"
import type { Series } from "../../src/domain/samples/series.ts"
import { partitionKey } from "../../src/domain/tiers/partition.ts"
import { dayStart } from "../../src/domain/time/calendar.ts"
import { windowOfDay } from "../../src/domain/time/window.ts"
import { Catalog } from "../../src/ports/Catalog.ts"
import { ColdStore } from "../../src/ports/ColdStore.ts"
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

const DAY = 20_000
const publication = { site: "north", day: DAY, source: "backfill", writtenBy: "test", evict: null } as const
const held = [series("a", [[dayStart(DAY), 1]]), series("b", [[dayStart(DAY), 2], [dayStart(DAY) + 1, 3]])]

type Change = (cold: ColdStore["Service"]) => ColdStore["Service"]

/** Ways to make fewer samples than an object holds, and what the failure says. */
const losses: Readonly<Record<string, readonly [change: Change, words: string]>> = {
  "a scan that passes over a point": [
    (cold) => ({ ...cold, scan: (...asked) => Stream.filter(cold.scan(...asked), ({ point }) => point !== "b") }),
    "of 3 1 were read, 2 would be written"
  ],
  "a build that leaves a point out": [
    (cold) => ({
      ...cold,
      build: (options, all) => cold.build(options, Stream.filter(all, ({ point }) => point !== "b"))
    }),
    "of 3 3 were read, 2 would be written"
  ]
}

for (const [what, [change, words]] of Object.entries(losses)) {
  it.effect(`law 1: an object is not replaced by one of fewer samples: ${what}`, () =>
    Effect.gen(function*() {
      const cold = yield* ColdStore
      yield* publishDay({ ...publication, series: Stream.fromIterable(held) })
      const live = yield* cold.head("north", DAY)
      const late = publishDay({ ...publication, series: Stream.succeed(series("a", [[dayStart(DAY) + 5, 5]])) })
      const error = yield* Effect.flip(late.pipe(Effect.provideService(ColdStore, change(cold))))
      assert.include(error.message, `ColdStore.rewrite of ${partitionKey(publication)}`)
      assert.include(error.message, words)
      assert.deepStrictEqual(yield* cold.head("north", DAY), live)
      yield* late
      const [object] = yield* (yield* Catalog).list("north", windowOfDay(DAY))
      assert.strictEqual(object?.rows, 4)
    }).pipe(Effect.provide(Layer.fresh(Layer.mergeAll(HotStoreMemory.layer, ColdStoreMemory.layer)))))
}
