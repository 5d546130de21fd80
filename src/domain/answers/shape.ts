/**
 * Shapes the samples of a point, or hourly rollups in their place, into the value columns of an answer.
 */
import { aggregate, type Aggregation, needingSamples, rollupFields } from "./aggregate.ts"
import { bucketEdges } from "./buckets.ts"
import { HOUR_MS } from "../time/calendar.ts"
import { fillGaps } from "./fill.ts"
import { type HeldValue, withHeld } from "./held.ts"
import { isLevel, needOfBuckets } from "./look-back.ts"
import { formatInterval } from "../time/interval.ts"
import { M4_FIELDS, reduceM4 } from "./m4.ts"
import { pixelGrid } from "./pixels.ts"
import type { Buckets, Resolution } from "./resolution.ts"
import { joinRows, type Rollup, type RollupField } from "./rollup.ts"
import type { Columns } from "../samples/series.ts"
import type { Window } from "../time/window.ts"

/** A value column of an answer. */
export interface ShapedColumn {
  readonly name: "value" | Aggregation
  /** One for each timestamp. NaN and infinities mean null. */
  readonly values: Float64Array
}

/** What an answer says of one point. */
export interface Shaped {
  readonly timestamps: Float64Array
  /** The value columns: `value` alone, or one for each aggregation where several are asked for, in that order. */
  readonly columns: ReadonlyArray<ShapedColumn>
}

/** Shapes the points of one window. */
export interface Shaper {
  /** The fields of hourly rollups that it can use in place of samples; null where it needs samples. */
  readonly fields: ReadonlyArray<RollupField> | null
  /** What it does, and why it can or cannot use rollups, as a sentence for people. */
  readonly explanation: string
  /** Whether the value that holds at the start of the window matters to a point whose first row there is at `first`. */
  readonly needsHeld: (first: number | undefined) => boolean
  /**
   * Shapes one point.
   *
   * @param samples the samples of the window, except those of the rollups
   * @param rollups hours inside the window, ascending; no sample may lie between the hours of one of them
   * @param held the value that holds at the start of the window, where it is needed and known
   */
  readonly shape: (samples: Columns, rollups: ReadonlyArray<Rollup>, held?: HeldValue) => Shaped
}

/** The names of the value columns of an answer. */
export const columnNames = (resolution: Resolution): ReadonlyArray<ShapedColumn["name"]> =>
  resolution.kind === "buckets" && resolution.aggregations.length > 1 ? resolution.aggregations : ["value"]

const named = ({ timestamps, values }: Columns): Shaped => ({ timestamps, columns: [{ name: "value", values }] })

const raw: Shaper = {
  fields: null,
  explanation: "every sample of the window",
  needsHeld: () => false,
  shape: (samples) => named(samples)
}

/** The shaper of a resolution and a window. */
export const makeShaper = (resolution: Resolution, window: Window): Shaper => {
  if (resolution.kind === "raw") return raw
  return resolution.kind === "pixels" ? shapePixels(resolution.pixels, window) : shapeBuckets(resolution, window)
}

const WHOLE_HOURS = "whole hours, so that hourly rollups can serve them"

/**
 * Where the first pixel has no sample, the value that holds there is its sample, at the start of the window. So a point
 * that reports on change is drawn from the left edge, and one that does not loses nothing.
 */
const shapePixels = (pixels: number, window: Window): Shaper => {
  const grid = pixelGrid(window, pixels)
  const hourly = grid.width >= HOUR_MS
  const needsHeld = (first: number | undefined): boolean => first === undefined || first >= grid.start + grid.width
  return {
    fields: hourly ? M4_FIELDS : null,
    explanation: `first, min, max and last of ${pixels} pixels of ${grid.width} ms: ` +
      (hourly ? WHOLE_HOURS : "too narrow for hourly rollups"),
    needsHeld,
    shape: (samples, rollups, held) => {
      const reduced = reduceM4(joinRows(samples, rollups, M4_FIELDS), grid)
      const isHeld = held !== undefined && needsHeld(reduced.timestamps[0])
      return named(isHeld ? withHeld(reduced, { ...held, timestamp: window.start }) : reduced)
    }
  }
}

/** The timestamp of a bucket is its first instant. */
const shapeBuckets = (resolution: Buckets, window: Window): Shaper => {
  const { aggregations, fill, interval, maxGapMs, zone } = resolution
  const edges = bucketEdges(window, interval, zone, resolution.origin)
  const starts = edges.subarray(0, Math.max(0, edges.length - 1))
  const needing = needingSamples(aggregations)
  const hourly = edges.every((edge) => edge % HOUR_MS === 0)
  const fields = rollupFields(aggregations)
  const names = columnNames(resolution)
  const name = (values: Float64Array, i: number): ShapedColumn => ({ name: names[i] ?? "value", values })
  // No sample is a number of samples, whatever the fill.
  const fillOne = (values: Float64Array, aggregation: Aggregation, held: HeldValue | undefined) =>
    aggregation === "count"
      ? fillGaps(starts, values, "0", Infinity)
      : fillGaps(starts, values, fill, maxGapMs, isLevel(aggregation) ? held : undefined)
  return {
    fields: hourly && needing.length === 0 ? fields : null,
    explanation: `${aggregations.join(", ")} per ${formatInterval(interval)}, by the clock of ${zone.name}: ` +
      (hourly
        ? needing.length === 0 ? WHOLE_HOURS : `${needing.join(", ")} can only be made from samples`
        : "not whole UTC hours, as rollups are"),
    needsHeld: needOfBuckets(resolution, edges, window),
    shape: (samples, rollups, held) => {
      const rows = joinRows(needing.length === 0 ? samples : withHeld(samples, held), rollups, fields)
      const columns = aggregate(rows, edges, window, aggregations)
      const filled = columns.map((values, i) => fillOne(values, aggregations[i] as Aggregation, held))
      if (fill !== "none") return { timestamps: starts, columns: filled.map(name) }
      const kept = Uint32Array.from(starts.keys()).filter((i) => columns.some((values) => !Number.isNaN(values[i])))
      const keep = (from: Float64Array) => Float64Array.from(kept, (i) => from[i] as number)
      return { timestamps: keep(starts), columns: filled.map(keep).map(name) }
    }
  }
}
