/**
 * Shapes the samples of a point, or hourly rollups in their place, into the value columns of an answer.
 */
import { aggregate, type Aggregation, needingSamples, rollupFields } from "./aggregate.ts"
import { bucketEdges } from "./buckets.ts"
import { HOUR_MS } from "../time/calendar.ts"
import { fillGaps } from "./fill.ts"
import { formatInterval } from "../time/interval.ts"
import { pixelGrid, M4_FIELDS, reduceM4 } from "./m4.ts"
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
  /**
   * Shapes one point.
   *
   * @param samples the samples of the window, except those of the rollups
   * @param rollups hours inside the window, ascending; no sample may lie between the hours of one of them
   */
  readonly shape: (samples: Columns, rollups: ReadonlyArray<Rollup>) => Shaped
}

/** The names of the value columns of an answer. */
export const columnNames = (resolution: Resolution): ReadonlyArray<ShapedColumn["name"]> =>
  resolution.kind === "buckets" && resolution.aggregations.length > 1 ? resolution.aggregations : ["value"]

const named = ({ timestamps, values }: Columns): Shaped => ({ timestamps, columns: [{ name: "value", values }] })

const raw: Shaper = { fields: null, explanation: "every sample of the window", shape: named }

/** The shaper of a resolution and a window. */
export const makeShaper = (resolution: Resolution, window: Window): Shaper => {
  if (resolution.kind === "raw") return raw
  return resolution.kind === "pixels" ? shapePixels(resolution.pixels, window) : shapeBuckets(resolution, window)
}

const WHOLE_HOURS = "whole hours, so that hourly rollups can serve them"

const shapePixels = (pixels: number, window: Window): Shaper => {
  const grid = pixelGrid(window, pixels)
  const hourly = grid.width >= HOUR_MS
  return {
    fields: hourly ? M4_FIELDS : null,
    explanation: `first, min, max and last of ${pixels} pixels of ${grid.width} ms: ` +
      (hourly ? WHOLE_HOURS : "too narrow for hourly rollups"),
    shape: (samples, rollups) => named(reduceM4(joinRows(samples, rollups, M4_FIELDS), grid))
  }
}

/** The timestamp of a bucket is its first instant. */
const shapeBuckets = (resolution: Buckets, window: Window): Shaper => {
  const { aggregations, fill, interval, maxGapMs, zone } = resolution
  const edges = bucketEdges(window, interval, zone)
  const starts = edges.subarray(0, Math.max(0, edges.length - 1))
  const needing = needingSamples(aggregations)
  const hourly = edges.every((edge) => edge % HOUR_MS === 0)
  const fields = rollupFields(aggregations)
  const names = columnNames(resolution)
  const name = (values: Float64Array, i: number): ShapedColumn => ({ name: names[i] ?? "value", values })
  return {
    fields: hourly && needing.length === 0 ? fields : null,
    explanation: `${aggregations.join(", ")} per ${formatInterval(interval)}, days by ${zone.name}: ` +
      (hourly
        ? needing.length === 0 ? WHOLE_HOURS : `${needing.join(", ")} can only be made from samples`
        : "not whole UTC hours, as rollups are"),
    shape: (samples, rollups) => {
      const rows = joinRows(samples, rollups, fields)
      const filled = aggregate(rows, edges, window, aggregations)
        .map((values) => fillGaps(starts, values, fill, maxGapMs))
      if (fill !== "none") return { timestamps: starts, columns: filled.map(name) }
      const kept = Uint32Array.from(starts.keys()).filter((i) => filled.some((values) => !Number.isNaN(values[i])))
      const keep = (from: Float64Array) => Float64Array.from(kept, (i) => from[i] as number)
      return { timestamps: keep(starts), columns: filled.map(keep).map(name) }
    }
  }
}
