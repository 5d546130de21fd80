/**
 * `HotStore`: the hot tier and the catalog. One port, because recording a cold partition and evicting its samples share
 * a transaction, and so do the hot read and the catalog read of a query.
 *
 * Laws (conformance suite `test/conformance/HotStore.ts`):
 * - An `append` is all or nothing. The later append wins; a repeated step changes nothing; a step of a run that is no
 *   longer the site's newest fails with `StaleFence`, one that leaves a step out with `HotStoreError`, and change nothing.
 * - `compact` changes no answer. `scanDay` sees what was compacted; what is appended later stays until the next
 *   compaction.
 * - `publish` is one transaction: it replaces the catalog row only by a higher generation, registers the points, widens
 *   their extents and, with `evict`, removes exactly what the scan showed. Where the guard or the generation does not hold it fails with
 *   `StalePartition` and changes nothing. The same publication again (same generation, same etag) succeeds.
 * - `snapshot` reads hot and catalog at one instant: every accepted sample is in one of the two.
 * - `extents` tells of each point what the union of both tiers by precedence does: hot beats cold, the later commit the
 *   earlier. It knows of a partition what `publish` was told, whatever the order of days.
 * - Generations of a (site, day) only rise, with every accepted change of its data.
 */
import { Context, type Effect, Schema, type Stream } from "effect"
import type { Day } from "../domain/time/calendar.ts"
import type { CatalogEntry, ColdObject } from "../domain/tiers/catalog.ts"
import type { PointExtent } from "../domain/samples/extent.ts"
import type { Series } from "../domain/samples/series.ts"
import type { Window } from "../domain/time/window.ts"
import type { SourcePoint } from "./SampleSource.ts"

/** The store failed: it names the operation and what it worked on. */
export class HotStoreError extends Schema.TaggedError<HotStoreError>()("HotStoreError", {
  operation: Schema.String,
  subject: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `HotStore.${this.operation} of ${this.subject} failed: ${
      this.cause instanceof Error ? this.cause.message : String(this.cause)
    }`
  }
}

/** A newer run of the site has begun; this one may write no more. */
export class StaleFence extends Schema.TaggedError<StaleFence>()("StaleFence", {
  site: Schema.String,
  sequence: Schema.Int,
  newest: Schema.Int
}) {
  override get message() {
    return `run ${this.sequence} of site ${this.site} is stale: run ${this.newest} has begun`
  }
}

/** The partition moved under the caller: read it again and start over. */
export class StalePartition extends Schema.TaggedError<StalePartition>()("StalePartition", {
  site: Schema.String,
  day: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `partition ${this.site} day ${this.day} moved: ${this.detail}`
  }
}

/** The asked points have more hot samples in the window than the caller wants to hold. */
export class SnapshotTooLarge extends Schema.TaggedError<SnapshotTooLarge>()("SnapshotTooLarge", {
  site: Schema.String,
  /** Those that were counted until it was clear. */
  samples: Schema.Int
}) {
  override get message() {
    return `site ${this.site} has ${this.samples} hot samples of the points and more`
  }
}

/** Fencing token of one run: only the newest sequence of a site may append. */
export interface Fence {
  readonly site: string
  readonly sequence: number
}

/** A day that has hot samples. */
export interface HotDay {
  readonly day: Day
  readonly generation: number
  /** Bytes appended since the last compaction. */
  readonly tailBytes: number
  /** The first instant that an append touched since the last compaction; null where the tail is empty. */
  readonly tailSince: number | null
  /**
   * Samples, exactly where the tail is empty. A sample that was appended twice, or that has a successor in the tail, counts
   * twice until the next compaction. Null where the day is older than the count.
   */
  readonly samples: number | null
}

/** Opaque proof of what a scan showed; `publish` evicts only against it. */
export interface EvictionGuard {
  readonly site: string
  readonly day: Day
  readonly epoch: number
}

export interface DayScan {
  readonly guard: EvictionGuard
  /** Every compacted series of the day, in the order of `comparePoints`, in bounded pieces. */
  readonly series: Stream.Stream<Series, HotStoreError | StalePartition>
}

export interface Snapshot {
  /** The asked points that the site has, in the order asked. */
  readonly known: ReadonlyArray<string>
  /** Hot samples inside the window, one entry a known point that has any. */
  readonly hot: ReadonlyArray<Series>
  /** Catalog rows of the days the window touches, ascending. */
  readonly partitions: ReadonlyArray<ColdObject>
  readonly rowsRead: number
}

