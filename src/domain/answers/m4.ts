/**
 * M4: the first, smallest, largest and last sample of each pixel column draw the same line as all the samples.
 *
 * Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014.
 */
import { HOUR_MS } from "../time/calendar.ts"
import { type Rollup, ROLLUP_FIELDS, type RollupField } from "./rollup.ts"
import type { Columns } from "../samples/series.ts"
import type { Window } from "../time/window.ts"

/** The width of a pixel column, ms; not always a whole number. */
export const columnWidth = (window: Window, pixels: number): number => (window.end - window.start) / pixels

export interface ColumnGrid {
  /** Where column 0 begins, ms. */
  readonly start: number
  /** ms */
  readonly width: number
}

/** The columns of a window: as wide as a pixel, or the next whole number of hours where that is an hour or more. */
export const pixelGrid = (window: Window, pixels: number): ColumnGrid => {
  const width = columnWidth(window, pixels)
  if (width < HOUR_MS) return { start: window.start, width }
  return { start: Math.floor(window.start / HOUR_MS) * HOUR_MS, width: Math.ceil(width / HOUR_MS) * HOUR_MS }
}

/** What M4 takes of hourly rollups: all but the sums. */
export const M4_FIELDS: ReadonlyArray<RollupField> = ROLLUP_FIELDS.filter((field) => field !== "sums")

/**
 * Keeps the first, smallest, largest and last sample of each column, in order of time, each once.
 *
 * @param rows samples, or hours where columns are whole hours
 */
export const reduceM4 = (rows: Rollup, grid: ColumnGrid): Columns => {
  const { firstTimes, firsts, starts, lastTimes, lasts, maxTimes, maxs, minTimes, mins } = rows
  const columnOf = (row: number): number => Math.floor(((starts[row] as number) - grid.start) / grid.width)
  const columns = starts.length === 0 ? 0 : columnOf(starts.length - 1) - columnOf(0) + 1
  const room = 4 * Math.min(starts.length, columns)
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
    const column = columnOf(from)
    let min = from
    let max = from
    let to = from + 1
    for (; to < starts.length && columnOf(to) === column; to++) {
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
