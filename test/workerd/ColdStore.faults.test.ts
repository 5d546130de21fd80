/** What R2 can do to the cold store: requests are counted, answers lost, objects damaged and exchanged. */
import { env } from "cloudflare:workers"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import { parquetWriteBuffer } from "hyparquet-writer"
import * as ColdStoreR2 from "../../src/adapters/cold/ColdStoreR2.ts"
import { dayStart } from "../../src/domain/time/calendar.ts"
import type { CatalogEntry } from "../../src/domain/tiers/catalog.ts"
import type { Series } from "../../src/domain/samples/series.ts"
import { windowOfDay } from "../../src/domain/time/window.ts"
import { type BuildOptions, ColdStore } from "../../src/ports/ColdStore.ts"
import { flipBit } from "../bytes.ts"
import { checksumOf, samplesOf, seriesAt } from "../samples.ts"
import { bucketWith, bytesAt, failing, losesPuts, replaceBytes } from "./bucket.ts"

const day = 20_781
const window = windowOfDay(day)
const device = (minutes: number, points = 40): ReadonlyArray<Series> =>
  Array.from({ length: points }, (_, k) => {
    const scrapes = Array.from({ length: minutes }, (_, i) => dayStart(day) + i * 60_000 + k * 13 + (i * 7_919) % 500)
    const value = (i: number) => Math.fround(Math.sin(i * 12.9898 + k) * 43_758)
    return seriesAt(`ahu/${String(k).padStart(2, "0")}`, scrapes, value)
  })

const storeOn = <A, E>(bucket: R2Bucket, use: (cold: ColdStore["Service"]) => Effect.Effect<A, E>) =>
  Effect.provide(Effect.flatMap(ColdStore, use), ColdStoreR2.layer(bucket))

const options = (site: string, generation = 1): BuildOptions =>
  ({ site, day, generation, source: "archival", writtenBy: `run-${generation}` })

const publish = (of: BuildOptions, all: ReadonlyArray<Series>, base: string | null = null, bucket = env.BUCKET) =>
  storeOn(bucket, (cold) =>
    Effect.flatMap(cold.build(of, Stream.fromIterable(all)), (built) => cold.put(built, base)))

const failure = <A, E extends { readonly reason: { readonly _tag: string } }>(effect: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason._tag)