export interface Extents {
  /** The asked points that the site has, in the order asked. */
  readonly known: ReadonlyArray<string>
  /** One entry a known point that has a sample in either tier, in the order asked. */
  readonly extents: ReadonlyArray<PointExtent>
}

export interface PointInfo extends SourcePoint {
  readonly id: number
}

export interface HotStats {
  readonly points: number
  readonly hotDays: number
  readonly chunks: number
  readonly chunkBytes: number
  readonly tailRows: number
  readonly tailBytes: number
  readonly oldestDay: Day | null
  readonly newestDay: Day | null
  readonly coldDays: number
  readonly coldRows: number
  readonly coldBytes: number
}

export class HotStore extends Context.Service<HotStore, {
  /** Fails where the schema is not the version this code was built for. */
  readonly ready: Effect.Effect<void, HotStoreError>
  readonly sites: Effect.Effect<ReadonlyArray<string>, HotStoreError>
  /** Takes the next run sequence of the site: from here on older runs are fenced out. */
  readonly takeFence: (site: string) => Effect.Effect<Fence, HotStoreError>
  /**
   * Appends one step (1, 2, …) of a run, and registers the points it does not know; a step already taken is a no-op that
   * answers 0. Of two series of one point the later wins.
   */
  readonly append: (
    run: Fence,
    step: number,
    series: ReadonlyArray<Series>
  ) => Effect.Effect<{ readonly samples: number; readonly rowsWritten: number }, HotStoreError | StaleFence>
  /** Adds unknown points and refreshes the descriptions of known ones. */
  readonly registerPoints: (site: string, points: ReadonlyArray<SourcePoint>) => Effect.Effect<void, HotStoreError>
  /** Points of a site in the order of `comparePoints`, those whose name holds `search` (any case). */
  readonly points: (site: string, search: string) => Effect.Effect<ReadonlyArray<PointInfo>, HotStoreError>
  /**
   * What a query needs, at one instant.
   *
   * **Gotchas** All of it is in memory at once: `most` is how many hot samples an isolate can hold decoded. No more are
   * decoded before it fails.
   */
  readonly snapshot: (
    site: string,
    points: ReadonlyArray<string>,
    window: Window,
    most?: number
  ) => Effect.Effect<Snapshot, HotStoreError | SnapshotTooLarge>
  /**
   * First and last instant and last value of points, over both tiers, without reading what lies between.
   *
   * **Gotchas** A page of points at a time: the ends of each are decoded.
   */
  readonly extents: (site: string, points: ReadonlyArray<string>) => Effect.Effect<Extents, HotStoreError>
  /**
   * A short text that is another one after every accepted change of the window's data in either tier, and of the site's
   * points; eviction may change it, compaction does not.
   */
  readonly version: (site: string, window: Window) => Effect.Effect<string, HotStoreError>
  /** The stored samples of the window for every point of the site, hot tier only: what a sync compares with. */
  readonly recent: (site: string, window: Window) => Effect.Effect<ReadonlyArray<Series>, HotStoreError>
  /** The directory: days with hot samples, ascending. */
  readonly hotDays: (site: string) => Effect.Effect<ReadonlyArray<HotDay>, HotStoreError>
  /** Moves the day's tail into chunks; `retries` counts how often another compaction or an eviction came between. */
  readonly compact: (
    site: string,
    day: Day
  ) => Effect.Effect<
    { readonly samples: number; readonly rowsWritten: number; readonly retries: number },
    HotStoreError | StalePartition
  >
  /** The guard is taken at once, the stream reads as it is pulled. */
  readonly scanDay: (site: string, day: Day) => Effect.Effect<DayScan, HotStoreError>
  /** Catalog rows of the days the window touches, ascending. */
  readonly catalog: (site: string, window: Window) => Effect.Effect<ReadonlyArray<ColdObject>, HotStoreError>
  /**
   * The indexes of exactly these objects, by day; none for one that the catalog keeps no index of, or has another object
   * instead of by now.
   */
  readonly indexes: (
    site: string,
    objects: ReadonlyArray<ColdObject>
  ) => Effect.Effect<
    { readonly indexes: ReadonlyMap<Day, Uint8Array>; readonly rowsRead: number },
    HotStoreError
  >
  /** @param points every point of the partition */
  readonly publish: (
    entry: CatalogEntry,
    points: ReadonlyArray<PointExtent>,
    evict: EvictionGuard | null
  ) => Effect.Effect<{ readonly rowsWritten: number }, HotStoreError | StalePartition>
  readonly stats: (site: string) => Effect.Effect<HotStats, HotStoreError>
}>()("building-vitals/ports/HotStore") {}
