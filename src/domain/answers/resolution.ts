/**
 * The resolution of an answer: all samples, aggregations by bucket, or the samples that draw a chart.
 */
import type { Aggregation } from "./aggregate.ts"
import { DAY_MS, HOUR_MS } from "../time/calendar.ts"
import type { Fill } from "./fill.ts"
import { type CalendarUnit, formatInterval, type Interval } from "../time/interval.ts"
import { pixelGrid } from "./pixels.ts"
import type { Window } from "../time/window.ts"
import type { Zone } from "../time/zone.ts"

/** Aggregations by bucket. */
export interface Buckets {
  readonly kind: "buckets"
  readonly interval: Interval
  /** By whose clock buckets begin. */
  readonly zone: Zone
  /** An instant at which a bucket begins, ms; midnights decide without it. */
  readonly origin?: number
  /** At least one, and each only once. */
  readonly aggregations: ReadonlyArray<Aggregation>
  readonly fill: Fill
  /** The widest gap that `previous` and `linear` fill, ms. */
  readonly maxGapMs: number
}

export type Resolution =
  | { readonly kind: "raw" }
  | Buckets
  /** The first, smallest, largest and last sample of each pixel of a chart. */
  | { readonly kind: "pixels"; readonly pixels: number }

export const RAW: Resolution = { kind: "raw" }

/** A resolution as text: `raw`, the width of the buckets, or `m4` for pixels. */
export const formatResolution = (resolution: Resolution): string =>
  resolution.kind === "buckets" ? formatInterval(resolution.interval) : resolution.kind === "raw" ? "raw" : "m4"

/** No longer than the shortest of its kind, ms: clocks change by up to two hours, or by a day across the date line. */
const SHORTEST: { readonly [K in CalendarUnit]: number } = {
  day: DAY_MS - 2 * HOUR_MS,
  week: 6 * DAY_MS - 2 * HOUR_MS,
  month: 27 * DAY_MS - 2 * HOUR_MS,
  quarter: 89 * DAY_MS - 2 * HOUR_MS,
  year: 364 * DAY_MS - 2 * HOUR_MS
}

/** More changes of clocks than any zone has in a year. */
const CHANGES_A_YEAR = 6

/** How many buckets a window has, estimated without making them: never fewer than it has. */
export const countBuckets = ({ end, start }: Window, interval: Interval): number => {
  const length = end - start
  if (typeof interval !== "number") return Math.ceil(length / SHORTEST[interval]) + 1
  // A midnight cuts a bucket short where the width does not divide the day, and so does a change of clocks.
  const midnights = DAY_MS % interval === 0 ? 0 : Math.ceil(length / DAY_MS) + 1
  const changes = CHANGES_A_YEAR * Math.ceil(length / (365 * DAY_MS))
  return Math.ceil(length / interval) + midnights + changes + 1
}

/** The width of a pixel of the answer, ms; null where it has no pixels. */
export const pixelMs = (resolution: Resolution, window: Window): number | null =>
  resolution.kind === "pixels" ? pixelGrid(window, resolution.pixels).width : null