describe("ColdStore on R2", () => {
  it.effect("reads one point in one request of some row groups' size, and counts what it reads", () =>
    Effect.gen(function*() {
      const requests: Array<R2Range> = []
      const counting = bucketWith({
        get: ((key: string, options: R2GetOptions & { range: R2Range }) => {
          requests.push(options.range)
          return env.BUCKET.get(key, options)
        }) as R2Bucket["get"]
      })
      const entry = yield* publish(options("counted"), device(1_440))
      const one = yield* storeOn(counting, (cold) => cold.read(entry, ["ahu/07"], window))
      assert.strictEqual(one.series[0]?.timestamps.length, 1_440)
      assert.strictEqual(requests.length, 1)
      assert.deepInclude(one, { gets: 1, bytes: (requests[0] as { length: number }).length })
      assert.isBelow(one.bytes, 40_000)
      const many = yield* storeOn(counting, (cold) => cold.read(entry, ["ahu/00", "ahu/20", "ahu/39"], window))
      assert.strictEqual(many.gets, 3)
      assert.strictEqual(requests.length, 4)
      const without = yield* storeOn(counting, (cold) => cold.read({ ...entry, index: null }, ["ahu/07"], window))
      assert.deepInclude(without, { gets: 2, series: one.series })
    }))

  it.effect("a put whose answer is lost succeeds if the object stands, and only then", () =>
    Effect.gen(function*() {
      const entry = yield* publish(options("lost"), device(5), null, losesPuts)
      const live = yield* storeOn(env.BUCKET, (cold) => cold.head("lost", day))
      assert.strictEqual(Option.getOrThrow(live).etag, entry.etag)
      const put = (of: BuildOptions, base: string | null) =>
        failure(publish(of, device(6), base, failing("put")))
      assert.strictEqual(yield* put(options("refused"), null), "StoreUnavailable")
      assert.strictEqual(yield* put(options("lost", 2), entry.etag), "StoreUnavailable")
      assert.strictEqual(yield* put(options("lost", 2), null), "ObjectChanged")
    }))

  it.effect("a failing read is Unavailable, whichever request fails", () =>
    Effect.gen(function*() {
      const entry = yield* publish(options("down"), device(5))
      const read = storeOn(failing("get"), (cold) => cold.read(entry, ["ahu/00"], window))
      assert.strictEqual(yield* failure(read), "StoreUnavailable")
    }))

  it.effect("a much smaller successor is read from the start, though the old ranges lie outside it", () =>
    Effect.gen(function*() {
      const old = yield* publish(options("shrunk"), device(1_440))
      const now = yield* publish(options("shrunk", 2), device(3, 1), old.etag)
      const read = yield* storeOn(env.BUCKET, (cold) => cold.read(old, ["ahu/00", "ahu/39"], window))
      assert.strictEqual(read.etag, now.etag)
      assert.deepStrictEqual(read.series, device(3, 1))
    }))

  it.effect("law 4: an object that changes at every look ends as Unavailable, not as a mixture", () =>
    Effect.gen(function*() {
      let entry: CatalogEntry = yield* publish(options("busy"), device(5))
      const first = entry
      let generation = 1
      const busy = bucketWith({
        get: (async (key: string, range: R2GetOptions) => {
          entry = await Effect.runPromise(publish(options("busy", ++generation), device(5), entry.etag))
          return env.BUCKET.get(key, range)
        }) as R2Bucket["get"]
      })
      const read = storeOn(busy, (cold) => cold.read(first, ["ahu/00"], window))
      assert.strictEqual(yield* failure(read), "StoreUnavailable")
    }))

  it.effect("law 4: a flipped bit, a cut object, a missing object and a newer object are told apart", () =>
    Effect.gen(function*() {
      const entry = yield* publish(options("damaged"), device(60))
      const damage = (change: (bytes: Uint8Array) => Uint8Array) =>
        Effect.promise(async () => {
          const bytes = await bytesAt(entry.key)
          const { etag } = await replaceBytes(entry.key, change(bytes))
          return { entry: { ...entry, etag }, restore: () => replaceBytes(entry.key, bytes) }
        })
      const read = (of: CatalogEntry, point = "ahu/20") => storeOn(env.BUCKET, (cold) => cold.read(of, [point], window))
      const all = device(60).map(({ point }) => point)
      const readAll = (of: CatalogEntry) => failure(storeOn(env.BUCKET, (cold) => cold.read(of, all, window)))
      const flipped = yield* damage((bytes) => flipBit(bytes, Math.floor(bytes.length / 3) * 8 + 2))
      assert.strictEqual(yield* readAll(flipped.entry), "ObjectDamaged")
      yield* Effect.promise(flipped.restore)
      const cut = yield* damage((bytes) => bytes.slice(0, bytes.length / 2))
      assert.strictEqual(yield* failure(read({ ...cut.entry, index: null })), "ObjectDamaged")
      assert.include(["ObjectDamaged", "StoreUnavailable"], yield* readAll(cut.entry))
      yield* Effect.promise(cut.restore)
      const check = (of: CatalogEntry) =>
        Effect.map(
          Effect.flip(storeOn(env.BUCKET, (cold) => cold.check(of))),
          ({ reason }) => reason._tag === "ObjectDamaged" ? reason : { damage: reason._tag, detail: "" }
        )
      const wrong = yield* damage((bytes) => bytes.with(Math.floor(bytes.length / 3), 0x55))
      // It is not newer than the row, so its bytes tell what it is.
      assert.deepStrictEqual(yield* check(entry), yield* check(wrong.entry))
      assert.match((yield* check(entry)).detail, /^the (values|timestamps) (of|from) point "ahu\/\d\d"/)
      yield* Effect.promise(wrong.restore)
      for (const length of [0, 7, 12, entry.size - 1]) {
        const short = yield* damage((bytes) => bytes.slice(0, length))
        assert.strictEqual((yield* check(entry)).damage, "cut", `${length} bytes`)
        yield* Effect.promise(short.restore)
      }
      const copied = yield* damage((bytes) => bytes)
      yield* storeOn(env.BUCKET, (cold) => cold.check({ ...entry, etag: copied.entry.etag }))
      const newer = yield* publish(options("damaged", 2), device(61), entry.etag)
      assert.strictEqual((yield* check(entry)).damage, "ObjectChanged")
      assert.strictEqual((yield* check({ ...entry, generation: 2, etag: "lost" })).damage, "row")
      assert.strictEqual((yield* read(entry)).etag, newer.etag)
      yield* Effect.promise(() => env.BUCKET.delete(entry.key))
      assert.strictEqual(yield* failure(read(entry)), "ObjectMissing")
    }))

  it.effect("format-parquet 13: a scan of samples that are not those of the object's checksum ends with an error", () =>
    Effect.gen(function*() {
      const ours = yield* publish(options("mixed"), device(30, 3))
      const other = yield* publish(options("mixed-other"), device(31, 3))
      const stored = yield* Effect.promise(async () => replaceBytes(ours.key, await bytesAt(other.key)))
      const live = Option.getOrThrow(yield* storeOn(env.BUCKET, (cold) => cold.head("mixed", day)))
      assert.deepInclude(live, { etag: stored.etag, checksum: ours.checksum })
      for (const object of [live, { ...live, index: other.index }]) {
        const { reason } = yield* Effect.flip(storeOn(env.BUCKET, (cold) => Stream.runDrain(cold.scan(object, null))))
        assert.deepInclude(reason, { _tag: "ObjectDamaged", damage: "samples" })
      }
    }))

  it.effect("an object that another tool wrote is read and scanned where a catalog row points at it", () =>
    Effect.gen(function*() {
      const all = device(50, 3)
      const rows = all.flatMap((one) => samplesOf(one).map(([at, value]) => ({ at, point: one.point, value })))
        .sort((a, b) => a.at - b.at)
      const bytes = parquetWriteBuffer({
        columnData: [
          { name: "timestamp", data: rows.map(({ at }) => BigInt(at)), type: "INT64" },
          { name: "point_name", data: rows.map(({ point }) => point), type: "STRING" },
          { name: "value", data: rows.map(({ value }) => value), type: "DOUBLE" }
        ],
        rowGroupSize: 40
      })
      const stored = yield* Effect.promise(() => env.BUCKET.put("timeseries/foreign/2026/11/24.parquet", bytes))
      assert(stored !== null)
      const entry: CatalogEntry = {
        kind: "adopted",
        site: "foreign",
        day,
        generation: 1,
        key: stored.key,
        etag: stored.etag,
        size: stored.size,
        rows: 150,
        points: 3,
        firstTimestamp: 0,
        lastTimestamp: 0,
        checksum: "",
        index: null
      }
      const read = yield* storeOn(env.BUCKET, (cold) => cold.read(entry, ["ahu/01", "absent"], window))
      assert.deepStrictEqual(read.series, all.slice(1, 2))
      const checksum = checksumOf(all)
      yield* storeOn(env.BUCKET, (cold) => cold.check({ ...entry, checksum }))
      assert.strictEqual(yield* failure(storeOn(env.BUCKET, (cold) => cold.check(entry))), "ObjectDamaged")
      const scanned = yield* storeOn(env.BUCKET, (cold) => Stream.runCollect(cold.scan({ ...entry, checksum }, null)))
      assert.deepStrictEqual([...scanned], all)
    }))

  it.effect("list follows the cursor, and says which objects are not ours", () =>
    Effect.gen(function*() {
      yield* publish(options("page-1"), device(1, 1))
      yield* publish(options("page-2"), device(1, 1))
      yield* Effect.promise(() => env.BUCKET.put("timeseries/2026/11/24/strange.parquet", "PAR1"))
      const small = bucketWith({
        list: ((options: R2ListOptions) => env.BUCKET.list({ ...options, limit: 1 })) as R2Bucket["list"]
      })
      const listed = yield* storeOn(small, (cold) =>
        Stream.runCollect(Stream.map(cold.list, ({ kind, site }) => `${site} ${kind}`)))
      assert.includeMembers([...listed], ["page-1 own", "page-2 own", "strange foreign"])
      const strange = Option.getOrThrow(yield* storeOn(env.BUCKET, (cold) => cold.head("strange", day)))
      assert.strictEqual(strange.kind, "foreign")
    }))
})
