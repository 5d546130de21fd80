/** Older archives enter the catalog and answer, in real R2 and D1. */
import { env } from "cloudflare:workers"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { parquetWriteBuffer } from "hyparquet-writer"
import * as HotStoreD1 from "../../src/adapters/hot/HotStoreD1.ts"
import * as MonthStoreMemory from "../../src/adapters/memory/MonthStoreMemory.ts"
import * as ColdStoreR2 from "../../src/adapters/cold/ColdStoreR2.ts"
import { TestClock } from "effect/testing"
import * as JobStateMemory from "../../src/adapters/memory/JobStateMemory.ts"
import { deriveSite } from "../../src/apps/archival/derive.ts"
import { MonthStore } from "../../src/ports/MonthStore.ts"
import { adoptArchives } from "../../src/apps/archival/adopt.ts"
import { publishDay } from "../../src/apps/publish.ts"
import { queryAll } from "../apps/query/collect.ts"
import { dayFromDate, dayStart, formatDay } from "../../src/domain/time/calendar.ts"
import { windowOfDay } from "../../src/domain/time/window.ts"
import { hotStore } from "../hot-store.ts"
import { series } from "../samples.ts"

const day = dayFromDate(2026, 3, 7)
const start = dayStart(day)
const stores = Layer.mergeAll(HotStoreD1.layer(env.DB), ColdStoreR2.layer(env.BUCKET), MonthStoreMemory.layer)

type Row = readonly [point: string, at: number, value: number]

/** A plain file as older writers made it: rows in order of time, Snappy, small row groups, seconds without a type. */
const putPlain = (key: string, rows: ReadonlyArray<Row>, site?: (i: number) => string) =>
  Effect.promise(() =>
    env.BUCKET.put(
      key,
      parquetWriteBuffer({
        columnData: [
          { name: "timestamp", data: rows.map(([, at]) => BigInt(at / 1_000)), type: "INT64" },
          { name: "point_name", data: rows.map(([point]) => point), type: "STRING" },
          { name: "value", data: rows.map(([, , value]) => value), type: "DOUBLE" },
          ...(site === undefined
            ? []
            : [{ name: "site_name", data: rows.map((_, i) => site(i)), type: "STRING" as const }])
        ],
        rowGroupSize: 4
      })
    )
  )

const ask = Effect.fnUntraced(function*(site: string, points: ReadonlyArray<string>) {
  const answer = yield* queryAll({ site, points, window: windowOfDay(day) })
  return answer.series.map(({ point, timestamps, values }) => [
    point,
    ...Array.from(timestamps, (at, i) => [at - start, values[i]])
  ])
})

const keys = {
  present: (site: string) => `timeseries/2026/03/07/${site}.parquet`,
  older: (site: string) => `timeseries/${site}/2026/03/07.parquet`
}

const rows: ReadonlyArray<Row> = [0, 60_000, 120_000].flatMap((at, i): ReadonlyArray<Row> => [
  ["b", start + at, i],
  ["a", start + at, 10 + i]
])
const whole = [["a", [0, 10], [60_000, 11], [120_000, 12]], ["b", [0, 0], [60_000, 1], [120_000, 2]]]

it.effect("plain objects of either layout are recorded as they are and answer; a second scan changes nothing", () =>
  Effect.gen(function*() {
    yield* putPlain(keys.older("old"), rows)
    yield* putPlain(keys.present("plain"), rows)
    const report = yield* adoptArchives({ retry: false, rewrite: false, timeoutMs: Infinity })
    assert.deepStrictEqual(report, { objects: 2, recorded: 2, merged: 0, dropped: {}, refused: [], postponed: 0 })
    for (const site of ["old", "plain"]) {
      assert.deepStrictEqual(yield* ask(site, ["a", "b"]), whole)
      const { extents } = yield* (yield* hotStore).reads.extents(site, ["a", "b"])
      assert.deepStrictEqual(extents, [
        { point: "a", first: start, last: start + 120_000, lastValue: 12 },
        { point: "b", first: start, last: start + 120_000, lastValue: 2 }
      ])
    }
    const again = yield* adoptArchives({ retry: false, rewrite: false, timeoutMs: Infinity })
    assert.deepStrictEqual([again.recorded, again.merged, again.refused], [0, 0, []])
  }).pipe(Effect.provide(stores)))

