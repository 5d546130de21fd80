/**
 * `Catalog`: which cold partitions exist. Recording one and evicting its hot samples is one transaction.
 *
 * Laws (conformance suite `test/conformance/HotStore.ts`):
 * - `publish` is one transaction: it replaces the catalog row only by a higher generation, registers the points, widens
 *   their extents and, with `evict`, removes exactly what the scan showed. Where the guard or the generation does not
 *   hold it fails with `StalePartition` and changes nothing. The same publication again (same generation, same etag)
 *   succeeds.
 */
import { Context, type Effect } from "effect"
import type { PointExtent } from "../domain/samples/extent.ts"
import type { CatalogEntry, ColdObject } from "../domain/tiers/catalog.ts"
import type { Window } from "../domain/time/window.ts"
import type { EvictionGuard, StalePartition } from "./HotDays.ts"
import type { HotStoreError } from "./HotStoreError.ts"

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
   * Records the object. `cost` counts the rows that the store wrote.
   *
   * @param points every point of the partition
   */
  readonly publish: (
    entry: CatalogEntry,
    points: ReadonlyArray<PointExtent>,
    evict: EvictionGuard | null
  ) => Effect.Effect<{ readonly cost: number }, HotStoreError | StalePartition>
}>()("building-vitals/ports/Catalog") {}
