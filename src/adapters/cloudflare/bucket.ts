/**
 * R2 as effects: requests, byte ranges, lists, and objects that are put once. Knows no store.
 */
import { Array as Arr, Effect, Option, Schema, Stream } from "effect"

/** Requests of one operation that run at the same time: a Worker has six connections. */
const REQUESTS_AT_ONCE = 6
/** The most keys that one request deletes. */
const DELETES_AT_ONCE = 1_000

/** R2 refused or lost a request; whether it was applied is unknown. */
export class R2Error extends Schema.TaggedError<R2Error>()("R2Error", {
  operation: Schema.String,
  key: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    const detail = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `R2: ${this.operation} of ${this.key} failed: ${detail}`
  }
}

/** There is no object under the key. */
export class KeyMissing extends Schema.TaggedError<KeyMissing>()("KeyMissing", { key: Schema.String }) {}

/** Another object has replaced the expected one. */
export class EtagChanged extends Schema.TaggedError<EtagChanged>()("EtagChanged", {
  key: Schema.String,
  expected: Schema.String
}) {}

/** One version of an object. */
export interface Pin {
  readonly key: string
  readonly etag: string
}

export const request = <A>(operation: string, key: string, send: () => Promise<A>): Effect.Effect<A, R2Error> =>
  Effect.tryPromise({ try: send, catch: (cause) => new R2Error({ operation, key, cause }) })

/** The object under the key, without its bytes. */
export const head = (
  bucket: R2Bucket,
  operation: string,
  key: string
): Effect.Effect<Option.Option<R2Object>, R2Error> =>
  Effect.map(request(operation, key, () => bucket.head(key)), Option.fromNullOr)

/** Bytes of the object that is under the key now. */
export const getRange = Effect.fnUntraced(function*(bucket: R2Bucket, operation: string, key: string, range: R2Range) {
  const bytes = yield* request(operation, key, async () => {
    const object = await bucket.get(key, { range })
    return object === null ? null : new Uint8Array(await object.arrayBuffer())
  })
  return bytes ?? (yield* new KeyMissing({ key }))
})

/** Bytes of exactly this version of an object. */
export const getPinned = Effect.fnUntraced(function*(
  bucket: R2Bucket,
  operation: string,
  { etag, key }: Pin,
  range: R2Range
) {
  const fetched = yield* request(operation, key, async () => {
    const object = await bucket.get(key, { range, onlyIf: { etagMatches: etag } })
    // Only an object whose condition held has a body.
    return object === null || !("arrayBuffer" in object) ? object : new Uint8Array(await object.arrayBuffer())
  }).pipe(
    // A range outside a smaller successor fails before the condition is checked: find out what is there now.
    Effect.catch((error) =>
      Effect.flatMap(request(operation, key, () => bucket.head(key)), (live) =>
        live?.etag === etag ? Effect.fail(error) : Effect.succeed(live)))
  )
  if (fetched === null) return yield* new KeyMissing({ key })
  if (!(fetched instanceof Uint8Array)) return yield* new EtagChanged({ key, expected: etag })
  return fetched
})

/** Fetches ranges, a few at a time, and keeps each beside its bytes. */
export const fetchAll = <A, E, R>(ranges: ReadonlyArray<A>, fetch: (range: A) => Effect.Effect<Uint8Array, E, R>) =>
  Effect.forEach(ranges, (range) => Effect.map(fetch(range), (bytes) => ({ range, bytes })), {
    concurrency: REQUESTS_AT_ONCE
  })

/** {@link head} of several keys, in their order. */
export const headAll = (bucket: R2Bucket, operation: string, keys: ReadonlyArray<string>) =>
  Effect.forEach(keys, (key) => head(bucket, operation, key), { concurrency: REQUESTS_AT_ONCE })

/** Every object whose key begins with the prefix, in the order of keys. */
export const listAll = (
  bucket: R2Bucket,
  operation: string,
  prefix: string,
  options: Pick<R2ListOptions, "include"> = {}
): Stream.Stream<R2Object, R2Error> =>
  Stream.paginate(undefined as string | undefined, (cursor) => {
    const page = cursor === undefined ? { ...options, prefix } : { ...options, prefix, cursor }
    return Effect.map(
      request(operation, prefix, () => bucket.list(page)),
      (listed) => [listed.objects, listed.truncated ? Option.some(listed.cursor) : Option.none()] as const
    )
  })

const isSame = (a: ArrayBuffer, b: ArrayBuffer): boolean => {
  const other = new Uint8Array(b)
  return a.byteLength === b.byteLength && new Uint8Array(a).every((byte, i) => byte === other[i])
}

export interface NewObject {
  readonly operation: string
  readonly key: string
  readonly bytes: Uint8Array
  readonly customMetadata: Record<string, string>
}

/** Puts an object under a key that was never written. False where other bytes are stored there. */
export const putNew = Effect.fnUntraced(function*(
  bucket: R2Bucket,
  { bytes, customMetadata, key, operation }: NewObject
) {
  const sha256 = yield* Effect.promise(() => crypto.subtle.digest("SHA-256", bytes))
  const onlyIf = { etagDoesNotMatch: "*" }
  const put = request(operation, key, () => bucket.put(key, bytes, { onlyIf, sha256, customMetadata }))
  const written = yield* Effect.result(put)
  if (written._tag === "Success" && written.success !== null) return true
  // The key is taken, or only the answer was lost: the digest of the stored object tells whether it is this one.
  const stored = yield* head(bucket, operation, key)
  if (Option.isNone(stored)) {
    const vanished = new R2Error({ operation, key, cause: new Error("the object vanished while it was written") })
    return yield* written._tag === "Failure" ? written.failure : vanished
  }
  const digest = stored.value.checksums.sha256
  return digest !== undefined && isSame(digest, sha256)
})

export const deleteAll = (bucket: R2Bucket, operation: string, prefix: string, keys: ReadonlyArray<string>) =>
  Effect.forEach(Arr.chunksOf(keys, DELETES_AT_ONCE), (some) => request(operation, prefix, () => bucket.delete(some)), {
    discard: true
  })
