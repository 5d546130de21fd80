/** Months derived from real daily objects on D1 and R2, driven as the archival Worker drives them. */
import { assert, it } from "@effect/vitest"
import { env } from "cloudflare:workers"
import { Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HotStoreD1 from "../../src/adapters/hot/HotStoreD1.ts"
import * as JobStateD1 from "../../src/adapters/jobs/JobStateD1.ts"
import * as MonthStoreCloudflare from "../../src/adapters/months/MonthStoreCloudflare.ts"
import * as ColdStoreR2 from "../../src/adapters/cold/ColdStoreR2.ts"
import { deriveSite } from "../../src/apps/archival/derive.ts"
import { publishDay } from "../../src/apps/publish.ts"
import {
  addMonths,
  DAY_MS,
  type Day,
  dayFromDate,
  dayStart,
  firstDayOf,
  type Month,
  monthOf
} from "../../src/domain/time/calendar.ts"
import { partsOf } from "../../src/domain/tiers/months.ts"
import { mergeAll } from "../../src/domain/samples/merge.ts"
import { partitionKey } from "../../src/domain/tiers/partition.ts"
import { ROLLUP_FIELDS, rollUp } from "../../src/domain/answers/rollup.ts"
import { type Columns, emptyColumns, type Series } from "../../src/domain/samples/series.ts"
import { ColdStore } from "../../src/ports/ColdStore.ts"
import { MonthStore } from "../../src/ports/MonthStore.ts"
import { flipBit } from "../bytes.ts"
import { series } from "../samples.ts"
import { bucketWith } from "./bucket.ts"

const september = dayFromDate(2026, 9, 1)
const october = dayFromDate(2026, 10, 1)
const november = dayFromDate(2026, 11, 1)
const window = { start: dayStart(september), end: dayStart(november) }
/** The first instant at which all of October is due to be cold. */
const closed = dayStart(november) + 20 * DAY_MS
const options = { hotDays: 20, timeoutMs: 60_000 }

const stores = Layer.mergeAll(
  HotStoreD1.layer(env.DB),
  JobStateD1.layer(env.DB),
  ColdStoreR2.layer(env.BUCKET),
  MonthStoreCloudflare.layer(env.DB, env.BUCKET)
)

/** Some points miss some days; names differ only in case or come in an odd order. */
const names = ["B/2", "a/1", "a/10", "a/2", "é"]

const columnsOf = (point: number, day: Day): Columns => {
  if ((point + day) % 5 === 0) return emptyColumns
  const timestamps = Float64Array.from({ length: 40 }, (_, i) => dayStart(day) + i * 2_000_000 + point)
  return { timestamps, values: timestamps.map((_, i) => Math.round(Math.sin(day + i) * 1e3) / 10 + point) }
}

const publish = (site: string, day: Day, series: ReadonlyArray<Series>) =>
  publishDay({ site, day, source: "backfill", writtenBy: "test", series: Stream.fromIterable(series), evict: null })

const publishTwoMonths = (site: string) =>
  Effect.forEach(
    Array.from({ length: november - september }, (_, i) => september + i),
    (day) => publish(site, day, names.map((point, i) => ({ point, ...columnsOf(i, day) }))),
    { discard: true }
  )

const truthOf = (point: number, month: Month): Columns => {
  const [from, to] = [firstDayOf(month), firstDayOf(addMonths(month, 1))]
  return mergeAll(Array.from({ length: to - from }, (_, i) => columnsOf(point, from + i)))
}

const monthsOf = (site: string, points: ReadonlyArray<string>) =>
  Effect.flatMap(MonthStore, (derived) => derived.months(site, window, points))

/** Everything that the derived months hold of a point. */
const readAll = Effect.fnUntraced(function*(site: string, point: string) {
  const derived = yield* MonthStore
  return yield* Effect.forEach(yield* monthsOf(site, [point]), (month) =>
    Effect.gen(function*() {
      const [part] = partsOf(month, [point])
      if (part === undefined) return { month: month.month, series: [], rollups: [] }
      const { series } = yield* derived.readSamples(part.part, [point], window)
      const { rollups } = yield* derived.readHours(part.part, [point], ROLLUP_FIELDS)
      return { month: month.month, series, rollups }
    }))
})

it.effect("closed months hold every sample of their days, and their hours", () =>
  Effect.gen(function*() {
    yield* publishTwoMonths("whole")
    yield* TestClock.setTime(closed - 1)
    const early = yield* deriveSite("whole", options)
    assert.deepStrictEqual([early.status, early.counts["months"]], ["completed", 1], "October is not closed yet")
    yield* TestClock.setTime(closed)
    const report = yield* deriveSite("whole", options)
    assert.deepStrictEqual([report.status, report.counts["months"], report.counts["parts"]], ["completed", 1, 1])
    for (const [i, point] of names.entries()) {
      const expected = [september, october].map(monthOf).map((month) => {
        const one = { point, ...truthOf(i, month) }
        return { month, series: [one], rollups: [{ point, ...rollUp(one) }] }
      })
      assert.deepStrictEqual(yield* readAll("whole", point), expected, point)
    }
    const again = yield* deriveSite("whole", options)
    assert.deepStrictEqual([again.status, again.counts["months"]], ["completed", 0])
  }).pipe(Effect.provide(stores)))

it.effect("rule 13: a late sample makes its month due again, and the next run repairs month and hours", () =>
  Effect.gen(function*() {
    yield* publishTwoMonths("late")
    yield* TestClock.setTime(closed)
    yield* deriveSite("late", options)
    const before = yield* monthsOf("late", [])
    const late = series("a/1", [[dayStart(october + 6) + 7, -123.5]])
    yield* publish("late", october + 6, [late])
    const report = yield* deriveSite("late", options)
    assert.deepStrictEqual([report.status, report.counts["months"]], ["completed", 1])
    const after = yield* monthsOf("late", [])
    assert.deepStrictEqual(after[0], before[0], "September stays as it is")
    assert.isAbove(after[1]?.build ?? 0, before[1]?.build ?? 0)
    const one = { point: "a/1", ...mergeAll([truthOf(1, monthOf(october)), late]) }
    const repaired = { month: monthOf(october), series: [one], rollups: [{ point: "a/1", ...rollUp(one) }] }
    assert.deepStrictEqual((yield* readAll("late", "a/1"))[1], repaired)
  }).pipe(Effect.provide(stores)))

it.effect("a flipped bit of a day is found before it enters the month, or a merge of the day", () =>
  Effect.gen(function*() {
    for (const day of [october, october + 1, october + 2]) {
      yield* publish("flipped", day, names.map((point, i) => ({ point, ...columnsOf(i, day) })))
    }
    yield* TestClock.setTime(closed)
    const key = partitionKey({ site: "flipped", day: october + 1 })
    // Of what R2 delivers of the day one bit is flipped, under the same etag.
    const rotten = bucketWith({
      get: (async (asked: string, how: R2GetOptions) => {
        const object = await env.BUCKET.get(asked, how)
        if (asked !== key || object === null || !("body" in object)) return object
        const bytes = flipBit(new Uint8Array(await object.arrayBuffer()), 300 * 8)
        return { body: object.body, arrayBuffer: () => Promise.resolve(bytes.buffer) }
      }) as unknown as R2Bucket["get"]
    })
    const cold = ColdStoreR2.layer(rotten)
    const failed = yield* Effect.provide(deriveSite("flipped", options), cold)
    assert.strictEqual(failed.status, "failed")
    assert.match(failed.reason, /2026\/10\/02\/flipped.parquet: ObjectDamaged/)
    const merge = publish("flipped", october + 1, [{ point: "late", ...columnsOf(1, october + 1) }])
    const refused = yield* Effect.flip(Effect.provide(merge, cold))
    assert.match(refused.message, /2026\/10\/02\/flipped.parquet: ObjectDamaged/)
    assert.lengthOf(yield* monthsOf("flipped", ["a"]), 0)
    yield* deriveSite("flipped", options)
    assert.lengthOf(yield* monthsOf("flipped", ["a"]), 1)
  }).pipe(Effect.provide(stores)))

it.effect("rule 15: a month that lacks a sample of its days is not published", () =>
  Effect.gen(function*() {
    for (const day of [october, october + 1]) {
      yield* publish("lacking", day, names.map((point, i) => ({ point, ...columnsOf(i, day) })))
    }
    yield* TestClock.setTime(closed)
    const failed = yield* Effect.updateService(deriveSite("lacking", options), ColdStore, (cold) =>
      ColdStore.of({ ...cold, scan: (...scan) => Stream.drop(cold.scan(...scan), 1) }))
    assert.strictEqual(failed.status, "failed")
    assert.match(failed.reason, /the checksum of the month's samples is/)
    assert.lengthOf(yield* monthsOf("lacking", ["a/1"]), 0)
    yield* deriveSite("lacking", options)
    assert.deepStrictEqual((yield* monthsOf("lacking", ["a/1"])).map(({ build }) => build), [2])
  }).pipe(Effect.provide(stores)))

it.effect("a run that is out of time leaves a build that the next run goes on with", () =>
  Effect.gen(function*() {
    // More points than fit one part.
    const points = Array.from({ length: 1_100 }, (_, i) => `p/${String(i).padStart(4, "0")}`)
    for (const day of [september, september + 1]) {
      yield* publish("time", day, points.map((point, i) => series(point, [[dayStart(day) + i, i]])))
    }
    yield* TestClock.setTime(closed)
    const derived = yield* MonthStore
    const added: Array<number> = []
    const slow = Layer.succeed(MonthStore, {
      ...derived,
      addPart: (build, series) =>
        derived.addPart(build, series).pipe(
          Effect.tap(() => TestClock.adjust(options.timeoutMs * 0.7)),
          Effect.tap(() => Effect.sync(() => added.push(build.parts.length)))
        )
    })
    const first = yield* Effect.provide(deriveSite("time", options), slow)
    assert.deepStrictEqual([first.status, first.reason, added], ["warning", "1 months wait for the next run", [0, 1]])
    assert.deepStrictEqual(yield* monthsOf("time", []), [])
    const second = yield* Effect.provide(deriveSite("time", options), slow)
    assert.deepStrictEqual([second.status, second.counts["parts"], added], ["completed", 1, [0, 1, 2]])
    const [month] = yield* monthsOf("time", points)
    assert.deepStrictEqual(month?.parts.map(({ samples }) => samples.rows), [1_024, 1_024, 152])
    const [last] = yield* readAll("time", "p/1099")
    assert.deepStrictEqual(last?.series[0]?.values, Float64Array.of(1_099, 1_099))
  }).pipe(Effect.provide(stores)))
