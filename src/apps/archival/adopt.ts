/**
 * Adoption: daily objects that other tools wrote, or that lie in the older layout of keys, are read in full, checked
 * and recorded in the catalog, so that queries find them. Slow to read, until they are rewritten.
 */
import { Clock, Effect, Option, Result, Schema, Stream } from "effect"
import type { ColdObject, ForeignObject } from "../../domain/tiers/catalog.ts"
import { addChecksums, checksumSeries, emptyChecksum, formatChecksum } from "../../domain/samples/checksum.ts"
import { type PointExtent, pointExtents } from "../../domain/samples/extent.ts"
import { addDropped, type Dropped, formatDropped } from "../../domain/samples/page.ts"
import { partitionComplaint } from "../../domain/tiers/partition.ts"
import type { Series } from "../../domain/samples/series.ts"
import { windowOfDay } from "../../domain/time/window.ts"
import { Catalog } from "../../ports/Catalog.ts"
import { ColdStore } from "../../ports/ColdStore.ts"
import { narrowingOf } from "../narrowing.ts"
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
  /** Rows of the recorded and the merged that are no samples, by reason. */
  readonly dropped: Dropped
  /** Not adopted: the key and why. Those that have not changed since they were refused were not read again. */
  readonly refused: ReadonlyArray<{ readonly key: string; readonly reason: string }>
  /** Objects that were not looked at because the time was up: ask again. */
  readonly postponed: number
}

export interface AdoptOptions {
  readonly rewrite: boolean
  /** Whether to read again what was refused before and has not changed. */
  readonly retry: boolean
  /** No new object is begun after this long, ms. */
  readonly timeoutMs: number
}

/** Whether the object itself is at fault, so that another reading of it would end in the same way. */
const isVerdict = (error: NotAdoptable | Effect.Error<ReturnType<typeof adopt>>): boolean =>
  error._tag === "NotAdoptable" || (error._tag === "ColdStoreError" && error.reason._tag === "ObjectDamaged")

/** What adoptions before this one refused, and what becomes of it. */
const makeRefusals = Effect.fnUntraced(function*() {
  const catalog = yield* Catalog
  const known = new Map((yield* catalog.refusals).map((refusal) => [refusal.key, refusal]))
  const standing = new Set<string>()
  return {
    /** Why this version of the object was refused before; undefined where it was not. */
    reasonOf: ({ etag, key }: ForeignObject): string | undefined => {
      const refusal = known.get(key)
      return refusal?.etag === etag ? refusal.reason : undefined
    },
    /** The refusal stands, for whatever reason. */
    keep: (key: string) => standing.add(key),
    note: ({ etag, key }: ForeignObject, reason: string) => catalog.noteRefusal({ key, etag, reason }),
    /** Forgets those of objects that were adopted or are gone. */
    forgetOthers: Effect.suspend(() => catalog.forgetRefusals([...known.keys()].filter((key) => !standing.has(key))))
  }
})

/**
 * Adopts what is not in the catalog yet. Where a day has an object of ours, or is recorded under another key, the two
 * are merged and the present one wins. With `rewrite` every adopted day is written anew in the present format.
 */
export const adoptArchives = Effect.fn("adoptArchives")(function*({ retry, rewrite, timeoutMs }: AdoptOptions) {
  const cold = yield* ColdStore
  const refusals = yield* makeRefusals()
  const startedAt = yield* Clock.currentTimeMillis
  const counts = { objects: 0, recorded: 0, merged: 0, postponed: 0 }
  let dropped: Dropped = {}
  const refused: Array<{ readonly key: string; readonly reason: string }> = []
  yield* Stream.runForEach(
    Stream.filter(cold.list, (object) => object.kind === "foreign"),
    Effect.fnUntraced(function*(object) {
      counts.objects++
      const before = retry ? undefined : refusals.reasonOf(object)
      if (before !== undefined) {
        refusals.keep(object.key)
        refused.push({ key: object.key, reason: before })
        return
      }
      if ((yield* Clock.currentTimeMillis) - startedAt > timeoutMs) {
        refusals.keep(object.key)
        counts.postponed++
        return
      }
      // Reading an archive may take long: requests have their turn before each.
      yield* Effect.yieldNow
      // One archive that cannot be read does not hold up the others; the report names it.
      const unforeseen = (defect: unknown) => Effect.fail(new NotAdoptable({ key: object.key, detail: String(defect) }))
      const adopted = yield* adopt(object, rewrite).pipe(Effect.catchDefect(unforeseen), Effect.result)
      if (Result.isFailure(adopted)) {
        const reason = adopted.failure.message
        refused.push({ key: object.key, reason })
        refusals.keep(object.key)
        if (isVerdict(adopted.failure)) yield* refusals.note(object, reason)
      } else if (adopted.success !== null) {
        counts[adopted.success.verdict]++
        dropped = addDropped(dropped, adopted.success.dropped)
      }
    })
  )
  yield* refusals.forgetOthers
  yield* Stream.runForEach(
    cold.strange,
    (key) => Effect.sync(() => refused.push({ key, reason: "the key names no site and day" }))
  )
  const report: AdoptReport = { ...counts, dropped, refused }
  yield* Effect.logInfo("archives adopted", report)
  return report
})

