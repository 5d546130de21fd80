/**
 * `HotDays`: the days that have hot samples, how they are compacted, and how they are read as a whole before they move.
 *
 * Laws (conformance suite `test/conformance/HotStore.ts`):
 * - `compact` changes no answer.
 * - `scan` shows what has been compacted; what is appended later stays until the next compaction.
 * - Generations of a (site, day) only rise, with every accepted change of its data.
 */
import { Context, type Effect, Schema, type Stream } from "effect"
import type { Series } from "../domain/samples/series.ts"
import type { Day } from "../domain/time/calendar.ts"
import type { HotStoreError } from "./HotStoreError.ts"

/** The partition changed under the caller: read it again and start over. */
export class StalePartition extends Schema.TaggedError<StalePartition>()("StalePartition", {
  site: Schema.String,
  day: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `partition ${this.site} day ${this.day} has changed: ${this.detail}`
  }
}

/**
 * Neighbouring points that together have more samples on a day than the store can compact. What was appended stays, and
 * is answered.
 */
export class DayTooDense extends Schema.TaggedError<DayTooDense>()("DayTooDense", {
  site: Schema.String,
  day: Schema.Int,
  points: Schema.Array(Schema.String)
}) {
  override get message() {
    return `site ${this.site} has more samples on day ${this.day} than can be compacted, of ${this.points.join(", ")}`
  }
}

/** A day that has hot samples. */
export interface HotDay {
  readonly day: Day
  readonly generation: number
  /** Bytes that are pending: appended since the last compaction. */
  readonly pendingBytes: number
  /** The first instant that an append touched since the last compaction; null where nothing is pending. */
  readonly pendingSince: number | null
  /**
   * The number of samples, exact where nothing is pending. Until the next compaction a sample counts twice if it was
   * appended twice, or if a pending one replaces a compacted one. Null where the day is older than the count.
   */
  readonly samples: number | null
}

/** Opaque proof of what a scan showed; `Catalog.publish` evicts only against it. */
export interface EvictionGuard {
  readonly site: string
  readonly day: Day
  readonly epoch: number
}

export interface DayScan {
  readonly guard: EvictionGuard
  /** Every compacted series of the day, in the order of `comparePoints`; reads a bounded amount at a time. */
  readonly series: Stream.Stream<Series, HotStoreError | StalePartition>
}

export interface Compacted {
  /** Pending samples that were merged. */
  readonly samples: number
  /** Rows that the store wrote. */
  readonly cost: number
  /** How often the work started again because another compaction or an eviction came between. */
  readonly retries: number
}

export class HotDays extends Context.Service<HotDays, {
  /** Ascending. */
  readonly list: (site: string) => Effect.Effect<ReadonlyArray<HotDay>, HotStoreError>
  /** Merges the pending samples of the day into its compacted ones. */
  readonly compact: (site: string, day: Day) => Effect.Effect<Compacted, HotStoreError | StalePartition | DayTooDense>
  /** The guard is taken at once; the stream reads as it is pulled. */
  readonly scan: (site: string, day: Day) => Effect.Effect<DayScan, HotStoreError>
}>()("building-vitals/ports/HotDays") {}
