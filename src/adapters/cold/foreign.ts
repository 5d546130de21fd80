/**
 * Objects that other tools wrote, read from R2 row group by row group: slow but right, in bounded work and memory.
 */
import { Effect, Stream } from "effect"
import type { ObjectVersion } from "../../domain/tiers/catalog.ts"
import type { Dropped } from "../../domain/samples/page.ts"
import { releaseView } from "../../domain/samples/memory.ts"
import type { Series } from "../../domain/samples/series.ts"
import type { ColdStoreError } from "../../ports/ColdStore.ts"
import { Collector } from "../parquet/foreign/collector.ts"
import { type ForeignFile, type ForeignGroup, readFooter } from "../parquet/foreign/footer.ts"
import { Inventory } from "../parquet/foreign/inventory.ts"
import { type OpenGroup, planFetches, rangeOf } from "../parquet/foreign/rows.ts"
import { Work } from "../parquet/foreign/work.ts"
import { within } from "../parquet/read/plan.ts"
import type { Pin } from "../cloudflare/bucket.ts"
import { decoding, getRange } from "./objects.ts"

/** An object as one read of it goes on. */
interface Reading {
  readonly bucket: R2Bucket
  readonly operation: string
  readonly object: Pin
  readonly file: ForeignFile
  readonly work: Work
  readonly counted: (bytes: Uint8Array) => Uint8Array
}

const open = Effect.fnUntraced(function*(
  bucket: R2Bucket,
  operation: string,
  object: Pin & { readonly size: number },
  footer: Uint8Array,
  counted: (bytes: Uint8Array) => Uint8Array
) {
  const work = new Work(object.size)
  const file = yield* decoding(operation, object.key, () => readFooter(footer, object.size))
  return { bucket, operation, object, file, work, counted } satisfies Reading
})

/** Hands the groups to `take`, one after another, and lets others have their turn between its steps. */
const eachGroup = Effect.fnUntraced(function*(
  reading: Reading,
  groups: ReadonlyArray<ForeignGroup>,
  take: (group: OpenGroup) => Generator<void>
) {
  const { bucket, counted, file, object, operation, work } = reading
  const decode = <A>(run: () => A) => decoding(operation, object.key, run)
  for (const fetch of planFetches(file, groups)) {
    const fetched = yield* Effect.forEach(fetch.ranges, (range) =>
      Effect.andThen(decode(() => work.request()), Effect.map(getRange(bucket, operation, object, range), (bytes) =>
        ({ range, bytes: counted(bytes) }))))
    for (const group of fetch.groups) {
      const steps = take({ group, bytesOf: (chunk) => within(fetched, rangeOf(chunk, file)) })
      while ((yield* decode(() => steps.next())).done !== true) {
        if (work.isTurnOver()) yield* Effect.yieldNow
      }
    }
    for (const { bytes } of fetched) releaseView(bytes)
  }
})

/** The wanted points of an object, in order. */
export const readForeign = Effect.fnUntraced(function*(
  bucket: R2Bucket,
  object: Pin & { readonly size: number },
  footer: Uint8Array,
  points: ReadonlySet<string>,
  counted: (bytes: Uint8Array) => Uint8Array
) {
  const reading = yield* open(bucket, "read", object, footer, counted)
  const roomFor = (point: string) => points.has(point) ? 0 : undefined
  const collector = yield* decoding("read", object.key, () => new Collector(reading.file, roomFor, reading.work))
  yield* eachGroup(reading, reading.file.groups, (group) => collector.add(group))
  return [...collector.series()]
})

/**
 * Every series in order, in several passes over the object: memory holds the rows of one, whatever the order of the
 * file. Fails where rows say that they are of another site.
 */
export const scanForeign = (
  bucket: R2Bucket,
  object: ObjectVersion,
  footer: Uint8Array,
  onDropped: (dropped: Dropped) => void
): Stream.Stream<Series, ColdStoreError> =>
  Stream.unwrap(Effect.gen(function*() {
    const reading = yield* open(bucket, "scan", object, footer, (bytes) => bytes)
    const { file, work } = reading
    const decode = <A>(run: () => A) => decoding("scan", object.key, run)
    const inventory = yield* decode(() => new Inventory(file, object.site, work))
    yield* eachGroup(reading, file.groups, (group) => inventory.add(group))
    if (inventory.nameless > 0) onDropped({ name: inventory.nameless })
    return Stream.fromIterable(yield* decode(() => inventory.passes())).pipe(
      Stream.flatMap((pass) =>
        Stream.unwrap(Effect.gen(function*() {
          const collector = yield* decode(() => new Collector(file, (point) => pass.get(point), work))
          yield* eachGroup(reading, inventory.groupsOf(pass), (group) => collector.add(group))
          return Stream.concat(
            Stream.fromIterable(collector.series(), { chunkSize: 1 }),
            Stream.suspend(() => {
              onDropped(collector.dropped)
              return Stream.empty
            })
          )
        }))
      )
    )
  }))
