/**
 * The objects of months in R2. A key is written only once, so that what was read under it stays true.
 */
import { Effect, Option, Stream } from "effect"
import { sumChecksums } from "../../domain/samples/checksum.ts"
import { type MonthObject, monthKey, rollupKey } from "../../domain/tiers/months.ts"
import { type Build, MonthStoreError, type ReadCost } from "../../ports/MonthStore.ts"
import { deleteAll, fetchAll, getRange, headAll, listAll, putNew, type R2Error } from "../cloudflare/bucket.ts"
import type { Range } from "../parquet/format/object-index.ts"
import { planRead, type WantedSpan, within } from "../parquet/read/plan.ts"
import type { Kept } from "./records.ts"

export const fail = (operation: string, subject: string, cause: unknown): MonthStoreError =>
  new MonthStoreError({ operation, subject, cause: typeof cause === "string" ? new Error(cause) : cause })

const storeError = ({ cause, key, operation }: R2Error): MonthStoreError => fail(operation, key, cause)

/** Puts an object of a part under its key. False where other bytes are stored there. */
export const putPart = (bucket: R2Bucket, key: string, bytes: Uint8Array, customMetadata: Record<string, string>) =>
  Effect.mapError(putNew(bucket, { operation: "addPart", key, bytes, customMetadata }), storeError)

/** The sum of the checksums in the metadata of the objects; null where an object is gone. */
export const checksumOf = (bucket: R2Bucket, objects: ReadonlyArray<MonthObject>) =>
  headAll(bucket, "publish", objects.map(({ key }) => key)).pipe(
    Effect.map((found) => {
      const texts = found.flatMap((object) => Option.getOrUndefined(object)?.customMetadata?.["checksum"] ?? [])
      return texts.length === objects.length ? sumChecksums(texts) : null
    }),
    Effect.mapError(storeError)
  )

const getBytes = (bucket: R2Bucket, operation: string, key: string, range: Range) =>
  Effect.catchTags(getRange(bucket, operation, key, range), {
    R2Error: (error) => Effect.fail(storeError(error)),
    KeyMissing: () => Effect.fail(fail(operation, key, "the object is gone"))
  })

/** What to read of which object. */
export interface PointsRead {
  readonly operation: string
  readonly object: MonthObject
  readonly points: ReadonlyArray<string>
  /** Two ranges with at most so many bytes between them are fetched in one request. */
  readonly gap: number
}

/** Fetches the spans in which the points can be, and decodes them in order. `passed` are those it passes over. */
export const readSpans = Effect.fnUntraced(function*<A>(
  bucket: R2Bucket,
  { gap, object, operation, points }: PointsRead,
  decode: (head: Uint8Array, bytes: Uint8Array, wanted: WantedSpan) => ReadonlyArray<A>
) {
  const damaged = (cause: unknown) => fail(operation, object.key, cause)
  const plan = yield* Effect.try({ try: () => planRead(object.index, points, gap), catch: damaged })
  const fetched = yield* fetchAll(plan.ranges, (range) => getBytes(bucket, operation, object.key, range))
  const found = yield* Effect.try({
    try: () =>
      plan.wanted.flatMap((wanted) =>
        decode(within(fetched, wanted.span.head), within(fetched, wanted.span), wanted)
      ),
    catch: damaged
  })
  const cost: ReadCost = { gets: fetched.length, bytes: fetched.reduce((sum, { bytes }) => sum + bytes.length, 0) }
  return { found, passed: plan.passed, ...cost }
})

/**
 * Deletes the objects that no reader that begins now can need: those of builds that were replaced or never published.
 */
export const deleteOld = Effect.fnUntraced(function*(
  bucket: R2Bucket,
  { month, site }: Build,
  { previous, published }: Kept
) {
  for (const keyOf of [monthKey, rollupKey]) {
    const sample = keyOf(site, month, 0, 0)
    const prefix = sample.slice(0, sample.lastIndexOf("/") + 1)
    const isOld = ({ key }: R2Object): boolean => {
      const build = Number(/^(\d+)-\d+\.parquet$/.exec(key.slice(prefix.length))?.[1])
      return build < published && build !== previous
    }
    const old = yield* Stream.runCollect(Stream.filter(listAll(bucket, "publish", prefix), isOld))
    yield* deleteAll(bucket, "publish", prefix, old.map(({ key }) => key))
  }
}, Effect.catch((error) => Effect.logWarning("old objects stay until the next publication", error)))
