/**
 * Objects that other tools wrote, read from R2 row group by row group: slow but right.
 */
import { Effect, Stream } from "effect"
import type { ColdObject } from "../../domain/catalog.ts"
import type { Series } from "../../domain/series.ts"
import type { ColdStoreError } from "../../ports/ColdStore.ts"
import { foreignGroups, foreignNames, makeCollector, mayHold, passesOf } from "../parquet/foreign.ts"
import type { FileMetaData } from "../parquet/metadata.ts"
import { mergeRanges } from "../parquet/plan.ts"
import { decoding, getRange, type Pin } from "./objects.ts"

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
    if (group.rows === 0 || !mayHold(group, points)) continue
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
 */
export const scanForeign = (
  bucket: R2Bucket,
  object: ColdObject,
  metadata: FileMetaData
): Stream.Stream<Series, ColdStoreError> =>
  Stream.unwrap(Effect.gen(function*() {
    const rows = new Map<string, number>()
    for (const group of yield* decoding("scan", object.key, () => foreignGroups(metadata))) {
      const { length, offset } = group.columns.point_name
      const bytes = yield* getRange(bucket, "scan", object, { offset, length })
      for (const name of yield* decoding("scan", object.key, () => foreignNames(metadata, group, bytes))) {
        if (typeof name === "string") rows.set(name, (rows.get(name) ?? 0) + 1)
      }
    }
    return Stream.fromIterable(passesOf(rows)).pipe(
      Stream.mapEffect((points) => readForeign(bucket, "scan", object, metadata, points, (bytes) => bytes)),
      Stream.flattenIterable
    )
  }))
