/**
 * Proves how the query program merges hot and cold samples and counts them, over the memory adapters with samples made
 * by hand.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import * as ColdStoreMemory from "../../../src/adapters/memory/ColdStoreMemory.ts"
import * as MonthStoreMemory from "../../../src/adapters/memory/MonthStoreMemory.ts"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import { publishDay } from "../../../src/apps/publish.ts"
import { query } from "../../../src/apps/query/program.ts"
import { DAY_MS } from "../../../src/domain/time/calendar.ts"
import { RAW, type Resolution } from "../../../src/domain/answers/resolution.ts"
import type { Series } from "../../../src/domain/samples/series.ts"
import { MonthStore } from "../../../src/ports/MonthStore.ts"
import { utc } from "../../../src/domain/time/zone.ts"
import { hotStore } from "../../hot-store.ts"
import { series } from "../../samples.ts"
import { queryAll } from "./collect.ts"

const DAY = 20_000
const AT = DAY * DAY_MS
const window = { start: AT, end: AT + DAY_MS }
const layer = () => Layer.mergeAll(HotStoreMemory.layer, ColdStoreMemory.layer, MonthStoreMemory.layer)

const fill = Effect.fnUntraced(function*(cold: ReadonlyArray<Series>, warm: ReadonlyArray<Series>) {
  const hot = yield* hotStore
  if (cold.length > 0) {
    const request = { site: "plant", day: DAY, source: "backfill", writtenBy: "test", evict: null } as const
    yield* publishDay({ ...request, series: Stream.fromIterable(cold) })
  }
  if (warm.length > 0) yield* hot.intake.append(yield* hot.intake.takeFence("plant"), 1, warm)
})

const ask = (points: ReadonlyArray<string>, resolution: Resolution = RAW) =>
  queryAll({ site: "plant", points, window, resolution })

const averages: Resolution = {
  kind: "buckets",
  interval: 60_000,
  zone: utc,
  aggregations: ["avg"],
  fill: "none",
  maxGapMs: Infinity
}

it.effect("law 2: hot beats cold, every instant once, counts per tier add up", () =>
  Effect.gen(function*() {
    yield* fill([series("a", [[AT, 1], [AT + 1, 2], [AT + 2, 3]])], [series("a", [[AT + 1, 20], [AT + 3, 4]])])
    const { metadata, series: [one] } = yield* ask(["a"])
    assert.deepStrictEqual([...one?.timestamps ?? []], [AT, AT + 1, AT + 2, AT + 3])
    assert.deepStrictEqual([...one?.values ?? []], [1, 20, 3, 4])
    assert.deepStrictEqual([metadata.source, metadata.hot, metadata.cold, metadata.returned],
      ["split", 2, 2, 4])
  }).pipe(Effect.provide(layer())))

it.effect("answers in the order of the points asked, each once", () =>
  Effect.gen(function*() {
    yield* fill([], [series("a", [[AT, 1]]), series("b", [[AT, 2]])])
    const { series: answer } = yield* ask(["b", "a", "b"])
    assert.deepStrictEqual(answer.map(({ point }) => point), ["b", "a"])
  }).pipe(Effect.provide(layer())))

it.effect("the window is half-open", () =>
  Effect.gen(function*() {
    yield* fill([series("a", [[AT, 1], [AT + 5, 2]])], [series("a", [[AT + DAY_MS - 1, 3], [AT + DAY_MS, 4]])])
    const { series: [one] } = yield* ask(["a"])
    assert.deepStrictEqual([...one?.values ?? []], [1, 2, 3])
  }).pipe(Effect.provide(layer())))

it.effect("law 10: averages count the samples they were made from", () =>
  Effect.gen(function*() {
    yield* fill([series("a", [[AT, 1], [AT + 1, 2]])], [series("a", [[AT + 2, 6]])])
    const { metadata, series: [one] } = yield* ask(["a"], averages)
    assert.deepStrictEqual([...one?.values ?? []], [3])
    assert.deepStrictEqual([metadata.hot, metadata.cold, metadata.returned], [1, 2, 1])
  }).pipe(Effect.provide(layer())))

it.effect("names what it does not know, with near matches that differ only in case", () =>
  Effect.gen(function*() {
    yield* fill([], [series("AHU/Temp", [[AT, 1]]), series("AHU/Temp2", [[AT, 1]])])
    const { unknown } = yield* ask(["AHU/Temp2", "ahu/temp"])
    assert.deepStrictEqual(unknown, [{ point_name: "ahu/temp", near: ["AHU/Temp"] }])
    const points = yield* Effect.flip(ask(["nothing"]))
    assert.strictEqual(points._tag, "PointsNotFound")
    const site = yield* Effect.flip(queryAll({ site: "PLANT", points: ["a"], window }))
    assert.deepInclude(site, { _tag: "SiteNotFound", near: ["plant"] })
  }).pipe(Effect.provide(layer())))

it.effect("months are looked up for windows of more than a day, midnight inside or not", () =>
  Effect.gen(function*() {
    yield* fill([series("a", [[AT, 1]])], [])
    const derived = yield* MonthStore
    const looked: Array<number> = []
    const counting = MonthStore.of({
      ...derived,
      months: (site, window, points) => {
        looked.push((window.end - window.start) / DAY_MS)
        return derived.months(site, window, points)
      }
    })
    for (const days of [0.5, 1, 1.5, 30]) {
      const across = { start: AT - DAY_MS / 4, end: AT + (days - 0.25) * DAY_MS }
      const asked = queryAll({ site: "plant", points: ["a"], window: across })
      const { series: [one] } = yield* Effect.provideService(asked, MonthStore, counting)
      assert.deepStrictEqual([...one?.values ?? []], [1])
    }
    assert.deepStrictEqual(looked, [1.5, 30])
  }).pipe(Effect.provide(layer())))

it.effect("the explanation lists the days that have hot samples, and none between them", () =>
  Effect.gen(function*() {
    yield* fill([], [series("a", [[AT - 3 * DAY_MS, 1], [AT, 2]]), series("b", [[AT + 1, 3]])])
    const days = { start: AT - 9 * DAY_MS, end: AT + DAY_MS }
    const limits = { samples: 100, objects: 100, buckets: 100 }
    const run = yield* query({ site: "plant", points: ["a", "b"], window: days, resolution: RAW }, limits)
    const end = run.first.at(-1)
    assert.deepStrictEqual(end?.kind === "end" ? end.explanation.hotDays : null, [DAY - 3, DAY])
  }).pipe(Effect.provide(layer())))

it.effect("law 5: publishing the same day twice writes once", () =>
  Effect.gen(function*() {
    const hot = yield* hotStore
    const samples = [series("a", [[AT, 1]])]
    yield* fill(samples, [])
    const [before] = yield* hot.catalog.list("plant", window)
    yield* fill(samples, [])
    const [after] = yield* hot.catalog.list("plant", window)
    assert.deepStrictEqual(after, before)
  }).pipe(Effect.provide(layer())))
