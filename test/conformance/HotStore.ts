/**
 * The laws of the `HotStore` port, run on every adapter. Numbers are those of the design's laws.
 */
import { assert, it } from "@effect/vitest"
import { Effect, type Layer, Stream } from "effect"
import { dayStart, HOUR_MS } from "../../src/domain/calendar.ts"
import type { CatalogEntry, ColdObject } from "../../src/domain/catalog.ts"
import { comparePoints } from "../../src/domain/names.ts"
import { partitionKey } from "../../src/domain/partition.ts"
import { countSamples, type Series } from "../../src/domain/series.ts"
import { windowOfDay } from "../../src/domain/window.ts"
import { HotStore } from "../../src/ports/HotStore.ts"
import { checkAgainstModel } from "./HotStoreModel.ts"

const day = 20_780
const at = (minute: number, ms = 0) => dayStart(day) + minute * 60_000 + ms
const wholeDay = windowOfDay(day)
const everything = { start: -8e15, end: 8e15 }

let sites = 0
const freshSite = () => `site ${++sites}`

const series = (point: string, ...samples: ReadonlyArray<readonly [number, number]>): Series => ({
  point,
  timestamps: Float64Array.from(samples, ([ms]) => ms),
  values: Float64Array.from(samples, ([, value]) => value)
})

/** Readable and exact: -0 is told from 0. */
const plain = (found: ReadonlyArray<Series>) =>
  found.map(({ point, timestamps, values }) => ({
    point,
    samples: Array.from(timestamps, (ms, i) => [ms, Object.is(values[i], -0) ? "-0" : values[i]])
  }))

const same = (actual: ReadonlyArray<Series>, expected: ReadonlyArray<Series>) =>
  assert.deepStrictEqual(plain(actual), plain(expected))

const entry = (site: string, generation: number, etag = `etag-${generation}`, onDay = day): CatalogEntry => ({
  site,
  day: onDay,
  key: partitionKey({ site, day: onDay }),
  etag,
  size: 1_234,
  generation,
  rows: 10,
  points: 2,
  firstTimestamp: dayStart(onDay),
  lastTimestamp: dayStart(onDay) + 1_000,
  checksum: "0123456789abcdef",
  source: "archival",
  run: `run-${generation}`,
  index: Uint8Array.of(0, 1, 255)
})

/** As the catalog lists it. */
const listed = ({ index: _, ...object }: CatalogEntry): ColdObject => object

/** As a publication names points whose samples do not matter. */
const named = (...points: ReadonlyArray<string>) =>
  points.map((point) => ({ point, first: dayStart(day), last: dayStart(day) + 1_000, lastValue: 0 }))

/** Begins a run and appends its steps. */
const store = Effect.fnUntraced(function*(site: string, ...steps: ReadonlyArray<ReadonlyArray<Series>>) {
  const hot = yield* HotStore
  const run = yield* hot.beginRun(site)
  for (const [i, step] of steps.entries()) yield* hot.append(run, i + 1, step)
  return run
})

const readAll = Effect.fnUntraced(function*(site: string, ...points: ReadonlyArray<string>) {
  return (yield* (yield* HotStore).snapshot(site, points, everything)).hot
})

const scanAll = Effect.fnUntraced(function*(site: string, onDay = day) {
  const { guard, series } = yield* (yield* HotStore).scanDay(site, onDay)
  return { guard, found: yield* Stream.runCollect(series) }
})

const a = series("a", [at(0), 1], [at(1), 2], [at(2), 3])
const b = series("b", [at(0), -0], [at(1), 5e-324], [at(2), 1.7976931348623157e308])

