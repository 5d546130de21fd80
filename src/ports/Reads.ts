/**
 * `Reads`: what a query asks about points: their hot samples together with the catalog, their extents, and whether
 * anything has changed.
 *
 * Laws (conformance suite `test/conformance/HotStore.ts`):
 * - `snapshot` reads hot samples and catalog at one instant: every accepted sample is in one of the two.
 * - `extents` tells of each point what the union of both tiers by precedence does: hot beats cold, the later commit the
 *   earlier. It knows of a partition what `Catalog.publish` was told, whatever the order of days.
 */
import { Context, type Effect, Schema } from "effect"
import type { PointExtent } from "../domain/samples/extent.ts"
import type { Series } from "../domain/samples/series.ts"
import type { ColdObject } from "../domain/tiers/catalog.ts"
import type { Window } from "../domain/time/window.ts"
import type { HotStoreError } from "./HotStoreError.ts"

/** The asked points have more hot samples in the window than the caller allows. */
export class SnapshotTooLarge extends Schema.TaggedError<SnapshotTooLarge>()("SnapshotTooLarge", {
  site: Schema.String,
  /** Samples counted before reading stopped. */
  samples: Schema.Int
}) {
  override get message() {
    return `site ${this.site} has at least ${this.samples} hot samples of the points`
  }
}

export interface Snapshot {
  /** The asked points that the site has, in the order asked. */
  readonly known: ReadonlyArray<string>
  /** Hot samples inside the window, one entry for each known point that has any. */
  readonly hot: ReadonlyArray<Series>
  /** Catalog rows of the days that the window touches, ascending. */
  readonly partitions: ReadonlyArray<ColdObject>
  /** Rows that the store read. */
  readonly cost: number
}

export interface Extents {
  /** The asked points that the site has, in the order asked. */
  readonly known: ReadonlyArray<string>
  /** One entry for each known point that has a sample in either tier, in the order asked. */
  readonly extents: ReadonlyArray<PointExtent>
}

export class Reads extends Context.Service<Reads, {
  /**
   * What a query needs, at one instant.
   *
   * **Gotchas** All of it is in memory at once. `most` is how many decoded hot samples the caller can hold: the read
   * fails as soon as there are more.
   */
  readonly snapshot: (
    site: string,
    points: ReadonlyArray<string>,
    window: Window,
    most?: number
  ) => Effect.Effect<Snapshot, HotStoreError | SnapshotTooLarge>
  /**
   * First and last instant and last value of points, over both tiers, without reading the samples between.
   *
   * **Gotchas** Ask for a page of points at a time: the first and last samples of each are decoded.
   */
  readonly extents: (site: string, points: ReadonlyArray<string>) => Effect.Effect<Extents, HotStoreError>
  /**
   * A short text that changes with every accepted change of the window's data in either tier, and of the site's points.
   * Eviction may change it; compaction does not.
   */
  readonly version: (site: string, window: Window) => Effect.Effect<string, HotStoreError>
}>()("building-vitals/ports/Reads") {}
