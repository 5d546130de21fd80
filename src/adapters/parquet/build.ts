/**
 * Builds a daily object.
 */
import type { CatalogEntry, ColdObject } from "../../domain/catalog.ts"
import { partitionKey } from "../../domain/partition.ts"
import type { Series } from "../../domain/series.ts"
import { windowOfDay } from "../../domain/window.ts"
import { footerTexts } from "./description.ts"
import { makePageEncoder } from "./pageEncoder.ts"
import { makeSampleBuilder } from "./samples.ts"

/** A finished object: everything its catalog row needs but the etag. */
export interface BuiltBytes extends Omit<CatalogEntry, "etag" | "index"> {
  readonly index: Uint8Array
  readonly bytes: Uint8Array
  readonly pointNames: ReadonlyArray<string>
}

export interface Builder {
  /** Takes the next point; the complaint where it may not follow. Points without samples are left out. Keeps no column. */
  readonly add: (series: Series) => string | undefined
  readonly finish: () => BuiltBytes
}

export const makeBuilder = (
  options: Pick<ColdObject, "site" | "day" | "generation" | "source" | "run">
): Builder => {
  const { add, finish } = makeSampleBuilder(options.site, windowOfDay(options.day), makePageEncoder())
  return {
    add,
    finish: () => ({
      ...options,
      key: partitionKey(options),
      ...finish((content, index) => footerTexts({ ...options, ...content }, index))
    })
  }
}
