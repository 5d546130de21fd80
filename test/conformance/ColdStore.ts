/**
 * The laws of the `ColdStore` port, run on every adapter.
 */
import { assert, it } from "@effect/vitest"
import { Context, Effect, type Layer, Option, Stream } from "effect"
import { dayStart } from "../../src/domain/time/calendar.ts"
import type { OwnEntry } from "../../src/domain/tiers/catalog.ts"
import { releaseColumns } from "../../src/domain/samples/memory.ts"
import { partitionKey } from "../../src/domain/tiers/partition.ts"
import type { Series } from "../../src/domain/samples/series.ts"
import { windowOfDay } from "../../src/domain/time/window.ts"
import { type BuildOptions, ColdStore, type ColdStoreError } from "../../src/ports/ColdStore.ts"
import { assertSameSeries, checksumOf, regular, series } from "../samples.ts"
import { flipBit } from "../bytes.ts"

/** Reaches behind the port: changes the stored bytes of `key`, or removes the object where `change` gives null. */
export class Tamper extends Context.Service<Tamper, {
  readonly apply: (key: string, change: (bytes: Uint8Array) => Uint8Array | null) => Effect.Effect<void>
}>()("building-vitals/test/Tamper") {}

const day = 20_780
const at = (minute: number, ms = 0) => dayStart(day) + minute * 60_000 + ms

const wave = (point: string, minutes = 1_440, phase = 0): Series =>
  regular(point, { start: at(0, phase), count: minutes, value: (i) => Math.round(Math.sin(i / 90) * 200) / 10 })

/** Odd names, in the order of `comparePoints`. */
const oddities = [
  series(" leading space", [[at(0), -0], [at(1), 0]]),
  series("Demo/AHU-1", [[at(5), 5e-324], [at(6), -Number.MAX_VALUE], [at(7), 1.6100000143051147]]),
  wave("demo/AHU-1", 300),
  wave("demo/AHU-1/temperature of the long corridor on the first floor"),
  wave("demo/AHU-1/temperature of the long corridor on the first floor, east"),
  series("demo/one", [[at(1_439, 59_999), 42]]),
  wave("demo/ätherisch", 20, 17),
  series("～", [[at(2), 1]]),
  series("😀", [[at(3), 2]])
]

const options = (site: string, generation = 1, writtenBy = `run-${generation}`): BuildOptions => ({
  site,
  day,
  generation,
  source: "archival",
  writtenBy
})

const build = Effect.fnUntraced(function*(of: BuildOptions, all: ReadonlyArray<Series>) {
  const cold = yield* ColdStore
  const built = yield* cold.build(of, Stream.fromIterable(all))
  yield* cold.verify(built)
  return built
})

const publish = Effect.fnUntraced(function*(of: BuildOptions, all: ReadonlyArray<Series>, base: string | null = null) {
  return yield* (yield* ColdStore).put(yield* build(of, all), base)
})

const reasonOf = <A, R>(effect: Effect.Effect<A, { readonly reason: { readonly _tag: string } }, R>) =>
  Effect.map(Effect.flip(effect), (error) => error.reason._tag)

/** What is damaged; the reason where nothing is. */
const damageOf = <A, R>(effect: Effect.Effect<A, ColdStoreError, R>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason._tag === "ObjectDamaged" ? reason.damage : reason._tag)

const withoutIndex = ({ index: _, ...object }: OwnEntry) => object

