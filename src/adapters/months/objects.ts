/**
 * The objects of derived months in R2. A key is written once or never, so what was read under it stays true.
 */
import { Effect, Option, Stream } from "effect"
import { type Build, MonthStoreError, type ReadCost } from "../../ports/MonthStore.ts"
import { sumChecksums } from "../../domain/samples/checksum.ts"
import { type MonthObject, monthKey, rollupKey } from "../../domain/tiers/months.ts"
import { deleteAll, fetchAll, getRange, headAll, listAll, putNew, type R2Error } from "../cloudflare/bucket.ts"
import type { Range } from "../parquet/format/object-index.ts"
import { type Piece, planRead, within } from "../parquet/read/plan.ts"
import type { Kept } from "./records.ts"

export const fail = (operation: string, subject: string, cause: unknown): MonthStoreError =>
  new MonthStoreError({ operation, subject, cause: typeof cause === "string" ? new Error(cause) : cause })

const storeError = ({ cause, key, operation }: R2Error): MonthStoreError => fail(operation, key, cause)

/** Puts an object of a part under its key. False where another writer's bytes are stored there. */
export const putPart = (bucket: R2Bucket, key: string, bytes: Uint8Array, customMetadata: Record<string, string>) =>
  Effect.mapError(putNew(bucket, "addPart", key, bytes, customMetadata), storeError)

/** The checksum of the samples that the objects hold, as their metadata says; null where one is gone. */
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

/**
 * Reads and decodes what an object may hold of the points: pieces in order, with the bytes of their heads and spans.
 *
 * @param gap bytes between two ranges that are not worth a second request
 */
export const readPieces = Effect.fnUntraced(function*<A>(
  bucket: R2Bucket,
  operation: string,
  object: MonthObject,
  points: ReadonlyArray<string>,
  gap: number,
  decode: (piece: Piece, head: Uint8Array, span: Uint8Array) => ReadonlyArray<A>
) {
  const decoding = <B>(decodes: () => B) =>
    Effect.try({ try: decodes, catch: (cause) => fail(operation, object.key, cause) })
  const { pieces, ranges } = yield* decoding(() => planRead(object.index, points, gap))
  const fetched = yield* fetchAll(ranges, (range) => getBytes(bucket, operation, object.key, range))
  const found = yield* decoding(() => pieces.flatMap((piece) => decode(piece, within(fetched, piece.span.head), within(fetched, piece.span))))
  const cost: ReadCost = { gets: fetched.length, bytes: fetched.reduce((sum, { bytes }) => sum + bytes.length, 0) }
  return { found, ...cost }
})

/** Deletes what no reader that begins now can need: the objects of builds that were replaced, or never published. */
export const deleteOld = Effect.fnUntraced(function*(bucket: R2Bucket, { month, site }: Build, { previous, published }: Kept) {
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