it.effect("law 1: a late sample of an adopted day joins it in the present layout and loses nothing", () =>
  Effect.gen(function*() {
    yield* putPlain(keys.older("late"), rows)
    yield* adoptArchives({ retry: false, rewrite: false, timeoutMs: Infinity })
    const late = series("a", [[start + 60_000, -1], [start + 61_000, -2]])
    yield* publishDay({
      site: "late",
      day,
      source: "backfill",
      writtenBy: "test",
      evict: null,
      series: Stream.succeed(late)
    })
    assert.deepStrictEqual(yield* ask("late", ["a", "b"]), [
      ["a", [0, 10], [60_000, -1], [61_000, -2], [120_000, 12]],
      ...whole.slice(1)
    ])
    const hot = yield* hotStore
    assert.deepStrictEqual(
      (yield* hot.catalog.list("late", windowOfDay(day))).map(({ generation, key }) => [generation, key]),
      [[2, keys.present("late")]]
    )
    // The older object still lies there; it is beneath the new one now.
    const again = yield* adoptArchives({ retry: false, rewrite: false, timeoutMs: Infinity })
    assert.deepStrictEqual(again.refused, [])
    assert.deepStrictEqual((yield* ask("late", ["a"]))[0], ["a", [0, 10], [60_000, -1], [61_000, -2], [120_000, 12]])
  }).pipe(Effect.provide(stores)))

it.effect("law 2: where both layouts hold a day they are merged, and the present one wins", () =>
  Effect.gen(function*() {
    const late = series("a", [[start, 99], [start + 1_000, 98]])
    yield* publishDay({
      site: "both",
      day,
      source: "backfill",
      writtenBy: "test",
      evict: null,
      series: Stream.succeed(late)
    })
    yield* putPlain(keys.older("both"), rows)
    const report = yield* adoptArchives({ retry: false, rewrite: false, timeoutMs: Infinity })
    assert.strictEqual(report.merged, 1)
    assert.deepStrictEqual(yield* ask("both", ["a", "b"]), [
      ["a", [0, 99], [1_000, 98], [60_000, 11], [120_000, 12]],
      ...whole.slice(1)
    ])
    assert.strictEqual((yield* adoptArchives({ retry: false, rewrite: false, timeoutMs: Infinity })).merged, 0)
  }).pipe(Effect.provide(stores)))

it.effect("rewriting gives an adopted day the present format, with an index", () =>
  Effect.gen(function*() {
    yield* putPlain(keys.present("anew"), rows)
    yield* adoptArchives({ retry: false, rewrite: false, timeoutMs: Infinity })
    yield* adoptArchives({ retry: false, rewrite: true, timeoutMs: Infinity })
    const hot = yield* hotStore
    const objects = yield* hot.catalog.list("anew", windowOfDay(day))
    const [entry] = (yield* hot.catalog.find("anew", objects)).entries
    assert.isAbove(entry?.index?.length ?? 0, 0)
    assert.include(entry, { kind: "own", source: "adopted", rows: 6 })
    assert.deepStrictEqual(yield* ask("anew", ["a", "b"]), whole)
  }).pipe(Effect.provide(stores)))

it.effect("what is no archive of its day is refused by name, and the others are adopted all the same", () =>
  Effect.gen(function*() {
    yield* putPlain(keys.older("wrong-day"), [["a", start + 86_400_000, 1]])
    const strange = ["timeseries/odd/2026/3/7.parquet", "timeseries/2026/02/30/odd.parquet"]
    for (const key of strange) yield* putPlain(key, rows)
    yield* putPlain(keys.older("mixed"), rows, (i) => i === 5 ? "elsewhere" : "mixed")
    yield* Effect.promise(() => env.BUCKET.put(keys.older("nothing"), ""))
    yield* Effect.promise(() => env.BUCKET.put(keys.older("noise"), "PAR1 this is no Parquet file PAR1"))
    yield* putPlain(keys.older("right"), rows)
    const report = yield* adoptArchives({ retry: false, rewrite: false, timeoutMs: Infinity })
    assert.deepStrictEqual(report.refused.map(({ key }) => key).sort(), [
      ...strange,
      keys.older("mixed"),
      keys.older("noise"),
      keys.older("nothing"),
      keys.older("wrong-day")
    ].sort())
    assert.include(report.refused.find(({ key }) => key === strange[0])?.reason, "names no site and day")
    assert.include(
      report.refused.find(({ key }) => key === keys.older("nothing"))?.reason,
      "ObjectDamaged: it has no bytes"
    )
    assert.include(report.refused.find(({ key }) => key === keys.older("mixed"))?.reason, "elsewhere")
    assert.include(report.refused.find(({ key }) => key === keys.older("wrong-day"))?.reason, formatDay(day))
    assert.deepStrictEqual(yield* ask("right", ["a", "b"]), whole)
  }).pipe(Effect.provide(stores)))