export const suite = (name: string, layer: Layer.Layer<ColdStore | Tamper, unknown>) =>
  it.layer(layer)(`ColdStore (${name})`, (it) => {
    it.effect("what was put is read back bit for bit, in order, and the object describes itself", () =>
      Effect.gen(function*() {
        const cold = yield* ColdStore
        const entry = yield* publish(options("round-trip"), oddities)
        const live = yield* cold.head("round-trip", day)
        assert.deepStrictEqual(Option.getOrThrow(live), withoutIndex(entry))
        assert.strictEqual(entry.key, partitionKey({ site: "round-trip", day }))
        assert.strictEqual(entry.points, oddities.length)
        assert.strictEqual(entry.rows, oddities.reduce((sum, one) => sum + one.timestamps.length, 0))
        assert.strictEqual(entry.firstTimestamp, at(0))
        assert.strictEqual(entry.lastTimestamp, at(1_439, 59_999))
        assert.strictEqual(entry.checksum, checksumOf(oddities))
        assertSameSeries(yield* Stream.runCollect(cold.scan(withoutIndex(entry), null)), oddities)
        const read = yield* cold.read(entry, oddities.map((one) => one.point), windowOfDay(day))
        assert.strictEqual(read.etag, entry.etag)
        assertSameSeries(read.series, oddities)
      }))

    it.effect("a read gives the points asked, inside the window, with or without the index", () =>
      Effect.gen(function*() {
        const cold = yield* ColdStore
        const all = Array.from({ length: 40 }, (_, i) => wave(`p/${String(i).padStart(2, "0")}`, 1_440, i * 7))
        const entry = yield* publish(options("window"), all)
        const window = { start: at(100), end: at(110) }
        const expected = [7, 8, 31].map((i) => ({
          point: `p/${String(i).padStart(2, "0")}`,
          timestamps: (all[i] as Series).timestamps.slice(100, 110),
          values: (all[i] as Series).values.slice(100, 110)
        }))
        for (const index of [entry.index, null]) {
          const read = yield* cold.read({ ...entry, index }, ["p/31", "absent", "p/07", "P/07", "p/08"], window)
          assertSameSeries(read.series, expected)
          assert.isAtLeast(read.gets, 1)
          assert.isAtLeast(read.bytes, 1)
        }
        const none = yield* cold.read(entry, ["p/07"], { start: at(1_440), end: at(2_000) })
        assert.deepStrictEqual(none.series, [])
      }))

    it.effect("build writes nothing", () =>
      Effect.gen(function*() {
        yield* build(options("unwritten"), oddities)
        assert.isTrue(Option.isNone(yield* (yield* ColdStore).head("unwritten", day)))
      }))

    it.effect("an object without samples can be built, verified, put and scanned", () =>
      Effect.gen(function*() {
        const cold = yield* ColdStore
        const entry = yield* publish(options("empty"), [])
        assert.deepStrictEqual([entry.rows, entry.points, entry.firstTimestamp, entry.lastTimestamp], [0, 0, 0, 0])
        assert.deepStrictEqual((yield* cold.read(entry, ["p"], windowOfDay(day))).series, [])
        assert.deepStrictEqual(yield* Stream.runCollect(cold.scan(withoutIndex(entry), null)), [])
      }))

    it.effect("build refuses series that are out of order, repeated, unsorted or outside the day", () =>
      Effect.gen(function*() {
        const cold = yield* ColdStore
        const refused = [
          [wave("b", 2), wave("a", 2)],
          [wave("a", 2), wave("a", 2)],
          [series("a", [[at(2), 1], [at(1), 1]])],
          [series("a", [[at(1), 1], [at(1), 2]])],
          [series("a", [[at(-1), 1]])],
          [series("a", [[at(1_440), 1]])]
        ]
        for (const all of refused) {
          const reason = yield* reasonOf(cold.build(options("refused"), Stream.fromIterable(all)))
          assert.strictEqual(reason, "ObjectDamaged")
        }
      }))

    it.effect("a failing stream fails the build with its own error", () =>
      Effect.gen(function*() {
        const cold = yield* ColdStore
        const broken = Stream.concat(Stream.make(wave("a", 5)), Stream.fail("source is down" as const))
        assert.strictEqual(yield* Effect.flip(cold.build(options("broken"), broken)), "source is down")
      }))

    it.effect("law 1: put takes the place of exactly the object it was based on", () =>
      Effect.gen(function*() {
        const cold = yield* ColdStore
        const first = yield* publish(options("guarded", 1), [wave("a", 10)])
        const second = yield* build(options("guarded", 2), [wave("a", 20)])
        assert.strictEqual(yield* reasonOf(cold.put(second, null)), "ObjectChanged")
        assert.strictEqual(yield* reasonOf(cold.put(second, "0123456789abcdef0123456789abcdef")), "ObjectChanged")
        assert.strictEqual(Option.getOrThrow(yield* cold.head("guarded", day)).etag, first.etag)
        const entry = yield* cold.put(second, first.etag)
        assert.notStrictEqual(entry.etag, first.etag)
        assert.include(Option.getOrThrow(yield* cold.head("guarded", day)), { kind: "own", generation: 2 })
        assert.strictEqual(yield* reasonOf(cold.put(second, first.etag)), "ObjectChanged")
        assert.strictEqual(yield* reasonOf(publish(options("never-there"), [], first.etag)), "ObjectChanged")
      }))

    it.effect("law 5: of puts on one base only one succeeds", () =>
      Effect.gen(function*() {
        const cold = yield* ColdStore
        const racer = (minutes: number) => build(options("race", 1, `racer-${minutes}`), [wave("a", minutes)])
        const built = yield* Effect.forEach([1, 2, 3, 4], racer)
        const outcomes = yield* Effect.forEach(built, (one) => Effect.result(cold.put(one, null)), { concurrency: 4 })
        const won = outcomes.flatMap((outcome) => outcome._tag === "Success" ? [outcome.success] : [])
        assert.strictEqual(won.length, 1)
        assert.deepStrictEqual(Option.getOrThrow(yield* cold.head("race", day)), withoutIndex(won[0] as OwnEntry))
      }))

    it.effect("the columns of a scan are the taker's own", () =>
      Effect.gen(function*() {
        const cold = yield* ColdStore
        const all = Array.from({ length: 5 }, (_, i) => wave(`own/${i}`, 40 + i, i * 7))
        const entry = yield* publish(options("own"), all)
        yield* Stream.runForEach(cold.scan(entry, null), (one) => Effect.sync(() => releaseColumns(one)))
        assertSameSeries(yield* Stream.runCollect(cold.scan(entry, null)), all)
      }))

    it.effect("a scan after a point gives exactly the points that follow, with or without the index", () =>
      Effect.gen(function*() {
        const cold = yield* ColdStore
        // Several row groups, with names that share the beginning of their neighbours'.
        const all = Array.from({ length: 120 }, (_, i) => wave(`after/${String(i).padStart(3, "0")}`, 40 + i, i * 7))
        const entry = yield* publish(options("after"), all)
        for (const object of [entry, { ...entry, index: null }, withoutIndex(entry)]) {
          for (const next of [0, 1, 63, 64, 65, 119, 120]) {
            const after = all[next - 1]?.point ?? "after/"
            assertSameSeries(yield* Stream.runCollect(cold.scan(object, after)), all.slice(next))
          }
          // Names that no point has: before all, between two, after all.
          assertSameSeries(yield* Stream.runCollect(cold.scan(object, "A")), all)
          assertSameSeries(yield* Stream.runCollect(cold.scan(object, "after/007 and a half")), all.slice(8))
          assertSameSeries(yield* Stream.runCollect(cold.scan(object, "b")), [])
        }
      }))

    it.effect("law 4: a read of an object that changed gives the newer one, whole, and says so", () =>
      Effect.gen(function*() {
        const cold = yield* ColdStore
        const old = yield* publish(options("changed", 1), [wave("a", 50), wave("b", 50)])
        const replaced = [wave("a", 60, 5), wave("aa", 3), wave("b", 70, 9)]
        const now = yield* publish(options("changed", 2), replaced, old.etag)
        for (const index of [old.index, null]) {
          const read = yield* cold.read({ ...old, index }, ["a", "b"], windowOfDay(day))
          assert.strictEqual(read.etag, now.etag)
          assertSameSeries(read.series, replaced.filter((one) => one.point !== "aa"))
        }
        assert.strictEqual(yield* reasonOf(Stream.runDrain(cold.scan(withoutIndex(old), null))), "ObjectChanged")
      }))

    it.effect("law 4: an object that is gone is Missing, never empty", () =>
      Effect.gen(function*() {
        const cold = yield* ColdStore
        const entry = yield* publish(options("gone"), [wave("a", 50)])
        yield* (yield* Tamper).apply(entry.key, () => null)
        for (const index of [entry.index, null]) {
          assert.strictEqual(yield* reasonOf(cold.read({ ...entry, index }, ["a"], windowOfDay(day))), "ObjectMissing")
        }
        assert.strictEqual(yield* reasonOf(Stream.runDrain(cold.scan(withoutIndex(entry), null))), "ObjectMissing")
        assert.isTrue(Option.isNone(yield* cold.head("gone", day)))
      }))

    it.effect("verify tells every flipped bit and every cut from a good object", () =>
      Effect.gen(function*() {
        const cold = yield* ColdStore
        const built = yield* build(options("verify"), oddities)
        const step = Math.max(1, Math.floor(built.bytes.length / 61))
        const outcome = (bytes: Uint8Array) =>
          Effect.match(cold.verify({ ...built, bytes }), {
            onFailure: (error) => error.reason._tag,
            onSuccess: () => "passed"
          })
        for (let i = 0; i < built.bytes.length; i += step) {
          const flipped = flipBit(built.bytes, i * 8 + i % 8)
          assert.strictEqual(yield* outcome(flipped), "ObjectDamaged", `flip at ${i} of ${built.bytes.length}`)
          assert.strictEqual(yield* outcome(built.bytes.slice(0, i)), "ObjectDamaged", `cut at ${i}`)
        }
        const lies = [
          { checksum: "0000000000000000" },
          { rows: built.rows + 1 },
          { pointNames: built.pointNames.slice(1) }
        ]
        for (const lie of lies) assert.strictEqual(yield* reasonOf(cold.verify({ ...built, ...lie })), "ObjectDamaged")
      }))

    it.effect("check passes a row whose object is as it says, and tells apart whatever is wrong", () =>
      Effect.gen(function*() {
        const cold = yield* ColdStore
        const tamper = yield* Tamper
        const all = Array.from({ length: 12 }, (_, i) => wave(`check/${10 + i}`, 200, i))
        const entry = yield* publish(options("checked"), all)
        yield* cold.check(entry)
        yield* cold.check({ ...entry, index: null })
        const lies = [
          { rows: 1 },
          { points: 1 },
          { checksum: "0123456789abcdef" },
          { generation: 3 },
          { writtenBy: "another" }
        ]
        for (const lie of lies) {
          assert.strictEqual(yield* damageOf(cold.check({ ...entry, ...lie })), "row", Object.keys(lie).join())
        }
        assert.strictEqual(yield* damageOf(cold.check({ ...entry, etag: "another" })), "row", "the object is not newer")
        // Whatever the etag of the damaged bytes is, the row names it.
        const damaged = (change: (bytes: Uint8Array) => Uint8Array) =>
          Effect.gen(function*() {
            yield* tamper.apply(entry.key, change)
            const { etag } = Option.getOrThrow(yield* cold.head("checked", day))
            return yield* damageOf(cold.check({ ...entry, etag }))
          })
        const flip = (bytes: Uint8Array) => flipBit(bytes, bytes.length * 4)
        assert.strictEqual(yield* damaged(flip), "samples", "a flipped bit")
        assert.strictEqual(yield* damaged((bytes) => bytes.slice(0, -100)), "cut", "a cut")
        const { etag } = Option.getOrThrow(yield* cold.head("checked", day))
        const newer = yield* publish(options("checked", 2), all.slice(1), etag)
        assert.strictEqual(yield* reasonOf(cold.check(entry)), "ObjectChanged", "a newer object")
        yield* cold.check(newer)
        yield* tamper.apply(entry.key, () => null)
        assert.strictEqual(yield* reasonOf(cold.check(newer)), "ObjectMissing")
      }))

    it.effect("a scan of all series ends with the damage where they are not those of the object's checksum", () =>
      Effect.gen(function*() {
        const cold = yield* ColdStore
        const all = Array.from({ length: 5 }, (_, i) => wave(`sum/${i}`, 20, i))
        const entry = yield* publish(options("summed"), all)
        const scan = (after: string | null, checksum: string) =>
          Stream.runDrain(cold.scan({ ...entry, checksum }, after))
        assert.strictEqual(yield* damageOf(scan(null, "0123456789abcdef")), "samples")
        yield* scan(null, entry.checksum)
        yield* scan("sum/0", "0123456789abcdef")
      }))

    it.effect("law 4: list gives every object with its self-description", () =>
      Effect.gen(function*() {
        const cold = yield* ColdStore
        const one = yield* publish(options("listed-1"), oddities)
        const two = yield* publish(options("listed-2", 7), [wave("a", 3)])
        const listed = (yield* Stream.runCollect(cold.list)).filter((object) => object.site.startsWith("listed-"))
        assert.deepStrictEqual(listed, [withoutIndex(one), withoutIndex(two)])
      }))
  })
