/**
 * What the `HotStore` port promises of extents and counts of samples, run on every adapter.
 */
import { assert, it } from "@effect/vitest"
import { Effect, type Layer, Stream } from "effect"
import { dayStart } from "../../../src/domain/time/calendar.ts"
import { type PointExtent, pointExtents } from "../../../src/domain/samples/extent.ts"
import type { Series } from "../../../src/domain/samples/series.ts"
import { windowOfDay } from "../../../src/domain/time/window.ts"
import type { Narrowing } from "../../../src/ports/Catalog.ts"
import type { HotStore } from "../../../src/ports/HotStore.ts"
import { hotStore } from "../../hot-store.ts"
import { series } from "../../samples.ts"
import { entryOfDay, freshSite } from "./samples.ts"

const day = 20_780
const at = (minute: number, onDay = day) => dayStart(onDay) + minute * 60_000

const extent = (point: string, first: number, last: number, lastValue: number): PointExtent =>
  ({ point, first, last, lastValue })

const append = Effect.fnUntraced(function*(site: string, ...steps: ReadonlyArray<ReadonlyArray<Series>>) {
  const hot = yield* hotStore
  const run = yield* hot.intake.takeFence(site)
  for (const [i, step] of steps.entries()) yield* hot.intake.append(run, i + 1, step)
})

const expectExtents = Effect.fnUntraced(function*(site: string, ...expected: ReadonlyArray<PointExtent>) {
  const { extents, known } = yield* (yield* hotStore).reads.extents(site, expected.map(({ point }) => point))
  assert.deepStrictEqual(known, expected.map(({ point }) => point))
  // Bit for bit: `deepStrictEqual` tells -0 from 0.
  assert.deepStrictEqual(extents, expected)
})

/** Moves a day to the cold tier, as an archival does. */
const archive = Effect.fnUntraced(function*(site: string, onDay: number, generation = 1) {
  const hot = yield* hotStore
  yield* hot.days.compact(site, onDay)
  const scan = yield* hot.days.scan(site, onDay)
  const found = yield* Stream.runCollect(scan.series)
  return yield* hot.catalog.publish(entryOfDay(site, onDay, generation), found.flatMap(pointExtents), scan.guard)
})

const countOf = Effect.fnUntraced(function*(site: string, onDay = day) {
  const found = (yield* (yield* hotStore).days.list(site)).find((one) => one.day === onDay)
  return found?.samples
})

