/**
 * `Intake`: where a sync puts what the source answered.
 *
 * Laws (conformance suite `test/conformance/HotStore.ts`):
 * - An `append` is all or nothing. The later append wins. A repeated step changes nothing.
 * - A step of a run that is no longer the newest of its site fails with `StaleFence`. A step that skips the one before
 *   it fails with `HotStoreError`. Neither changes anything.
 */
import { Context, type Effect, Schema } from "effect"
import type { Series } from "../domain/samples/series.ts"
import type { Window } from "../domain/time/window.ts"
import type { HotStoreError } from "./HotStoreError.ts"
import type { SourcePoint } from "./SampleSource.ts"

/** A newer run of the site has begun; this one may not write any more. */
export class StaleFence extends Schema.TaggedError<StaleFence>()("StaleFence", {
  site: Schema.String,
  sequence: Schema.Int,
  newest: Schema.Int
}) {
  override get message() {
    return `run ${this.sequence} of site ${this.site} is stale: run ${this.newest} has begun`
  }
}

/** The fencing token of one run: only the newest sequence of a site may append. */
export interface Fence {
  readonly site: string
  readonly sequence: number
}

export interface Appended {
  readonly samples: number
  /** Rows that the store wrote. */
  readonly cost: number
}

export class Intake extends Context.Service<Intake, {
  /** Takes the next sequence of the site; from now on no older run may append. */
  readonly takeFence: (site: string) => Effect.Effect<Fence, HotStoreError>
  /**
   * Appends one step (1, 2, …) of a run, and registers the points that are new. A step already taken changes nothing
   * and answers 0 samples. Of two series of one point the later wins.
   */
  readonly append: (
    run: Fence,
    step: number,
    series: ReadonlyArray<Series>
  ) => Effect.Effect<Appended, HotStoreError | StaleFence>
  /** Adds unknown points and refreshes the descriptions of known ones. */
  readonly registerPoints: (site: string, points: ReadonlyArray<SourcePoint>) => Effect.Effect<void, HotStoreError>
  /** The hot samples of the window for every point of the site: what a sync compares with before it appends. */
  readonly recent: (site: string, window: Window) => Effect.Effect<ReadonlyArray<Series>, HotStoreError>
}>()("building-vitals/ports/Intake") {}
