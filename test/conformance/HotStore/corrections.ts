/** Corrections: what a backfill read later than the hot tier is put above it, with the catalog row or not at all. */
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { hotStore } from "../../hot-store.ts"
import { assertSameSeries, series } from "../../samples.ts"
import { a, at, b, day, entry, freshSite, type Laws, named, readAll, scanAll, store, wholeDay } from "./samples.ts"

const generationOf = Effect.fnUntraced(function*(site: string) {
  return (yield* (yield* hotStore).days.list(site)).find((one) => one.day === day)?.generation ?? 0
})

const corrected = series("a", [[at(1), 22]])
const whole = series("a", [[at(0), 1], [at(1), 22], [at(2), 3]])

export const corrections: Laws = (it) => {
  it.effect("precedence: a correction stands above the tail and above what is compacted", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      for (const compacts of [false, true]) {
        const site = freshSite()
        yield* store(site, [a, b])
        if (compacts) yield* hot.days.compact(site, day)
        const change = { generation: yield* generationOf(site), series: [corrected], fencesSync: false }
        yield* hot.catalog.publish(entry(site, 1), named("a", "b"), null, change)
        assertSameSeries(yield* readAll(site, "a", "b"), [whole, b])
        assert.lengthOf(yield* hot.catalog.list(site, wholeDay), 1)
        assert.isAbove(yield* generationOf(site), change.generation, "every accepted change raises the generation")
        yield* hot.days.compact(site, day)
        assertSameSeries((yield* scanAll(site)).found, [whole, b])
      }
    }))

  it.effect("precedence: a hot day that has changed since it was looked at refuses the whole publication", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const run = yield* store(site, [a])
      const generation = yield* generationOf(site)
      yield* hot.intake.append(run, 2, [series("a", [[at(1), 33]])])
      const change = { generation, series: [corrected], fencesSync: true }
      const error = yield* Effect.flip(hot.catalog.publish(entry(site, 1), named("a"), null, change))
      assert.strictEqual(error._tag, "StalePartition")
      assert.deepStrictEqual(yield* hot.catalog.list(site, wholeDay), [])
      assertSameSeries(yield* readAll(site, "a"), [series("a", [[at(0), 1], [at(1), 33], [at(2), 3]])])
      yield* hot.intake.append(run, 3, [b])
      // Nothing to correct: what the hot tier got since would still count above the object, and may be read earlier.
      const nothing = { ...change, series: [] }
      const refused = yield* Effect.flip(hot.catalog.publish(entry(site, 1), named("a"), null, nothing))
      assert.strictEqual(refused._tag, "StalePartition")
      assert.deepStrictEqual(yield* hot.catalog.list(site, wholeDay), [])
      const present = { ...nothing, generation: yield* generationOf(site) }
      yield* hot.catalog.publish(entry(site, 1), named("a"), null, present)
      assert.lengthOf(yield* hot.catalog.list(site, wholeDay), 1)
    }))

  it.effect("precedence: the same publication with nothing to correct fails too where the hot day has changed", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const none = { generation: 0, series: [], fencesSync: false }
      yield* hot.catalog.publish(entry(site, 1), named("a"), null, none)
      yield* hot.catalog.publish(entry(site, 1), named("a"), null, none)
      yield* store(site, [a])
      const again = hot.catalog.publish(entry(site, 1), named("a"), null, none)
      assert.strictEqual((yield* Effect.flip(again))._tag, "StalePartition")
    }))

  it.effect("precedence: a sync that may have read the day before may not append any more", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const run = yield* store(site, [a])
      const change = { generation: yield* generationOf(site), series: [], fencesSync: false }
      yield* hot.catalog.publish(entry(site, 1), named("a"), null, change)
      yield* hot.intake.append(run, 2, [b])
      const fencing = { generation: yield* generationOf(site), series: [], fencesSync: true }
      yield* hot.catalog.publish(entry(site, 2), named("a"), null, fencing)
      assert.strictEqual((yield* Effect.flip(hot.intake.append(run, 3, [b])))._tag, "StaleFence")
      yield* hot.intake.append(yield* hot.intake.takeFence(site), 1, [b])
    }))

  it.effect("law 5: a repeated correction succeeds and changes nothing", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const run = yield* store(site, [a])
      const change = { generation: yield* generationOf(site), series: [corrected], fencesSync: false }
      yield* hot.catalog.publish(entry(site, 1), named("a"), null, change)
      const later = series("a", [[at(1), 44]])
      yield* hot.intake.append(run, 2, [later])
      assert.strictEqual((yield* hot.catalog.publish(entry(site, 1), named("a"), null, change)).cost, 0)
      assertSameSeries(yield* readAll(site, "a"), [series("a", [[at(0), 1], [at(1), 44], [at(2), 3]])])
    }))

  it.effect("law 1: a correction that arrives after a scan stays when what was scanned is evicted", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      yield* store(site, [a])
      yield* hot.days.compact(site, day)
      const scan = yield* hot.days.scan(site, day)
      const change = { generation: yield* generationOf(site), series: [corrected], fencesSync: false }
      yield* hot.catalog.publish(entry(site, 1), named("a"), null, change)
      assertSameSeries(yield* Stream.runCollect(scan.series), [a])
      yield* hot.catalog.publish(entry(site, 2), named("a"), scan.guard)
      assertSameSeries(yield* readAll(site, "a"), [corrected])
    }))
}
