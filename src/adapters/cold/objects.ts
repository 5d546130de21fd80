/**
 * R2 objects as the cold store sees them, and the platform's failures as the port's.
 */
import { Effect, Option } from "effect"
import type { ForeignObject, OwnObject } from "../../domain/tiers/catalog.ts"
import { parseLegacyKey, parsePartitionKey } from "../../domain/tiers/partition.ts"
import { ColdStoreError, ObjectChanged, ObjectDamaged, ObjectMissing, StoreUnavailable } from "../../ports/ColdStore.ts"
import { getPinned, head, type Pin, type R2Error } from "../cloudflare/bucket.ts"
import { parseDescription } from "../parquet/format/description.ts"

export const fail = (operation: string, key: string, reason: ColdStoreError["reason"]): ColdStoreError =>
  new ColdStoreError({ operation, key, reason })

/** R2 failed: a later try may succeed. */
export const unavailable = ({ cause, key, operation }: R2Error): ColdStoreError =>
  fail(operation, key, new StoreUnavailable({ cause }))

const damaged = (operation: string, key: string) => (cause: unknown): ColdStoreError =>
  fail(operation, key, new ObjectDamaged({ detail: cause instanceof Error ? cause.message : String(cause) }))

/** Decodes bytes of an object; an error of it is `ObjectDamaged`. */
export const decoding = <A>(operation: string, key: string, decode: () => A): Effect.Effect<A, ColdStoreError> =>
  Effect.try({ try: decode, catch: damaged(operation, key) })

/** None where the key names no partition, neither in the present layout nor in the older one. */
export const partitionObjectOf = (object: R2Object): Option.Option<OwnObject | ForeignObject> => {
  const version = { key: object.key, etag: object.etag, size: object.size }
  const partition = parsePartitionKey(object.key)
  if (Option.isNone(partition)) {
    return Option.map(parseLegacyKey(object.key), (older) => ({ kind: "foreign", ...older, ...version }))
  }
  return Option.some(Option.match(parseDescription(object.customMetadata ?? {}), {
    onNone: () => ({ kind: "foreign", ...partition.value, ...version }),
    onSome: (description) => ({ kind: "own", ...partition.value, ...description, ...version })
  }))
}

/** The live object; none where there is none. */
export const headObject = (
  bucket: R2Bucket,
  operation: string,
  key: string
): Effect.Effect<Option.Option<OwnObject | ForeignObject>, ColdStoreError> =>
  head(bucket, operation, key).pipe(Effect.map(Option.flatMap(partitionObjectOf)), Effect.mapError(unavailable))

/** Bytes of exactly this version: `ObjectMissing` where it is gone, `ObjectChanged` where another replaced it. */
export const getRange = (bucket: R2Bucket, operation: string, pin: Pin, range: R2Range) =>
  getPinned(bucket, operation, pin, range).pipe(
    Effect.catchTags({
      R2Error: (error) => Effect.fail(unavailable(error)),
      KeyMissing: () => Effect.fail(fail(operation, pin.key, new ObjectMissing())),
      EtagChanged: ({ expected }) => Effect.fail(fail(operation, pin.key, new ObjectChanged({ expected })))
    })
  )
