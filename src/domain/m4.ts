/**
 * M4: the first, smallest, largest and last sample of each pixel column draw the same line as all the samples.
 *
 * Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014.
 */
import { HOUR_MS } from "./calendar.ts"
import type { Rollup } from "./rollup.ts"
import type { Columns } from "./series.ts"
import type { Window } from "./window.ts"

/** The width of a pixel column, ms; not always a whole number. */
export const columnWidth = (window: Window, pixels: number): number => (window.end - window.start) / pixels

/** From this column width on, columns are whole hours, so that hourly rollups can serve them. */
export const ROLLUP_COLUMN_MS = HOUR_MS

export interface ColumnGrid {
  /** Where column 0 begins, ms. */
  readonly start: number
  /** ms */
  readonly width: number
}

/** The columns of a window: as wide as a pixel, or the next whole number of hours where that is an hour or more. */
export const columnGrid = (window: Window, pixels: number): ColumnGrid => {
  const width = columnWidth(window, pixels)
  if (width < ROLLUP_COLUMN_MS) return { start: window.start, width }
  return { start: Math.floor(window.start / HOUR_MS) * HOUR_MS, width: Math.ceil(width / HOUR_MS) * HOUR_MS }
}

/** Keeps the first, smallest, largest and last sample of each column, in order of time, each once. */
export const reduceM4 = ({ timestamps, values }: Columns, grid: ColumnGrid): Columns => {
  const keep = new Uint32Array(timestamps.length)
  let kept = 0
  for (let from = 0; from < timestamps.length;) {
    const column = Math.floor(((timestamps[from] as number) - grid.start) / grid.width)
    let min = from
    let max = from
    let to = from + 1
    for (; to < timestamps.length; to++) {
      if (Math.floor(((timestamps[to] as number) - grid.start) / grid.width) !== column) break
      if ((values[to] as number) < (values[min] as number)) min = to
      if ((values[to] as number) > (values[max] as number)) max = to
    }
    const last = to - 1
    keep[kept++] = from
    for (const index of min < max ? [min, max] : [max, min]) {
      if (index > (keep[kept - 1] as number)) keep[kept++] = index
    }
    if (last > (keep[kept - 1] as number)) keep[kept++] = last
    from = to
  }
  return {
    timestamps: Float64Array.from({ length: kept }, (_, i) => timestamps[keep[i] as number] as number),
    values: Float64Array.from({ length: kept }, (_, i) => values[keep[i] as number] as number)
  }
}

/**
 * The samples that a rollup names: at most four an hour, in order of time, each once. Reduced by {@link reduceM4} over
 * columns of whole hours they give what all the samples give.
 */
export const samplesOfRollup = (rollup: Rollup): Columns => {
  const timestamps = new Float64Array(rollup.hours.length * 4)
  const values = new Float64Array(rollup.hours.length * 4)
  let n = 0
  const add = (at: number, value: number) => {
    if (n > 0 && timestamps[n - 1] === at) return
    timestamps[n] = at
    values[n++] = value
  }
  for (let i = 0; i < rollup.hours.length; i++) {
    const minTime = rollup.minTimes[i] as number
    const maxTime = rollup.maxTimes[i] as number
    add(rollup.firstTimes[i] as number, rollup.firsts[i] as number)
    if (minTime <= maxTime) {
      add(minTime, rollup.mins[i] as number)
      add(maxTime, rollup.maxs[i] as number)
    } else {
      add(maxTime, rollup.maxs[i] as number)
      add(minTime, rollup.mins[i] as number)
    }
    add(rollup.lastTimes[i] as number, rollup.lasts[i] as number)
  }
  return { timestamps: timestamps.slice(0, n), values: values.slice(0, n) }
}
