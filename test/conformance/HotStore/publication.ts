/** Scans, the catalog, and the eviction of what was published. */
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { dayStart } from "../../../src/domain/time/calendar.ts"
import type { CatalogEntry, ColdObject } from "../../../src/domain/tiers/catalog.ts"
import { hotStore } from "../../hot-store.ts"
import type { Fence } from "../../../src/ports/Intake.ts"
import { assertSameSeries, series, seriesAt } from "../../samples.ts"
import {
  a,
  at,
  b,
  day,
  entry,
  freshSite,
  type Laws,
  listed,
  named,
  readAll,
  scanAll,
  store,
  wholeDay
} from "./samples.ts"

export const publication: Laws = (it) => {
  it.effect("law 1: a scan shows what was compacted, and what is appended later stays", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const run = yield* store(site, [a])
      assertSameSeries((yield* scanAll(site)).found, [])
      yield* hot.days.compact(site, day)
      const scan = yield* hot.days.scan(site, day)
      const later = series("a", [[at(1), 99], [at(8), 8]])
      yield* hot.intake.append(run, 2, [later, b])
      assertSameSeries(yield* Stream.runCollect(scan.series), [a])
      yield* hot.catalog.publish(entry(site, 1), named("a"), scan.guard)
      assertSameSeries(yield* readAll(site, "a", "b"), [later, b])
      assertSameSeries((yield* scanAll(site)).found, [])
      yield* hot.days.compact(site, day)
      assertSameSeries((yield* scanAll(site)).found, [later, b])
    }))

  it.effect("law 1: an eviction whose guard no longer holds changes nothing", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const run = yield* store(site, [a])
      yield* hot.days.compact(site, day)
      const { guard } = yield* scanAll(site)
      const scan = yield* hot.days.scan(site, day)
      yield* hot.intake.append(run, 2, [b])
      yield* hot.days.compact(site, day)
      const error = yield* Effect.flip(hot.catalog.publish(entry(site, 1), named("new"), guard))
      assert.strictEqual(error._tag, "StalePartition")
      assert.strictEqual((yield* Effect.flip(Stream.runCollect(scan.series)))._tag, "StalePartition")
      assert.deepStrictEqual(yield* hot.catalog.list(site, wholeDay), [])
      assert.deepStrictEqual((yield* hot.directory.points(site, "")).map((point) => point.name), ["a", "b"])
      assertSameSeries(yield* readAll(site, "a", "b"), [a, b])
    }))

  it.effect("law 1: an eviction removes nothing of another site or of another day, whose rows lie beside its own", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const days = [day - 1, day, day + 1]
      // More points than share a row, taken in turn, so that the rows of the two sites alternate.
      const points = Array.from({ length: 200 }, (_, i) => `p${String(i).padStart(3, "0")}`)
      const one = { site: freshSite(), value: 1 }
      const other = { site: freshSite(), value: 2 }
      const pageOf = (value: number, from: number) =>
        points.slice(from, from + 50)
          .map((point) => seriesAt(point, days.map((onDay) => dayStart(onDay) + 5), () => value))
      const inTurn = [...points.keys()].filter((i) => i % 50 === 0)
      const runs = yield* Effect.forEach([one, other], ({ site }) => hot.intake.takeFence(site))
      for (const [i, from] of inTurn.entries()) {
        for (const [j, { value }] of [one, other].entries()) {
          yield* hot.intake.append(runs[j] as Fence, i + 1, pageOf(value, from))
        }
      }
      for (const { site } of [one, other]) {
        for (const onDay of days) yield* hot.days.compact(site, onDay)
      }
      const held = (value: number, ...onDays: ReadonlyArray<number>) =>
        points.map((point) => seriesAt(point, onDays.map((onDay) => dayStart(onDay) + 5), () => value))
      const { guard } = yield* scanAll(one.site)
      const daysOfOther = yield* hot.days.list(other.site)
      yield* hot.catalog.publish(entry(one.site, 1), named("p000"), guard)
      assertSameSeries(yield* readAll(one.site, ...points), held(1, day - 1, day + 1))
      assertSameSeries(yield* readAll(other.site, ...points), held(2, ...days))
      assertSameSeries((yield* scanAll(other.site)).found, held(2, day))
      assert.deepStrictEqual(yield* hot.days.list(other.site), daysOfOther)
      assert.deepStrictEqual((yield* hot.days.list(one.site)).map((hotDay) => hotDay.day), [day - 1, day + 1])
      assert.deepStrictEqual(yield* hot.catalog.list(other.site, wholeDay), [])
      yield* hot.catalog.publish(entry(other.site, 1), named("p000"), (yield* scanAll(other.site)).guard)
      assertSameSeries(yield* readAll(other.site, ...points), held(2, day - 1, day + 1))
      assertSameSeries(yield* readAll(one.site, ...points), held(1, day - 1, day + 1))
    }))

  it.effect("law 1: a guard does not come back to life when the day is evicted and filled again", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const run = yield* store(site, [a])
      yield* hot.days.compact(site, day)
      const { guard } = yield* scanAll(site)
      yield* hot.catalog.publish(entry(site, 1), named("a"), guard)
      for (let step = 2; step < 6; step++) {
        yield* hot.intake.append(run, step, [b])
        yield* hot.days.compact(site, day)
        assert.strictEqual((yield* Effect.flip(hot.catalog.publish(entry(site, 2), [], guard)))._tag, "StalePartition")
      }
      assertSameSeries(yield* readAll(site, "b"), [b])
    }))

  it.effect("law 5: the catalog gives way only to a higher generation", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      yield* hot.catalog.publish(entry(site, 3), named("a", "z"), null)
      for (const other of [entry(site, 2), entry(site, 3, "another"), entry(site, 0)]) {
        assert.strictEqual((yield* Effect.flip(hot.catalog.publish(other, [], null)))._tag, "StalePartition")
      }
      assert.deepStrictEqual(yield* hot.catalog.list(site, wholeDay), [listed(entry(site, 3))])
      const next = { ...entry(site, 4), index: null, source: "backfill" } as const
      yield* hot.catalog.publish(next, [], null)
      assert.deepStrictEqual(yield* hot.catalog.list(site, wholeDay), [listed(next)])
      const none = hot.catalog.publish(entry(freshSite(), 0), [], null)
      assert.strictEqual((yield* Effect.flip(none))._tag, "StalePartition")
    }))

  it.effect("law 5: a repeated publication succeeds and changes nothing, with its eviction or without", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const run = yield* store(site, [a])
      yield* hot.days.compact(site, day)
      const { guard } = yield* scanAll(site)
      assert.isAbove((yield* hot.catalog.publish(entry(site, 1), named("a"), guard)).cost, 0)
      yield* hot.intake.append(run, 2, [b])
      yield* hot.days.compact(site, day)
      assert.strictEqual((yield* hot.catalog.publish(entry(site, 1), named("a"), guard)).cost, 0)
      assert.strictEqual((yield* hot.catalog.publish(entry(site, 1), named("a"), null)).cost, 0)
      assertSameSeries(yield* readAll(site, "a", "b"), [b])
      assert.deepStrictEqual(yield* hot.catalog.list(site, wholeDay), [listed(entry(site, 1))])
    }))

  it.effect("a published partition that is live already may still evict", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      yield* store(site, [a])
      yield* hot.catalog.publish(entry(site, 1), named("a"), null)
      yield* hot.days.compact(site, day)
      assertSameSeries(yield* readAll(site, "a"), [a])
      yield* hot.catalog.publish(entry(site, 1), named("a"), (yield* scanAll(site)).guard)
      assertSameSeries(yield* readAll(site, "a"), [])
    }))

  it.effect("finds exactly the objects asked for, with the indexes of those that are still the catalog's", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const days = Array.from({ length: 70 }, (_, i) => day + i)
      const indexOf = (onDay: number) => Uint8Array.of(onDay % 256, 0, 255)
      for (const one of days) {
        yield* hot.catalog.publish({ ...entry(site, 1, `${one}`, one), index: indexOf(one) }, [], null)
      }
      yield* hot.catalog.publish({ ...entry(site, 1, "bare", day + 70), index: null }, [], null)
      const objects = yield* hot.catalog.list(site, { start: 0, end: dayStart(day + 80) })
      const asked = [...objects.slice(1), ...objects.slice(0, 1)]
      const { entries } = yield* hot.catalog.find(site, asked)
      assert.deepStrictEqual(
        entries,
        asked.map((object) => ({ ...object, index: object.etag === "bare" ? null : indexOf(object.day) }))
      )
      yield* hot.catalog.publish(entry(site, 2), [], null)
      const unindexed = (some: ReadonlyArray<ColdObject>) => some.map((object) => ({ ...object, index: null }))
      const first = objects.slice(0, 1)
      assert.deepStrictEqual((yield* hot.catalog.find(site, first)).entries, unindexed(first))
      assert.deepStrictEqual((yield* hot.catalog.find(freshSite(), objects)).entries, unindexed(objects))
      assert.deepStrictEqual(yield* hot.catalog.find(site, []), { entries: [], cost: 0 })
    }))

  it.effect("an adopted object, which no run of ours wrote, is listed as adopted, and gives way to our own", () =>
    Effect.gen(function*() {
      const hot = yield* hotStore
      const site = freshSite()
      const { source: _, writtenBy: __, ...known } = entry(site, 1)
      const adopted: CatalogEntry = { ...known, kind: "adopted", index: null }
      yield* hot.catalog.publish(adopted, named("a"), null)
      assert.deepStrictEqual(yield* hot.catalog.list(site, wholeDay), [listed(adopted)])
      assert.deepStrictEqual((yield* hot.reads.snapshot(site, ["a"], wholeDay)).partitions, [listed(adopted)])
      assert.deepStrictEqual((yield* hot.catalog.find(site, [listed(adopted)])).entries, [adopted])
      yield* hot.catalog.publish(entry(site, 2), named("a"), null)
      assert.deepStrictEqual(yield* hot.catalog.list(site, wholeDay), [listed(entry(site, 2))])
    }))

  it.effect("of each refused object the last refusal is known, until it is forgotten", () =>
    Effect.gen(function*() {
      const { catalog } = yield* hotStore
      const keys = ["b", "a/é 'x' \"y\".parquet", "c"].map((name) => `${freshSite()}/${name}`).toSorted()
      const mine = Effect.map(catalog.refusals, (all) => all.filter(({ key }) => keys.includes(key)))
      const refusals = keys.map((key, i) => ({ key, etag: `${i}`, reason: `it's damaged, "${i}"` }))
      for (const refusal of refusals.toReversed()) yield* catalog.noteRefusal(refusal)
      yield* catalog.noteRefusal(refusals[1] as typeof refusals[0])
      assert.deepStrictEqual(yield* mine, refusals)
      const changed = { key: keys[1] ?? "", etag: "new", reason: "another" }
      yield* catalog.noteRefusal(changed)
      assert.deepStrictEqual(yield* mine, [refusals[0], changed, refusals[2]])
      yield* catalog.forgetRefusals([])
      yield* catalog.forgetRefusals([keys[0] ?? "", keys[2] ?? "", "unknown"])
      assert.deepStrictEqual(yield* mine, [changed])
      yield* catalog.forgetRefusals(keys)
      assert.deepStrictEqual(yield* mine, [])
    }))
}
