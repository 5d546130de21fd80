/**
 * Averages per bucket. Buckets are whole multiples of their width since the epoch; one without samples is absent.
 */
import type { Columns } from "./series.ts"

/** The mean of each bucket, at the bucket's first instant. Sums are compensated (Neumaier), so order cannot tell. */
export const averageBuckets = (columns: Columns, width: number): Columns => {
  const { timestamps: at, values } = columns
  const timestamps = new Float64Array(at.length)
  const means = new Float64Array(at.length)
  let buckets = 0
  for (let i = 0; i < at.length;) {
    const bucket = Math.floor((at[i] as number) / width)
    const from = i
    let sum = 0
    let lost = 0
    for (; i < at.length && Math.floor((at[i] as number) / width) === bucket; i++) {
      const value = values[i] as number
      const next = sum + value
      lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
      sum = next
    }
    timestamps[buckets] = bucket * width
    means[buckets++] = mean(sum + lost, values, from, i)
  }
  return { timestamps: timestamps.slice(0, buckets), values: means.slice(0, buckets) }
}

/** A sum beyond the largest double says nothing: divide first then. */
const mean = (sum: number, values: Float64Array, from: number, to: number): number => {
  if (Number.isFinite(sum)) return sum / (to - from)
  let total = 0
  for (let i = from; i < to; i++) total += (values[i] as number) / (to - from)
  return total
}
