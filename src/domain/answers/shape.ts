/**
 * One point's samples, or the hourly rollups that stand for them, as the named columns of an answer.
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

export interface ShapedColumn {
  readonly name: "value" | Aggregation
  /** As many as timestamps; NaN and infinities stand for null. */
  readonly values: Float64Array
}

export interface Shaped {
  readonly timestamps: Float64Array
  /** One `value`, or one column an aggregation where there are several, in the order asked. */
  readonly columns: ReadonlyArray<ShapedColumn>
}

/** What gives the points of a window the resolution that was asked. */
export interface Shaper {
  /** The columns of hourly rollups that it takes in place of samples; null where only samples will do. */
  readonly fields: ReadonlyArray<RollupField> | null
  /** What it does, and why with or without rollups, in a sentence for people. */
  readonly explanation: string
  /**
   * @param samples those of the window that no rollup stands for
   * @param rollups hours inside the window, ascending; no sample lies between the hours of one
   */
  readonly shape: (samples: Columns, rollups: ReadonlyArray<Rollup>) => Shaped
}

/** The names of an answer's columns. */
export const columnNames = (resolution: Resolution): ReadonlyArray<ShapedColumn["name"]> =>
  resolution.kind === "buckets" && resolution.aggregations.length > 1 ? resolution.aggregations : ["value"]

const named = ({ timestamps, values }: Columns): Shaped => ({ timestamps, columns: [{ name: "value", values }] })

const raw: Shaper = { fields: null, explanation: "every sample of the window", shape: named }

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
    explanation: `first, min, max and last of columns of ${grid.width} ms, for ${pixels} pixels: ` +
      (hourly ? WHOLE_HOURS : "too narrow for hourly rollups"),
    shape: (samples, rollups) => named(reduceM4(joinRows(samples, rollups, M4_FIELDS), grid))
  }
}

/** Buckets stand at their first instant. */
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
        ? needing.length === 0 ? WHOLE_HOURS : `${needing.join(", ")} of samples only`
        : "not of whole UTC hours, as rollups are"),
    shape: (samples, rollups) => {
      const rows = joinRows(samples, rollups, fields)
      const filled = aggregate(rows, edges, window, aggregations).map((values) => fillGaps(starts, values, fill, maxGapMs))
      if (fill !== "none") return { timestamps: starts, columns: filled.map(name) }
      const kept = Uint32Array.from(starts.keys()).filter((i) => filled.some((values) => !Number.isNaN(values[i])))
      const keep = (from: Float64Array) => Float64Array.from(kept, (i) => from[i] as number)
      return { timestamps: keep(starts), columns: filled.map(keep).map(name) }
    }
  }
}
