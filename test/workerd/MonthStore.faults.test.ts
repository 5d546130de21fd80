/** What can go wrong between D1 and R2 while a month is made or read: errors and repeats, never a wrong answer. */
import { assert, it } from "@effect/vitest"
import { env } from "cloudflare:workers"
import { Effect, Option, Stream } from "effect"
import type { Database } from "../../src/adapters/cloudflare/database.ts"
import * as MonthStoreCloudflare from "../../src/adapters/months/MonthStoreCloudflare.ts"
import { dayFromDate, firstDayOf, monthOf } from "../../src/domain/time/calendar.ts"
import { type MonthPart, monthKey, rollupKey, windowOfMonth } from "../../src/domain/tiers/months.ts"
import { ROLLUP_FIELDS, rollUp } from "../../src/domain/answers/rollup.ts"
import type { Series } from "../../src/domain/samples/series.ts"
import { MonthStore } from "../../src/ports/MonthStore.ts"
import { suite } from "../conformance/MonthStore.ts"
import { flipBit } from "../bytes.ts"
import { randomOf } from "../random.ts"
import { assertSameSeries, checksumOf, seriesAt } from "../samples.ts"
import { bytesAt, failing, losesPuts, lost } from "./bucket.ts"
import { flaky } from "./flaky.ts"

const october = monthOf(dayFromDate(2026, 10, 1))
const window = windowOfMonth(october)
const days = (generation: number) => [{ day: firstDayOf(october), generation }]

/** A sample a minute, so that hours are stored. */
const instants = Array.from({ length: 3_000 }, (_, i) => window.start + i * 60_000 + i % 11)

const wave = (point: string, scale = 1): Series =>
  seriesAt(point, instants, (i) => Math.round(Math.sin(i / 30) * 1e4) / 100 * scale)

const run = <A, E>(effect: Effect.Effect<A, E, MonthStore>, bucket = env.BUCKET, db: Database = env.DB) =>
  Effect.provide(effect, MonthStoreCloudflare.layer(db, bucket))

const monthsOf = (site: string) => Effect.flatMap(MonthStore, (months) => months.months(site, window, ["a"]))

const add = Effect.fnUntraced(function*(site: string, generation: number, all: ReadonlyArray<Series>) {
  const derived = yield* MonthStore
  const build = yield* derived.begin(site, october, days(generation))
  const part = yield* derived.addPart(build, Stream.fromIterable(all))
  return { build: { ...build, parts: Option.toArray(part) }, part: Option.getOrThrow(part) }
})

const publish = Effect.fnUntraced(function*(site: string, generation: number, all: ReadonlyArray<Series>) {
  const { build, part } = yield* add(site, generation, all)
  yield* (yield* MonthStore).publish(build, checksumOf(all))
  return { build, part }
})

const keysOf = (site: string) =>
  Effect.promise(async () => {
    const found: Array<string> = []
    for (const keyOf of [monthKey, rollupKey]) {
      const key = keyOf(site, october, 0, 0)
      const { objects } = await env.BUCKET.list({ prefix: key.slice(0, key.lastIndexOf("/") + 1) })
      found.push(...objects.map((object) => object.key))
    }
    return found
  })

suite("D1 and R2 that loses every answer to a put", MonthStoreCloudflare.layer(env.DB, losesPuts))

it.live("law 5: rules 8, 10, 11: a D1 that loses a tenth of its answers publishes each build once, and whole", () =>
  Effect.gen(function*() {
    const db = flaky(env.DB, 0.1, randomOf(1))
    for (let generation = 1; generation <= 20; generation++) {
      const { build, part } = yield* run(publish("flaky", generation, [wave("a", generation)]), losesPuts, db)
      assert.strictEqual(build.build, generation)
      const [month] = yield* run(monthsOf("flaky"), env.BUCKET, db)
      assert.deepStrictEqual([month?.build, month?.days, month?.parts], [generation, days(generation), [part]])
    }
    assert.isAbove(db.failures(), 3)
  }))

it.live("rules 9 and 10: a crash after the put and before the record leaves a part that the next try makes again", () =>
  Effect.gen(function*() {
    let calls = 0
    // begin is the first batch; the record, the second, never reaches the database.
    const dying: Database = {
      prepare: (sql) => env.DB.prepare(sql),
      batch: <T>(statements: Array<D1PreparedStatement>) =>
        calls++ === 0 ? env.DB.batch<T>(statements) : Promise.reject(lost())
    }
    const failed = yield* Effect.flip(run(add("crash", 1, [wave("a")]), env.BUCKET, dying))
    assert.strictEqual(failed._tag, "MonthStoreError")
    assert.lengthOf(yield* keysOf("crash"), 2)
    const { build, part } = yield* run(publish("crash", 1, [wave("a")]))
    assert.strictEqual(build.build, 1)
    assert.strictEqual(part.samples.key, monthKey("crash", october, 1, 0))
  }))