it.effect("rows that are no samples are counted once, in the report of the call that adopted them", () =>
  Effect.gen(function*() {
    yield* putPlain(keys.present("counted"), [...rows, ["a", start, 7], ["b", start + 180_000, NaN], ["", start, 1]])
    const report = yield* adoptArchives({ retry: false, rewrite: false, timeoutMs: Infinity })
    assert.deepStrictEqual(report.dropped, { name: 1, nan: 1, collision: 1 })
    assert.deepStrictEqual(yield* ask("counted", ["a", "b"]), [
      ["a", [0, 7], [60_000, 11], [120_000, 12]],
      ...whole.slice(1)
    ])
    assert.deepStrictEqual((yield* adoptArchives({ retry: false, rewrite: true, timeoutMs: Infinity })).dropped, {})
    assert.deepStrictEqual((yield* ask("counted", ["a"]))[0], ["a", [0, 7], [60_000, 11], [120_000, 12]])
  }).pipe(Effect.provide(stores)))

it.effect("what there was no time for is counted, and adopted by the next call", () =>
  Effect.gen(function*() {
    yield* putPlain(keys.older("later"), rows)
    const report = yield* adoptArchives({ retry: false, rewrite: false, timeoutMs: -1 })
    // What was refused before, in other tests too, needs no time.
    const refused = report.refused.filter(({ reason }) => !reason.includes("names no site and day"))
    assert.deepStrictEqual([report.recorded, report.postponed], [0, report.objects - refused.length])
    assert.isAbove(report.postponed, 0)
    assert.strictEqual((yield* adoptArchives({ retry: false, rewrite: false, timeoutMs: Infinity })).recorded, 1)
    assert.deepStrictEqual(yield* ask("later", ["a", "b"]), whole)
  }).pipe(Effect.provide(stores)))

it.effect("plain objects in both layouts become one day, which is rewritten once", () =>
  Effect.gen(function*() {
    yield* putPlain(keys.present("twice"), [["a", start, 99]])
    yield* putPlain(keys.older("twice"), rows)
    const report = yield* adoptArchives({ retry: false, rewrite: false, timeoutMs: Infinity })
    assert.deepStrictEqual([report.recorded, report.merged], [1, 1])
    assert.deepStrictEqual(yield* ask("twice", ["a", "b"]), [
      ["a", [0, 99], [60_000, 11], [120_000, 12]],
      ...whole.slice(1)
    ])
    const hot = yield* hotStore
    const merged = yield* hot.catalog.list("twice", windowOfDay(day))
    yield* adoptArchives({ retry: false, rewrite: true, timeoutMs: Infinity })
    assert.deepStrictEqual(yield* hot.catalog.list("twice", windowOfDay(day)), merged)
  }).pipe(Effect.provide(stores)))

it.effect("a month is made without the days that lie as other tools wrote them, until they are rewritten", () =>
  Effect.gen(function*() {
    yield* TestClock.setTime(dayStart(dayFromDate(2026, 6, 1)))
    yield* putPlain(keys.older("parted"), rows)
    const late = series("a", [[start + 86_400_000, 5]])
    yield* publishDay({
      site: "parted",
      day: day + 1,
      source: "backfill",
      writtenBy: "test",
      evict: null,
      series: Stream.succeed(late)
    })
    const derived = yield* MonthStore
    const derivedDays = Effect.gen(function*() {
      const { status } = yield* deriveSite("parted", { hotDays: 20, timeoutMs: Infinity })
      const months = yield* derived.months("parted", windowOfDay(day), ["a"])
      return [status, months.flatMap(({ days }) => days.map((made) => made.day))]
    })
    yield* adoptArchives({ retry: false, rewrite: false, timeoutMs: Infinity })
    assert.deepStrictEqual(yield* derivedDays, ["completed", [day + 1]])
    assert.deepStrictEqual(yield* ask("parted", ["a", "b"]), whole)
    yield* adoptArchives({ retry: false, rewrite: true, timeoutMs: Infinity })
    assert.deepStrictEqual(yield* derivedDays, ["completed", [day, day + 1]])
    assert.deepStrictEqual(yield* ask("parted", ["a", "b"]), whole)
  }).pipe(Effect.provide(Layer.mergeAll(stores, JobStateMemory.layer))))
