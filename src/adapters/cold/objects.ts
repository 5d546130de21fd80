/**
 * R2 objects as the cold store sees them, and requests pinned to one version of an object.
 */
import { Effect, Option } from "effect"
import { type ColdObject, undescribed } from "../../domain/tiers/catalog.ts"
import { parseLegacyKey, parsePartitionKey } from "../../domain/tiers/partition.ts"
import { ColdStoreError, ObjectChanged, ObjectDamaged, ObjectMissing, StoreUnavailable } from "../../ports/ColdStore.ts"
import { parseDescription } from "../parquet/format/description.ts"
import type { Range } from "../parquet/format/object-index.ts"

export const fail = (operation: string, key: string, reason: ColdStoreError["reason"]): ColdStoreError =>
  new ColdStoreError({ operation, key, reason })

/** A request to R2; what it throws is `Unavailable`. */
export const attempt = <A>(operation: string, key: string, run: () => Promise<A>): Effect.Effect<A, ColdStoreError> =>
  Effect.tryPromise({ try: run, catch: (cause) => fail(operation, key, new StoreUnavailable({ cause })) })

/** Decoding; what it throws is `Corrupt`. */
export const decoding = <A>(operation: string, key: string, run: () => A): Effect.Effect<A, ColdStoreError> =>
  Effect.try({
    try: run,
    catch: (cause) => fail(operation, key, new ObjectDamaged({ detail: cause instanceof Error ? cause.message : String(cause) }))
  })

/** None where the key is no partition's, in the present layout or the older one. */
export const coldObjectOf = (object: R2Object): Option.Option<ColdObject> => {
  const place = { key: object.key, etag: object.etag, size: object.size }
  const partition = parsePartitionKey(object.key)
  if (Option.isNone(partition)) {
    return Option.map(parseLegacyKey(object.key), (older) => undescribed({ ...older, ...place }))
  }
  return Option.some(Option.match(parseDescription(object.customMetadata ?? {}), {
    onNone: () => undescribed({ ...partition.value, ...place }),
    onSome: (description) => ({ ...partition.value, ...description, ...place })
  }))
}

/** The live object; none where there is none. */
export const headObject = (
  bucket: R2Bucket,
  operation: string,
  key: string
): Effect.Effect<Option.Option<ColdObject>, ColdStoreError> =>
  Effect.map(attempt(operation, key, () => bucket.head(key)), (found) => found === null ? Option.none() : coldObjectOf(found))

/** One version of an object. */
export interface Pin {
  readonly key: string
  readonly etag: string
}

/** Bytes of exactly this version: `Missing` where it is gone, `Conflict` where another took its place. */
export const getRange = Effect.fnUntraced(function*(
  bucket: R2Bucket,
  operation: string,
  { etag, key }: Pin,
  range: R2Range
) {
  const fetched = yield* attempt(operation, key, async () => {
    const object = await bucket.get(key, { range, onlyIf: { etagMatches: etag } })
    // Without a body the condition failed.
    return object === null || !("body" in object) ? object : new Uint8Array(await object.arrayBuffer())
  }).pipe(
    // A range outside a smaller successor throws before the condition is looked at: ask what is there now.
    Effect.catch((error) =>
      Effect.flatMap(attempt(operation, key, () => bucket.head(key)), (live) =>
        live === null ? Effect.succeed(null) : live.etag === etag ? Effect.fail(error) : Effect.succeed(live))
    )
  )
  if (fetched === null) return yield* fail(operation, key, new ObjectMissing())
  if (!(fetched instanceof Uint8Array)) return yield* fail(operation, key, new ObjectChanged({ expected: etag }))
  return fetched
})

/** The wanted bytes out of ranges that were fetched. Throws where they are in none of them. */
export const within = (fetched: ReadonlyArray<{ readonly range: Range; readonly bytes: Uint8Array }>, wanted: Range): Uint8Array => {
  for (const { bytes, range } of fetched) {
    const from = wanted.offset - range.offset
    if (from >= 0 && from + wanted.length <= bytes.length) return bytes.subarray(from, from + wanted.length)
  }
  throw new RangeError(`bytes ${wanted.offset} to ${wanted.offset + wanted.length} are not in the object`)
}
