/**
 * Extents after days were replaced by objects that hold other samples: random days of random points, one of which is
 * published anew without some of them, are compared with what the days that stand hold.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import * as ColdStoreMemory from "../../src/adapters/memory/ColdStoreMemory.ts"
import * as HotStoreMemory from "../../src/adapters/memory/HotStoreMemory.ts"
import { narrowingOf } from "../../src/apps/narrowing.ts"
import { extentOf, joinAllExtents, type PointExtent, pointExtents } from "../../src/domain/samples/extent.ts"
import type { Series } from "../../src/domain/samples/series.ts"
import { comparePoints } from "../../src/domain/samples/names.ts"
import { dayStart } from "../../src/domain/time/calendar.ts"
import { windowOfDay } from "../../src/domain/time/window.ts"
import { ColdStore } from "../../src/ports/ColdStore.ts"
import { hotStore } from "../hot-store.ts"
import { type Random, randomOf, seeds } from "../random.ts"
import { series } from "../samples.ts"

const SITE = "north"
const DAYS = [20_000, 20_001, 20_002, 20_003, 20_004]
const POINTS = ["a", "b", "c", "d"]

/** Some of the points, each with a few samples of few instants, so that some begin or end where others do. */
const randomDay = (random: Random, day: number): ReadonlyArray<Series> =>
  POINTS.filter(() => random.happens(0.6)).map((point) => {
    const minutes = [...new Set(Array.from({ length: random.integer(1, 3) }, () => random.below(5)))].sort()
    return series(point, minutes.map((minute) => [dayStart(day) + minute * 60_000, random.below(1_000)]))
  })

const truth = (days: ReadonlyMap<number, ReadonlyArray<Series>>): ReadonlyArray<PointExtent> =>
  POINTS.flatMap((point) => {
    const inOrder = [...days].sort(([a], [b]) => a - b).flatMap(([, all]) => all)
    const ofPoint = inOrder.filter((one) => one.point === point).map(extentOf)
    const joined = joinAllExtents(ofPoint)
    return joined === undefined ? [] : [{ point, ...joined }]
  })

/** Puts another object in the place of a day's, as other tools do, and records it. */
const replace = Effect.fnUntraced(function*(day: number, all: ReadonlyArray<Series>) {
  const { catalog } = yield* hotStore
  const cold = yield* ColdStore
  const [recorded] = yield* catalog.list(SITE, windowOfDay(day))
  const generation = (recorded?.generation ?? 0) + 1
  const options = { site: SITE, day, generation, source: "backfill", writtenBy: "another" } as const
  const built = yield* cold.build(options, Stream.fromIterable(all))
  const entry = yield* cold.put(built, recorded?.etag ?? null)
  const extents = all.flatMap(pointExtents)
  yield* catalog.publish(entry, extents, null, undefined, yield* narrowingOf(SITE, day, extents))
})

it.effect("extents are those of the days that stand, whatever was replaced by whatever", () =>
  Effect.forEach(seeds(200, 20), (seed) => {
    const random = randomOf(seed)
    return Effect.gen(function*() {
      const days = new Map<number, ReadonlyArray<Series>>()
      for (let i = 0; i < 12; i++) {
        const day = random.pick(DAYS)
        days.set(day, randomDay(random, day))
        yield* replace(day, days.get(day) ?? [])
        const { extents } = yield* (yield* hotStore).reads.extents(SITE, POINTS)
        assert.deepStrictEqual(
          [...extents].sort((a, b) => comparePoints(a.point, b.point)),
          truth(days),
          `SEED=${seed}, after ${i + 1} days`
        )
      }
    }).pipe(Effect.provide(Layer.fresh(Layer.mergeAll(HotStoreMemory.layer, ColdStoreMemory.layer))))
  }, { discard: true }))
