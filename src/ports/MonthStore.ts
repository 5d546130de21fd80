/**
 * `MonthStore`: closed months made from daily objects, in parts of neighbouring points; see `domain/tiers/months.ts`.
 *
 * Laws (conformance suite `test/conformance/MonthStore.ts`):
 * - `begin` continues the unfinished build of exactly these days, with the parts that it has. If there is none, the
 *   build gets a number that no build of the month ever had.
 * - `addPart` builds the two objects of the part, decodes and compares them, puts each under a key that was never
 *   written, and only then records the part. The same part again changes nothing. A part without samples is not made,
 *   and rollups are not stored where they are not smaller than their samples.
 * - `publish` replaces the published build of the month in one step, and only by a newer one; else it fails with
 *   `StaleBuild`. If the samples of the parts do not have `checksum`, it fails and the build is given up: the next
 *   `begin` starts another.
 * - Readers see no part of a build before it is published. The objects of the build before it stay, for reads that have
 *   begun; those of older builds may be deleted.
 * - `readSamples` and `readHours` read exactly the objects that the part names. If one is gone or damaged they fail;
 *   they never give an empty answer instead.
 * - Months are copies: a month that is lost is made again from its daily objects.
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

/** A newer build of the month is published already. */
export class StaleBuild extends Schema.TaggedError<StaleBuild>()("StaleBuild", {
  site: Schema.String,
  /** As text: `2026-10`. */
  month: Schema.String,
  build: Schema.Int
}) {
  override get message() {
    return `build ${this.build} of month ${this.month} of site ${this.site} is not newer than the published one`
  }
}

/** A build that is not published yet. */
export interface Build {
  readonly site: string
  readonly month: Month
  readonly build: number
  /** The parts made so far, in order. */
  readonly parts: ReadonlyArray<MonthPart>
}

/** What a read cost. */
export interface ReadCost {
  readonly gets: number
  readonly bytes: number
}

export class MonthStore extends Context.Service<MonthStore, {
  /**
   * Published months of the site that the window touches, ascending, each with only the parts that can hold one of the
   * points.
   */
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
   * Series must come in the order of `comparePoints`, after the last point of the part before, with samples only inside
   * the month. No series is used after the next one is pulled, so their columns may share memory.
   */
  readonly addPart: <E, R>(
    build: Build,
    series: Stream.Stream<Series, E, R>
  ) => Effect.Effect<Option.Option<MonthPart>, MonthStoreError | E, R>
  /** @param checksum the checksum of all samples of the days that the month is made from */
  readonly publish: (build: Build, checksum: string) => Effect.Effect<void, MonthStoreError | StaleBuild>
  /** Samples inside the window, one entry for each point that has any. */
  readonly readSamples: (
    part: MonthPart,
    points: ReadonlyArray<string>,
    window: Window
  ) => Effect.Effect<ReadCost & { readonly series: ReadonlyArray<Series> }, MonthStoreError>
  /**
   * Every hour of the month that has samples, one entry for each point that has any; made of the samples where none is
   * stored. Columns that are not among `fields` are empty.
   */
  readonly readHours: (
    part: MonthPart,
    points: ReadonlyArray<string>,
    fields: ReadonlyArray<RollupField>
  ) => Effect.Effect<ReadCost & { readonly rollups: ReadonlyArray<PointRollup> }, MonthStoreError>
}>()("building-vitals/ports/MonthStore") {}
