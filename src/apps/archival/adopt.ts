/**
 * Adoption: daily objects that other tools wrote, or that lie in the older layout of keys, are read in full, checked and
 * recorded in the catalog, so that queries find them. Slow to read, until they are rewritten.
 */
import { Effect, Option, Schema, Stream } from "effect"
import type { CatalogEntry, ColdObject } from "../../domain/catalog.ts"
import { addChecksums, checksumSeries, emptyChecksum, formatChecksum } from "../../domain/checksum.ts"
import { type PointExtent, pointExtents } from "../../domain/extent.ts"
import { partitionComplaint } from "../../domain/partition.ts"
import type { Series } from "../../domain/series.ts"
import { windowOfDay } from "../../domain/window.ts"
import { ColdStore } from "../../ports/ColdStore.ts"
import { HotStore } from "../../ports/HotStore.ts"
import { publishDay } from "../publish.ts"

/** The object is readable, but it is no day's archive. */
export class NotAdoptable extends Schema.TaggedError<NotAdoptable>()("NotAdoptable", {
  key: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.key} cannot be adopted: ${this.detail}`
  }
}

export interface AdoptReport {
  /** Objects of other tools in the bucket. */
  readonly objects: number
  /** Recorded as they are. */
  readonly recorded: number
  /** Merged into the day's own object, beneath what that already held. */
  readonly merged: number
  /** Not adopted: the key and why. */
  readonly refused: ReadonlyArray<{ readonly key: string; readonly reason: string }>
}

/**
 * Adopts what is not in the catalog yet. Where a day has an object of ours, or is recorded under another key, the two are
 * merged and the present one wins. With `rewrite` every adopted day is written anew in the present format.
 */
export const adoptArchives = Effect.fn("adoptArchives")(function*(options: { readonly rewrite: boolean }) {
  const cold = yield* ColdStore
  let objects = 0
  let recorded = 0
  let merged = 0
  const refused: Array<{ readonly key: string; readonly reason: string }> = []
  yield* Stream.runForEach(cold.foreign, (object) => {
    objects++
    return adopt(object, options.rewrite).pipe(
      Effect.tap((verdict) =>
        Effect.sync(() => {
          if (verdict === "recorded") recorded++
          if (verdict === "merged") merged++
        })
      ),
      // One archive that cannot be read does not hold up the others; the report names it.
      Effect.catch((error) => Effect.sync(() => void refused.push({ key: object.key, reason: error.message })))
    )
  })
  const report: AdoptReport = { objects, recorded, merged, refused }
  yield* Effect.logInfo("archives adopted", report)
  return report
})

const adopt = Effect.fnUntraced(function*(object: ColdObject, rewrite: boolean) {
  const cold = yield* ColdStore
  const hot = yield* HotStore
  const { day, site } = object
  const row = Option.fromUndefinedOr((yield* hot.catalog(site, windowOfDay(day)))[0])
  const live = yield* cold.head(site, day)
  const isRecorded = Option.isSome(row) && row.value.key === object.key && row.value.etag === object.etag
  const hasOwn = Option.isSome(live) && live.value.key !== object.key
  if (isRecorded && !rewrite) return "in place"
  if (rewrite || hasOwn || (Option.isSome(row) && row.value.key !== object.key)) {
    const run = `adoption/${object.key}`
    const published = yield* publishDay({ site, day, source: "adopted", run, series: Stream.empty, evict: null, beneath: object })
    return Option.isSome(published) && published.value.changed ? "merged" : "in place"
  }
  const { entry, extents } = yield* describe(object)
  yield* hot.publish({ ...entry, generation: Option.match(row, { onNone: () => 1, onSome: ({ generation }) => generation + 1 }) }, extents, null)
  return "recorded"
})

/** Reads the whole object: what it holds, or why it is no day's. */
const describe = Effect.fnUntraced(function*(object: ColdObject) {
  const cold = yield* ColdStore
  let checksum = emptyChecksum
  let rows = 0
  let firstTimestamp = Infinity
  let lastTimestamp = -Infinity
  const extents: Array<PointExtent> = []
  yield* Stream.runForEach(cold.scan(object, null), (series: Series) =>
    Effect.suspend(() => {
      const complaint = partitionComplaint(object.day, extents.at(-1)?.point ?? null, series)
      if (complaint !== undefined) return Effect.fail(new NotAdoptable({ key: object.key, detail: complaint }))
      extents.push(...pointExtents(series))
      checksum = addChecksums(checksum, checksumSeries(series))
      rows += series.timestamps.length
      firstTimestamp = Math.min(firstTimestamp, series.timestamps[0] ?? Infinity)
      lastTimestamp = Math.max(lastTimestamp, series.timestamps.at(-1) ?? -Infinity)
      return Effect.void
    }))
  if (rows === 0) return yield* new NotAdoptable({ key: object.key, detail: "it holds no sample" })
  const entry: CatalogEntry = {
    ...object,
    rows,
    points: extents.length,
    firstTimestamp,
    lastTimestamp,
    checksum: formatChecksum(checksum),
    index: null
  }
  return { entry, extents }
})
