/**
 * `Staging`: what a backfill has read of a day that it cannot publish yet, as parts, one for each step.
 *
 * Laws (conformance suite `test/conformance/Staging.ts`):
 * - A part that was put is read as it was, also after it was put again. Until `put` has succeeded nothing counts on it.
 * - `read` gives the union of the named parts and of no others; of two values of one instant the one of the later part
 *   counts. Series come in the order of `comparePoints`. If a part is gone or not whole, it fails with `PartMissing`.
 * - At any time it holds one piece of each part, whatever the length of the day.
 */
import { Context, type Effect, Schema, type Stream } from "effect"
import type { Partition } from "../domain/tiers/partition.ts"
import { DAY_MS } from "../domain/time/calendar.ts"
import type { Series } from "../domain/samples/series.ts"

/** Parts that are older belong to no job that goes on, ms. */
export const LEFTOVER_MS = 7 * DAY_MS

/** A part is not there any more: the day must be read again. */
export class PartMissing extends Schema.TaggedError<PartMissing>()("PartMissing", {
  site: Schema.String,
  day: Schema.Int,
  part: Schema.String
}) {
  override get message() {
    return `part ${this.part} of site ${this.site} day ${this.day} is gone`
  }
}

export class StagingError extends Schema.TaggedError<StagingError>()("StagingError", {
  operation: Schema.String,
  site: Schema.String,
  day: Schema.Int,
  cause: Schema.Defect()
}) {
  override get message() {
    const detail = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `Staging.${this.operation} of site ${this.site} day ${this.day}: ${detail}`
  }
}

export class Staging extends Context.Service<Staging, {
  /**
   * Series must come in the order of `comparePoints`; their columns are freed.
   *
   * @param now ms, by which leftovers are found
   */
  readonly put: (
    partition: Partition,
    part: string,
    series: Stream.Stream<Series>,
    now: number
  ) => Effect.Effect<void, StagingError>
  /** @param parts in the order in which they were read from the source */
  readonly read: (
    partition: Partition,
    parts: ReadonlyArray<string>
  ) => Stream.Stream<Series, StagingError | PartMissing>
  /** Removes all parts of the day, and what other days left behind a week ago. */
  readonly discard: (partition: Partition, now: number) => Effect.Effect<void, StagingError>
}>()("building-vitals/ports/Staging") {}
