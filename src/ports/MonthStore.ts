/**
 * `MonthStore`: closed months made from daily objects, in parts of neighbouring points; see `domain/tiers/months.ts`.
 *
 * Laws (conformance suite `test/conformance/MonthStore.ts`):
 * - `begin` goes on with the unfinished build of exactly these days, with the parts it has; otherwise it takes a build
 *   number that no build of the month ever had.
 * - `addPart` builds the part's two objects, decodes and compares them, puts each under a key that was never written,
 *   and only then records the part. The same part twice changes nothing; a part without samples is none.
 * - `publish` makes a build the month's in one step, and only if it is newer than the month's present one, else it fails
 *   with `StaleBuild`. Where its parts hold other samples than those of `checksum` it fails and gives the build up: the
 *   next `begin` takes another. Until it is published no reader sees any part of a build. The objects of the build before stay for readers that
 *   have begun; those of older builds may go.
 * - `readSamples` and `readHours` answer from exactly the objects that the part names; one that is gone or damaged is an
 *   error, never an empty answer.
 * - Nothing here is ever the only copy of a sample: a lost month is made again.
 */
import { Context, type Effect, type Option, Schema, type Stream } from "effect"
import type { Month } from "../domain/time/calendar.ts"
import type { DayVersion, BuiltMonth, MonthPart } from "../domain/tiers/months.ts"
import type { PointRollup, RollupField } from "../domain/answers/rollup.ts"
import type { Series } from "../domain/samples/series.ts"
import type { Window } from "../domain/time/window.ts"

export class MonthStoreError extends Schema.TaggedError<MonthStoreError>()("MonthStoreError", {
  operation: Schema.String,
  /** The key, or the site and month. */
  subject: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `MonthStore.${this.operation} of ${this.subject} failed: ${
      this.cause instanceof Error ? this.cause.message : String(this.cause)
    }`
  }
}

/** Another build of the month was published meanwhile. */
export class StaleBuild extends Schema.TaggedError<StaleBuild>()("StaleBuild", {
  site: Schema.String,
  /** As text: `2026-10`. */
  month: Schema.String,
  build: Schema.Int
}) {
  override get message() {
    return `build ${this.build} of month ${this.month} of site ${this.site} is not newer than the present one`
  }
}

/** A build that is not published yet. */
export interface Build {
  readonly site: string
  readonly month: Month
  readonly build: number
  /** The parts it has so far, in order. */
  readonly parts: ReadonlyArray<MonthPart>
}

/** What a read cost. */
export interface ReadCost {
  readonly gets: number
  readonly bytes: number
}

export class MonthStore extends Context.Service<MonthStore, {
  /** Published months of the site that the window touches, ascending, with the parts that can hold one of the points. */
  readonly months: (
    site: string,
    window: Window,
    points: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<BuiltMonth>, MonthStoreError>
  readonly begin: (
    site: string,
    month: Month,
    days: ReadonlyArray<DayVersion>
  ) => Effect.Effect<Build, MonthStoreError>
  /**
   * Series must come in the order of `comparePoints`, each inside the month, after the last point of the part before.
   * Each is done with before the next is asked for, so that their columns may be memory that is used again.
   */
  readonly addPart: <E, R>(
    build: Build,
    series: Stream.Stream<Series, E, R>
  ) => Effect.Effect<Option.Option<MonthPart>, MonthStoreError | E, R>
  /** @param checksum of all samples of the days that the month is made from */
  readonly publish: (build: Build, checksum: string) => Effect.Effect<void, MonthStoreError | StaleBuild>
  /** Samples inside the window, one entry a point that has any. */
  readonly readSamples: (
    part: MonthPart,
    points: ReadonlyArray<string>,
    window: Window
  ) => Effect.Effect<ReadCost & { readonly series: ReadonlyArray<Series> }, MonthStoreError>
  /** Every hour of the month that has samples, one entry a point that has any; columns that are no `fields` are empty. */
  readonly readHours: (
    part: MonthPart,
    points: ReadonlyArray<string>,
    fields: ReadonlyArray<RollupField>
  ) => Effect.Effect<ReadCost & { readonly rollups: ReadonlyArray<PointRollup> }, MonthStoreError>
}>()("building-vitals/ports/MonthStore") {}
