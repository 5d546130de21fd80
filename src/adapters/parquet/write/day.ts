/**
 * Builds a daily object.
 */
import type { OwnObject } from "../../../domain/tiers/catalog.ts"
import { partitionKey } from "../../../domain/tiers/partition.ts"
import { windowOfDay } from "../../../domain/time/window.ts"
import { footerTexts } from "../format/description.ts"
import { PageEncoder } from "./page-encoder.ts"
import { makeSampleBuilder } from "./samples.ts"

/** `finish` gives everything that the catalog entry of the object needs, except the etag. */
export const makeBuilder = (options: Pick<OwnObject, "site" | "day" | "generation" | "source" | "writtenBy">) => {
  const { add, finish } = makeSampleBuilder(options.site, windowOfDay(options.day), new PageEncoder())
  return {
    add,
    finish: () => ({
      ...options,
      kind: "own" as const,
      key: partitionKey(options),
      ...finish((content, index) => footerTexts({ ...options, ...content }, index))
    })
  }
}
