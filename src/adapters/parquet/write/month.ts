/**
 * Builds the samples of a month's part. They differ from a daily object in their window, their description and the
 * length of their data pages.
 */
import { windowOfMonth } from "../../../domain/tiers/months.ts"
import { compressLong } from "../format/compression.ts"
import { describePartFooter, type PartName } from "../format/part-description.ts"
import { PageEncoder } from "./page-encoder.ts"
import { makeSampleBuilder } from "./samples.ts"

/** Samples in a data page: half a month of a sample a minute, so that the codec finds what repeats from day to day. */
const PAGE_SAMPLES = 22_500

/** One for all parts, so that its buffers are reused. */
const encoder = new PageEncoder({ samples: PAGE_SAMPLES, compress: compressLong })

export const makeMonthBuilder = (name: PartName) => {
  const { add, finish } = makeSampleBuilder(name.site, windowOfMonth(name.month), encoder)
  return { add, finish: () => finish(describePartFooter("month", name)) }
}
