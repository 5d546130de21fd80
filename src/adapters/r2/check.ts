/**
 * A stored object against its catalog row.
 */
import { Effect, Option, Stream } from "effect"
import type { CatalogEntry } from "../../domain/catalog.ts"
import { addChecksums, checksumSeries, emptyChecksum, formatChecksum } from "../../domain/checksum.ts"
import { Conflict, Corrupt, Missing } from "../../ports/ColdStore.ts"
import { headNames } from "../parquet/decode.ts"
import { footerLength, indexOf, parseFooter } from "../parquet/metadata.ts"
import { walkIndex } from "../parquet/objectIndex.ts"
import { verifyObject } from "../parquet/verify.ts"
import { attempt, coldObjectOf, decoding, fail, getRange } from "./objects.ts"
import { scanObject } from "./scan.ts"

const namesOf = (bytes: Uint8Array, index: Uint8Array): ReadonlyArray<string> => {
  const names: Array<string> = []
  for (const { firstPoint, head } of walkIndex(index)) {
    if (firstPoint === 0) names.push(...headNames(bytes.subarray(head.offset, head.offset + head.length)))
  }
  return names
}

/** What another tool wrote says nothing of itself: its samples are compared with the row. */
const checkForeign = Effect.fnUntraced(function*(bucket: R2Bucket, entry: CatalogEntry) {
  const checksum = yield* Stream.runFold(scanObject(bucket, { ...entry, index: null }, null), () => emptyChecksum, (sum, series) =>
    addChecksums(sum, checksumSeries(series)))
  const found = formatChecksum(checksum)
  if (found !== entry.checksum) {
    return yield* fail("check", entry.key, new Corrupt({ detail: `checksum ${found} instead of ${entry.checksum}` }))
  }
})

export const checkObject = Effect.fnUntraced(function*(bucket: R2Bucket, entry: CatalogEntry) {
  const corrupt = (detail: string) => fail("check", entry.key, new Corrupt({ detail }))
  const live = yield* attempt("check", entry.key, () => bucket.head(entry.key))
  if (live === null) return yield* fail("check", entry.key, new Missing())
  if (live.etag !== entry.etag) return yield* fail("check", entry.key, new Conflict({ expected: entry.etag }))
  if (live.size !== entry.size) return yield* corrupt(`${live.size} bytes instead of ${entry.size}`)
  const object = Option.getOrNull(coldObjectOf(live))
  // An object that describes itself says the same as the row.
  if (object !== null && object.generation > 0) {
    for (const [field, value] of Object.entries(object)) {
      const recorded: unknown = Reflect.get(entry, field)
      if (recorded !== value) return yield* corrupt(`${field} is ${String(value)}, in the catalog ${String(recorded)}`)
    }
  }
  const bytes = yield* getRange(bucket, "check", entry, { offset: 0, length: entry.size })
  const index = yield* decoding("check", entry.key, () =>
    indexOf(parseFooter(bytes.subarray(bytes.length - footerLength(bytes, bytes.length)))))
  if (index === null) return yield* checkForeign(bucket, entry)
  const complaint = yield* decoding("check", entry.key, () =>
    verifyObject({ ...entry, index: entry.index ?? index, bytes, pointNames: namesOf(bytes, index) }))
  if (complaint !== undefined) return yield* corrupt(complaint)
})
