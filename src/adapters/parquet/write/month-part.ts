/**
 * What the two objects of a month's part say of themselves: docs/format-month.md.
 */
import { type Day, formatDay } from "../../../domain/time/calendar.ts"
import { windowOfMonth } from "../../../domain/tiers/months.ts"
import { toBase64 } from "../format/base64.ts"
import { compressLong } from "../format/compression.ts"
import type { Mismatch } from "../verify/mismatch.ts"
import { makePageEncoder } from "./page-encoder.ts"
import { type Content, type Describe, makeSampleBuilder, type SampleObject } from "./samples.ts"
import { FORMAT_VERSION, INDEX_KEY } from "../format/schema.ts"
import { verifySamples } from "../verify/verify.ts"

export interface PartName {
  readonly site: string
  /** The month's first day. */
  readonly month: Day
  readonly build: number
  readonly part: number
}

/** Samples a page: half a month of a sample a minute, so that what repeats from day to day is found. */
const PAGE_SAMPLES = 22_500

export type PartKind = "month" | "rollup-1h"

/** The metadata of the object; its footer adds the index. */
export const describePart = (kind: PartKind, { build, month, part, site }: PartName, content: Content) => ({
  format: String(FORMAT_VERSION),
  kind,
  // Object stores carry metadata in headers, which hold ASCII.
  site: encodeURIComponent(site),
  month: formatDay(month).slice(0, 7),
  build: String(build),
  part: String(part),
  rows: String(content.rows),
  points: String(content.points),
  firstTimestamp: String(content.firstTimestamp),
  lastTimestamp: String(content.lastTimestamp),
  checksum: content.checksum
})

export const describeFooter = (kind: PartKind, name: PartName): Describe => (content, index) => ({
  ...describePart(kind, name, content),
  [INDEX_KEY]: toBase64(index)
})

/** One for all parts: what it holds is used again. */
const encoder = makePageEncoder({ samples: PAGE_SAMPLES, compress: compressLong })

/** Builds the samples of a part; it differs from a daily object in its window and its description only. */
export const makeMonthBuilder = (name: PartName) => {
  const { add, finish } = makeSampleBuilder(name.site, windowOfMonth(name.month), encoder)
  return { add, finish: () => finish(describeFooter("month", name)) }
}

/** The first damage of a month's samples; undefined where they are what went into them. */
export const verifyMonth = (name: PartName, built: SampleObject): Mismatch | undefined =>
  verifySamples({ ...built, site: name.site, window: windowOfMonth(name.month), describe: describeFooter("month", name) })
