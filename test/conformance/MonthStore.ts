/**
 * The laws of `MonthStore`, for every adapter. Each test uses sites of its own.
 */
import { assert, it } from "@effect/vitest"
import { Effect, type Layer, Option, Stream } from "effect"
import { addMonths, DAY_MS, dayFromDate, dayStart, firstDayOf, monthOf } from "../../src/domain/time/calendar.ts"
import { type MonthPart, windowOfMonth } from "../../src/domain/tiers/months.ts"
import { releaseColumns } from "../../src/domain/samples/memory.ts"
import { ROLLUP_FIELDS, rollUp } from "../../src/domain/answers/rollup.ts"
import { type Series, sliceColumns } from "../../src/domain/samples/series.ts"
import { type Build, MonthStore } from "../../src/ports/MonthStore.ts"
import { assertSameSeries, checksumOf, series, seriesAt } from "../samples.ts"

const october = monthOf(dayFromDate(2026, 10, 1))
const window = windowOfMonth(october)
const firstDay = firstDayOf(october)
const days = [{ day: firstDay, generation: 1 }, { day: firstDay + 1, generation: 4 }]

const ODD = [-0, 5e-324, 1.7976931348623157e308, 0.1, 1.6100000143051147]

/** A sample about every `step` ms of the month, with the odd values that Parquet must carry. */
const wave = (point: string, step: number, scale = 1): Series => {
  const count = Math.ceil((window.end - window.start) / step)
  const timestamps = Array.from({ length: count }, (_, i) => window.start + i * step + i % 7)
  return seriesAt(point, timestamps, (i) => ODD[i % 97] ?? Math.round(Math.sin(i / 9) * 1e3) / 10 * scale)
}

const add = Effect.fnUntraced(function*(build: Build, all: ReadonlyArray<Series>) {
  const derived = yield* MonthStore
  return Option.getOrThrow(yield* derived.addPart(build, Stream.fromIterable(all)))
})

