/**
 * How fine an answer is: the samples themselves, aggregations per bucket, or what a chart of some pixels shows.
 */
import type { Aggregation } from "./aggregate.ts"
import { DAY_MS, HOUR_MS } from "../time/calendar.ts"
import type { Fill } from "./fill.ts"
import { formatInterval, type Interval } from "../time/interval.ts"
import { pixelGrid } from "./m4.ts"
import type { Window } from "../time/window.ts"
import type { Zone } from "../time/zone.ts"

export interface Buckets {
  readonly kind: "buckets"
  readonly interval: Interval
  /** By whose midnights days, months and fixed widths begin. */
  readonly zone: Zone
  /** At least one, each once. */
  readonly aggregations: ReadonlyArray<Aggregation>
  readonly fill: Fill
  /** The widest gap that `fill` bridges, ms. */
  readonly maxGapMs: number
}

export type Resolution =
  | { readonly kind: "raw" }
  | Buckets
  /** The first, smallest, largest and last sample of each column of a chart. */
  | { readonly kind: "pixels"; readonly pixels: number }

export const RAW: Resolution = { kind: "raw" }

/** `raw`, an interval, or `m4` for columns. */
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

/** The width of a column of the answer, ms; null where it has none. */
export const pixelMs = (resolution: Resolution, window: Window): number | null =>
  resolution.kind === "pixels" ? pixelGrid(window, resolution.pixels).width : null
