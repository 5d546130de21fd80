/**
 * `Directory`: the sites and points that the store knows, and how much it holds of each site.
 *
 * Laws (conformance suite `test/conformance/HotStore.ts`):
 * - A question about an unknown site does not create it.
 * - A site without points and without archived days, as one that is set by mistake, is not listed.
 */
import { Context, type Effect } from "effect"
import type { Day } from "../domain/time/calendar.ts"
import type { HotStoreError } from "./HotStoreError.ts"
import type { SourcePoint } from "./SampleSource.ts"

export interface PointInfo extends SourcePoint {
  readonly id: number
}

/** Stored records and their bytes; a record holds the samples of several points. */
export interface Stored {
  readonly records: number
  readonly bytes: number
}

export interface SiteStats {
  readonly points: number
  readonly hot: {
    readonly days: number
    readonly oldest: Day | null
    readonly newest: Day | null
    readonly compacted: Stored
    /** Appended since the last compaction. */
    readonly pending: Stored
  }
  readonly cold: {
    readonly days: number
    readonly samples: number
    readonly bytes: number
  }
}

/** How far the tiers of a site reach, as far as few rows tell. */
export interface SiteReach {
  readonly site: string
  readonly hotDays: number
  readonly oldestHotDay: Day | null
  readonly newestHotDay: Day | null
  /** Bytes appended since the last compaction. */
  readonly pendingBytes: number
  /** The newest archived day before every hot one. */
  readonly archivedThrough: Day | null
  /** The newest sample of the newest archived day, ms. */
  readonly newestArchivedSample: number | null
}

/** What the store holds, as far as few rows tell. */
export interface Reach {
  /** Bytes that the store takes; null where the platform does not say. */
  readonly bytes: number | null
  /** In the order of `comparePoints`. */
  readonly sites: ReadonlyArray<SiteReach>
}

export class Directory extends Context.Service<Directory, {
  /** Every site that has a point or a row in the catalog, in the order of `comparePoints`. */
  readonly sites: Effect.Effect<ReadonlyArray<string>, HotStoreError>
  /** Points of a site in the order of `comparePoints`, those whose name contains `search` (in any case). */
  readonly points: (site: string, search: string) => Effect.Effect<ReadonlyArray<PointInfo>, HotStoreError>
  readonly reach: Effect.Effect<Reach, HotStoreError>
  readonly stats: (site: string) => Effect.Effect<SiteStats, HotStoreError>
}>()("building-vitals/ports/Directory") {}