export const suite = (name: string, layer: Layer.Layer<HotStore, unknown>) =>
  it.layer(layer)(`HotStore: extents (${name})`, (it) => {
    it.effect("names the asked points that there are, in the order asked; those without a sample have no extent", () =>
      Effect.gen(function*() {
        const hot = yield* hotStore
        const site = freshSite()
        assert.deepStrictEqual(yield* hot.reads.extents(site, ["a"]), { known: [], extents: [] })
        assert.notInclude(yield* hot.directory.sites, site)
        const silent = { unit: null, device: null, description: null, intervalSeconds: null, tags: [], collected: true }
        yield* hot.intake.registerPoints(site, [{ name: "r", ...silent }])
        yield* append(site, [series("a", [[at(1), 1]]), series("b", [[at(2), 2]]), series("e", [])])
        assert.deepStrictEqual(yield* hot.reads.extents(site, ["b", "nobody", "r", "a", "b"]), {
          known: ["b", "r", "a"],
          extents: [extent("b", at(2), at(2), 2), extent("a", at(1), at(1), 1)]
        })
        assert.deepStrictEqual(yield* hot.reads.extents(site, []), { known: [], extents: [] })
      }))

    it.effect("of hot points: over tail and chunks, the later append winning, and compaction changes nothing", () =>
      Effect.gen(function*() {
        const hot = yield* hotStore
        const site = freshSite()
        const expected = [extent("a", at(0, 11_000), at(9), -0), extent("b", at(0), at(5), 7)]
        yield* append(
          site,
          [series("a", [[at(3), 3], [at(9), 9]]), series("b", [[at(0), 1], [at(5), 5]])],
          [series("a", [[at(0, 11_000), 1], [at(9), -0]]), series("b", [[at(5), 7]])]
        )
        yield* expectExtents(site, ...expected)
        yield* hot.days.compact(site, day)
        yield* expectExtents(site, ...expected)
        yield* hot.days.compact(site, 11_000)
        yield* expectExtents(site, ...expected)
        yield* append(site, [series("a", [[at(4), 4]]), series("b", [[at(-1), 0], [at(5), 8]])])
        yield* expectExtents(site, extent("a", at(0, 11_000), at(9), -0), extent("b", at(-1), at(5), 8))
        yield* append(site, [series("a", [[at(10), 10]])])
        yield* expectExtents(site, extent("a", at(0, 11_000), at(10), 10), extent("b", at(-1), at(5), 8))
      }))

    it.effect("of neighbours that begin and end on different days, in whatever tier", () =>
      Effect.gen(function*() {
        const hot = yield* hotStore
        const site = freshSite()
        const points = Array.from({ length: 70 }, (_, i) => `p${String(i).padStart(2, "0")}`)
        const [from, to] = [(i: number) => day + i % 5, (i: number) => day + i % 5 + Math.floor(i / 5) % 3]
        for (let onDay = day; onDay < day + 8; onDay++) {
          const some = points.flatMap((point, i) =>
            from(i) <= onDay && onDay <= to(i) ? [series(point, [[at(i, onDay), onDay]])] : [])
          yield* append(site, some)
          if (onDay < day + 6) yield* hot.days.compact(site, onDay)
          if (onDay < day + 2) yield* archive(site, onDay)
        }
        yield* expectExtents(site, ...points.map((point, i) => extent(point, at(i, from(i)), at(i, to(i)), to(i))))
      }))

    it.effect("of archived points: each publication widens them, whatever the order of days", () =>
      Effect.gen(function*() {
        const hot = yield* hotStore
        const site = freshSite()
        const publish = (onDay: number, ...extents: ReadonlyArray<PointExtent>) =>
          hot.catalog.publish(entryOfDay(site, onDay), extents, null)
        yield* publish(day, extent("a", at(1), at(2), -0), extent("b", at(1), at(1), 5e-324))
        yield* expectExtents(site, extent("a", at(1), at(2), -0), extent("b", at(1), at(1), 5e-324))
        yield* publish(day - 3, extent("a", at(7, day - 3), at(8, day - 3), 3))
        yield* expectExtents(site, extent("a", at(7, day - 3), at(2), -0), extent("b", at(1), at(1), 5e-324))
        yield* publish(day + 1, extent("b", at(0, day + 1), at(4, day + 1), -1e300))
        yield* expectExtents(site, extent("a", at(7, day - 3), at(2), -0), extent("b", at(1), at(4, day + 1), -1e300))
      }))

    it.effect("of commits that end at one instant the later counts; a refused or repeated one changes nothing", () =>
      Effect.gen(function*() {
        const hot = yield* hotStore
        const site = freshSite()
        const publish = (generation: number, ...extents: ReadonlyArray<PointExtent>) =>
          hot.catalog.publish(entryOfDay(site, day, generation), extents, null)
        yield* publish(1, extent("a", at(1), at(2), 0))
        yield* publish(3, extent("a", at(0), at(2), -0))
        yield* expectExtents(site, extent("a", at(0), at(2), -0))
        const refused = publish(2, extent("a", at(-9), at(99), 99), extent("z", at(1), at(1), 1))
        assert.strictEqual((yield* Effect.flip(refused))._tag, "StalePartition")
        assert.deepStrictEqual(yield* publish(3, extent("a", at(0), at(2), -0)), { cost: 0 })
        yield* expectExtents(site, extent("a", at(0), at(2), -0))
        assert.deepStrictEqual((yield* hot.reads.extents(site, ["z"])).known, [])
      }))

    it.effect("law 2: hot beats cold where both end at one instant, and the newer of the two is last", () =>
      Effect.gen(function*() {
        const hot = yield* hotStore
        const site = freshSite()
        const cold = [extent("a", at(1), at(5), 5), extent("b", at(1), at(5), 5)]
        yield* hot.catalog.publish(entryOfDay(site, day), cold, null)
        yield* append(site, [series("a", [[at(5), 6]]), series("b", [[at(4), 4]])])
        const tail = [extent("a", at(1), at(5), 6), extent("b", at(1), at(5), 5)]
        yield* expectExtents(site, ...tail)
        yield* hot.days.compact(site, day)
        yield* expectExtents(site, ...tail)
        yield* append(site, [series("a", [[at(0), 0]]), series("b", [[at(5), 7]])])
        yield* expectExtents(site, extent("a", at(0), at(5), 6), extent("b", at(1), at(5), 7))
      }))

    it.effect("law 1: an archival changes no extent, and what came late stays in it", () =>
      Effect.gen(function*() {
        const hot = yield* hotStore
        const site = freshSite()
        const late = series("a", [[at(1, day - 1), 1]])
        yield* append(site, [series("a", [[at(1), 1], [at(2), -0]]), series("b", [[at(3), 3]]), late])
        const expected = [extent("a", at(1, day - 1), at(2), -0), extent("b", at(3), at(3), 3)]
        yield* archive(site, day)
        yield* expectExtents(site, ...expected)
        yield* archive(site, day - 1)
        yield* expectExtents(site, ...expected)
        assert.deepStrictEqual(yield* hot.days.list(site), [])
        yield* append(site, [series("b", [[at(2), 2]])])
        yield* expectExtents(site, extent("a", at(1, day - 1), at(2), -0), extent("b", at(2), at(3), 3))
      }))

    it.effect("law 5: publications of different days at the same time lose nothing of each other", () =>
      Effect.gen(function*() {
        const hot = yield* hotStore
        const site = freshSite()
        const days = Array.from({ length: 7 }, (_, i) => day + (i * 5) % 7)
        const publish = (one: number) => {
          const extents = [extent("a", at(1, one), at(2, one), one), extent(`only ${one}`, at(3, one), at(3, one), 3)]
          return hot.catalog.publish(entryOfDay(site, one), extents, null)
        }
        yield* Effect.forEach(days, publish, { concurrency: "unbounded" })
        yield* expectExtents(
          site,
          extent("a", at(1), at(2, day + 6), day + 6),
          ...days.map((one) => extent(`only ${one}`, at(3, one), at(3, one), 3))
        )
      }))

    it.effect("a narrowing forgets what was known of its points, and of no others", () =>
      Effect.gen(function*() {
        const hot = yield* hotStore
        const site = freshSite()
        const publish = (
          onDay: number,
          generation: number,
          extents: ReadonlyArray<PointExtent>,
          narrowing?: Narrowing
        ) => hot.catalog.publish(entryOfDay(site, onDay, generation), extents, null, undefined, narrowing)
        const b = extent("b", at(3, day - 1), at(4, day + 1), 4)
        yield* publish(day - 1, 1, [
          extent("a", at(1, day - 1), at(2, day - 1), 2),
          extent("b", at(3, day - 1), at(3, day - 1), 3)
        ])
        yield* publish(day, 1, [
          extent("a", at(1), at(9), 9),
          extent("c", at(5), at(6), 6),
          extent("d", at(5), at(5), 5)
        ])
        yield* publish(day + 1, 1, [
          extent("b", at(4, day + 1), at(4, day + 1), 4),
          extent("d", at(1, day + 1), at(1, day + 1), 1)
        ])
        const { extents, version } = yield* hot.catalog.ends(site, day)
        assert.deepStrictEqual(extents, [
          extent("a", at(1, day - 1), at(9), 9),
          extent("c", at(5), at(6), 6),
          extent("d", at(5), at(1, day + 1), 1)
        ])
        yield* publish(day, 2, [extent("c", at(6), at(6), -0)], {
          version,
          points: ["a", "c", "d"],
          extents: [extent("a", at(1, day - 1), at(2, day - 1), 2), extent("d", at(1, day + 1), at(1, day + 1), 1)]
        })
        yield* expectExtents(
          site,
          extent("a", at(1, day - 1), at(2, day - 1), 2),
          b,
          extent("c", at(6), at(6), -0),
          extent("d", at(1, day + 1), at(1, day + 1), 1)
        )
        const later = yield* hot.catalog.ends(site, day)
        assert.deepStrictEqual(later.extents, [extent("c", at(6), at(6), -0)])
        yield* publish(day, 3, [], { version: later.version, points: ["c"], extents: [] })
        const gone = yield* hot.reads.extents(site, ["c"])
        assert.deepStrictEqual(gone, { known: ["c"], extents: [] })
      }))

    it.effect("law 5: a narrowing fails, and changes nothing, if another day was published since", () =>
      Effect.gen(function*() {
        const hot = yield* hotStore
        const site = freshSite()
        yield* hot.catalog.publish(entryOfDay(site, day), [extent("a", at(1), at(9), 9)], null)
        const { version } = yield* hot.catalog.ends(site, day)
        yield* hot.catalog.publish(entryOfDay(site, day - 1), [extent("a", at(2, day - 1), at(3, day - 1), 3)], null)
        const narrowing = { version, points: ["a"], extents: [] }
        const now = [extent("a", at(1), at(1), 1)]
        const late = hot.catalog.publish(entryOfDay(site, day, 2), now, null, undefined, narrowing)
        assert.strictEqual((yield* Effect.flip(late))._tag, "StalePartition")
        yield* expectExtents(site, extent("a", at(2, day - 1), at(9), 9))
        assert.deepStrictEqual(
          (yield* hot.catalog.list(site, windowOfDay(day))).map(({ generation }) => generation),
          [1]
        )
      }))

    it.effect("sites do not see each other's", () =>
      Effect.gen(function*() {
        const hot = yield* hotStore
        const [one, two] = [freshSite(), freshSite()]
        yield* append(one, [series("a", [[at(1), 1]])])
        yield* hot.catalog.publish(entryOfDay(two, day), [extent("a", at(5), at(6), 6)], null)
        yield* expectExtents(one, extent("a", at(1), at(1), 1))
        yield* expectExtents(two, extent("a", at(5), at(6), 6))
      }))

    it.effect("counts the samples of a hot day: at most while there is a tail, exactly once it is compacted", () =>
      Effect.gen(function*() {
        const hot = yield* hotStore
        const site = freshSite()
        const early = series("a", [[at(1), 1], [at(2), 2], [at(1, day + 1), 3]])
        yield* append(site, [early, series("b", [[at(1), 1]])], [early])
        assert.strictEqual(yield* countOf(site), 5)
        assert.strictEqual(yield* countOf(site, day + 1), 2)
        yield* hot.days.compact(site, day)
        assert.strictEqual(yield* countOf(site), 3)
        yield* append(site, [series("a", [[at(2), 9], [at(3), 3]]), series("c", [[at(1), 1]])])
        assert.strictEqual(yield* countOf(site), 6)
        yield* hot.days.compact(site, day)
        assert.strictEqual(yield* countOf(site), 5)
        const scan = yield* hot.days.scan(site, day)
        yield* append(site, [series("a", [[at(4), 4]])])
        yield* hot.catalog.publish(entryOfDay(site, day), [], scan.guard)
        assert.strictEqual(yield* countOf(site), 1)
        yield* hot.days.compact(site, day)
        assert.strictEqual(yield* countOf(site), 1)
        yield* hot.days.compact(site, day + 1)
        assert.strictEqual(yield* countOf(site, day + 1), 1)
      }))
  })
