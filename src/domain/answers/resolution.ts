/**
 * The resolution of an answer: all samples, aggregations by bucket, or the samples that draw a chart.
 */
import type { Aggregation } from "./aggregate.ts"
import { DAY_MS, HOUR_MS } from "../time/calendar.ts"
import type { Fill } from "./fill.ts"
import { formatInterval, type Interval } from "../time/interval.ts"
import { pixelGrid } from "./m4.ts"
import type { Window } from "../time/window.ts"
import type { Zone } from "../time/zone.ts"

/** Aggregations by bucket. */
export interface Buckets {
  readonly kind: "buckets"
  readonly interval: Interval
  /** By whose midnights days, months and fixed widths begin. */
  readonly zone: Zone
  /** At least one, and each only once. */
  readonly aggregations: ReadonlyArray<Aggregation>
  readonly fill: Fill
  /** The widest gap that is filled, ms. */
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

/** The shortest local day and month, ms. */
const SHORTEST = { day: DAY_MS - 2 * HOUR_MS, month: 28 * DAY_MS - 2 * HOUR_MS }

/** How many buckets a window has, estimated without making them: never fewer than it has. */
export const countBuckets = ({ end, start }: Window, interval: Interval): number => {
  const length = end - start
  if (typeof interval !== "number") return Math.ceil(length / SHORTEST[interval]) + 1
  // A midnight cuts a bucket short where the width does not divide the day. Clocks change twice a year.
  const cuts = DAY_MS % interval === 0 ? 2 * Math.ceil(length / (365 * DAY_MS)) : Math.ceil(length / DAY_MS)
  return Math.ceil(length / interval) + cuts + 1
}

/** The width of a pixel of the answer, ms; null where it has no pixels. */
export const pixelMs = (resolution: Resolution, window: Window): number | null =>
  resolution.kind === "pixels" ? pixelGrid(window, resolution.pixels).width : null
