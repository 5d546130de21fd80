/**
 * `ColdStore` on R2: daily Parquet objects, conditional puts, reads of only the pages that are wanted.
 */
import { Effect, Layer, Option, Stream } from "effect"
import type { ForeignObject, OwnEntry, OwnObject } from "../../domain/tiers/catalog.ts"
import { DAILY_PREFIX, partitionKey } from "../../domain/tiers/partition.ts"
import type { Series } from "../../domain/samples/series.ts"
import {
  type BuildOptions,
  type BuiltObject,
  ColdStore,
  type ColdStoreError,
  ObjectChanged,
  ObjectDamaged
} from "../../ports/ColdStore.ts"
import { makeBuilder } from "../parquet/write/day.ts"
import { describeObject } from "../parquet/format/description.ts"
import { verifyObject } from "../parquet/verify/samples.ts"
import { listAll, request } from "../cloudflare/bucket.ts"
import { partitionObjectOf, fail, headObject, unavailable } from "./objects.ts"
import { checkObject } from "./check.ts"
import { readObject } from "./read.ts"
import { scanObject } from "./scan.ts"

const build = <E, R>(
  options: BuildOptions,
  series: Stream.Stream<Series, E, R>
): Effect.Effect<BuiltObject, ColdStoreError | E, R> =>
  Effect.suspend(() => {
    const builder = makeBuilder(options)
    return Stream.runForEach(series, (one) =>
      Effect.suspend(() => {
        const complaint = builder.add(one)
        return complaint === undefined
          ? Effect.void
          : Effect.fail(fail("build", partitionKey(options), new ObjectDamaged({ detail: complaint })))
      })).pipe(Effect.map(builder.finish))
  })

const verify = (built: BuiltObject): Effect.Effect<void, ColdStoreError> =>
  Effect.suspend(() => {
    const mismatch = verifyObject(built)
    return mismatch === undefined
      ? Effect.void
      : Effect.fail(fail("verify", built.key, new ObjectDamaged({ damage: mismatch.damage, detail: mismatch.message })))
  })

const isBuilt = (live: OwnObject | ForeignObject, built: BuiltObject): boolean =>
  live.kind === "own" && live.writtenBy === built.writtenBy && live.checksum === built.checksum &&
  live.generation === built.generation

const put = Effect.fnUntraced(function*(bucket: R2Bucket, built: BuiltObject, base: string | null) {
  const { bytes, pointNames: _, ...description } = built
  const changed = fail("put", built.key, new ObjectChanged({ expected: base }))
  const etag = yield* request("put", built.key, async () => {
    const object = await bucket.put(built.key, bytes, {
      onlyIf: base === null ? { etagDoesNotMatch: "*" } : { etagMatches: base },
      sha256: await crypto.subtle.digest("SHA-256", bytes),
      customMetadata: describeObject(built)
    })
    return object?.etag ?? null
  }).pipe(
    Effect.mapError(unavailable),
    // Perhaps the object was put and only the answer was lost: the live object tells.
    Effect.catch((lost) =>
      Effect.flatMap(headObject(bucket, "put", built.key), (found) => {
        const live = Option.getOrNull(found)
        if (live !== null && isBuilt(live, built)) return Effect.succeed(live.etag)
        return Effect.fail((live?.etag ?? null) === base ? lost : changed)
      })
    )
  )
  if (etag === null) return yield* changed
  const entry: OwnEntry = { ...description, etag }
  return entry
})

/** Every key with the daily prefix, and the object that it names: none where it names no partition. */
const listDaily = (bucket: R2Bucket) =>
  listAll(bucket, "list", DAILY_PREFIX, { include: ["customMetadata"] }).pipe(
    Stream.map((object) => ({ key: object.key, object: partitionObjectOf(object) })),
    Stream.mapError(unavailable)
  )

export const layer = (bucket: R2Bucket): Layer.Layer<ColdStore> =>
  Layer.sync(ColdStore, () =>
    ColdStore.of({
      head: (site, day) => headObject(bucket, "head", partitionKey({ site, day })),
      build,
      verify,
      put: (built, base) => put(bucket, built, base),
      read: (entry, points, window) => readObject(bucket, entry, points, window),
      check: (entry) => checkObject(bucket, entry),
      scan: (object, after, onDropped) => scanObject(bucket, object, after, onDropped),
      list: Stream.flatMap(listDaily(bucket), ({ object }) => Stream.fromIterable(Option.toArray(object))),
      strange: Stream.map(Stream.filter(listDaily(bucket), ({ object }) => Option.isNone(object)), ({ key }) => key)
    }))
