/**
 * Reads every series of one version of an object, in order, a few row groups at a time.
 */
import { Cause, Effect, type Pull, Stream } from "effect"
import type { CatalogEntry, ColdObject, ForeignObject, ObjectVersion } from "../../domain/tiers/catalog.ts"
import { addChecksums, checksumSeries, emptyChecksum, formatChecksum } from "../../domain/samples/checksum.ts"
import { comparePoints } from "../../domain/samples/names.ts"
import { releaseView } from "../../domain/samples/memory.ts"
import type { Dropped } from "../../domain/samples/page.ts"
import type { Series } from "../../domain/samples/series.ts"
import { type ColdStoreError, ObjectDamaged } from "../../ports/ColdStore.ts"
import { SpansReader } from "../parquet/read/spans.ts"
import type { IndexedSpan } from "../parquet/format/object-index.ts"
import { planScan } from "../parquet/read/plan.ts"
import { loadFooter, loadIndex } from "./footer.ts"
import { scanForeign } from "./foreign.ts"
import { decoding, fail, getRange } from "./objects.ts"

/**
 * About how many bytes a request fetches. All days of a month are scanned at the same time, and each keeps one batch;
 * but each request leaves ten kilobytes to the GC, so that smaller ones would take more memory.
 */
const BATCH_BYTES = 262_144

/** Keeps the bytes of one batch and the columns of one point. */
const scanIndexed = (
  bucket: R2Bucket,
  object: ObjectVersion,
  index: Uint8Array,
  after: string | null
): Stream.Stream<Series, ColdStoreError> =>
  Stream.scoped(Stream.fromPull(Effect.gen(function*() {
    const batches = planScan(index, BATCH_BYTES, after)
    // Reused for each batch: buffers that live this long would fragment the memory.
    let memory = new Uint8Array(BATCH_BYTES)
    const reader = new SpansReader(after)
    yield* Effect.addFinalizer(() => Effect.sync(() => {
      reader.close()
      batches.return(undefined)
      releaseView(memory)
    }))
    const openBatch: Effect.Effect<void, ColdStoreError | Cause.Done> = Effect.gen(function*() {
      const batch = yield* decoding("scan", object.key, () => batches.next())
      if (batch.done === true) return yield* Cause.done()
      const first = batch.value[0] as IndexedSpan
      const last = batch.value.at(-1) as IndexedSpan
      const { offset } = first.head
      const bytes = yield* getRange(bucket, "scan", object, { offset, length: last.offset + last.length - offset })
      if (bytes.length > memory.length) {
        releaseView(memory)
        memory = new Uint8Array(bytes.length)
      }
      memory.set(bytes)
      releaseView(bytes)
      reader.open(memory, offset, batch.value)
    })
    const next = decoding("scan", object.key, () => reader.next())
    const pull: Pull.Pull<readonly [Series], ColdStoreError> = Effect.flatMap(next, (one) =>
      one !== undefined ? Effect.succeed([one]) : Effect.andThen(openBatch, pull))
    return pull
  })))

/** Adds up the checksums of all series, and fails at the end where the sum is not that of the object. */
const summing = <E, R>(
  object: ColdObject,
  all: Stream.Stream<Series, E, R>
): Stream.Stream<Series, E | ColdStoreError, R> =>
  Stream.suspend(() => {
    let sum = emptyChecksum
    const added = Stream.map(all, (series) => {
      sum = addChecksums(sum, checksumSeries(series))
      return series
    })
    return Stream.concat(added, Stream.suspend(() => {
      const found = formatChecksum(sum)
      if (found === object.checksum) return Stream.empty
      const detail = `the checksum of all samples is ${found} instead of ${object.checksum}`
      return Stream.fail(fail("scan", object.key, new ObjectDamaged({ damage: "samples", detail })))
    }))
  })

/** Reads the footer only where `object` has no index. The caller owns the columns. */
export const scanObject = (
  bucket: R2Bucket,
  object: ColdObject | CatalogEntry | ForeignObject,
  after: string | null,
  onDropped: (dropped: Dropped) => void = () => {}
): Stream.Stream<Series, ColdStoreError> => {
  const isAfter = ({ point }: Series): boolean => after === null || comparePoints(point, after) > 0
  const counted = (bytes: Uint8Array): Uint8Array => bytes
  // What another tool wrote is read as such, whatever texts of ours it has kept.
  const all = object.kind !== "own"
    ? Stream.unwrap(Effect.map(loadFooter(bucket, "scan", object, counted), (footer) =>
      Stream.filter(scanForeign(bucket, object, footer, onDropped), isAfter)))
    : "index" in object && object.index !== null
    ? scanIndexed(bucket, object, object.index, after)
    : Stream.unwrap(Effect.map(loadIndex(bucket, "scan", object, counted), (index) =>
      scanIndexed(bucket, object, index, after)))
  return after === null && object.kind !== "foreign" ? summing(object, all) : all
}
