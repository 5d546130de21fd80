/**
 * Filling: what an answer says for buckets without samples.
 */
import type { HeldValue } from "./held.ts"

export const FILLS = ["none", "null", "0", "previous", "linear"] as const
/**
 * `none` leaves the bucket out, `null` answers null, `0` answers 0, `previous` repeats the last value before it, and
 * `linear` interpolates between the last value before it and the next after it.
 */
export type Fill = typeof FILLS[number]

/**
 * Fills NaN entries from the known values around them.
 *
 * @param starts the first instant of each bucket, ms
 * @param values one for each bucket
 * @param maxGap the widest gap that is filled, ms: from the known bucket before to the filled one, or for `linear`
 * between the two known ones
 * @param held the value that holds at the start of the first bucket, which `previous` repeats until the first known one
 */
export const fillGaps = (
  starts: Float64Array,
  values: Float64Array,
  fill: Fill,
  maxGap: number,
  held?: HeldValue
): Float64Array => {
  if (fill === "none" || fill === "null") return values
  if (fill === "0") return values.map((value) => Number.isNaN(value) ? 0 : value)
  return fill === "previous" ? repeatPrevious(starts, values, maxGap, held) : bridge(starts, values, maxGap)
}

const repeatPrevious = (
  starts: Float64Array,
  values: Float64Array,
  maxGap: number,
  held: HeldValue | undefined
): Float64Array => {
  let at = held?.timestamp ?? -Infinity
  let value = held?.value ?? NaN
  return values.map((own, i) => {
    const start = starts[i] as number
    if (Number.isNaN(own)) return start - at <= maxGap ? value : NaN
    at = start
    value = own
    return own
  })
}

const bridge = (starts: Float64Array, values: Float64Array, maxGap: number): Float64Array => {
  const out = values.slice()
  let known = -1
  for (let i = 0; i < out.length; i++) {
    if (Number.isNaN(out[i])) continue
    if (known >= 0 && (starts[i] as number) - (starts[known] as number) <= maxGap) {
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
    // Not `a + (b - a) * share`, because the difference of two large doubles may overflow.
    out[i] = a * (1 - share) + b * share
  }
}
