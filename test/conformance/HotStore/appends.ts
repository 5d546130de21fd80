/** Appends: what was stored is what is read, by precedence, once. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { dayStart, HOUR_MS } from "../../../src/domain/time/calendar.ts"
import { countSamples } from "../../../src/domain/samples/series.ts"
import { hotStore } from "../../hot-store.ts"
import { assertSameSeries, everything, regular, series } from "../../samples.ts"
import { a, at, b, day, freshSite, type Laws, readAll, scanAll, store, wholeDay } from "./samples.ts"

export const appends: Laws = (it) => {
  it.effect("law 1: what was appended is read back, bit for bit, in the order asked", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      yield* store(site, [a, b])
      const snapshot = yield* hot.reads.snapshot(site, ["b", "nobody", "a", "b"], everything)
      assert.deepStrictEqual(snapshot.known, ["b", "a"])
      assertSameSeries(snapshot.hot, [b, a])
      assert.isAbove(snapshot.cost, 0)
      assertSameSeries(yield* hot.intake.recent(site, everything), [a, b])
    }))

  it.effect("a window is half open, for tail and chunks, and for points without samples in it", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      yield* store(site, [a, series("c", [[at(9), 9]])])
      for (const state of ["tail", "chunk"]) {
        const { hot: found, known } = yield* hot.reads.snapshot(site, ["a", "c"], { start: at(1), end: at(2) })
        assert.deepStrictEqual(known, ["a", "c"], state)
        assertSameSeries(found, [series("a", [[at(1), 2]])])
        assertSameSeries(yield* hot.intake.recent(site, { start: at(1), end: at(2) }), [series("a", [[at(1), 2]])])
        assert.deepStrictEqual((yield* hot.reads.snapshot(site, ["a"], { start: at(1), end: at(1) })).hot, [])
        yield* hot.days.compact(site, day)
      }
    }))

  it.effect("law 9: a snapshot of more samples than wanted fails, of chunks and of tails", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      yield* store(site, [a, b])
      for (const state of ["tail", "chunk"]) {
        const read = (most: number) => hot.reads.snapshot(site, ["a", "b"], everything, most)
        assertSameSeries((yield* read(6)).hot, [a, b])
        const error = yield* Effect.flip(read(5))
        assert(error._tag === "SnapshotTooLarge", state)
        assert.isAbove(error.samples, 5)
        yield* hot.days.compact(site, day)
      }
    }))

  it.effect("law 2: the later append wins, before and after compaction, and within one append the later series", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const run = yield* store(site, [a], [series("a", [[at(1), 20], [at(3), 4]])])
      const second = series("a", [[at(0), 1], [at(1), 20], [at(2), 3], [at(3), 4]])
      assertSameSeries(yield* readAll(site, "a"), [second])
      yield* hot.days.compact(site, day)
      assertSameSeries(yield* readAll(site, "a"), [second])
      yield* hot.intake.append(run, 3, [series("a", [[at(0), 7]]), series("a", [[at(0), -0]])])
      const third = series("a", [[at(0), -0], [at(1), 20], [at(2), 3], [at(3), 4]])
      assertSameSeries(yield* readAll(site, "a"), [third])
      yield* hot.days.compact(site, day)
      assertSameSeries(yield* readAll(site, "a"), [third])
      assertSameSeries((yield* scanAll(site)).found, [third])
    }))

  it.effect("law 5: a repeated step changes nothing and answers 0", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const run = yield* hot.intake.takeFence(site)
      assert.strictEqual((yield* hot.intake.append(run, 1, [a])).samples, 3)
      yield* hot.intake.append(run, 2, [series("a", [[at(1), 20]])])
      const before = yield* hot.days.list(site)
      const nothing = { samples: 0, cost: 0 }
      assert.deepStrictEqual(yield* hot.intake.append(run, 1, [a]), nothing)
      assert.deepStrictEqual(yield* hot.intake.append(run, 2, [series("a", [[at(1), 99]])]), nothing)
      assert.deepStrictEqual(yield* hot.days.list(site), before)
      assertSameSeries(yield* readAll(site, "a"), [series("a", [[at(0), 1], [at(1), 20], [at(2), 3]])])
    }))

  it.effect("a step that was left out is an error that changes nothing", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const run = yield* store(site, [a])
      const error = yield* Effect.flip(hot.intake.append(run, 3, [b]))
      assert.strictEqual(error._tag, "HotStoreError")
      assert.include(error.message, site)
      assertSameSeries(yield* readAll(site, "a", "b"), [a])
    }))

  it.effect("law 1: an empty step counts as taken", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const run = yield* store(site, [], [series("a", [])])
      assert.strictEqual((yield* hot.intake.append(run, 3, [a])).samples, 3)
      assert.deepStrictEqual((yield* hot.days.list(site)).map((one) => one.day), [day])
    }))

  it.effect("law 5: a run that is no longer the newest fails with StaleFence and changes nothing", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const old = yield* store(site, [a])
      const other = yield* hot.intake.takeFence(freshSite())
      const young = yield* hot.intake.takeFence(site)
      assert.isAbove(young.sequence, old.sequence)
      for (const step of [1, 2]) {
        const error = yield* Effect.flip(hot.intake.append(old, step, [series("a", [[at(0), 99]]), b]))
        assert.strictEqual(error._tag, "StaleFence")
        if (error._tag === "StaleFence") {
          assert.deepInclude(error, { site, sequence: old.sequence, newest: young.sequence })
        }
      }
      assert.deepStrictEqual((yield* hot.directory.points(site, "")).map((point) => point.name), ["a"])
      assertSameSeries(yield* readAll(site, "a"), [a])
      yield* hot.intake.append(young, 1, [b])
      yield* hot.intake.append(other, 1, [a])
      assertSameSeries(yield* readAll(site, "a", "b"), [a, b])
    }))

  it.effect("law 6: samples years late and an hour ahead are ordinary appends", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const late = series("a", [[dayStart(11_000) + 5, 1], [at(0), 2], [at(0) + HOUR_MS, 3]])
      yield* store(site, [late])
      assertSameSeries(yield* readAll(site, "a"), [late])
      assert.deepStrictEqual((yield* hot.days.list(site)).map((one) => one.day), [11_000, day])
      yield* hot.days.compact(site, 11_000)
      assertSameSeries(yield* readAll(site, "a"), [late])
      assertSameSeries((yield* scanAll(site, 11_000)).found, [series("a", [[dayStart(11_000) + 5, 1]])])
    }))

  it.effect("10,000 samples of one point and one sample of 10,000 points, each in one append", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const long = regular("long", { start: at(0), count: 10_000, step: 7_777, value: Math.sin })
      const wide = Array.from({ length: 10_000 }, (_, i) => series(`p${String(i).padStart(5, "0")}`, [[at(1), i]]))
      const run = yield* hot.intake.takeFence(site)
      assert.strictEqual((yield* hot.intake.append(run, 1, [long])).samples, 10_000)
      assert.strictEqual((yield* hot.intake.append(run, 2, wide)).samples, 10_000)
      assertSameSeries(yield* readAll(site, "long", "p09999"), [long, series("p09999", [[at(1), 9_999]])])
      assert.strictEqual((yield* hot.days.compact(site, day)).samples, countSamples([long, ...wide].map((one) => ({
        ...one,
        timestamps: one.timestamps.filter((ms) => ms < wholeDay.end)
      }))))
      assertSameSeries(yield* readAll(site, "long", "p00000", "p09999"), [
        long,
        series("p00000", [[at(1), 0]]),
        series("p09999", [[at(1), 9_999]])
      ])
      const { found } = yield* scanAll(site)
      assert.deepStrictEqual(found.map((one) => one.point), ["long", ...wide.map((one) => one.point)])
      const stats = yield* hot.directory.stats(site)
      assert.strictEqual(stats.points, 10_001)
      assert.strictEqual(stats.hot.days, 1)
      assert.isAbove(stats.hot.compacted.bytes, 0)
      assert.deepInclude(stats.hot, { pending: { records: 0, bytes: 0 }, oldest: day, newest: day })
      assert.strictEqual(stats.cold.days, 0)
    }))
}
