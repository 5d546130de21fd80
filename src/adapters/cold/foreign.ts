/**
 * Objects that other tools wrote, read from R2 row group by row group: slow but right.
 */
import { Effect, Stream } from "effect"
import type { ColdObject } from "../../domain/tiers/catalog.ts"
import type { Dropped } from "../../domain/samples/page.ts"
import type { Series } from "../../domain/samples/series.ts"
import type { ColdStoreError } from "../../ports/ColdStore.ts"
import {
  batchGroups,
  chunksOf,
  countNames,
  expectSite,
  type ForeignGroup,
  foreignGroups,
  type GroupNames,
  makeCollector,
  mayHold,
  passesOf
} from "../parquet/foreign/foreign.ts"
import type { FileMetaData } from "../parquet/format/metadata.ts"
import { mergeRanges, within } from "../parquet/read/plan.ts"
import type { Pin } from "../cloudflare/bucket.ts"
import { decoding, getRange } from "./objects.ts"

/** The columns of some groups, in few requests. */
const fetchGroups = (
  bucket: R2Bucket,
  operation: string,
  object: Pin,
  groups: ReadonlyArray<ForeignGroup>,
  counted: (bytes: Uint8Array) => Uint8Array
) =>
  Effect.forEach(mergeRanges(groups.flatMap(chunksOf)), (range) =>
    Effect.map(getRange(bucket, operation, object, { offset: range.offset, length: range.length }), (bytes) => ({ range, bytes: counted(bytes) })))

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
  for (const batch of batchGroups(groups.filter((group) => mayHold(group, points)))) {
    const fetched = yield* fetchGroups(bucket, operation, object, batch, counted)
    yield* decoding(operation, object.key, () => {
      for (const group of batch) {
        const { point_name, timestamp, value } = group.columns
        collector.add(group, {
          point_name: within(fetched, point_name),
          timestamp: within(fetched, timestamp),
          value: within(fetched, value)
        })
      }
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
    for (const batch of batchGroups(yield* decoding("scan", object.key, () => foreignGroups(metadata)))) {
      const fetched = yield* fetchGroups(bucket, "scan", object, batch, (bytes) => bytes)
      yield* decoding("scan", object.key, () => {
        for (const group of batch) {
          countNames(metadata, group, within(fetched, group.columns.point_name), names)
          if (group.site !== null) expectSite(metadata, group, within(fetched, group.site), object.site)
        }
      })
    }
    if (names.nameless > 0) onDropped({ name: names.nameless })
    return Stream.fromIterable(passesOf(names.rows)).pipe(
      Stream.mapEffect((points) => readForeign(bucket, "scan", object, metadata, points, (bytes) => bytes)),
      Stream.tap(({ dropped }) => Effect.sync(() => onDropped(dropped))),
      Stream.flatMap(({ series }) => Stream.fromIterable(series)),
      Stream.filter(({ timestamps }) => timestamps.length > 0)
    )
  }))
