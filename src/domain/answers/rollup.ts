/**
 * Hourly rollups: a few numbers for each hour of samples, from which most answers can be made without the samples.
 *
 * Aggregations take rows in the form of a rollup. A row is an hour, or a single sample, which is its own first, last,
 * smallest and largest sample; so rows of both kinds can stand in one list.
 */
import { type Columns, concatArrays, lowerBound, sliceColumns } from "../samples/series.ts"
import { HOUR_MS } from "../time/calendar.ts"
import type { Window } from "../time/window.ts"
import { CompensatedSum } from "./sum.ts"

/** One row for each hour that has samples, as arrays of the same length, ascending in time. */
export interface Rollup {
  /** The first instant of the hour, ms; the instant of the sample where the row is a sample. */
  readonly starts: Float64Array
  readonly counts: Float64Array
  /** Infinite where the doubles overflow. */
  readonly sums: Float64Array
  /** Times are in ms, as of all samples. */
  readonly firstTimes: Float64Array
  readonly firsts: Float64Array
  readonly lastTimes: Float64Array
  readonly lasts: Float64Array
  /** The first instant with the smallest value. */
  readonly minTimes: Float64Array
  readonly mins: Float64Array
  /** The first instant with the largest value. */
  readonly maxTimes: Float64Array
  readonly maxs: Float64Array
}

/** The rollup of one point. */
export interface PointRollup extends Rollup {
  readonly point: string
}

export type RollupField = keyof Rollup

export const ROLLUP_FIELDS: ReadonlyArray<RollupField> = [
  "starts",
  "counts",
  "sums",
  "firstTimes",
  "firsts",
  "lastTimes",
  "lasts",
  "minTimes",
  "mins",
  "maxTimes",
  "maxs"
]

/** A rollup, given the array of each field. */
export const rollupOf = (column: (field: RollupField) => Float64Array): Rollup => ({
  starts: column("starts"),
  counts: column("counts"),
  sums: column("sums"),
  firstTimes: column("firstTimes"),
  firsts: column("firsts"),
  lastTimes: column("lastTimes"),
  lasts: column("lasts"),
  minTimes: column("minTimes"),
  mins: column("mins"),
  maxTimes: column("maxTimes"),
  maxs: column("maxs")
})

const NOTHING = new Float64Array(0)

/** A rollup with only some of the fields; the arrays of the others are empty. */
export const rollupOfSome = (
  fields: ReadonlyArray<RollupField>,
  column: (field: RollupField) => Float64Array
): Rollup => rollupOf((field) => fields.includes(field) ? column(field) : NOTHING)

const countHours = (timestamps: Float64Array): number => {
  let count = 0
  let hour = NaN
  for (let i = 0; i < timestamps.length; i++) {
    const next = Math.floor((timestamps[i] as number) / HOUR_MS)
    if (next !== hour) {
      hour = next
      count++
    }
  }
  return count
}

/** Fewer samples an hour take fewer bytes than the hour. */
const LEAST_SAMPLES_AN_HOUR = 8
/** So many samples take as many bytes as there are in the rollup of a point besides its hours. */
const SAMPLES_A_POINT = 512

/** Whether a rollup of so many hours takes fewer bytes than the samples of which it is made. */
export const isSmaller = (hours: number, samples: number): boolean =>
  samples >= hours * LEAST_SAMPLES_AN_HOUR + SAMPLES_A_POINT

/** The rollup of samples, by UTC hour. */
export const rollUp = ({ timestamps, values }: Columns): Rollup => {
  const hours = countHours(timestamps)
  const out = rollupOf(() => new Float64Array(hours))
  let row = 0
  for (let i = 0; i < timestamps.length; row++) {
    const hour = Math.floor((timestamps[i] as number) / HOUR_MS)
    const end = (hour + 1) * HOUR_MS
    const from = i
    let min = i
    let max = i
    const sum = new CompensatedSum()
    for (; i < timestamps.length && (timestamps[i] as number) < end; i++) {
      const value = values[i] as number
      if (value < (values[min] as number)) min = i
      if (value > (values[max] as number)) max = i
      sum.add(value)
    }
    out.starts[row] = hour * HOUR_MS
    out.counts[row] = i - from
    out.sums[row] = sum.total
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

/** The rows of the hours that begin inside the window, as views of the same memory. */
export const sliceRollup = (rollup: Rollup, window: Window): Rollup => {
  const from = lowerBound(rollup.starts, window.start)
  const to = lowerBound(rollup.starts, window.end)
  return rollupOf((field) => rollup[field].subarray(from, to))
}

/** How many samples the rows stand for. */
export const countRolledUp = ({ counts }: Rollup): number => counts.reduce((sum, count) => sum + count, 0)

/** Samples as rows of a rollup. Nearly all fields share the memory of the samples. */
const rowsOfSamples = ({ timestamps, values }: Columns): Rollup => ({
  starts: timestamps,
  counts: new Float64Array(timestamps.length).fill(1),
  sums: values,
  firstTimes: timestamps,
  firsts: values,
  lastTimes: timestamps,
  lasts: values,
  minTimes: timestamps,
  mins: values,
  maxTimes: timestamps,
  maxs: values
})

/**
 * Samples and rollups of one point as rows, ascending in time.
 *
 * @param rollups ascending; no sample may lie between the hours of one of them
 * @param fields the fields that the rows must have, where there are rollups; without rollups the rows have all
 */
export const joinRows = (
  samples: Columns,
  rollups: ReadonlyArray<Rollup>,
  fields: ReadonlyArray<RollupField>
): Rollup => {
  if (rollups.length === 0) return rowsOfSamples(samples)
  const rows: Array<Rollup> = []
  let start = -Infinity
  for (const rollup of rollups) {
    const end = rollup.starts[0] as number
    rows.push(rowsOfSamples(sliceColumns(samples, { start, end })), rollup)
    start = end
  }
  rows.push(rowsOfSamples(sliceColumns(samples, { start, end: Infinity })))
  return rollupOfSome(fields, (field) => concatArrays(rows.map((some) => some[field])))
}
