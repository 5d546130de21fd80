/**
 * When a point has samples: its first and last instant, and the value it had last.
 */
import type { Columns, Series } from "./series.ts"

export interface Extent {
  /** First and last timestamp, ms. */
  readonly first: number
  readonly last: number
  /** The value at `last`, bit for bit. */
  readonly lastValue: number
}

export interface PointExtent extends Extent {
  readonly point: string
}

/** **Gotchas** Columns without a sample have none: not to be asked of them. */
export const extentOf = ({ timestamps, values }: Columns): Extent => ({
  first: timestamps[0] as number,
  last: timestamps.at(-1) as number,
  lastValue: values.at(-1) as number
})

/** The union of two; where both end at one instant, `higher` decides. */
export const joinExtents = (lower: Extent, higher: Extent): Extent => ({
  first: Math.min(lower.first, higher.first),
  last: Math.max(lower.last, higher.last),
  lastValue: higher.last >= lower.last ? higher.lastValue : lower.lastValue
})

/** The union of all, the lowest rank first; undefined where there is none. */
export const joinAllExtents = (ranked: Iterable<Extent>): Extent | undefined => {
  let joined: Extent | undefined
  for (const extent of ranked) joined = joined === undefined ? extent : joinExtents(joined, extent)
  return joined
}

/** That of a series under its name; none where it has no sample. */
export const pointExtents = (series: Series): ReadonlyArray<PointExtent> =>
  series.timestamps.length === 0 ? [] : [{ point: series.point, ...extentOf(series) }]
