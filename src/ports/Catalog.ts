/**
 * `Catalog`: which cold partitions exist. Recording one and evicting its hot samples is one transaction.
 *
 * Laws (conformance suite `test/conformance/HotStore.ts`):
 * - `publish` is one transaction: it replaces the catalog row only by a higher generation, registers the points, widens
 *   their extents and, with `evict`, removes exactly what the scan showed. Where the guard or the generation does not
 *   hold it fails with `StalePartition` and changes nothing. The same publication again (same generation, same etag)
 *   succeeds.
 * - `publish` with corrections puts them above what is hot in the same transaction, and only if the hot day has not
 *   changed since the generation that they name, also where no sample is corrected: what was appended since may have
 *   been read earlier. Else it fails with `StalePartition`.
 * - `publish` with a narrowing forgets what was known of the cold samples of its points before it widens them again,
 *   and only if no other publication of the site came between; else it fails with `StalePartition`.
 * - Of each key there is one refusal, the one noted last, until it is forgotten.
 */
import { Context, type Effect } from "effect"
import type { PointExtent } from "../domain/samples/extent.ts"
import type { Series } from "../domain/samples/series.ts"
import type { CatalogEntry, ColdObject } from "../domain/tiers/catalog.ts"
import type { Day } from "../domain/time/calendar.ts"
import type { Window } from "../domain/time/window.ts"
import type { EvictionGuard, StalePartition } from "./HotDays.ts"
import type { HotStoreError } from "./HotStoreError.ts"

/** What the publication of newly read samples does to the hot tier, so that the later reading counts there too. */
export interface Corrections {
  /** The generation of the hot day before the source was asked; 0 where it had no hot samples. */
  readonly generation: number
  /** Samples of the day that are hot with another value. */
  readonly series: ReadonlyArray<Series>
  /** Whether a sync that runs now may have read the day before: it may not append any more. */
  readonly fencesSync: boolean
}

/** The extents of points, known anew: a day was replaced by one that may lack samples which they tell of. */
export interface Narrowing {
  /** As {@link Catalog} gave it with the ends. */
  readonly version: string
  readonly points: ReadonlyArray<string>
  /** What the other days hold of these points. */
  readonly extents: ReadonlyArray<PointExtent>
}

/** An object of another tool that an adoption read and refused. */
export interface Refusal {
  readonly key: string
  /** The version that was refused. */
  readonly etag: string
  readonly reason: string
}

export class Catalog extends Context.Service<Catalog, {
  /** The objects of the days that the window touches, ascending, without their indexes. */
  readonly list: (site: string, window: Window) => Effect.Effect<ReadonlyArray<ColdObject>, HotStoreError>
  /**
   * Exactly these objects with their indexes, in the order asked: indexes are large, so they are fetched only for the
   * objects that will be read. An index is null where the catalog keeps none, or has another object of the day by now.
   * `cost` counts the rows that the store read.
   */
  readonly find: (
    site: string,
    objects: ReadonlyArray<ColdObject>
  ) => Effect.Effect<{ readonly entries: ReadonlyArray<CatalogEntry>; readonly cost: number }, HotStoreError>
  /**
   * What is known of the cold samples of those points that have the first or the last of them on the day, and a text
   * that changes with every publication of the site.
   */
  readonly ends: (
    site: string,
    day: Day
  ) => Effect.Effect<{ readonly version: string; readonly extents: ReadonlyArray<PointExtent> }, HotStoreError>
  /**
   * Records the object. `cost` counts the rows that the store wrote.
   *
   * @param points every point of the partition
   */
  readonly publish: (
    entry: CatalogEntry,
    points: ReadonlyArray<PointExtent>,
    evict: EvictionGuard | null,
    corrections?: Corrections,
    narrowing?: Narrowing
  ) => Effect.Effect<{ readonly cost: number }, HotStoreError | StalePartition>
  /** Of all sites, by key. */
  readonly refusals: Effect.Effect<ReadonlyArray<Refusal>, HotStoreError>
  readonly noteRefusal: (refusal: Refusal) => Effect.Effect<void, HotStoreError>
  readonly forgetRefusals: (keys: ReadonlyArray<string>) => Effect.Effect<void, HotStoreError>
}>()("building-vitals/ports/Catalog") {}
