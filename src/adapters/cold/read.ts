/**
 * Reads some points of an object: the index gives the ranges to fetch, and these are decoded.
 */
import { Effect, Option } from "effect"
import type { CatalogEntry, ObjectVersion } from "../../domain/tiers/catalog.ts"
import { type Series, sliceColumns } from "../../domain/samples/series.ts"
import type { Window } from "../../domain/time/window.ts"
import { type ColdRead, ObjectMissing, StoreUnavailable } from "../../ports/ColdStore.ts"
import { decodeSpan } from "../parquet/read/spans.ts"
import { fetchAll } from "../cloudflare/bucket.ts"
import { planRead, within } from "../parquet/read/plan.ts"
import { loadFooter, loadIndex } from "./footer.ts"
import { readForeign } from "./foreign.ts"
import { decoding, fail, getRange, headObject } from "./objects.ts"

/** How often a read starts again because the object has changed meanwhile. */
const RESTARTS = 3

/** What a read has cost so far. */
class Tally {
  gets = 0
  bytes = 0
  /** Counts a request that delivered `bytes`. */
  readonly count = (bytes: Uint8Array): Uint8Array => {
    this.gets++
    this.bytes += bytes.length
    return bytes
  }
}

/** The version of the object that is read; without an index it is taken from the footer. */
interface Pinned extends ObjectVersion {
  readonly index: Uint8Array | null
  readonly kind: "own" | "adopted" | "foreign"
}

/** One try, pinned to the entry's etag: fails with `ObjectChanged` where the object has changed. */
const readPinned = Effect.fnUntraced(function*(
  bucket: R2Bucket,
  entry: Pinned,
  points: ReadonlyArray<string>,
  window: Window,
  tally: Tally
) {
  // What another tool wrote is read as such, whatever texts of ours it has kept.
  if (entry.kind !== "own") {
    const footer = yield* loadFooter(bucket, "read", entry, tally.count)
    return yield* readForeign(bucket, entry, footer, new Set(points), tally.count)
  }
  const index = entry.index ?? (yield* loadIndex(bucket, "read", entry, tally.count))
  const plan = yield* decoding("read", entry.key, () => planRead(index, points))
  const fetched = yield* fetchAll(plan.ranges, (range) =>
    Effect.map(getRange(bucket, "read", entry, range), tally.count))
  return yield* decoding("read", entry.key, () =>
    plan.wanted.flatMap(({ points: names, span }) =>
      decodeSpan(within(fetched, span.head), within(fetched, span), span, new Set(names), window)
    ))
})

export const readObject = Effect.fnUntraced(function*(
  bucket: R2Bucket,
  entry: CatalogEntry,
  points: ReadonlyArray<string>,
  window: Window
) {
  const tally = new Tally()
  let live: Pinned = entry
  for (let tries = 0; tries <= RESTARTS; tries++) {
    const read = yield* readPinned(bucket, live, points, window, tally).pipe(
      Effect.asSome,
      Effect.catchReason("ColdStoreError", "ObjectChanged", () => Effect.succeedNone)
    )
    if (Option.isSome(read)) {
      const series = read.value.map((one): Series => ({ point: one.point, ...sliceColumns(one, window) }))
        .filter((one) => one.timestamps.length > 0)
      const answer: ColdRead = { series, etag: live.etag, gets: tally.gets, bytes: tally.bytes }
      return answer
    }
    const head = yield* headObject(bucket, "read", entry.key)
    tally.gets++
    if (Option.isNone(head)) return yield* fail("read", entry.key, new ObjectMissing())
    live = { ...head.value, index: null }
  }
  const cause = `the object changed ${RESTARTS + 1} times during the read`
  return yield* fail("read", entry.key, new StoreUnavailable({ cause }))
})