export const suite = (name: string, layer: Layer.Layer<HotStore, unknown>) =>
  it.layer(layer)(`HotStore (${name})`, (it) => {
    it.effect("is ready", () => Effect.flatMap(HotStore, (hot) => hot.ready))

    it.effect("knows the sites that were written to, and only those", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const [asked, written] = [freshSite(), freshSite()]
        assert.deepStrictEqual((yield* hot.snapshot(asked, ["a"], wholeDay)).known, [])
        assert.deepStrictEqual(yield* hot.recent(asked, wholeDay), [])
        assert.deepStrictEqual(yield* hot.hotDays(asked), [])
        assert.deepStrictEqual(yield* hot.points(asked, ""), [])
        assert.deepStrictEqual((yield* scanAll(asked)).found, [])
        assert.strictEqual((yield* hot.compact(asked, day)).samples, 0)
        assert.strictEqual((yield* hot.stats(asked)).points, 0)
        yield* hot.beginRun(written)
        const found = yield* hot.sites
        assert.include(found, written)
        assert.notInclude(found, asked)
      }))

    it.effect("law 1: what was appended is read back, bit for bit, in the order asked", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        yield* store(site, [a, b])
        const snapshot = yield* hot.snapshot(site, ["b", "nobody", "a", "b"], everything)
        assert.deepStrictEqual(snapshot.known, ["b", "a"])
        same(snapshot.hot, [b, a])
        assert.isAbove(snapshot.rowsRead, 0)
        same(yield* hot.recent(site, everything), [a, b])
      }))

    it.effect("a window is half open, for tail and chunks, and for points without samples in it", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        yield* store(site, [a, series("c", [at(9), 9])])
        for (const state of ["tail", "chunk"]) {
          const { hot: found, known } = yield* hot.snapshot(site, ["a", "c"], { start: at(1), end: at(2) })
          assert.deepStrictEqual(known, ["a", "c"], state)
          same(found, [series("a", [at(1), 2])])
          same(yield* hot.recent(site, { start: at(1), end: at(2) }), [series("a", [at(1), 2])])
          assert.deepStrictEqual((yield* hot.snapshot(site, ["a"], { start: at(1), end: at(1) })).hot, [])
          yield* hot.compact(site, day)
        }
      }))

    it.effect("a snapshot of more samples than wanted fails, of chunks and of tails", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        yield* store(site, [a, b])
        for (const state of ["tail", "chunk"]) {
          const read = (most: number) => hot.snapshot(site, ["a", "b"], everything, most)
          same((yield* read(6)).hot, [a, b])
          const error = yield* Effect.flip(read(5))
          assert(error._tag === "SnapshotTooLarge", state)
          assert.isAbove(error.samples, 5)
          yield* hot.compact(site, day)
        }
      }))

    it.effect("law 2: the later append wins, before and after compaction, and within one append the later series", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const run = yield* store(site, [a], [series("a", [at(1), 20], [at(3), 4])])
        const second = series("a", [at(0), 1], [at(1), 20], [at(2), 3], [at(3), 4])
        same(yield* readAll(site, "a"), [second])
        yield* hot.compact(site, day)
        same(yield* readAll(site, "a"), [second])
        yield* hot.append(run, 3, [series("a", [at(0), 7]), series("a", [at(0), -0])])
        const third = series("a", [at(0), -0], [at(1), 20], [at(2), 3], [at(3), 4])
        same(yield* readAll(site, "a"), [third])
        yield* hot.compact(site, day)
        same(yield* readAll(site, "a"), [third])
        same((yield* scanAll(site)).found, [third])
      }))

    it.effect("law 5: a repeated step changes nothing and answers 0", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const run = yield* hot.beginRun(site)
        assert.strictEqual((yield* hot.append(run, 1, [a])).samples, 3)
        yield* hot.append(run, 2, [series("a", [at(1), 20])])
        const before = yield* hot.hotDays(site)
        assert.deepStrictEqual(yield* hot.append(run, 1, [a]), { samples: 0, rowsWritten: 0 })
        assert.deepStrictEqual(yield* hot.append(run, 2, [series("a", [at(1), 99])]), { samples: 0, rowsWritten: 0 })
        assert.deepStrictEqual(yield* hot.hotDays(site), before)
        same(yield* readAll(site, "a"), [series("a", [at(0), 1], [at(1), 20], [at(2), 3])])
      }))

    it.effect("a step that was left out is an error that changes nothing", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const run = yield* store(site, [a])
        const error = yield* Effect.flip(hot.append(run, 3, [b]))
        assert.strictEqual(error._tag, "HotStoreError")
        assert.include(error.message, site)
        same(yield* readAll(site, "a", "b"), [a])
      }))

    it.effect("law 1: an empty step counts as taken", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const run = yield* store(site, [], [series("a")])
        assert.strictEqual((yield* hot.append(run, 3, [a])).samples, 3)
        assert.deepStrictEqual((yield* hot.hotDays(site)).map((one) => one.day), [day])
      }))

    it.effect("a run that is no longer the newest fails with StaleRun and changes nothing", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const old = yield* store(site, [a])
        const other = yield* hot.beginRun(freshSite())
        const young = yield* hot.beginRun(site)
        assert.isAbove(young.sequence, old.sequence)
        for (const step of [1, 2]) {
          const error = yield* Effect.flip(hot.append(old, step, [series("a", [at(0), 99]), b]))
          assert.strictEqual(error._tag, "StaleRun")
          if (error._tag === "StaleRun") {
            assert.deepInclude(error, { site, sequence: old.sequence, newest: young.sequence })
          }
        }
        assert.deepStrictEqual((yield* hot.points(site, "")).map((point) => point.name), ["a"])
        same(yield* readAll(site, "a"), [a])
        yield* hot.append(young, 1, [b])
        yield* hot.append(other, 1, [a])
        same(yield* readAll(site, "a", "b"), [a, b])
      }))

    it.effect("law 6: samples years late and an hour ahead are ordinary appends", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const late = series("a", [dayStart(11_000) + 5, 1], [at(0), 2], [at(0) + HOUR_MS, 3])
        yield* store(site, [late])
        same(yield* readAll(site, "a"), [late])
        assert.deepStrictEqual((yield* hot.hotDays(site)).map((one) => one.day), [11_000, day])
        yield* hot.compact(site, 11_000)
        same(yield* readAll(site, "a"), [late])
        same((yield* scanAll(site, 11_000)).found, [series("a", [dayStart(11_000) + 5, 1])])
      }))

    it.effect("names are matched exactly, whatever is in them", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = `${freshSite()} 'x' "y" % _ ~ é 😀`
        // Twice the letter é: composed, and as e with an accent.
        const names = [
          " a",
          "A",
          "a",
          "a'b\"c",
          "a%",
          "a\\",
          "a_",
          "a~",
          "null",
          "l".repeat(1_024),
          "\u00e9",
          "e\u0301",
          "\uff5e",
          "\u{1f600}"
        ].sort(comparePoints)
        yield* store(site, names.map((point, i) => series(point, [at(0), i])))
        yield* hot.compact(site, day)
        const expected = names.map((point, i) => series(point, [at(0), i]))
        same(yield* readAll(site, ...[...names].reverse()), [...expected].reverse())
        same((yield* scanAll(site)).found, expected)
        same(yield* hot.recent(site, wholeDay), expected)
        assert.deepStrictEqual((yield* hot.points(site, "")).map((point) => point.name), names)
        assert.deepStrictEqual((yield* hot.points(site, "\u00c9")).map((point) => point.name), ["\u00e9"])
        assert.deepStrictEqual((yield* hot.points(site, "A%")).map((point) => point.name), ["a%"])
        assert.include(yield* hot.sites, site)
      }))

    it.effect("sites do not see each other", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const [one, two] = [freshSite(), freshSite()]
        yield* store(one, [a])
        yield* store(two, [series("a", [at(0), 99])])
        yield* store(one, [b])
        yield* hot.compact(one, day)
        same(yield* readAll(one, "a", "b"), [a, b])
        same(yield* readAll(two, "a", "b"), [series("a", [at(0), 99])])
        same((yield* scanAll(two)).found, [])
        const { guard } = yield* scanAll(one)
        yield* hot.publish(entry(one, 1), [], guard)
        same(yield* readAll(one, "a", "b"), [])
        yield* hot.compact(two, day)
        same(yield* readAll(two, "a"), [series("a", [at(0), 99])])
        assert.deepStrictEqual(yield* hot.catalog(two, wholeDay), [])
      }))

    it.effect("points keep their id, are described anew, and come in order", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        yield* store(site, [b])
        const described = {
          name: "b",
          unit: "°C",
          device: "ahu-1",
          description: "supply \"air\"",
          intervalSeconds: 60,
          tags: ["x", "y'z"],
          collected: true
        }
        const undescribed = { ...described, unit: null, device: null, description: null, intervalSeconds: null, tags: [] }
        const [before] = yield* hot.points(site, "")
        assert.deepStrictEqual(before, { ...undescribed, id: before?.id ?? -1, collected: false })
        yield* hot.registerPoints(site, [described, { ...undescribed, name: "a" }])
        yield* hot.registerPoints(site, [described])
        yield* hot.append(yield* hot.beginRun(site), 1, [b])
        const [first, second, ...others] = yield* hot.points(site, "")
        assert.isDefined(first)
        assert.deepStrictEqual(first, { ...undescribed, name: "a", id: first.id })
        assert.deepStrictEqual(second, { ...described, id: before?.id ?? -1 })
        assert.notStrictEqual(first.id, before?.id)
        assert.deepStrictEqual(others, [])
        same(yield* readAll(site, "b"), [b])
      }))

    it.effect("the directory tells tail from chunks, and generations only rise, with every change", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const look = Effect.map(hot.hotDays(site), (days) => {
          assert.strictEqual(days.length, 1)
          const [only] = days
          assert.isDefined(only)
          return only
        })
        const run = yield* store(site, [series("a", [at(5), 1]), series("b", [at(3), 1])])
        const first = yield* look
        assert.strictEqual(first.tailSince, at(3))
        assert.isAbove(first.tailBytes, 0)
        yield* hot.append(run, 2, [series("a", [at(1), 1])])
        const second = yield* look
        assert.strictEqual(second.tailSince, at(1))
        assert.isAbove(second.generation, first.generation)
        assert.isAbove(second.tailBytes, first.tailBytes)
        yield* hot.compact(site, day)
        const third = yield* look
        assert.deepInclude(third, { tailBytes: 0, tailSince: null })
        const { guard } = yield* scanAll(site)
        yield* hot.publish(entry(site, 1), [], guard)
        assert.deepStrictEqual(yield* hot.hotDays(site), [])
        yield* hot.append(run, 3, [a])
        assert.isAbove((yield* look).generation, third.generation)
      }))

    it.effect("the version of a window tells every change of its data and of the points, and nothing else", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const seen = new Set<string>()
        const isNew = Effect.map(hot.version(site, wholeDay), (version) => seen.size < seen.add(version).size)
        assert.isTrue(yield* isNew)
        yield* store(site, [series("a", [at(1), 1])])
        assert.isTrue(yield* isNew)
        yield* store(site, [series("a", [at(1), 2])])
        assert.isTrue(yield* isNew)
        yield* hot.compact(site, day)
        assert.isFalse(yield* isNew)
        const { guard } = yield* scanAll(site)
        yield* hot.publish(entry(site, 1), named("a"), null)
        assert.isTrue(yield* isNew)
        yield* hot.publish(entry(site, 2), named("a"), guard)
        assert.isTrue(yield* isNew)
        yield* hot.publish(entry(site, 1, "etag-1", day - 1), named("a"), null)
        yield* store(site, [series("a", [dayStart(day + 1), 1])])
        assert.isFalse(yield* isNew)
        yield* store(site, [series("b", [dayStart(day + 1), 1])])
        assert.isTrue(yield* isNew)
        yield* store(site, [series("a", [at(1), 2])])
        assert.isTrue(yield* isNew)
      }))

    it.effect("compaction counts what it moved, and has nothing to do twice", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const run = yield* store(site, [a, b])
        const { rowsWritten, samples } = yield* hot.compact(site, day)
        assert.strictEqual(samples, 6)
        assert.isAbove(rowsWritten, 0)
        assert.deepStrictEqual(yield* hot.compact(site, day), { samples: 0, rowsWritten: 0, retries: 0 })
        yield* hot.append(run, 2, [series("b", [at(7), 7])])
        assert.strictEqual((yield* hot.compact(site, day)).samples, 1)
      }))

    it.effect("law 1: compactions and appends at the same time lose nothing", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const run = yield* hot.beginRun(site)
        const steps = Array.from({ length: 20 }, (_, i) => i + 1)
        yield* Effect.all([
          Effect.forEach(steps, (step) => hot.append(run, step, [series("a", [at(0), step], [at(step), step])])),
          ...[1, 2].map(() => Effect.forEach(steps, () => hot.compact(site, day)))
        ], { concurrency: "unbounded" })
        const expected = [series("a", [at(0), 20], ...steps.map((step) => [at(step), step] as const))]
        same(yield* readAll(site, "a"), expected)
        yield* hot.compact(site, day)
        same(yield* readAll(site, "a"), expected)
      }))

    it.effect("a scan shows what was compacted, and what is appended later stays", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const run = yield* store(site, [a])
        same((yield* scanAll(site)).found, [])
        yield* hot.compact(site, day)
        const scan = yield* hot.scanDay(site, day)
        const later = series("a", [at(1), 99], [at(8), 8])
        yield* hot.append(run, 2, [later, b])
        same(yield* Stream.runCollect(scan.series), [a])
        yield* hot.publish(entry(site, 1), named("a"), scan.guard)
        same(yield* readAll(site, "a", "b"), [later, b])
        same((yield* scanAll(site)).found, [])
        yield* hot.compact(site, day)
        same((yield* scanAll(site)).found, [later, b])
      }))

    it.effect("law 1: an eviction whose guard no longer holds changes nothing", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const run = yield* store(site, [a])
        yield* hot.compact(site, day)
        const { guard } = yield* scanAll(site)
        const scan = yield* hot.scanDay(site, day)
        yield* hot.append(run, 2, [b])
        yield* hot.compact(site, day)
        const error = yield* Effect.flip(hot.publish(entry(site, 1), named("new"), guard))
        assert.strictEqual(error._tag, "StalePartition")
        assert.strictEqual((yield* Effect.flip(Stream.runCollect(scan.series)))._tag, "StalePartition")
        assert.deepStrictEqual(yield* hot.catalog(site, wholeDay), [])
        assert.deepStrictEqual((yield* hot.points(site, "")).map((point) => point.name), ["a", "b"])
        same(yield* readAll(site, "a", "b"), [a, b])
      }))

    it.effect("law 1: a guard does not come back to life when the day is evicted and filled again", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const run = yield* store(site, [a])
        yield* hot.compact(site, day)
        const { guard } = yield* scanAll(site)
        yield* hot.publish(entry(site, 1), named("a"), guard)
        for (let step = 2; step < 6; step++) {
          yield* hot.append(run, step, [b])
          yield* hot.compact(site, day)
          assert.strictEqual((yield* Effect.flip(hot.publish(entry(site, 2), [], guard)))._tag, "StalePartition")
        }
        same(yield* readAll(site, "b"), [b])
      }))

    it.effect("the catalog gives way only to a higher generation", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        yield* hot.publish(entry(site, 3), named("a", "z"), null)
        for (const other of [entry(site, 2), entry(site, 3, "another"), entry(site, 0)]) {
          assert.strictEqual((yield* Effect.flip(hot.publish(other, [], null)))._tag, "StalePartition")
        }
        assert.deepStrictEqual(yield* hot.catalog(site, wholeDay), [listed(entry(site, 3))])
        const next = { ...entry(site, 4), index: null, source: "backfill" } as const
        yield* hot.publish(next, [], null)
        assert.deepStrictEqual(yield* hot.catalog(site, wholeDay), [listed(next)])
        assert.strictEqual((yield* Effect.flip(hot.publish(entry(freshSite(), 0), [], null)))._tag, "StalePartition")
      }))

    it.effect("law 5: a repeated publication succeeds and changes nothing, with its eviction or without", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const run = yield* store(site, [a])
        yield* hot.compact(site, day)
        const { guard } = yield* scanAll(site)
        assert.isAbove((yield* hot.publish(entry(site, 1), named("a"), guard)).rowsWritten, 0)
        yield* hot.append(run, 2, [b])
        yield* hot.compact(site, day)
        assert.strictEqual((yield* hot.publish(entry(site, 1), named("a"), guard)).rowsWritten, 0)
        assert.strictEqual((yield* hot.publish(entry(site, 1), named("a"), null)).rowsWritten, 0)
        same(yield* readAll(site, "a", "b"), [b])
        assert.deepStrictEqual(yield* hot.catalog(site, wholeDay), [listed(entry(site, 1))])
      }))

    it.effect("a published partition that is live already may still evict", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        yield* store(site, [a])
        yield* hot.publish(entry(site, 1), named("a"), null)
        yield* hot.compact(site, day)
        same(yield* readAll(site, "a"), [a])
        yield* hot.publish(entry(site, 1), named("a"), (yield* scanAll(site)).guard)
        same(yield* readAll(site, "a"), [])
      }))

    it.effect("points known only from history are registered, and a snapshot names their partitions", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const days = [day - 1, day, day + 1, day + 3]
        for (const one of days) yield* hot.publish(entry(site, 1, "x", one), named("old", `only on ${one}`), null)
        const window = { start: dayStart(day) + 1, end: dayStart(day + 2) }
        const { hot: found, known, partitions } = yield* hot.snapshot(site, ["old", "never"], window)
        assert.deepStrictEqual(known, ["old"])
        assert.deepStrictEqual(found, [])
        assert.deepStrictEqual(partitions, [entry(site, 1, "x", day), entry(site, 1, "x", day + 1)].map(listed))
        assert.deepStrictEqual(yield* hot.catalog(site, window), partitions)
        assert.strictEqual((yield* hot.points(site, "only on")).length, 4)
      }))

    it.effect("indexes are those of exactly the objects asked for", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const days = Array.from({ length: 70 }, (_, i) => day + i)
        const indexOf = (onDay: number) => Uint8Array.of(onDay % 256, 0, 255)
        for (const one of days) yield* hot.publish({ ...entry(site, 1, `${one}`, one), index: indexOf(one) }, [], null)
        yield* hot.publish({ ...entry(site, 1, "bare", day + 70), index: null }, [], null)
        const objects = yield* hot.catalog(site, { start: 0, end: dayStart(day + 80) })
        const { indexes } = yield* hot.indexes(site, objects)
        assert.deepStrictEqual([...indexes].sort(([a], [b]) => a - b), days.map((one) => [one, indexOf(one)]))
        const [first] = objects
        assert.isDefined(first)
        yield* hot.publish(entry(site, 2), [], null)
        assert.strictEqual((yield* hot.indexes(site, [first as ColdObject])).indexes.size, 0)
        assert.deepStrictEqual((yield* hot.indexes(freshSite(), objects)).indexes.size, 0)
        assert.deepStrictEqual(yield* hot.indexes(site, []), { indexes: new Map(), rowsRead: 0 })
      }))

    it.effect("10,000 samples of one point and one sample of 10,000 points, each in one append", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        const long = series("long", ...Array.from({ length: 10_000 }, (_, i) => [at(0, i * 7_777), Math.sin(i)] as const))
        const wide = Array.from({ length: 10_000 }, (_, i) => series(`p${String(i).padStart(5, "0")}`, [at(1), i]))
        const run = yield* hot.beginRun(site)
        assert.strictEqual((yield* hot.append(run, 1, [long])).samples, 10_000)
        assert.strictEqual((yield* hot.append(run, 2, wide)).samples, 10_000)
        same(yield* readAll(site, "long", "p09999"), [long, series("p09999", [at(1), 9_999])])
        assert.strictEqual((yield* hot.compact(site, day)).samples, countSamples([long, ...wide].map((one) => ({
          ...one,
          timestamps: one.timestamps.filter((ms) => ms < wholeDay.end)
        }))))
        same(yield* readAll(site, "long", "p00000", "p09999"), [
          long,
          series("p00000", [at(1), 0]),
          series("p09999", [at(1), 9_999])
        ])
        const { found } = yield* scanAll(site)
        assert.deepStrictEqual(found.map((one) => one.point), ["long", ...wide.map((one) => one.point)])
        const stats = yield* hot.stats(site)
        assert.strictEqual(stats.points, 10_001)
        assert.strictEqual(stats.hotDays, 1)
        assert.isAbove(stats.chunkBytes, 0)
        assert.deepInclude(stats, { tailBytes: 0, tailRows: 0, oldestDay: day, newestDay: day, coldDays: 0 })
      }))

    it.effect("counts what it holds", () =>
      Effect.gen(function*() {
        const hot = yield* HotStore
        const site = freshSite()
        yield* store(site, [a, series("a", [at(0) - 86_400_000, 1])])
        yield* hot.publish(entry(site, 1, "x", day - 9), [], null)
        const before = yield* hot.stats(site)
        assert.deepInclude(before, { points: 1, hotDays: 2, chunks: 0, coldDays: 1, coldRows: 10, coldBytes: 1_234 })
        assert.deepInclude(before, { oldestDay: day - 1, newestDay: day })
        assert.isAbove(before.tailBytes, 0)
        assert.isAbove(before.tailRows, 0)
        yield* hot.compact(site, day)
        const after = yield* hot.stats(site)
        assert.strictEqual(after.chunks, 1)
        assert.isBelow(after.tailBytes, before.tailBytes)
      }))

    it.effect("laws 1 and 2: any sequence of operations reads like a plain map", () =>
      checkAgainstModel(freshSite, day))
  })
