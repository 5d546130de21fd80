/**
 * A stored object against its catalog row.
 */
import { Effect, Option, Stream } from "effect"
import type { CatalogEntry, Damage } from "../../domain/tiers/catalog.ts"
import { ObjectChanged, ObjectDamaged, ObjectMissing } from "../../ports/ColdStore.ts"
import { head } from "../cloudflare/bucket.ts"
import { endsWhole } from "../parquet/format/metadata.ts"
import { verifyObject } from "../parquet/verify/samples.ts"
import { coldObjectOf, fail, getRange, unavailable } from "./objects.ts"
import { scanObject } from "./scan.ts"

/** Bytes of the smallest Parquet file, and enough of the end of any to tell whether it is one. */
const LEAST_BYTES = 12

export const checkObject = Effect.fnUntraced(function*(bucket: R2Bucket, entry: CatalogEntry) {
  const corrupt = (damage: Damage, detail: string) => fail("check", entry.key, new ObjectDamaged({ damage, detail }))
  const found = yield* Effect.mapError(head(bucket, "check", entry.key), unavailable)
  if (Option.isNone(found)) return yield* fail("check", entry.key, new ObjectMissing())
  const live = Option.getOrNull(coldObjectOf(found.value))
  if (live === null) return yield* corrupt("row", "its key is no partition's")
  if (live.etag !== entry.etag && live.generation > entry.generation) {
    return yield* fail("check", entry.key, new ObjectChanged({ expected: entry.etag }))
  }
  if (live.size !== entry.size) {
    const detail = `${live.size} bytes instead of ${entry.size}`
    const isWhole = live.size >= LEAST_BYTES && endsWhole(yield* getRange(bucket, "check", live, { suffix: LEAST_BYTES }), live.size)
    return yield* corrupt(isWhole ? "row" : "cut", detail)
  }
  const isDescribed = live.generation > 0
  const { etag, ...said } = live
  for (const [field, value] of Object.entries(isDescribed ? said : {})) {
    const recorded: unknown = Reflect.get(entry, field)
    if (recorded !== value) return yield* corrupt("row", `${field} is ${String(value)}, in the catalog ${String(recorded)}`)
  }
  if (isDescribed) {
    const bytes = yield* getRange(bucket, "check", live, { offset: 0, length: live.size })
    const mismatch = verifyObject({ ...entry, bytes, pointNames: null })
    if (mismatch !== undefined) return yield* corrupt(mismatch.damage, mismatch.message)
  } else {
    // What another tool wrote has nothing to compare but its samples, which a scan adds up.
    yield* Stream.runDrain(scanObject(bucket, { ...entry, etag, index: null }, null))
  }
  if (etag !== entry.etag) return yield* corrupt("row", `the etag is ${etag}, in the catalog ${entry.etag}`)
})
