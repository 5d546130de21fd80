/**
 * `ColdStore` in memory: obeys every law of the port, stores a byte format of its own. For tests and simulations.
 */
import { Effect, Layer, Option, Result, Stream } from "effect"
import type { ColdObject, OwnObject } from "../../domain/tiers/catalog.ts"
import { addChecksums, checksumSeries, emptyChecksum, formatChecksum } from "../../domain/samples/checksum.ts"
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

interface StoredObject {
  readonly object: OwnObject
  readonly bytes: Uint8Array
}

/** What outlives a restart: hand the same bucket to several layers. */
export interface Bucket {
  readonly objects: Map<string, StoredObject>
  /** Puts so far: no etag is ever given twice. */
  puts: number
}

export const emptyBucket = (): Bucket => ({ objects: new Map(), puts: 0 })

const fail = (operation: string, key: string, reason: ColdStoreError["reason"]) =>
  new ColdStoreError({ operation, key, reason })

// One series: name length, samples (both uint32), name, timestamps, values.
const encode = (series: ReadonlyArray<Series>): Uint8Array => {
  const names = series.map((one) => new TextEncoder().encode(one.point))
  const size = series.reduce((sum, one, i) => sum + 8 + (names[i] as Uint8Array).length + one.timestamps.length * 16, 0)
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  let at = 0
  series.forEach((one, i) => {
    const name = names[i] as Uint8Array
    view.setUint32(at, name.length)
    view.setUint32(at + 4, one.timestamps.length)
    bytes.set(name, at + 8)
    at += 8 + name.length
    for (const column of [one.timestamps, one.values]) {
      for (const number of column) {
        view.setFloat64(at, number)
        at += 8
      }
    }
  })
  return bytes
}

const decode = (bytes: Uint8Array): Result.Result<ReadonlyArray<Series>, ObjectDamaged> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const series: Array<Series> = []
  let at = 0
  while (at < bytes.length) {
    const nameAt = at + 8
    const columnsAt = nameAt <= bytes.length ? nameAt + view.getUint32(at) : Infinity
    const count = nameAt <= bytes.length ? view.getUint32(at + 4) : Infinity
    at = columnsAt + count * 16
    if (at > bytes.length) {
      return Result.fail(
        new ObjectDamaged({ damage: "samples", detail: `a series ends at byte ${at} of ${bytes.length}` })
      )
    }
    series.push({
      point: new TextDecoder().decode(bytes.subarray(nameAt, columnsAt)),
      timestamps: Float64Array.from({ length: count }, (_, i) => view.getFloat64(columnsAt + i * 8)),
      values: Float64Array.from({ length: count }, (_, i) => view.getFloat64(columnsAt + (count + i) * 8))
    })
  }
  return Result.succeed(series)
}

const describe = (series: ReadonlyArray<Series>) => {
  let checksum = emptyChecksum
  let rows = 0
  let first = Infinity
  let last = -Infinity
  for (const one of series) {
    checksum = addChecksums(checksum, checksumSeries(one))
    rows += one.timestamps.length
    first = Math.min(first, one.timestamps[0] ?? Infinity)
    last = Math.max(last, one.timestamps.at(-1) ?? -Infinity)
  }
  return {
    rows,
    points: series.length,
    firstTimestamp: rows === 0 ? 0 : first,
    lastTimestamp: rows === 0 ? 0 : last,
    checksum: formatChecksum(checksum)
  }
}

/** Decodes and compares with what the object says of itself. */
const decodeChecked = (bytes: Uint8Array, claimed: Pick<ColdObject, "size" | "checksum" | "rows" | "points">) => {
  if (bytes.length !== claimed.size) {
    return Result.fail(new ObjectDamaged({ damage: "cut", detail: `${bytes.length} bytes instead of ${claimed.size}` }))
  }
  return Result.flatMap(decode(bytes), (series) => {
    const found = describe(series)
    return found.checksum === claimed.checksum && found.rows === claimed.rows && found.points === claimed.points
      ? Result.succeed(series)
      : Result.fail(
        new ObjectDamaged({
          damage: "samples",
          detail:
            `checksum ${found.checksum} of ${found.rows} rows where ${claimed.checksum} of ${claimed.rows} was claimed`
        })
      )
  })
}

