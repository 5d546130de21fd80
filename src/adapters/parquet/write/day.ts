/**
 * Builds a daily object.
 */
import type { OwnObject } from "../../../domain/tiers/catalog.ts"
import { partitionKey } from "../../../domain/tiers/partition.ts"
import type { Series } from "../../../domain/samples/series.ts"
import { windowOfDay } from "../../../domain/time/window.ts"
import { footerTexts } from "../format/description.ts"
import { PageEncoder } from "./page-encoder.ts"
import { makeSampleBuilder } from "./samples.ts"

/** A finished object: everything its catalog row needs but the etag. */
export interface BuiltBytes extends Omit<OwnObject, "etag"> {
  readonly index: Uint8Array
  readonly bytes: Uint8Array
  readonly pointNames: ReadonlyArray<string>
}

export interface Builder {
  /** As `add` of {@link makeSampleBuilder}. */
  readonly add: (series: Series) => string | undefined
  readonly finish: () => BuiltBytes
}

export const makeBuilder = (
  options: Pick<OwnObject, "site" | "day" | "generation" | "source" | "writtenBy">
): Builder => {
  const { add, finish } = makeSampleBuilder(options.site, windowOfDay(options.day), new PageEncoder())
  return {
    add,
    finish: () => ({
      ...options,
      kind: "own",
      key: partitionKey(options),
      ...finish((content, index) => footerTexts({ ...options, ...content }, index))
    })
  }
}
