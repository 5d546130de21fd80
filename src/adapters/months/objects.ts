/**
 * The objects of derived months in R2. A key is written once or never, so what was read under it stays true.
 */
import { Effect } from "effect"
import { type Build, MonthStoreError, type ReadCost } from "../../ports/MonthStore.ts"
import { sumChecksums } from "../../domain/samples/checksum.ts"
import { type MonthObject, monthKey, rollupKey } from "../../domain/tiers/months.ts"
import type { Range } from "../parquet/format/object-index.ts"
import { type Piece, planRead } from "../parquet/read/plan.ts"
import type { Kept } from "./records.ts"

/** Requests of one read under way at once: a Worker has six connections. */
const REQUESTS_AT_ONCE = 6
/** Keys that one request deletes at most. */
const DELETES_AT_ONCE = 1_000

export const fail = (operation: string, subject: string, cause: unknown): MonthStoreError =>
  new MonthStoreError({ operation, subject, cause: typeof cause === "string" ? new Error(cause) : cause })

const attempt = <A>(operation: string, key: string, run: () => Promise<A>): Effect.Effect<A, MonthStoreError> =>
  Effect.tryPromise({ try: run, catch: (cause) => fail(operation, key, cause) })

/** Puts an object under a key that was never written. False where other bytes stand there. */
export const putNew = Effect.fnUntraced(function*(
  bucket: R2Bucket,
  key: string,
  bytes: Uint8Array,
  customMetadata: Record<string, string>
) {
  const sha256 = yield* Effect.promise(() => crypto.subtle.digest("SHA-256", bytes))
  const put = attempt("addPart", key, () => bucket.put(key, bytes, { onlyIf: { etagDoesNotMatch: "*" }, sha256, customMetadata }))
  const written = yield* Effect.result(put)
  if (written._tag === "Success" && written.success !== null) return true
  // The key is taken, or the answer was lost, perhaps not the object: what stands there says whether it is ours.
  const standing = yield* attempt("addPart", key, () => bucket.head(key))
  if (standing === null) {
    return yield* written._tag === "Failure" ? written.failure : fail("addPart", key, "the object vanished while it was written")
  }
  const { sha256: stored } = standing.checksums
  return stored !== undefined && new Uint8Array(stored).toHex() === new Uint8Array(sha256).toHex()
})

/** The checksum of the samples that the objects hold, as they say themselves; null where one is gone. */
export const checksumOf = (bucket: R2Bucket, objects: ReadonlyArray<MonthObject>) =>
  Effect.map(
    Effect.forEach(objects, ({ key }) => attempt("publish", key, () => bucket.head(key)), { concurrency: REQUESTS_AT_ONCE }),
    (found) => {
      const texts = found.flatMap((object) => object?.customMetadata?.["checksum"] ?? [])
      return texts.length === objects.length ? sumChecksums(texts) : null
    }
  )

const getRange = (bucket: R2Bucket, operation: string, key: string, range: Range) =>
  attempt(operation, key, async () => {
    const object = await bucket.get(key, { range: { offset: range.offset, length: range.length } })
    if (object === null) throw new Error("the object is gone")
    return new Uint8Array(await object.arrayBuffer())
  })

/**
 * Reads and decodes what an object may hold of the points: pieces in order, with the bytes of their heads and runs.
 *
 * @param gap bytes between two ranges that are not worth a second request
 */
export const readPieces = Effect.fnUntraced(function*<A>(
  bucket: R2Bucket,
  operation: string,
  object: MonthObject,
  points: ReadonlyArray<string>,
  gap: number,
  decode: (piece: Piece, head: Uint8Array, run: Uint8Array) => ReadonlyArray<A>
) {
  const decoding = <B>(run: () => B) =>
    Effect.try({ try: run, catch: (cause) => fail(operation, object.key, cause) })
  const { pieces, ranges } = yield* decoding(() => planRead(object.index, points, gap))
  const fetched = yield* Effect.forEach(
    ranges,
    (range) => Effect.map(getRange(bucket, operation, object.key, range), (bytes) => ({ range, bytes })),
    { concurrency: REQUESTS_AT_ONCE }
  )
  const within = (wanted: Range): Uint8Array => {
    for (const { bytes, range } of fetched) {
      const from = wanted.offset - range.offset
      if (from >= 0 && from + wanted.length <= bytes.length) return bytes.subarray(from, from + wanted.length)
    }
    throw new RangeError(`bytes ${wanted.offset} to ${wanted.offset + wanted.length} are not in the object`)
  }
  const found = yield* decoding(() => pieces.flatMap((piece) => decode(piece, within(piece.run.head), within(piece.run))))
  const cost: ReadCost = { gets: fetched.length, bytes: fetched.reduce((sum, { bytes }) => sum + bytes.length, 0) }
  return { found, ...cost }
})

/** Deletes what no reader that begins now can meet: the objects of builds that were replaced, or never published. */
export const deleteOld = Effect.fnUntraced(function*(bucket: R2Bucket, { month, site }: Build, { previous, published }: Kept) {
  for (const keyOf of [monthKey, rollupKey]) {
    const sample = keyOf(site, month, 0, 0)
    const prefix = sample.slice(0, sample.lastIndexOf("/") + 1)
    const old: Array<string> = []
    let cursor: string | undefined
    do {
      const page: R2Objects = yield* attempt("publish", prefix, () =>
        bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) }))
      old.push(...page.objects.map(({ key }) => key).filter((key) => {
        const build = Number(/^(\d+)-\d+\.parquet$/.exec(key.slice(prefix.length))?.[1])
        return build < published && build !== previous
      }))
      cursor = page.truncated ? page.cursor : undefined
    } while (cursor !== undefined)
    for (let i = 0; i < old.length; i += DELETES_AT_ONCE) {
      yield* attempt("publish", prefix, () => bucket.delete(old.slice(i, i + DELETES_AT_ONCE)))
    }
  }
}, Effect.catch((error) => Effect.logWarning("old objects stay until the next publication", error)))