it.effect("rule 9: other bytes under a part's key end the build: the next one has other keys and succeeds", () =>
  Effect.gen(function*() {
    yield* Effect.promise(() => env.BUCKET.put(rollupKey("foreign", october, 1, 0), "left by an older version"))
    const failed = yield* Effect.flip(run(add("foreign", 1, [wave("a")])))
    assert.match(failed.message, /given up/)
    const { build, part } = yield* run(publish("foreign", 1, [wave("a")]))
    assert.strictEqual(build.build, 2)
    const read = yield* run(Effect.flatMap(MonthStore, (derived) => derived.readSamples(part, ["a"], window)))
    assert.deepStrictEqual(read.series, [wave("a")])
  }))

it.effect("rules 10 and 11: of two that make the same part and publish it, both succeed and one part stands", () =>
  Effect.gen(function*() {
    const race = run(publish("race", 1, [wave("a"), wave("b")]))
    const both = yield* Effect.all([race, race], { concurrency: 2 })
    const [month] = yield* run(monthsOf("race"))
    // The second may have begun when the first had published: then its build is the newer one.
    assert.deepStrictEqual(month?.build, Math.max(...both.map(({ build }) => build.build)))
    assert.lengthOf(month?.parts ?? [], 1)
  }))

const readBoth = (part: MonthPart) =>
  Effect.gen(function*() {
    const derived = yield* MonthStore
    return {
      samples: yield* Effect.result(derived.readSamples(part, ["b"], window)),
      hours: yield* Effect.result(derived.readHours(part, ["b"], ROLLUP_FIELDS))
    }
  })

it.effect("rule 12: an object that is gone is an error, never an empty answer", () =>
  Effect.gen(function*() {
    const { part } = yield* run(publish("gone", 1, [wave("a"), wave("b")]))
    yield* Effect.promise(() => env.BUCKET.delete([part.samples.key, part.hours.key]))
    const { hours, samples } = yield* run(readBoth(part))
    assert.strictEqual(samples._tag === "Failure" && samples.failure._tag, "MonthStoreError")
    assert.strictEqual(hours._tag === "Failure" && hours.failure._tag, "MonthStoreError")
  }))

it.effect("rule 12: a flipped bit or a cut is an error or harms nothing, never another answer", () =>
  Effect.gen(function*() {
    const all = [wave("a"), wave("b", 3), wave("c")]
    const { part } = yield* run(publish("flipped", 1, all))
    const truth = { series: [wave("b", 3)], rollups: [{ point: "b", ...rollUp(wave("b", 3)) }] }
    const { below } = randomOf(2)
    let found = 0
    for (const { key } of [part.samples, part.hours]) {
      const bytes = yield* Effect.promise(() => bytesAt(key))
      for (let i = 0; i < 60; i++) {
        const at = below(bytes.length)
        const changed = i % 8 === 0 ? bytes.slice(0, at) : flipBit(bytes, at * 8 + below(8))
        const label = `byte ${at} of ${key}`
        yield* Effect.promise(() => env.BUCKET.put(key, changed))
        const { hours, samples } = yield* run(readBoth(part))
        if (samples._tag === "Success") assertSameSeries(samples.success.series, truth.series, label)
        if (hours._tag === "Success") assert.deepStrictEqual(hours.success.rollups, truth.rollups, label)
        if (samples._tag === "Failure" || hours._tag === "Failure") found++
      }
      yield* Effect.promise(() => env.BUCKET.put(key, bytes))
    }
    assert.isAbove(found, 30)
  }))

it.effect("rule 11: objects of builds before the previous one go, also those that a failed deletion left", () =>
  Effect.gen(function*() {
    const buildsOf = (keys: ReadonlyArray<string>) =>
      [...new Set(keys.map((key) => Number(/(\d+)-\d+\.parquet$/.exec(key)?.[1])))]
    for (const generation of [1, 2, 3]) {
      yield* run(publish("old", generation, [wave("a", generation)]), failing("delete"))
    }
    assert.sameMembers(buildsOf(yield* keysOf("old")), [1, 2, 3])
    // Never published: its objects go too.
    yield* run(add("old", 4, [wave("a", 4)]))
    yield* run(publish("old", 5, [wave("a", 5)]))
    assert.sameMembers(buildsOf(yield* keysOf("old")), [3, 5])
  }))
