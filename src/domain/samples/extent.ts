/**
 * The extent of a point: its first and its last instant, and its last value.
 */
import type { Columns, Series } from "./series.ts"

export interface Extent {
  /** The first and the last timestamp, ms. */
  readonly first: number
  readonly last: number
  /** The value at `last`. */
  readonly lastValue: number
}

export interface PointExtent extends Extent {
  readonly point: string
}

/** The extent of columns. **Gotchas** There must be at least one sample. */
export const extentOf = ({ timestamps, values }: Columns): Extent => ({
  first: timestamps[0] as number,
  last: timestamps.at(-1) as number,
  lastValue: values.at(-1) as number
})

/** The extent of two sets of samples together. Where both end at the same instant, the last value is `higher`'s. */
export const joinExtents = (lower: Extent, higher: Extent): Extent => ({
  first: Math.min(lower.first, higher.first),
  last: Math.max(lower.last, higher.last),
  lastValue: higher.last >= lower.last ? higher.lastValue : lower.lastValue
})

/** The extent of many sets of samples together, lowest rank first; undefined for none. */
export const joinAllExtents = (ranked: Iterable<Extent>): Extent | undefined => {
  let joined: Extent | undefined
  for (const extent of ranked) joined = joined === undefined ? extent : joinExtents(joined, extent)
  return joined
}

/** The extent of a series with its point; an empty list where it has no sample. */
export const pointExtents = (series: Series): ReadonlyArray<PointExtent> =>
  series.timestamps.length === 0 ? [] : [{ point: series.point, ...extentOf(series) }]
