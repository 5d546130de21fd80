/**
 * Proves that the catalog can be rebuilt from the bucket, by losing rows and extents and asking the query program
 * again.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import * as ColdStoreMemory from "../../../src/adapters/memory/ColdStoreMemory.ts"
import * as MonthStoreMemory from "../../../src/adapters/memory/MonthStoreMemory.ts"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import { rebuildCatalog } from "../../../src/apps/archival/rebuild.ts"
import { publishDay } from "../../../src/apps/publish.ts"
import { queryAll } from "../query/collect.ts"
import { partitionKey } from "../../../src/domain/tiers/partition.ts"
import { DAY_MS } from "../../../src/domain/time/calendar.ts"
import { flipBit } from "../../bytes.ts"
import { hotStore } from "../../hot-store.ts"
import { series } from "../../samples.ts"

const publish = (site: string, day: number, value: number) =>
  publishDay({
    site,
    day,
    source: "backfill",
    writtenBy: "test",
    evict: null,
    series: Stream.succeed(series("a", [[day * DAY_MS, value]]))
  })

it.effect("law 4: a lost catalog is rebuilt from the bucket, and answers as before", () =>
  Effect.gen(function*() {
    const bucket = ColdStoreMemory.layerOf(ColdStoreMemory.emptyBucket())
    const cold = yield* Layer.build(bucket)
    yield* Effect.gen(function*() {
      yield* publish("north", 20_000, 1)
      yield* publish("north", 20_001, 2)
      yield* publish("south", 20_001, 3)
    }).pipe(Effect.provide([HotStoreMemory.layer, MonthStoreMemory.layer]), Effect.provide(cold))

    yield* Effect.gen(function*() {
      assert.deepInclude(yield* rebuildCatalog({ rescan: false }), { objects: 3, recorded: 3, suspect: [] })
      const window = { start: 20_000 * DAY_MS, end: 20_002 * DAY_MS }
      const answer = yield* queryAll({ site: "north", points: ["a"], window })
      assert.deepStrictEqual([...answer.series[0]?.values ?? []], [1, 2])
      assert.deepInclude(yield* rebuildCatalog({ rescan: false }), { objects: 3, recorded: 0, suspect: [] })
    }).pipe(Effect.provide([HotStoreMemory.layer, MonthStoreMemory.layer]), Effect.provide(cold))
  }))

const extentsOf = Effect.flatMap(hotStore, (hot) => hot.reads.extents("north", ["a"]))
const extent = { point: "a", first: 20_000 * DAY_MS, last: 20_001 * DAY_MS, lastValue: -0 }

it.effect("law 4: a rebuild restores the extents of points, and with rescan also where no row was lost", () =>
  Effect.gen(function*() {
    const cold = yield* Layer.build(ColdStoreMemory.layer)
    const hot = yield* Layer.build(HotStoreMemory.layer)
    yield* publish("north", 20_001, -0).pipe(Effect.provide(hot), Effect.provide(cold))
    yield* publish("north", 20_000, 2).pipe(Effect.provide(hot), Effect.provide(cold))
    yield* Effect.gen(function*() {
      yield* rebuildCatalog({ rescan: false })
      assert.deepStrictEqual((yield* extentsOf).extents, [extent])
    }).pipe(Effect.provide(Layer.fresh(HotStoreMemory.layer)), Effect.provide(cold))

    const bare = yield* Layer.build(Layer.fresh(HotStoreMemory.layer))
    const entries = yield* Effect.flatMap(
      hotStore,
      (store) => store.catalog.list("north", { start: 0, end: 30_000 * DAY_MS })
    ).pipe(Effect.provide(hot))
    yield* Effect.gen(function*() {
      // As a database is that recorded its partitions before there were extents.
      for (const entry of entries) yield* (yield* hotStore).catalog.publish({ ...entry, index: null }, [], null)
      assert.deepInclude(yield* rebuildCatalog({ rescan: false }), { objects: 2, recorded: 0, suspect: [] })
      assert.deepStrictEqual((yield* extentsOf).extents, [])
      assert.deepInclude(yield* rebuildCatalog({ rescan: true }), { objects: 2, recorded: 0, suspect: [] })
      assert.deepStrictEqual((yield* extentsOf).extents, [extent])
      assert.deepStrictEqual(
        yield* (yield* hotStore).catalog.list("north", { start: 0, end: 30_000 * DAY_MS }),
        entries
      )
    }).pipe(Effect.provide(bare), Effect.provide(cold))
  }))

it.effect("an object older than its row is named, and the row stays", () =>
  Effect.gen(function*() {
    const hot = yield* Layer.build(HotStoreMemory.layer)
    yield* Effect.gen(function*() {
      yield* publish("north", 20_000, 1)
      yield* publish("north", 20_000, 2)
    }).pipe(Effect.provide(ColdStoreMemory.layer), Effect.provide(hot))
    yield* Effect.gen(function*() {
      const older = yield* Layer.build(Layer.fresh(HotStoreMemory.layer))
      yield* publish("north", 20_000, 1).pipe(Effect.provide(older))
      const report = yield* rebuildCatalog({ rescan: false })
      assert.deepStrictEqual([report.recorded, report.suspect.length], [0, 1])
    }).pipe(Effect.provide(ColdStoreMemory.layer), Effect.provide(hot))
  }))

it.effect("an object that cannot be read is named, and the others are recorded", () =>
  Effect.gen(function*() {
    const bucket = ColdStoreMemory.emptyBucket()
    const cold = yield* Layer.build(ColdStoreMemory.layerOf(bucket))
    yield* Effect.gen(function*() {
      yield* publish("north", 20_000, 1)
      yield* publish("north", 20_001, 2)
    }).pipe(Effect.provide(Layer.fresh(HotStoreMemory.layer)), Effect.provide(cold))
    const key = partitionKey({ site: "north", day: 20_000 })
    const stored = bucket.objects.get(key)
    assert.isDefined(stored)
    bucket.objects.set(key, { ...stored, bytes: flipBit(stored.bytes, 8 * 20) })
    const report = yield* rebuildCatalog({ rescan: false }).pipe(
      Effect.provide(Layer.fresh(HotStoreMemory.layer)),
      Effect.provide(cold)
    )
    assert.deepStrictEqual([report.objects, report.recorded], [2, 1])
    assert.deepStrictEqual(report.unreadable.map((one) => one.key), [key])
  }))
