/**
 * What stands in a bucket without samples.
 */

export const FILLS = ["none", "null", "previous", "linear"] as const
/** `none` leaves the bucket out, `null` says so, `previous` repeats, `linear` interpolates between neighbours. */
export type Fill = typeof FILLS[number]

/**
 * Fills NaN entries from the known ones around them.
 *
 * @param starts the first instant of each bucket
 * @param maxGap ms from a bucket to the known one that fills it (`linear`: between the two known ones); a wider gap stays
 */
export const fillGaps = (
  starts: Float64Array,
  values: Float64Array,
  fill: Fill,
  maxGap: number
): Float64Array => {
  if (fill === "none" || fill === "null") return values
  const out = values.slice()
  let known = -1
  for (let i = 0; i < out.length; i++) {
    if (Number.isNaN(out[i])) {
      if (fill === "previous" && known >= 0 && (starts[i] as number) - (starts[known] as number) <= maxGap) {
        out[i] = out[known] as number
      }
      continue
    }
    if (fill === "linear" && known >= 0 && (starts[i] as number) - (starts[known] as number) <= maxGap) {
      interpolate(starts, out, known, i)
    }
    known = i
  }
  return out
}

const interpolate = (starts: Float64Array, out: Float64Array, from: number, to: number): void => {
  const start = starts[from] as number
  const span = (starts[to] as number) - start
  const a = out[from] as number
  const b = out[to] as number
  for (let i = from + 1; i < to; i++) {
    const share = ((starts[i] as number) - start) / span
    // Weighted, not `a + (b - a) * share`: the difference of two large doubles may overflow.
    out[i] = a * (1 - share) + b * share
  }
}
