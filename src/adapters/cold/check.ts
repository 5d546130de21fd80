/**
 * Compares a stored object with its catalog row.
 */
import { Effect, Option, Stream } from "effect"
import type { CatalogEntry, Damage } from "../../domain/tiers/catalog.ts"
import { ObjectChanged, ObjectDamaged, ObjectMissing } from "../../ports/ColdStore.ts"
import { head } from "../cloudflare/bucket.ts"
import { endsWhole } from "../parquet/format/metadata.ts"
import { verifyObject } from "../parquet/verify/samples.ts"
import { partitionObjectOf, fail, getRange, unavailable } from "./objects.ts"
import { scanObject } from "./scan.ts"

/** Bytes of the smallest Parquet file, and enough of the end of any file to tell whether it is a whole one. */
const LEAST_BYTES = 12

export const checkObject = Effect.fnUntraced(function*(bucket: R2Bucket, entry: CatalogEntry) {
  const damaged = (damage: Damage, detail: string) => fail("check", entry.key, new ObjectDamaged({ damage, detail }))
  const found = yield* Effect.mapError(head(bucket, "check", entry.key), unavailable)
  if (Option.isNone(found)) return yield* fail("check", entry.key, new ObjectMissing())
  const live = Option.getOrNull(partitionObjectOf(found.value))
  if (live === null) return yield* damaged("row", "its key names no partition")
  if (live.kind === "own" && live.etag !== entry.etag && live.generation > entry.generation) {
    return yield* fail("check", entry.key, new ObjectChanged({ expected: entry.etag }))
  }
  if (live.size !== entry.size) {
    const detail = `${live.size} bytes instead of ${entry.size}`
    if (live.size < LEAST_BYTES) return yield* damaged("cut", detail)
    const end = yield* getRange(bucket, "check", live, { suffix: LEAST_BYTES })
    return yield* damaged(endsWhole(end, live.size) ? "row" : "cut", detail)
  }
  if (live.kind === "own") {
    const { etag: _, ...described } = live
    for (const [field, value] of Object.entries(described)) {
      const recorded: unknown = Reflect.get(entry, field)
      if (recorded !== value) {
        return yield* damaged("row", `${field} is ${String(value)}, in the catalog ${String(recorded)}`)
      }
    }
    const bytes = yield* getRange(bucket, "check", live, { offset: 0, length: live.size })
    const mismatch = verifyObject({ ...live, index: entry.index, bytes, pointNames: null })
    if (mismatch !== undefined) return yield* damaged(mismatch.damage, mismatch.message)
  } else {
    // Of an object of another tool the catalog knows only the sum of its samples, which a scan compares.
    yield* Stream.runDrain(scanObject(bucket, { ...entry, etag: live.etag, index: null }, null))
  }
  if (live.etag !== entry.etag) return yield* damaged("row", `the etag is ${live.etag}, in the catalog ${entry.etag}`)
})
