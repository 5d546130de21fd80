/**
 * `ColdStore` in memory, with every law of the port, for tests and simulations.
 */
import { Effect, Layer, Option, Stream } from "effect"
import type { ColdObject, OwnObject } from "../../domain/tiers/catalog.ts"
import { comparePoints } from "../../domain/samples/names.ts"
import { partitionComplaint, partitionKey } from "../../domain/tiers/partition.ts"
import { type Series, sliceColumns } from "../../domain/samples/series.ts"
import {
  type BuiltObject,
  ColdStore,
  ColdStoreError,
  ObjectChanged,
  ObjectDamaged,
  ObjectMissing
} from "../../ports/ColdStore.ts"
import { decodeChecked, describe, encode } from "./cold-format.ts"

type Service = ColdStore["Service"]

interface StoredObject {
  readonly object: OwnObject
  readonly bytes: Uint8Array
}

/** The stored objects. Layers that share a bucket see the same objects, as before and after a restart. */
export interface Bucket {
  readonly objects: Map<string, StoredObject>
  /** Puts so far, so that no etag is ever used twice. */
  puts: number
}

export const emptyBucket = (): Bucket => ({ objects: new Map(), puts: 0 })

const fail = (operation: string, key: string, reason: ColdStoreError["reason"]) =>
  new ColdStoreError({ operation, key, reason })

const collect = <E, R>(key: string, day: number, stream: Stream.Stream<Series, E, R>) =>
  Stream.runFoldEffect(stream, (): Array<Series> => [], (series, one) => {
    const complaint = partitionComplaint(day, series.at(-1)?.point ?? null, one)
    if (complaint !== undefined) return Effect.fail(fail("build", key, new ObjectDamaged({ detail: complaint })))
    if (one.timestamps.length > 0) series.push(one)
    return Effect.succeed(series)
  })

const findIn = (bucket: Bucket, operation: string, key: string) =>
  Effect.suspend(() => {
    const stored = bucket.objects.get(key)
    return stored === undefined ? Effect.fail(fail(operation, key, new ObjectMissing())) : Effect.succeed(stored)
  })

const open = (operation: string, claimed: ColdObject, bytes: Uint8Array) =>
  Effect.fromResult(decodeChecked(bytes, claimed)).pipe(
    Effect.mapError((reason) => fail(operation, claimed.key, reason))
  )

const build: Service["build"] = (options, series) => {
  const key = partitionKey(options)
  return Effect.map(collect(key, options.day, series), (all): BuiltObject => {
    const bytes = encode(all)
    return {
      ...options,
      ...describe(all),
      kind: "own",
      key,
      size: bytes.length,
      index: null,
      bytes,
      pointNames: all.map((one) => one.point)
    }
  })
}

const verify: Service["verify"] = (built) =>
  Effect.fromResult(decodeChecked(built.bytes, built)).pipe(
    Effect.flatMap((series) =>
      series.every((one, i) => one.point === built.pointNames[i]) && series.length === built.pointNames.length
        ? Effect.void
        : Effect.fail(new ObjectDamaged({ damage: "row", detail: "the object holds points of other names" }))
    ),
    Effect.mapError((reason) => fail("verify", built.key, reason))
  )

const checkIn = (bucket: Bucket): Service["check"] =>
  Effect.fnUntraced(function*(entry) {
    const stored = yield* findIn(bucket, "check", entry.key)
    const { etag, ...said } = stored.object
    if (etag !== entry.etag && said.generation > entry.generation) {
      return yield* fail("check", entry.key, new ObjectChanged({ expected: entry.etag }))
    }
    yield* open("check", stored.object, stored.bytes)
    for (const [field, value] of Object.entries({ ...said, etag })) {
      if (Reflect.get(entry, field) !== value) {
        const detail = `${field} is ${String(value)}`
        return yield* fail("check", entry.key, new ObjectDamaged({ damage: "row", detail }))
      }
    }
  })

const scanIn = (bucket: Bucket): Service["scan"] => (object, after) =>
  Stream.unwrap(Effect.gen(function*() {
    const stored = yield* findIn(bucket, "scan", object.key)
    if (stored.object.etag !== object.etag) {
      return yield* fail("scan", object.key, new ObjectChanged({ expected: object.etag }))
    }
    const claimed = after === null && object.kind !== "foreign" ? object : stored.object
    const all = yield* open("scan", claimed, stored.bytes)
    return Stream.fromIterable(after === null ? all : all.filter(({ point }) => comparePoints(point, after) > 0))
  }))

/** A store over `bucket`. */
export const layerOf = (bucket: Bucket): Layer.Layer<ColdStore> =>
  Layer.sync(ColdStore, () =>
    ColdStore.of({
      head: (site, day) =>
        Effect.sync(() => Option.fromUndefinedOr(bucket.objects.get(partitionKey({ site, day }))?.object)),
      build,
      verify,
      put: ({ bytes, pointNames: _, ...built }, base) =>
        Effect.suspend(() => {
          const live = bucket.objects.get(built.key)?.object.etag ?? null
          if (live !== base) return Effect.fail(fail("put", built.key, new ObjectChanged({ expected: base })))
          const entry = { ...built, etag: `memory-${++bucket.puts}` }
          const { index: _index, ...object } = entry
          bucket.objects.set(built.key, { object, bytes: bytes.slice() })
          return Effect.succeed(entry)
        }),
      read: Effect.fnUntraced(function*(entry, points, window) {
        const stored = yield* findIn(bucket, "read", entry.key)
        const wanted = new Set(points)
        const series = (yield* open("read", stored.object, stored.bytes))
          .filter((one) => wanted.has(one.point))
          .map((one): Series => ({ point: one.point, ...sliceColumns(one, window) }))
          .filter((one) => one.timestamps.length > 0)
        return { series, etag: stored.object.etag, gets: 1, bytes: stored.bytes.length }
      }),
      check: checkIn(bucket),
      scan: scanIn(bucket),
      // Only this adapter writes to its buckets.
      strange: Stream.empty,
      list: Stream.suspend(() => Stream.fromIterable(Array.from(bucket.objects.values(), (stored) => stored.object)))
    }))

/** A store with a bucket of its own. */
export const layer: Layer.Layer<ColdStore> = Layer.suspend(() => layerOf(emptyBucket()))
