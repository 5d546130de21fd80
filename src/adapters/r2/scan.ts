/**
 * Every series of one version of an object, in order, a few row groups at a time.
 */
import { Effect, Stream } from "effect"
import type { ColdObject } from "../../domain/catalog.ts"
import type { Series } from "../../domain/series.ts"
import type { ColdStoreError } from "../../ports/ColdStore.ts"
import { decodeRun } from "../parquet/decode.ts"
import type { IndexedRun } from "../parquet/objectIndex.ts"
import { planScan } from "../parquet/plan.ts"
import { loadFooter } from "./footer.ts"
import { scanForeign } from "./foreign.ts"
import { decoding, getRange } from "./objects.ts"

/** Bytes a request, about: compressed, so some ten times that much in columns. */
const PART_BYTES = 262_144

const readPart = Effect.fnUntraced(function*(bucket: R2Bucket, object: ColdObject, runs: ReadonlyArray<IndexedRun>) {
  const first = runs[0] as IndexedRun
  const last = runs.at(-1) as IndexedRun
  const offset = first.head.offset
  const bytes = yield* getRange(bucket, "scan", object, { offset, length: last.offset + last.length - offset })
  const at = (range: { readonly offset: number; readonly length: number }) =>
    bytes.subarray(range.offset - offset, range.offset - offset + range.length)
  return yield* decoding("scan", object.key, () =>
    runs.flatMap((run) => decodeRun(at(run.head), at(run), run.firstPoint, run.points, null)))
})

export const scanObject = (bucket: R2Bucket, object: ColdObject): Stream.Stream<Series, ColdStoreError> =>
  Stream.unwrap(Effect.gen(function*() {
    const { index, metadata } = yield* loadFooter(bucket, "scan", object, (bytes) => bytes)
    if (index === null) return scanForeign(bucket, object, metadata)
    const parts = yield* decoding("scan", object.key, () => planScan(index, PART_BYTES))
    return Stream.fromIterable(parts).pipe(
      Stream.mapEffect((runs) => readPart(bucket, object, runs)),
      Stream.flattenIterable
    )
  }))
