/**
 * Every series of one version of an object, in order, a few row groups at a time.
 */
import { Effect, Stream } from "effect"
import type { CatalogEntry, ColdObject } from "../../domain/catalog.ts"
import { addChecksums, checksumSeries, emptyChecksum, formatChecksum } from "../../domain/checksum.ts"
import { comparePoints } from "../../domain/names.ts"
import type { Dropped } from "../../domain/page.ts"
import type { Series } from "../../domain/series.ts"
import { type ColdStoreError, Corrupt } from "../../ports/ColdStore.ts"
import { openRun } from "../parquet/decode.ts"
import type { IndexedRun, Range } from "../parquet/objectIndex.ts"
import { planScan } from "../parquet/plan.ts"
import { loadFooter } from "./footer.ts"
import { scanForeign } from "./foreign.ts"
import { decoding, fail, getRange } from "./objects.ts"

/** Bytes a request, about: compressed, so some ten times that much in columns. */
const PART_BYTES = 262_144
/** The same where a month of days is scanned at once: each of them holds a part. */
const DERIVING_PART_BYTES = 65_536

/** Decodes point by point, so that the bytes of a part are held, not its columns. */
const readPart = (bucket: R2Bucket, object: ColdObject, runs: ReadonlyArray<IndexedRun>) => {
  const first = runs[0] as IndexedRun
  const last = runs.at(-1) as IndexedRun
  const offset = first.head.offset
  const range = { offset, length: last.offset + last.length - offset }
  return Stream.fromEffect(getRange(bucket, "scan", object, range)).pipe(
    Stream.flatMap((bytes) => {
      const at = (part: Range) => bytes.subarray(part.offset - offset, part.offset - offset + part.length)
      return Stream.fromIterable(runs, { chunkSize: 1 }).pipe(
        Stream.mapEffect((run) =>
          decoding("scan", object.key, () => openRun(at(run.head), at(run), run.firstPoint, run.points, null, null))),
        Stream.flatMap((points) => Stream.fromIterable(points, { chunkSize: 1 })),
        Stream.mapEffect((decode) => decoding("scan", object.key, decode))
      )
    })
  )
}

/** Adds up all series of an object, and fails at their end where they are not those of its checksum. */
const summing = <E, R>(object: ColdObject, all: Stream.Stream<Series, E, R>): Stream.Stream<Series, E | ColdStoreError, R> =>
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
      return Stream.fail(fail("scan", object.key, new Corrupt({ damage: "samples", detail })))
    }))
  })

/** Reads no footer where a catalog entry brings its index. */
export const scanObject = (
  bucket: R2Bucket,
  object: ColdObject | CatalogEntry,
  after: string | null,
  onDropped: (dropped: Dropped) => void = () => {}
): Stream.Stream<Series, ColdStoreError> => {
  const scan = (index: Uint8Array, partBytes: number) =>
    Effect.map(decoding("scan", object.key, () => planScan(index, partBytes, after)), (parts) =>
      Stream.flatMap(Stream.fromIterable(parts), (runs) => readPart(bucket, object, runs)))
  const all = Stream.unwrap(Effect.gen(function*() {
    if ("index" in object && object.index !== null) return yield* scan(object.index, DERIVING_PART_BYTES)
    const { index, metadata } = yield* loadFooter(bucket, "scan", object, (bytes) => bytes)
    return index === null ? scanForeign(bucket, object, metadata, onDropped) : yield* scan(index, PART_BYTES)
  }))
  if (after !== null) return Stream.filter(all, ({ point }) => comparePoints(point, after) > 0)
  return object.generation > 0 ? summing(object, all) : all
}
