/**
 * Objects that other tools wrote, read from R2 row group by row group: slow but right.
 */
import { Effect, Stream } from "effect"
import type { ColdObject } from "../../domain/catalog.ts"
import type { Dropped } from "../../domain/page.ts"
import type { Series } from "../../domain/series.ts"
import { type ColdStoreError, Corrupt } from "../../ports/ColdStore.ts"
import { countNames, foreignGroups, type GroupNames, makeCollector, mayHold, passesOf, siteComplaint } from "../parquet/foreign.ts"
import type { FileMetaData } from "../parquet/metadata.ts"
import type { Range } from "../parquet/objectIndex.ts"
import { mergeRanges } from "../parquet/plan.ts"
import { decoding, fail, getRange, type Pin } from "./objects.ts"

/** The wanted points (null: all) of an object, in order. */
export const readForeign = Effect.fnUntraced(function*(
  bucket: R2Bucket,
  operation: string,
  object: Pin,
  metadata: FileMetaData,
  points: ReadonlySet<string> | null,
  counted: (bytes: Uint8Array) => Uint8Array
) {
  const groups = yield* decoding(operation, object.key, () => foreignGroups(metadata))
  const collector = yield* decoding(operation, object.key, () => makeCollector(metadata, points))
  for (const group of groups) {
    if (!mayHold(group, points)) continue
    const { point_name, timestamp, value } = group.columns
    const fetched = yield* Effect.forEach(mergeRanges([point_name, timestamp, value]), (range) =>
      Effect.map(getRange(bucket, operation, object, { offset: range.offset, length: range.length }), (bytes) => ({
        range,
        bytes: counted(bytes)
      })))
    yield* decoding(operation, object.key, () => {
      const at = ({ length, offset }: typeof timestamp) => {
        const part = fetched.find(({ range }) => offset >= range.offset && offset + length <= range.offset + range.length)
        if (part === undefined) throw new RangeError("a column is not where the footer says")
        return part.bytes.subarray(offset - part.range.offset, offset - part.range.offset + length)
      }
      collector.add(group, { point_name: at(point_name), timestamp: at(timestamp), value: at(value) })
    })
  }
  return collector.finish()
})

/**
 * Every series in order, in several passes over the object: memory holds the rows of one, whatever the order of the file.
 * Fails where rows say that they are of another site.
 */
export const scanForeign = (
  bucket: R2Bucket,
  object: ColdObject,
  metadata: FileMetaData,
  onDropped: (dropped: Dropped) => void
): Stream.Stream<Series, ColdStoreError> =>
  Stream.unwrap(Effect.gen(function*() {
    const names: GroupNames = { rows: new Map(), nameless: 0 }
    const fetch = ({ length, offset }: Range) => getRange(bucket, "scan", object, { offset, length })
    for (const group of yield* decoding("scan", object.key, () => foreignGroups(metadata))) {
      const bytes = yield* fetch(group.columns.point_name)
      yield* decoding("scan", object.key, () => countNames(metadata, group, bytes, names))
      if (group.site === null) continue
      const sites = yield* fetch(group.site)
      const complaint = yield* decoding("scan", object.key, () => siteComplaint(metadata, group, sites, object.site))
      if (complaint !== undefined) return yield* fail("scan", object.key, new Corrupt({ detail: complaint }))
    }
    if (names.nameless > 0) onDropped({ name: names.nameless })
    return Stream.fromIterable(passesOf(names.rows)).pipe(
      Stream.mapEffect((points) => readForeign(bucket, "scan", object, metadata, points, (bytes) => bytes)),
      Stream.tap(({ dropped }) => Effect.sync(() => onDropped(dropped))),
      Stream.flatMap(({ series }) => Stream.fromIterable(series)),
      Stream.filter(({ timestamps }) => timestamps.length > 0)
    )
  }))
