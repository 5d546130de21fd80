/**
 * M4: the first, smallest, largest and last sample of each pixel draw the same line as all samples. A pixel here is one
 * pixel of the chart's width: a span of time.
 *
 * Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014.
 */
import type { PixelGrid } from "./pixels.ts"
import { type Rollup, ROLLUP_FIELDS, type RollupField } from "./rollup.ts"
import type { Columns } from "../samples/series.ts"

/** The fields of hourly rollups that M4 needs. */
export const M4_FIELDS: ReadonlyArray<RollupField> = ROLLUP_FIELDS.filter((field) => field !== "sums")

/**
 * Keeps the first, smallest, largest and last sample of each pixel, ascending in time, each once.
 *
 * @param rows samples, or hours where pixels are whole hours
 */
export const reduceM4 = (rows: Rollup, grid: PixelGrid): Columns => {
  const { firstTimes, firsts, starts, lastTimes, lasts, maxTimes, maxs, minTimes, mins } = rows
  const pixelOf = (row: number): number => Math.floor(((starts[row] as number) - grid.start) / grid.width)
  const pixels = starts.length === 0 ? 0 : pixelOf(starts.length - 1) - pixelOf(0) + 1
  const room = 4 * Math.min(starts.length, pixels)
  const timestamps = new Float64Array(room)
  const values = new Float64Array(room)
  let kept = 0
  const keep = (times: Float64Array, of: Float64Array, row: number) => {
    const at = times[row] as number
    if (kept > 0 && timestamps[kept - 1] === at) return
    timestamps[kept] = at
    values[kept++] = of[row] as number
  }
  for (let from = 0; from < starts.length;) {
    const pixel = pixelOf(from)
    let min = from
    let max = from
    let to = from + 1
    for (; to < starts.length && pixelOf(to) === pixel; to++) {
      if ((mins[to] as number) < (mins[min] as number)) min = to
      if ((maxs[to] as number) > (maxs[max] as number)) max = to
    }
    keep(firstTimes, firsts, from)
    if ((minTimes[min] as number) <= (maxTimes[max] as number)) {
      keep(minTimes, mins, min)
      keep(maxTimes, maxs, max)
    } else {
      keep(maxTimes, maxs, max)
      keep(minTimes, mins, min)
    }
    keep(lastTimes, lasts, to - 1)
    from = to
  }
  return { timestamps: timestamps.slice(0, kept), values: values.slice(0, kept) }
}