const collect = <E, R>(key: string, day: number, stream: Stream.Stream<Series, E, R>) =>
  Stream.runFoldEffect(stream, (): Array<Series> => [], (series, one) => {
    const complaint = partitionComplaint(day, series.at(-1)?.point ?? null, one)
    if (complaint !== undefined) return Effect.fail(fail("build", key, new ObjectDamaged({ detail: complaint })))
    if (one.timestamps.length > 0) series.push(one)
    return Effect.succeed(series)
  })

/** A store over `bucket`. */
export const layerOf = (bucket: Bucket): Layer.Layer<ColdStore> =>
  Layer.sync(ColdStore, () => {
    const require = (operation: string, key: string) =>
      Effect.suspend(() => {
        const stored = bucket.objects.get(key)
        return stored === undefined ? Effect.fail(fail(operation, key, new ObjectMissing())) : Effect.succeed(stored)
      })
    const open = (operation: string, claimed: ColdObject, bytes: Uint8Array) =>
      Effect.fromResult(decodeChecked(bytes, claimed)).pipe(
        Effect.mapError((reason) => fail(operation, claimed.key, reason))
      )
    return ColdStore.of({
      head: (site, day) =>
        Effect.sync(() => Option.fromUndefinedOr(bucket.objects.get(partitionKey({ site, day }))?.object)),
      build: (options, series) => {
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
      },
      verify: (built) =>
        Effect.fromResult(decodeChecked(built.bytes, built)).pipe(
          Effect.flatMap((series) =>
            series.every((one, i) => one.point === built.pointNames[i]) && series.length === built.pointNames.length
              ? Effect.void
              : Effect.fail(
                new ObjectDamaged({ damage: "row", detail: "the point names are others than those inside" })
              )
          ),
          Effect.mapError((reason) => fail("verify", built.key, reason))
        ),
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
        const stored = yield* require("read", entry.key)
        const wanted = new Set(points)
        const series = (yield* open("read", stored.object, stored.bytes))
          .filter((one) => wanted.has(one.point))
          .map((one): Series => ({ point: one.point, ...sliceColumns(one, window) }))
          .filter((one) => one.timestamps.length > 0)
        return { series, etag: stored.object.etag, gets: 1, bytes: stored.bytes.length }
      }),
      check: Effect.fnUntraced(function*(entry) {
        const stored = yield* require("check", entry.key)
        const { etag, ...said } = stored.object
        if (etag !== entry.etag && said.generation > entry.generation) {
          return yield* fail("check", entry.key, new ObjectChanged({ expected: entry.etag }))
        }
        yield* open("check", stored.object, stored.bytes)
        for (const [field, value] of Object.entries({ ...said, etag })) {
          if (Reflect.get(entry, field) !== value) {
            return yield* fail(
              "check",
              entry.key,
              new ObjectDamaged({ damage: "row", detail: `${field} is ${String(value)}` })
            )
          }
        }
      }),
      scan: (object, after) =>
        Stream.unwrap(Effect.gen(function*() {
          const stored = yield* require("scan", object.key)
          if (stored.object.etag !== object.etag) {
            return yield* fail("scan", object.key, new ObjectChanged({ expected: object.etag }))
          }
          const claimed = after === null && object.kind !== "foreign" ? object : stored.object
          const all = yield* open("scan", claimed, stored.bytes)
          return Stream.fromIterable(after === null ? all : all.filter(({ point }) => comparePoints(point, after) > 0))
        })),
      // Nothing but this adapter writes its buckets.
      foreign: Stream.empty,
      strange: Stream.empty,
      list: Stream.suspend(() => Stream.fromIterable(Array.from(bucket.objects.values(), (stored) => stored.object)))
    })
  })

/** A store with a bucket of its own. */
export const layer: Layer.Layer<ColdStore> = Layer.suspend(() => layerOf(emptyBucket()))