export const suite = <E>(name: string, layer: Layer.Layer<MonthStore, E>) =>
  it.layer(layer)(`MonthStore (${name})`, (it) => {
    it.effect("a month is seen when it is published, and then whole", () =>
      Effect.gen(function*() {
        const derived = yield* MonthStore
        const first = [wave("a", 3_600_000), wave("b/é\u{1f600}", 60_000 * 7), wave("c", DAY_MS)]
        const second = [wave("d", 900_000)]
        let build = yield* derived.begin("seen", october, days)
        const parts: Array<MonthPart> = []
        for (const all of [first, second]) {
          parts.push(yield* add(build, all))
          build = { ...build, parts }
          assert.deepStrictEqual(yield* derived.months("seen", window, ["a", "d"]), [])
        }
        yield* derived.publish(build, checksumOf([...first, ...second]))
        const [month] = yield* derived.months("seen", window, ["a", "d"])
        assert.deepInclude(month, { site: "seen", month: october, build: build.build, days })
        assert.deepStrictEqual(month?.parts, parts)
        assert.deepStrictEqual(parts.map(({ firstPoint, lastPoint, part }) => [part, firstPoint, lastPoint]),
          [[0, "a", "c"], [1, "d", "d"]])
        assert.deepStrictEqual((yield* derived.months("seen", window, ["d"]))[0]?.parts.map(({ part }) => part), [1])
        assert.deepStrictEqual((yield* derived.months("seen", window, []))[0]?.parts, [])
      }))

    it.effect("reads give back every sample of the window, bit for bit, and nothing else", () =>
      Effect.gen(function*() {
        const derived = yield* MonthStore
        const all = ["p1", "p2", "p3"].map((point, i) => wave(point, 60_000 * (i * 7 + 1), i + 1))
        const part = yield* add(yield* derived.begin("bits", october, days), all)
        assert.strictEqual(part.samples.rows, all.reduce((sum, one) => sum + one.timestamps.length, 0))
        const whole = yield* derived.readSamples(part, ["p3", "nothing", "p1"], window)
        assertSameSeries(whole.series, all.filter(({ point }) => point !== "p2"))
        const some = { start: dayStart(firstDay + 3) + 5, end: dayStart(firstDay + 9) }
        const cut = yield* derived.readSamples(part, ["p2"], some)
        assertSameSeries(cut.series, [{ point: "p2", ...sliceColumns(all[1] as Series, some) }])
        assert.isAtLeast(cut.gets, 1)
        assert.isAtLeast(cut.bytes, 1)
        const after = { start: window.end, end: window.end + 1 }
        assert.deepStrictEqual((yield* derived.readSamples(part, ["p1"], after)).series, [])
      }))

    it.effect("hours are the rollups of the samples", () =>
      Effect.gen(function*() {
        const derived = yield* MonthStore
        const all = ["p1", "p2"].map((point, i) => wave(point, 60_000 * (i * 13 + 7)))
        const part = yield* add(yield* derived.begin("hours", october, days), all)
        const { rollups } = yield* derived.readHours(part, ["p2", "p1", "x"], ROLLUP_FIELDS)
        assert.deepStrictEqual(rollups, all.map((one) => ({ point: one.point, ...rollUp(one) })))
        const { rollups: [some] } = yield* derived.readHours(part, ["p2"], ["starts", "sums"])
        const empty = new Float64Array(0)
        const { starts, sums } = rollUp(all[1] as Series)
        const none = Object.fromEntries(ROLLUP_FIELDS.map((field) => [field, empty]))
        assert.deepStrictEqual({ ...some }, { point: "p2", ...none, starts, sums })
      }))

    it.effect("law 5: the same part twice changes nothing, and an unfinished build is gone on with", () =>
      Effect.gen(function*() {
        const derived = yield* MonthStore
        const build = yield* derived.begin("again", october, days)
        const part = yield* add(build, [wave("a", DAY_MS)])
        assert.deepStrictEqual(yield* add(build, [wave("a", DAY_MS)]), part)
        const resumed = yield* derived.begin("again", october, [...days].reverse())
        assert.deepStrictEqual(resumed, { ...build, parts: [part] })
        yield* derived.publish(resumed, checksumOf([wave("a", DAY_MS)]))
        yield* derived.publish(resumed, checksumOf([wave("a", DAY_MS)]))
      }))

    it.effect("other days begin another build, under other keys", () =>
      Effect.gen(function*() {
        const derived = yield* MonthStore
        const old = yield* derived.begin("other", october, days)
        const oldPart = yield* add(old, [wave("a", DAY_MS)])
        const next = yield* derived.begin("other", october, [{ day: firstDay, generation: 2 }])
        assert.deepStrictEqual(next.parts, [])
        assert.isAbove(next.build, old.build)
        const nextPart = yield* add(next, [wave("a", DAY_MS, 3)])
        assert.notStrictEqual(nextPart.samples.key, oldPart.samples.key)
        yield* derived.publish({ ...next, parts: [nextPart] }, checksumOf([wave("a", DAY_MS, 3)]))
        const publishOld = derived.publish({ ...old, parts: [oldPart] }, checksumOf([wave("a", DAY_MS)]))
        const stale = yield* Effect.flip(publishOld)
        assert.strictEqual(stale._tag, "StaleBuild")
        assert.strictEqual((yield* derived.months("other", window, ["a"]))[0]?.build, next.build)
      }))

    it.effect("the build before stays readable for readers that have begun", () =>
      Effect.gen(function*() {
        const derived = yield* MonthStore
        const old = yield* derived.begin("before", october, days)
        const part = yield* add(old, [wave("a", DAY_MS)])
        yield* derived.publish({ ...old, parts: [part] }, checksumOf([wave("a", DAY_MS)]))
        const next = yield* derived.begin("before", october, [{ day: firstDay, generation: 9 }])
        const other = [wave("a", DAY_MS, 2)]
        yield* derived.publish({ ...next, parts: [yield* add(next, other)] }, checksumOf(other))
        assertSameSeries((yield* derived.readSamples(part, ["a"], window)).series, [wave("a", DAY_MS)])
      }))

    it.effect("parts that lack a sample of the days are never published, and the next build begins anew", () =>
      Effect.gen(function*() {
        const derived = yield* MonthStore
        const build = yield* derived.begin("lacking", october, days)
        const parts = [yield* add(build, [wave("a", DAY_MS)])]
        const whole = checksumOf([wave("a", DAY_MS), series("b", [[window.start, 1]])])
        const failed = yield* Effect.flip(derived.publish({ ...build, parts }, whole))
        assert.strictEqual(failed._tag, "MonthStoreError")
        assert.deepStrictEqual(yield* derived.months("lacking", window, ["a"]), [])
        const next = yield* derived.begin("lacking", october, days)
        assert.isAbove(next.build, build.build)
        assert.deepStrictEqual(next.parts, [])
      }))

    it.effect("law 9: a series is done with before the next is asked for", () =>
      Effect.gen(function*() {
        const derived = yield* MonthStore
        const build = yield* derived.begin("lent", october, days)
        const all = ["a", "b", "c"].map((point) => wave(point, DAY_MS))
        const lent = function*() {
          for (const one of all) {
            const copy = { point: one.point, timestamps: one.timestamps.slice(), values: one.values.slice() }
            yield copy
            releaseColumns(copy)
          }
        }
        const part = Option.getOrThrow(yield* derived.addPart(build, Stream.fromIterable(lent(), { chunkSize: 1 })))
        assertSameSeries((yield* derived.readSamples(part, ["a", "b", "c"], window)).series, all)
        const { rollups } = yield* derived.readHours(part, ["b"], ROLLUP_FIELDS)
        assert.deepStrictEqual(rollups, [{ point: "b", ...rollUp(all[1] as Series) }])
      }))

    it.effect("a part without samples is none, and a series out of order or outside the month is refused", () =>
      Effect.gen(function*() {
        const derived = yield* MonthStore
        const build = yield* derived.begin("order", october, days)
        assert.deepStrictEqual(yield* derived.addPart(build, Stream.empty), Option.none())
        const refuse = (all: ReadonlyArray<Series>) => Effect.flip(derived.addPart(build, Stream.fromIterable(all)))
        assert.strictEqual((yield* refuse([wave("b", DAY_MS), wave("a", DAY_MS)]))._tag, "MonthStoreError")
        const late = series("a", [[window.end, 1]])
        assert.strictEqual((yield* refuse([late]))._tag, "MonthStoreError")
      }))

    it.effect("sites and months are told apart, and months come in order", () =>
      Effect.gen(function*() {
        const derived = yield* MonthStore
        const november = addMonths(october, 1)
        for (const [site, month] of [["two", november], ["two", october], ["three", october]] as const) {
          const build = yield* derived.begin(site, month, [{ day: firstDayOf(month), generation: 1 }])
          const one = series("a", [[windowOfMonth(month).start, 1]])
          yield* derived.publish({ ...build, parts: [yield* add(build, [one])] }, checksumOf([one]))
        }
        const seen = yield* derived.months("two", { start: window.start, end: windowOfMonth(november).end }, ["a"])
        assert.deepStrictEqual(seen.map(({ month }) => month), [october, november])
        const last = yield* derived.months("two", { ...window, start: window.end - 1 }, ["a"])
        assert.deepStrictEqual(last.map(({ month }) => month), [october])
      }))
  })
