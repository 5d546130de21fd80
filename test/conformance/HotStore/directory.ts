/** What the store says of itself: its directory of days, the version of a window, its counts. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { dayStart } from "../../../src/domain/time/calendar.ts"
import { hotStore } from "../../hot-store.ts"
import { series } from "../../samples.ts"
import { a, at, day, entry, freshSite, type Laws, named, scanAll, store, wholeDay } from "./samples.ts"

export const directory: Laws = (it) => {
  it.effect("the directory tells tail from chunks, and generations only rise, with every change", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const look = Effect.map(hot.days.list(site), (days) => {
        assert.strictEqual(days.length, 1)
        const [only] = days
        assert.isDefined(only)
        return only
      })
      const run = yield* store(site, [series("a", [[at(5), 1]]), series("b", [[at(3), 1]])])
      const first = yield* look
      assert.strictEqual(first.pendingSince, at(3))
      assert.isAbove(first.pendingBytes, 0)
      yield* hot.intake.append(run, 2, [series("a", [[at(1), 1]])])
      const second = yield* look
      assert.strictEqual(second.pendingSince, at(1))
      assert.isAbove(second.generation, first.generation)
      assert.isAbove(second.pendingBytes, first.pendingBytes)
      yield* hot.days.compact(site, day)
      const third = yield* look
      assert.deepInclude(third, { pendingBytes: 0, pendingSince: null })
      const { guard } = yield* scanAll(site)
      yield* hot.catalog.publish(entry(site, 1), [], guard)
      assert.deepStrictEqual(yield* hot.days.list(site), [])
      yield* hot.intake.append(run, 3, [a])
      assert.isAbove((yield* look).generation, third.generation)
    }))

  it.effect("the version of a window tells every change of its data and of the points, and nothing else", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const seen = new Set<string>()
      const isNew = Effect.map(hot.reads.version(site, wholeDay), (version) => seen.size < seen.add(version).size)
      assert.isTrue(yield* isNew)
      yield* store(site, [series("a", [[at(1), 1]])])
      assert.isTrue(yield* isNew)
      yield* store(site, [series("a", [[at(1), 2]])])
      assert.isTrue(yield* isNew)
      yield* hot.days.compact(site, day)
      assert.isFalse(yield* isNew)
      const { guard } = yield* scanAll(site)
      yield* hot.catalog.publish(entry(site, 1), named("a"), null)
      assert.isTrue(yield* isNew)
      yield* hot.catalog.publish(entry(site, 2), named("a"), guard)
      assert.isTrue(yield* isNew)
      yield* hot.catalog.publish(entry(site, 1, "etag-1", day - 1), named("a"), null)
      yield* store(site, [series("a", [[dayStart(day + 1), 1]])])
      assert.isFalse(yield* isNew)
      yield* store(site, [series("b", [[dayStart(day + 1), 1]])])
      assert.isTrue(yield* isNew)
      yield* store(site, [series("a", [[at(1), 2]])])
      assert.isTrue(yield* isNew)
    }))

  it.effect("counts what it holds", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      yield* store(site, [a, series("a", [[at(0) - 86_400_000, 1]])])
      yield* hot.catalog.publish(entry(site, 1, "x", day - 9), [], null)
      const before = yield* hot.directory.stats(site)
      assert.deepStrictEqual(before.cold, { days: 1, samples: 10, bytes: 1_234 })
      assert.deepInclude(before.hot, { days: 2, oldest: day - 1, newest: day, compacted: { records: 0, bytes: 0 } })
      assert.strictEqual(before.points, 1)
      assert.isAbove(before.hot.pending.bytes, 0)
      assert.isAbove(before.hot.pending.records, 0)
      const reach = Effect.map(hot.directory.reach, ({ sites }) => sites.find((one) => one.site === site))
      assert.deepStrictEqual(yield* reach, {
        site,
        hotDays: 2,
        oldestHotDay: day - 1,
        newestHotDay: day,
        pendingBytes: before.hot.pending.bytes,
        archivedThrough: day - 9,
        newestArchivedSample: entry(site, 1, "x", day - 9).lastTimestamp
      })
      // A day that is archived while an older one is hot is not what everything is archived through.
      yield* hot.catalog.publish(entry(site, 1, "x", day + 1), [], null)
      assert.deepInclude(yield* reach, {
        archivedThrough: day - 9,
        newestArchivedSample: entry(site, 1, "x", day + 1).lastTimestamp
      })
      yield* hot.days.compact(site, day)
      assert.isBelow((yield* reach)?.pendingBytes ?? Infinity, before.hot.pending.bytes)
      const after = yield* hot.directory.stats(site)
      assert.strictEqual(after.hot.compacted.records, 1)
      assert.isBelow(after.hot.pending.bytes, before.hot.pending.bytes)
    }))
}
