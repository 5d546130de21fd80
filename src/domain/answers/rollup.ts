/**
 * Hourly rollups: what an hour of samples was, in columns. Enough to draw, to average and to count without the samples.
 *
 * A sample is a rollup of its own; so what draws and aggregates takes rows, of which some are hours and others samples.
 */
import { type Columns, concatArrays, lowerBound, sliceColumns } from "../samples/series.ts"
import { HOUR_MS } from "../time/calendar.ts"
import type { Window } from "../time/window.ts"
import { CompensatedSum } from "./sum.ts"

/** One row an hour that has samples; all columns of one length, `hours` strictly ascending. */
export interface Rollup {
  /** First instant of the hour, ms; of a row that is a sample, its own instant. */
  readonly starts: Float64Array
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

/** A rollup made column by column. */
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

/** A rollup of some of the columns; the others are empty. */
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

/** Rolls samples up by UTC hour. */
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

/** The rows of the hours that begin inside the window, as views on the same memory. */
export const sliceRollup = (rollup: Rollup, window: Window): Rollup => {
  const from = lowerBound(rollup.starts, window.start)
  const to = lowerBound(rollup.starts, window.end)
  return rollupOf((field) => rollup[field].subarray(from, to))
}

/** How many samples the rows stand for. */
export const countRolledUp = ({ counts }: Rollup): number => counts.reduce((sum, count) => sum + count, 0)

/** Samples as rows, each the rollup of itself; they share their memory. */
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
 * Samples and rollups as the rows of one series, in order of time.
 *
 * @param rollups ascending; no sample lies between the hours of one
 * @param fields the columns that the rows must have
 */
export const joinRows = (
  samples: Columns,
  rollups: ReadonlyArray<Rollup>,
  fields: ReadonlyArray<RollupField>
): Rollup => {
  if (rollups.length === 0) return rowsOfSamples(samples)
  const parts: Array<Rollup> = []
  let start = -Infinity
  for (const rollup of rollups) {
    const end = rollup.starts[0] as number
    parts.push(rowsOfSamples(sliceColumns(samples, { start, end })), rollup)
    start = end
  }
  parts.push(rowsOfSamples(sliceColumns(samples, { start, end: Infinity })))
  return rollupOfSome(fields, (field) => concatArrays(parts.map((part) => part[field])))
}