/** Null where there was nothing to do. */
const adopt = Effect.fnUntraced(function*(object: ForeignObject, rewrite: boolean) {
  const cold = yield* ColdStore
  const catalog = yield* Catalog
  const { day, site } = object
  const row = Option.fromUndefinedOr((yield* catalog.list(site, windowOfDay(day)))[0])
  const live = yield* cold.head(site, day)
  const writtenBy = `adoption/${object.key}@${object.etag}`
  const isRecorded = Option.isSome(row) && row.value.key === object.key && row.value.etag === object.etag
  if (isRecorded && !rewrite) return null
  // The day has not changed since this object was merged into it.
  if (Option.isSome(row) && row.value.kind === "own" && row.value.writtenBy === writtenBy) return null
  // What was recorded has been read and counted before.
  const described = isRecorded ? null : yield* describe(object)
  const dropped = described?.dropped ?? {}
  const isOnly = Option.match(live, { onNone: () => true, onSome: ({ key }) => key === object.key }) &&
    Option.match(row, { onNone: () => true, onSome: ({ key }) => key === object.key })
  if (described !== null && isOnly) yield* record(object, described, row)
  if (rewrite || !isOnly) {
    const published = yield* publishDay({
      site,
      day,
      source: "adopted",
      writtenBy,
      series: Stream.empty,
      evict: null,
      beneath: object
    })
    return Option.isSome(published) && published.value.changed ? { verdict: "merged", dropped } as const : null
  }
  return { verdict: "recorded", dropped } as const
})

/** Records the object as it lies. What it replaces may hold samples that it lacks. */
const record = Effect.fnUntraced(function*(
  object: ForeignObject,
  { content, extents }: Described,
  row: Option.Option<ColdObject>
) {
  const catalog = yield* Catalog
  const generation = Option.match(row, { onNone: () => 1, onSome: (recorded) => recorded.generation + 1 })
  const narrowing = Option.isNone(row) ? undefined : yield* narrowingOf(object.site, object.day, extents)
  const entry = { ...object, ...content, kind: "adopted", generation, index: null } as const
  yield* catalog.publish(entry, extents, null, undefined, narrowing)
})

type Described = Effect.Success<ReturnType<typeof describe>>

/** Reads the whole object: what it holds, or why it is no day's. */
const describe = Effect.fnUntraced(function*(object: ForeignObject) {
  const cold = yield* ColdStore
  let checksum = emptyChecksum
  let rows = 0
  let firstTimestamp = Infinity
  let lastTimestamp = -Infinity
  const extents: Array<PointExtent> = []
  let dropped: Dropped = {}
  const onDropped = (more: Dropped) => void (dropped = addDropped(dropped, more))
  yield* Stream.runForEach(cold.scan(object, null, onDropped), (series: Series) =>
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
  if (rows === 0) {
    const left = formatDropped(dropped)
    return yield* new NotAdoptable({ key: object.key, detail: `it holds no sample${left === "" ? "" : ` (${left})`}` })
  }
  const content = { rows, points: extents.length, firstTimestamp, lastTimestamp, checksum: formatChecksum(checksum) }
  return { content, extents, dropped }
})
