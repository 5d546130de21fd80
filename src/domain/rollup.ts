/**
 * Hourly rollups: what an hour of samples was, in columns. Enough to draw, to average and to count without the samples.
 */
import { HOUR_MS } from "./calendar.ts"
import type { Columns } from "./series.ts"

/** One entry an hour that has samples; all columns of one length, `hours` strictly ascending. */
export interface Rollup {
  /** First instant of the hour, ms. */
  readonly hours: Float64Array
  readonly counts: Float64Array
  /** Compensated sum; infinite where the doubles overflow. */
  readonly sums: Float64Array
  readonly firstTimes: Float64Array
  readonly firsts: Float64Array
  readonly lastTimes: Float64Array
  readonly lasts: Float64Array
  /** The earliest instant of the smallest value. */
  readonly minTimes: Float64Array
  readonly mins: Float64Array
  /** The earliest instant of the largest value. */
  readonly maxTimes: Float64Array
  readonly maxs: Float64Array
}

const make = (length: number) => ({
  hours: new Float64Array(length),
  counts: new Float64Array(length),
  sums: new Float64Array(length),
  firstTimes: new Float64Array(length),
  firsts: new Float64Array(length),
  lastTimes: new Float64Array(length),
  lasts: new Float64Array(length),
  minTimes: new Float64Array(length),
  mins: new Float64Array(length),
  maxTimes: new Float64Array(length),
  maxs: new Float64Array(length)
})

const countHours = (timestamps: Float64Array): number => {
  let count = 0
  let hour = NaN
  for (const at of timestamps) {
    const next = Math.floor(at / HOUR_MS)
    if (next !== hour) {
      hour = next
      count++
    }
  }
  return count
}

/** Rolls samples up by UTC hour. */
export const rollUp = ({ timestamps, values }: Columns): Rollup => {
  const out = make(countHours(timestamps))
  let row = 0
  for (let i = 0; i < timestamps.length; row++) {
    const hour = Math.floor((timestamps[i] as number) / HOUR_MS)
    const end = (hour + 1) * HOUR_MS
    const from = i
    let min = i
    let max = i
    let sum = 0
    let lost = 0
    for (; i < timestamps.length && (timestamps[i] as number) < end; i++) {
      const value = values[i] as number
      if (value < (values[min] as number)) min = i
      if (value > (values[max] as number)) max = i
      const next = sum + value
      lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
      sum = next
    }
    out.hours[row] = hour * HOUR_MS
    out.counts[row] = i - from
    out.sums[row] = Number.isFinite(sum) ? sum + lost : sum
    out.firstTimes[row] = timestamps[from] as number
    out.firsts[row] = values[from] as number
    out.lastTimes[row] = timestamps[i - 1] as number
    out.lasts[row] = values[i - 1] as number
    out.minTimes[row] = timestamps[min] as number
    out.mins[row] = values[min] as number
    out.maxTimes[row] = timestamps[max] as number
    out.maxs[row] = values[max] as number
  }
  return out
}
