/**
 * Archives of other tools in real R2 and D1: statistics that lie hide nothing and destroy nothing, what is derived
 * follows an archive that was replaced, and hostile objects are refused by name without stopping the others.
 */
import { env } from "cloudflare:workers"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import * as ColdStoreR2 from "../../src/adapters/cold/ColdStoreR2.ts"
import * as HotStoreD1 from "../../src/adapters/hot/HotStoreD1.ts"
import * as MonthStoreMemory from "../../src/adapters/memory/MonthStoreMemory.ts"
import { adoptArchives } from "../../src/apps/archival/adopt.ts"
import { dayFromDate, dayStart } from "../../src/domain/time/calendar.ts"
import { partitionKey } from "../../src/domain/tiers/partition.ts"
import { windowOfDay } from "../../src/domain/time/window.ts"
import { Catalog } from "../../src/ports/Catalog.ts"
import { ColdStore } from "../../src/ports/ColdStore.ts"
import { Reads } from "../../src/ports/Reads.ts"
import { queryAll } from "../apps/query/collect.ts"
import { archive, type Row } from "../parquet/archive.ts"
import { binary, list, struct } from "../parquet/forge.ts"
import { HOSTILE } from "../parquet/hostile.ts"
import { series } from "../samples.ts"

const day = dayFromDate(2026, 3, 7)
const stores = Layer.mergeAll(HotStoreD1.layer(env.DB), ColdStoreR2.layer(env.BUCKET), MonthStoreMemory.layer)

const keyOf = (site: string, onDay = day): string => partitionKey({ site, day: onDay })

const put = (key: string, bytes: Uint8Array) => Effect.promise(() => env.BUCKET.put(key, bytes))

const ask = Effect.fnUntraced(function*(site: string, points: ReadonlyArray<string>) {
  const answer = yield* queryAll({ site, points, window: windowOfDay(day) })
  return answer.series.filter(({ timestamps }) => timestamps.length > 0).map(({ point, timestamps, values }) =>
    [point, ...Array.from(timestamps, (at, i) => [at - dayStart(day), values[i]])])
})

const adopt = (rewrite = false) => adoptArchives({ retry: false, rewrite, timeoutMs: Infinity })

it.effect("law 1: bounds that hide a point hide it neither from queries nor from a rewrite", () =>
  Effect.gen(function*() {
    const rows: ReadonlyArray<Row> = [["a", 0, 1], ["b", 0, 2], ["c", 60_000, 3]]
    yield* put(keyOf("lies"), archive(day, rows, struct({ 5: binary("a"), 6: binary("b") })))
    const whole = [["a", [0, 1]], ["b", [0, 2]], ["c", [60_000, 3]]]
    yield* adopt()
    assert.deepStrictEqual(yield* ask("lies", ["a", "b", "c"]), whole)
    assert.deepStrictEqual(yield* ask("lies", ["c"]), whole.slice(2))
    yield* adopt(true)
    const [object] = yield* (yield* Catalog).list("lies", windowOfDay(day))
    assert.deepStrictEqual([object?.kind, object?.rows], ["own", 3])
    assert.deepStrictEqual(yield* ask("lies", ["a", "b", "c"]), whole)
  }).pipe(Effect.provide(stores)))

it.effect("what is known of points follows an archive that another without their samples replaces", () =>
  Effect.gen(function*() {
    yield* put(keyOf("less", day - 1), archive(day - 1, [["a", 0, 1], ["b", 0, 2]]))
    yield* put(keyOf("less"), archive(day, [["a", 0, 3], ["a", 60_000, 4], ["b", 0, 5], ["only", 0, 6]]))
    yield* adopt()
    const extents = Effect.gen(function*() {
      const { extents } = yield* (yield* Reads).extents("less", ["a", "b", "only"])
      const start = dayStart(day)
      return extents.map(({ first, last, lastValue, point }) => [point, first - start, last - start, lastValue])
    })
    assert.deepStrictEqual(yield* extents, [["a", -86_400_000, 60_000, 4], ["b", -86_400_000, 0, 5], ["only", 0, 0, 6]])
    yield* put(keyOf("less"), archive(day, [["a", 0, 3]]))
    assert.strictEqual((yield* adopt()).recorded, 1)
    assert.deepStrictEqual(yield* ask("less", ["a", "b", "only"]), [["a", [0, 3]]])
    assert.deepStrictEqual(yield* extents, [["a", -86_400_000, 0, 3], ["b", -86_400_000, -86_400_000, 2]])
    yield* adopt(true)
    assert.deepStrictEqual(yield* extents, [["a", -86_400_000, 0, 3], ["b", -86_400_000, -86_400_000, 2]])
  }).pipe(Effect.provide(stores)))

it.effect("a rewrite follows an archive that was replaced since it was adopted", () =>
  Effect.gen(function*() {
    yield* put(keyOf("later"), archive(day, [["a", 0, 3], ["b", 0, 5]]))
    yield* adopt()
    yield* put(keyOf("later"), archive(day, [["a", 60_000, 4]]))
    yield* adopt(true)
    assert.deepStrictEqual(yield* ask("later", ["a", "b"]), [["a", [60_000, 4]]])
    const { extents } = yield* (yield* Reads).extents("later", ["a", "b"])
    const at = dayStart(day) + 60_000
    assert.deepStrictEqual(extents, [{ point: "a", first: at, last: at, lastValue: 4 }])
  }).pipe(Effect.provide(stores)))

it.effect("a copy of an object of ours, and one that another tool made of it, are read by their rows", () =>
  Effect.gen(function*() {
    const options = { site: "copy", day, generation: 1, source: "archival", writtenBy: "run" } as const
    const cold = yield* ColdStore
    const { bytes } = yield* cold.build(options, Stream.succeed(series("a", [[dayStart(day), 7]])))
    // Stores keep metadata beside an object; a plain copy of the bytes has none.
    yield* put(keyOf("copy"), bytes)
    const pair = (key: string, value: string) => struct({ 1: binary(key), 2: binary(value) })
    const pairs = list([pair("index", "AAAA"), pair("generation", "9")])
    const kept = { 5: pairs, 6: binary("building-vitals 1") }
    yield* put(keyOf("made of it"), archive(day, [["a", 0, 8]], undefined, kept))
    yield* adopt()
    assert.deepStrictEqual(yield* ask("copy", ["a"]), [["a", [0, 7]]])
    assert.deepStrictEqual(yield* ask("made of it", ["a"]), [["a", [0, 8]]])
  }).pipe(Effect.provide(stores)))

it.effect("hostile objects are refused by name, and the good one behind them is recorded", () =>
  Effect.gen(function*() {
    const hostile = Object.values(HOSTILE)
    const site = (i: number) => `hostile ${String(i).padStart(3, "0")}`
    for (const [i, [bytes]] of hostile.entries()) yield* put(keyOf(site(i)), bytes)
    yield* put(keyOf("i am good"), archive(day, [["a", 0, 1]]))
    const { recorded, refused } = yield* adopt()
    const reasons = new Map(refused.map(({ key, reason }) => [key, reason]))
    for (const [i, [, words]] of hostile.entries()) assert.include(reasons.get(keyOf(site(i))), words)
    assert.strictEqual(recorded, 1)
    assert.deepStrictEqual(yield* ask("i am good", ["a"]), [["a", [0, 1]]])
  }).pipe(Effect.provide(stores)))
