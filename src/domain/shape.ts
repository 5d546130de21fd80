/**
 * One point's samples as the named columns of an answer.
 */
import { aggregate, type Aggregation } from "./aggregate.ts"
import { bucketEdges } from "./buckets.ts"
import { fillGaps } from "./fill.ts"
import { columnGrid, reduceM4 } from "./m4.ts"
import type { Buckets, Resolution } from "./resolution.ts"
import type { Columns } from "./series.ts"
import type { Window } from "./window.ts"

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

/** The names of an answer's columns. */
export const columnNames = (resolution: Resolution): ReadonlyArray<ShapedColumn["name"]> =>
  resolution.kind === "buckets" && resolution.aggregations.length > 1 ? resolution.aggregations : ["value"]

/**
 * Samples at a resolution; buckets stand at their first instant.
 *
 * @param columns every sample of the window; for columns of whole hours those that rollups name are enough
 */
export const shape = (columns: Columns, window: Window, resolution: Resolution): Shaped => {
  if (resolution.kind === "buckets") return shapeBuckets(columns, window, resolution)
  const { timestamps, values } = resolution.kind === "raw"
    ? columns
    : reduceM4(columns, columnGrid(window, resolution.pixels))
  return { timestamps, columns: [{ name: "value", values }] }
}

const shapeBuckets = (columns: Columns, window: Window, resolution: Buckets): Shaped => {
  const { aggregations, fill, interval, maxGapMs, zone } = resolution
  const edges = bucketEdges(window, interval, zone)
  const starts = edges.subarray(0, Math.max(0, edges.length - 1))
  const filled = aggregate(columns, edges, window, aggregations).map((values) => fillGaps(starts, values, fill, maxGapMs))
  const names = columnNames(resolution)
  const name = (values: Float64Array, i: number): ShapedColumn => ({ name: names[i] ?? "value", values })
  if (fill !== "none") return { timestamps: starts, columns: filled.map(name) }
  const kept = Uint32Array.from(starts.keys()).filter((i) => filled.some((values) => !Number.isNaN(values[i])))
  const keep = (from: Float64Array) => Float64Array.from(kept, (i) => from[i] as number)
  return { timestamps: keep(starts), columns: filled.map(keep).map(name) }
}
