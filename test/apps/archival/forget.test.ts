/**
 * Proves the ways out of a day whose archived object is gone or damaged: it is named and stays hot, nothing else is
 * touched, and once it is forgotten the day is empty in every tier. Memory adapters, with a bucket to reach into.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as ColdStoreMemory from "../../../src/adapters/memory/ColdStoreMemory.ts"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import * as MonthStoreMemory from "../../../src/adapters/memory/MonthStoreMemory.ts"
import { deriveSite } from "../../../src/apps/archival/derive.ts"
import { findUnreadable, forgetDay } from "../../../src/apps/archival/forget.ts"
import { archiveSite } from "../../../src/apps/archival/program.ts"
import { rebuildCatalog } from "../../../src/apps/archival/rebuild.ts"
import { partitionKey } from "../../../src/domain/tiers/partition.ts"
import { DAY_MS, formatDay, HOUR_MS } from "../../../src/domain/time/calendar.ts"
import { flipBit } from "../../bytes.ts"
import { hotStore } from "../../hot-store.ts"
import { series } from "../../samples.ts"
import { queryAll } from "../query/collect.ts"

const TODAY = 20_000
const NIGHT = TODAY * DAY_MS + 2 * HOUR_MS
const LOST = TODAY - 60
const options = { hotDays: 20, maxDays: 100, timeoutMs: 600_000 }

const append = Effect.fnUntraced(function*(day: number, value: number) {
  const { intake } = yield* hotStore
  yield* intake.append(yield* intake.takeFence("plant"), 1, [series("a", [[day * DAY_MS + value, value]])])
})

const values = Effect.map(
  queryAll({ site: "plant", points: ["a"], window: { start: 0, end: NIGHT } }),
  (answer) => [...answer.series[0]?.values ?? []]
)

const damages = {
  gone: (bucket: ColdStoreMemory.Bucket, key: string) => void bucket.objects.delete(key),
  damaged: ({ objects }: ColdStoreMemory.Bucket, key: string) => {
    const stored = objects.get(key)
    if (stored !== undefined) objects.set(key, { ...stored, bytes: flipBit(stored.bytes, 8 * 20) })
  }
}

for (const [state, damage] of Object.entries(damages)) {
  it.effect(`an object that is ${state}: its day stays hot and is named until it is forgotten`, () => {
    const bucket = ColdStoreMemory.emptyBucket()
    return Effect.gen(function*() {
      yield* TestClock.setTime(NIGHT)
      for (const [i, day] of [LOST, LOST + 1, LOST + 2].entries()) yield* append(day, i + 1)
      yield* archiveSite("plant", options)
      yield* deriveSite("plant", options)
      assert.deepStrictEqual((yield* Effect.flip(findUnreadable("plant", LOST))).message.includes("can be read"), true)
      damage(bucket, partitionKey({ site: "plant", day: LOST }))

      yield* append(LOST, 7)
      yield* append(LOST + 1, 8)
      const night = yield* archiveSite("plant", options)
      assert.deepStrictEqual([night.status, night.counts.days, night.counts.blockedDays], ["warning", 1, 1])
      assert.include(night.reason, `${formatDay(LOST)}: ColdStore.`)
      assert.deepStrictEqual((yield* (yield* hotStore).days.list("plant")).map(({ day }) => day), [LOST])

      const found = yield* findUnreadable("plant", LOST)
      assert.strictEqual(found.object.rows, 1)
      const report = yield* forgetDay(found)
      assert.deepStrictEqual([report.status, report.counts["forgottenSamples"]], ["warning", 1])
      assert.deepStrictEqual(yield* values, [7, 2, 8, 3])
      assert.deepStrictEqual((yield* archiveSite("plant", options)).status, "completed")
      assert.deepStrictEqual(yield* values, [7, 2, 8, 3])
      yield* deriveSite("plant", options)
      assert.deepStrictEqual(yield* values, [7, 2, 8, 3])
      assert.deepStrictEqual((yield* rebuildCatalog({ rescan: true })).suspect, [])
    }).pipe(Effect.provide(Layer.mergeAll(
      HotStoreMemory.layer,
      ColdStoreMemory.layerOf(bucket),
      MonthStoreMemory.layer,
      JobStateMemory.layer
    )))
  })
}

it.effect("an object that is restored while its day is about to be forgotten stays", () => {
  const bucket = ColdStoreMemory.emptyBucket()
  return Effect.gen(function*() {
    yield* TestClock.setTime(NIGHT)
    yield* append(LOST, 1)
    yield* archiveSite("plant", options)
    const key = partitionKey({ site: "plant", day: LOST })
    const stored = bucket.objects.get(key)
    assert.isDefined(stored)
    bucket.objects.delete(key)
    const found = yield* findUnreadable("plant", LOST)
    bucket.objects.set(key, stored)
    assert.strictEqual((yield* forgetDay(found)).status, "failed")
    assert.deepStrictEqual(yield* values, [1])
  }).pipe(Effect.provide(Layer.mergeAll(
    HotStoreMemory.layer,
    ColdStoreMemory.layerOf(bucket),
    MonthStoreMemory.layer,
    JobStateMemory.layer
  )))
})

it.effect("a day that is not archived, and one that was forgotten, cannot be forgotten", () => {
  const bucket = ColdStoreMemory.emptyBucket()
  return Effect.gen(function*() {
    yield* TestClock.setTime(NIGHT)
    const absent = yield* Effect.flip(findUnreadable("plant", LOST))
    assert.deepInclude(absent, { _tag: "NotForgettable", reason: "absent" })
    yield* append(LOST, 1)
    yield* archiveSite("plant", options)
    bucket.objects.clear()
    yield* forgetDay(yield* findUnreadable("plant", LOST))
    const extents = yield* (yield* hotStore).reads.extents("plant", ["a"])
    assert.deepStrictEqual(extents.extents, [], "what told of the day is gone too")
    const again = yield* Effect.flip(findUnreadable("plant", LOST))
    assert.deepInclude(again, { _tag: "NotForgettable", reason: "absent" })
  }).pipe(Effect.provide(Layer.mergeAll(
    HotStoreMemory.layer,
    ColdStoreMemory.layerOf(bucket),
    MonthStoreMemory.layer,
    JobStateMemory.layer
  )))
})
